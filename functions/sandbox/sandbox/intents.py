"""Payment intents, their charges and refunds: one aggregate, so that one conditional write keeps its books.

requires_payment_method → requires_confirmation → requires_action → requires_capture → succeeded
every state but the last may end in canceled; a decline leads back to the first
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

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
    """Money given back, in minor units."""

    id: str
    charge: str
    amount: int
    created: int
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Intent:
    """The intention to take `amount` (minor units). Times are Unix seconds.

    Attributes:
        received: What was captured.
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
    version: int = 0

    @property
    def latest_charge(self) -> Charge | None:
        """The last attempt to take the money."""
        return self.charges[-1] if self.charges else None

    @property
    def refunded(self) -> int:
        """What was given back."""
        return sum(refund.amount for refund in self.refunds)


def unexpected_state(intent: Intent, verb: str) -> ProviderError:
    """That an intent is in no state for this."""
    return invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent.status}.",
        code="payment_intent_unexpected_state",
    )


def _charged(intent: Intent, charge: Charge) -> Intent:
    """The money is there: taken at once, or kept for a capture."""
    if intent.capture_method == "manual":
        return replace(intent, status=IntentStatus.REQUIRES_CAPTURE, charges=(*intent.charges, charge))
    taken = replace(charge, captured=intent.amount)
    return replace(intent, status=IntentStatus.SUCCEEDED, received=intent.amount, charges=(*intent.charges, taken))


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


def capture(intent: Intent, amount: int) -> Intent:
    """Takes `amount` of what was authorized; the rest is let go. Raises ProviderError."""
    charge = intent.latest_charge
    if intent.status is not IntentStatus.REQUIRES_CAPTURE or charge is None:
        raise unexpected_state(intent, "capture")
    if amount > intent.amount:
        message = "The amount to capture is greater than the amount that was authorized."
        raise invalid(message, code="amount_too_large", param="amount_to_capture")
    taken = replace(charge, captured=amount)
    return replace(intent, status=IntentStatus.SUCCEEDED, received=amount, charges=(*intent.charges[:-1], taken))


def cancel(intent: Intent, *, reason: str, at: int) -> Intent:
    """Ends the intent without taking any money. Raises ProviderError when money was taken, or it has ended."""
    if intent.status in {IntentStatus.SUCCEEDED, IntentStatus.CANCELED}:
        raise unexpected_state(intent, "cancel")
    return replace(intent, status=IntentStatus.CANCELED, canceled_at=at, cancellation_reason=reason)


def refund(
    intent: Intent, amount: int | None, *, refund_id: str, reason: str, metadata: dict[str, str], at: int
) -> Intent:
    """Gives `amount` back, or all that is left. Raises ProviderError when that is more than is left."""
    charge = intent.latest_charge
    if intent.status is not IntentStatus.SUCCEEDED or charge is None:
        raise invalid(f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.")
    left = intent.received - intent.refunded
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    wanted = left if amount is None else amount
    if wanted > left:
        message = f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})"
        raise invalid(message, param="amount")
    made = Refund(refund_id, charge.id, wanted, at, reason, metadata)
    return replace(intent, refunds=(*intent.refunds, made))


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
