"""The payment of an order: its attempts, its refunds and its disputes."""

from dataclasses import dataclass
from datetime import datetime

from minishop.errors import ConflictError, MinishopError, NotFoundError
from minishop.events import Event
from minishop.money import Money
from payments.domain.ledger import Posting
from payments.domain.states import DisputeStatus, RefundStatus, Status


class PaymentNotFoundError(NotFoundError):
    """There is no such payment, or not yet."""

    code = "payment_not_found"
    title = "No such payment"


class PaymentInProgressError(ConflictError):
    """The order is being paid, or is paid: no further attempt is made."""

    code = "payment_in_progress"
    title = "The order is being paid"


class ExceedsCapturedError(ConflictError):
    """More would go back than was taken."""

    code = "exceeds_captured"
    title = "The refund exceeds what was captured"


class ProviderSilentError(MinishopError):
    """The provider does not answer a question; it is asked again later."""


class MismatchError(MinishopError):
    """The provider speaks of another sum than the one that was asked for: nothing is believed of it.

    Attributes:
        said: What it speaks of.
    """

    def __init__(self, payment_id: str, said: Money) -> None:
        super().__init__(f"{payment_id}: the provider says {said.amount} {said.currency}")
        self.said = said


@dataclass(frozen=True)
class Attempt:
    """One try to take the money.

    Attributes:
        id: `pat_…`, derived from the order's id and the number; the provider's idempotency key.
        payment_method: The provider's token.
        provider_ref: The provider's own id; empty until it has answered.
        authorized: Whether the money was set aside at some time (and the ledger says so).
        charge_ref: The provider's id of the charge that took the money.
    """

    id: str
    number: int
    status: Status
    payment_method: str
    at: datetime
    provider_ref: str = ""
    decline_code: str = ""
    action_url: str = ""
    authorized: bool = False
    charge_ref: str = ""


@dataclass(frozen=True)
class Refund:
    """Money on its way back.

    Attributes:
        id: `ref_…`, derived from the order's id and what the refund is for.
        at: When it was asked for.
        reference: What orders asked for it by; empty when it was asked for otherwise.
        fingerprint: Of the request, where somebody asked with an Idempotency-Key.
        request: How often orders has asked for it.
        code: Why it failed.
        final: Whether it failed for good: then it is not tried again, and its amount is free for another.
        returned: How many of the provider's refunds for it were made, and came back.
        tries: How often in a row there was nothing new.
        not_before: When the provider is asked next; None: at once.
    """

    id: str
    amount: Money
    reason: str
    status: RefundStatus
    at: datetime
    provider_ref: str = ""
    reference: str = ""
    fingerprint: str = ""
    request: int = 1
    code: str = ""
    final: bool = False
    returned: int = 0
    tries: int = 0
    not_before: datetime | None = None

    @property
    def key(self) -> str:
        """The provider's idempotency key: the same at every try, until a refund that was made came back."""
        return f"{self.id}:{self.returned}" if self.returned else self.id

    @property
    def open(self) -> bool:
        """Whether there is something left to do."""
        return self.status is not RefundStatus.SUCCEEDED and not self.final


@dataclass(frozen=True)
class Dispute:
    """The card holder's bank wants the money back.

    Attributes:
        id: The provider's.
        movements: The ids of what it moved on the provider's balance, and the ledger knows.
    """

    id: str
    amount: Money
    reason: str
    status: DisputeStatus
    at: datetime
    movements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Payment:
    """The payment of one order.

    Attributes:
        id: `pay_…`, derived from the order's id.
        cancelled: Whether the order was cancelled: then no money is to be kept.
        captured: Minor units that were taken.
        refunded: Minor units that went back.
        fee: Minor units that the provider kept of the capture; None until it has said.
        tries: How often in a row the provider had nothing new to say.
        due_at: When the schedule looks after it; None when it is at rest.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    order_id: str
    owner: str
    amount: Money
    created_at: datetime
    updated_at: datetime
    correlation_id: str
    attempts: tuple[Attempt, ...]
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    cancelled: bool = False
    captured: int = 0
    refunded: int = 0
    fee: int | None = None
    tries: int = 0
    due_at: datetime | None = None
    version: int = 0

    @property
    def current(self) -> Attempt:
        """The last attempt."""
        return self.attempts[-1]

    @property
    def status(self) -> Status:
        """Where the payment is."""
        if self.disputed:
            return Status.DISPUTED
        if self.refunded:
            return Status.REFUNDED if self.refunded == self.captured else Status.PARTIALLY_REFUNDED
        return self.current.status

    @property
    def disputed(self) -> int:
        """Minor units that the provider has taken back because of disputes that are not won."""
        taken = {DisputeStatus.OPEN, DisputeStatus.LOST}
        return sum(dispute.amount.amount for dispute in self.disputes if dispute.status in taken)

    @property
    def refundable(self) -> int:
        """Minor units that no refund has been asked for yet, and no dispute has taken."""
        asked = sum(refund.amount.amount for refund in self.refunds if not refund.final)
        return max(self.captured - asked - self.disputed, 0)

    @property
    def open_refunds(self) -> tuple[Refund, ...]:
        """The refunds with something left to do."""
        return tuple(refund for refund in self.refunds if refund.open)

    @property
    def open_disputes(self) -> tuple[Dispute, ...]:
        """The disputes that nobody has decided yet."""
        undecided = {DisputeStatus.INQUIRY, DisputeStatus.OPEN}
        return tuple(dispute for dispute in self.disputes if dispute.status in undecided)

    def refund_of(self, refund_id: str) -> Refund | None:
        """A refund by its id."""
        return next((refund for refund in self.refunds if refund.id == refund_id), None)

    def dispute_of(self, dispute_id: str) -> Dispute | None:
        """A dispute by the provider's id."""
        return next((dispute for dispute in self.disputes if dispute.id == dispute_id), None)

    @property
    def awaits_report(self) -> bool:
        """Whether a webhook may tell something new of the current attempt."""
        return self.current.status in {Status.UNKNOWN, Status.REQUIRES_ACTION}


@dataclass(frozen=True)
class Change:
    """A payment after a move, what there is to tell, and what the ledger says of it.

    `waiting` means that asking again at once makes no sense.
    """

    payment: Payment
    events: tuple[Event, ...] = ()
    postings: tuple[Posting, ...] = ()
    waiting: bool = False
