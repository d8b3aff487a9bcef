"""Payment intents, their charges and refunds: one aggregate, so that one conditional write keeps its books.

requires_payment_method → requires_confirmation → requires_action → requires_capture → succeeded
every state but the last may end in canceled; a decline leads back to the first
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from minishop.ids import derived_id
from sandbox.methods import Behaviour, Method
from sandbox.wire import ProviderError, invalid


class IntentStatus(StrEnum):
    """Where an intent is."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


_CONFIRMABLE = {
    IntentStatus.REQUIRES_PAYMENT_METHOD,
    IntentStatus.REQUIRES_CONFIRMATION,
    IntentStatus.REQUIRES_ACTION,
}


@dataclass(frozen=True)
class Failure:
    """Why the last charge failed."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class Charge:
    """One attempt to take the money. `captured` is in minor units; a failed charge has a failure."""

    id: str
    created: int
    captured: int = 0
    failure: Failure | None = None


@dataclass(frozen=True)
class Refund:
    """Money given back, in minor units. One that failed has a reason why."""

    id: str
    charge: str
    amount: int
    created: int
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    status: str = "succeeded"
    failure: str = ""


@dataclass(frozen=True)
class Dispute:
    """The card holder's bank wants the money back. `evidence` is what the shop says to that."""

    id: str
    charge: str
    amount: int
    created: int
    status: str = "needs_response"
    evidence: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def decided(self) -> bool:
        """Whether the bank has said whose the money is."""
        return self.status in {"won", "lost"}


@dataclass(frozen=True)
class Transaction:
    """What moved the shop's balance: `amount` is signed, `fee` is what the provider keeps, both in minor units.

    Attributes:
        kind: `charge`, `refund`, `refund_failure` or `adjustment`.
        source: The charge, refund or dispute.
    """

    id: str
    kind: str
    source: str
    amount: int
    created: int
    fee: int = 0


@dataclass(frozen=True)
class Intent:
    """The intention to take `amount` (minor units). Times are Unix seconds.

    Attributes:
        received: What was captured.
        listed: The ids of all that is found in lists already.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    amount: int
    currency: str
    capture_method: str
    client_secret: str
    created: int
    status: IntentStatus = IntentStatus.REQUIRES_PAYMENT_METHOD
    payment_method: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    description: str = ""
    receipt_email: str = ""
    return_url: str = ""
    received: int = 0
    canceled_at: int = 0
    cancellation_reason: str = ""
    charges: tuple[Charge, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    listed: tuple[str, ...] = ()
    version: int = 0

    @property
    def latest_charge(self) -> Charge | None:
        """The last attempt to take the money."""
        return self.charges[-1] if self.charges else None

    @property
    def refunded(self) -> int:
        """What was given back."""
        return sum(refund.amount for refund in self.refunds if refund.status != "failed")

    @property
    def things(self) -> Iterator[tuple[str, str]]:
        """All that lists show of it: kinds and ids, in the order in which they came to be."""
        yield "payment_intent", self.id
        yield from (("charge", charge.id) for charge in self.charges)
        yield from (("refund", refund.id) for refund in self.refunds)
        yield from (("dispute", dispute.id) for dispute in self.disputes)
        yield from (("balance_transaction", transaction.id) for transaction in self.transactions)


def unexpected_state(intent: Intent, verb: str) -> ProviderError:
    """That an intent is in no state for this."""
    return invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent.status}.",
        code="payment_intent_unexpected_state",
    )


def fee_of(amount: int) -> int:
    """What the provider keeps of a charge: 1.5 % and 25."""
    return (amount * 15 + 500) // 1000 + 25


def moved(intent: Intent, kind: str, source: str, amount: int, *, at: int, fee: int = 0) -> Intent:
    """The intent with one more transaction."""
    identity = derived_id("txn", source, str(len(intent.transactions)))
    transaction = Transaction(identity, kind, source, amount, at, fee)
    return replace(intent, transactions=(*intent.transactions, transaction))


def _charged(intent: Intent, charge: Charge) -> Intent:
    """The money is there: taken at once, or kept for a capture."""
    charges = (*intent.charges, charge)
    if intent.capture_method == "manual":
        return replace(intent, status=IntentStatus.REQUIRES_CAPTURE, charges=charges)
    return _taken(replace(intent, charges=charges), charge, intent.amount, charge.created)


def _taken(intent: Intent, charge: Charge, amount: int, at: int) -> Intent:
    """The money of the last charge is the shop's, less the fee."""
    charges = (*intent.charges[:-1], replace(charge, captured=amount))
    taken = replace(intent, status=IntentStatus.SUCCEEDED, received=amount, charges=charges)
    return moved(taken, "charge", charge.id, amount, at=at, fee=fee_of(amount))


def _declined(intent: Intent, charge: Charge, failure: Failure) -> Intent:
    failed = replace(charge, failure=failure)
    return replace(
        intent,
        status=IntentStatus.REQUIRES_PAYMENT_METHOD,
        payment_method="",
        charges=(*intent.charges, failed),
    )


def confirm(intent: Intent, name: str, method: Method, *, charge_id: str, at: int) -> Intent:
    """Charges the method. Raises ProviderError when the intent is past that."""
    if intent.status not in _CONFIRMABLE:
        raise unexpected_state(intent, "confirm")
    intent = replace(intent, payment_method=name)
    charge = Charge(charge_id, at)
    match method.behaviour:
        case Behaviour.SUCCEEDS:
            return _charged(intent, charge)
        case Behaviour.DECLINES:
            return _declined(intent, charge, Failure(method.code, method.decline_code, method.message))
        case Behaviour.NEEDS_AUTHENTICATION:
            return replace(intent, status=IntentStatus.REQUIRES_ACTION)


def authenticate(intent: Intent, *, approved: bool, charge_id: str, at: int) -> Intent:
    """The card holder has proven who they are, or has not. Raises ProviderError when nobody asked for it."""
    if intent.status is not IntentStatus.REQUIRES_ACTION:
        raise unexpected_state(intent, "authenticate")
    charge = Charge(charge_id, at)
    if approved:
        return _charged(intent, charge)
    message = "The provided PaymentMethod has failed authentication."
    return _declined(intent, charge, Failure("payment_intent_authentication_failure", "authentication_failed", message))


def capture(intent: Intent, amount: int, *, at: int) -> Intent:
    """Takes `amount` of what was authorized; the rest is let go. Raises ProviderError."""
    charge = intent.latest_charge
    if intent.status is not IntentStatus.REQUIRES_CAPTURE or charge is None:
        raise unexpected_state(intent, "capture")
    if amount > intent.amount:
        message = "The amount to capture is greater than the amount that was authorized."
        raise invalid(message, code="amount_too_large", param="amount_to_capture")
    return _taken(intent, charge, amount, at)


def cancel(intent: Intent, *, reason: str, at: int) -> Intent:
    """Ends the intent without taking any money. Raises ProviderError when money was taken, or it has ended."""
    if intent.status in {IntentStatus.SUCCEEDED, IntentStatus.CANCELED}:
        raise unexpected_state(intent, "cancel")
    return replace(intent, status=IntentStatus.CANCELED, canceled_at=at, cancellation_reason=reason)


def card_error(intent: Intent, body: dict[str, Any]) -> ProviderError | None:
    """The error that a declined charge is answered with; None when the last charge did not fail."""
    charge = intent.latest_charge
    if charge is None or charge.failure is None:
        return None
    failure = charge.failure
    return ProviderError(
        402,
        "card_error",
        failure.message,
        charge=charge.id,
        code=failure.code,
        decline_code=failure.decline_code,
        payment_intent=body,
    )
