"""The payment of an order, its attempts and refunds, and what is said of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from minishop.errors import ConflictError, NotFoundError
from minishop.events import Event
from minishop.money import Money
from payments.domain.ledger import Posting


class Status(StrEnum):
    """Where a payment or an attempt is."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DECLINED = "declined"
    VOIDED = "voided"
    UNKNOWN = "unknown"


class RefundStatus(StrEnum):
    """Where a refund is."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


OPEN = frozenset({Status.PENDING, Status.REQUIRES_ACTION, Status.AUTHORIZED, Status.UNKNOWN})


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


@dataclass(frozen=True)
class Attempt:
    """One try to take the money.

    Attributes:
        id: `pat_…`, derived from the order's id and the number; the provider's idempotency key.
        payment_method: The provider's token.
        provider_ref: The provider's own id; empty until it has answered.
        authorized: Whether the money was set aside at some time (and the ledger says so).
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


@dataclass(frozen=True)
class Refund:
    """Money on its way back.

    Attributes:
        id: `ref_…`, derived from the order's id and what the refund is for; the provider's idempotency key.
        at: When it was asked for.
    """

    id: str
    amount: Money
    reason: str
    status: RefundStatus
    at: datetime
    provider_ref: str = ""


@dataclass(frozen=True)
class Payment:
    """The payment of one order.

    Attributes:
        id: `pay_…`, derived from the order's id.
        cancelled: Whether the order was cancelled: then no money is to be kept.
        captured: Minor units that were taken.
        refunded: Minor units that went back.
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
    cancelled: bool = False
    captured: int = 0
    refunded: int = 0
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
        if self.refunded:
            return Status.REFUNDED if self.refunded == self.captured else Status.PARTIALLY_REFUNDED
        return self.current.status

    @property
    def refundable(self) -> int:
        """Minor units that no refund has been asked for yet."""
        return self.captured - sum(refund.amount.amount for refund in self.refunds)

    @property
    def open_refund(self) -> Refund | None:
        """The first refund that has not succeeded."""
        return next((refund for refund in self.refunds if refund.status is not RefundStatus.SUCCEEDED), None)

    @property
    def awaits_report(self) -> bool:
        """Whether a webhook may tell something new."""
        pending = any(refund.status is RefundStatus.PENDING for refund in self.refunds)
        return pending or self.current.status in {Status.UNKNOWN, Status.REQUIRES_ACTION}


@dataclass(frozen=True)
class Verdict:
    """What the provider says of an attempt: PENDING is never said, UNKNOWN means that it did not answer."""

    status: Status
    provider_ref: str = ""
    decline_code: str = ""
    action_url: str = ""


@dataclass(frozen=True)
class RefundVerdict:
    """What the provider says of a refund: REQUESTED means that it did not answer."""

    status: RefundStatus
    provider_ref: str = ""


@dataclass(frozen=True)
class Change:
    """A payment after a move, what there is to tell, and what the ledger says of it.

    `waiting` means that asking again at once makes no sense.
    """

    payment: Payment
    events: tuple[Event, ...] = ()
    postings: tuple[Posting, ...] = ()
    waiting: bool = False
