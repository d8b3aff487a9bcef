"""How far an order has come: what is known of its payment, its parcels and its cancellation, and the timeline.

These are facts, each recorded once, in whatever order they arrive; `orders.domain.order` draws the status from them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from minishop.money import Money


class Status(StrEnum):
    """Where an order is."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    """Where the money is; shown beside the order's status, never deciding it."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    DECLINED = "declined"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    DISPUTED = "disputed"


class FulfilmentStatus(StrEnum):
    """Where the goods are; shown beside the order's status."""

    UNFULFILLED = "unfulfilled"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class ParcelStatus(StrEnum):
    """Where one shipment is, as far as the order minds."""

    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class CancelReason(StrEnum):
    """Why an order was cancelled, as it is told to other services."""

    DECLINED = "declined"
    EXPIRED = "expired"
    OUT_OF_STOCK = "out_of_stock"
    CUSTOMER = "customer"
    SUPPORT = "support"


@dataclass(frozen=True)
class Origin:
    """What a move goes back to: who is behind it, and the request that all of it follows from."""

    actor: str
    correlation_id: str


@dataclass(frozen=True)
class Entry:
    """A line of the timeline. `kind` is a status for a move, anything else for a remark."""

    at: datetime
    kind: str
    actor: str
    correlation_id: str
    detail: str = ""


@dataclass(frozen=True)
class Refund:
    """Money that went back. `reference` is what it was asked for by: a return's id, or empty."""

    id: str
    amount: Money
    reference: str = ""


@dataclass(frozen=True)
class FailedRefund:
    """Money that was to go back, and could not even be asked for.

    Attributes:
        reference: What it is for: a return's id, or a lost shipment's.
        request: How often it was asked for.
        failed: Whether that failed; False from when support asks again until it fails again.
    """

    reference: str
    amount: Money
    code: str
    request: int
    failed: bool = True


@dataclass(frozen=True)
class Dispute:
    """The card holder's bank wants money back: `open`, and then `won` or `lost`."""

    id: str
    status: str


@dataclass(frozen=True)
class Retry:
    """A further attempt to pay, asked for by somebody.

    Attributes:
        request_id: Derived from who asked and their Idempotency-Key; `fingerprint` is of the request.
        attempt: Its number.
        version: The order's, when it was answered; `at` is when.
    """

    request_id: str
    fingerprint: str
    attempt: int
    version: int
    at: datetime


@dataclass(frozen=True)
class Payment:
    """What is known of an order's payment.

    Attributes:
        attempt: The attempt under way, or the last one, from 1.
        state: Of that attempt: pending, requires_action, declined or voided.
        captured: What was charged; None when nothing was.
        retries: The attempts after the first.
    """

    attempt: int = 1
    state: PaymentStatus = PaymentStatus.PENDING
    captured: Money | None = None
    refunds: tuple[Refund, ...] = ()
    retries: tuple[Retry, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    failed_refunds: tuple[FailedRefund, ...] = ()

    @property
    def status(self) -> PaymentStatus:
        """The payment as a whole."""
        if any(dispute.status == "open" for dispute in self.disputes):
            return PaymentStatus.DISPUTED
        if self.refunds:
            refunded = sum(refund.amount.amount for refund in self.refunds)
            whole = self.captured is not None and refunded >= self.captured.amount
            return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
        return PaymentStatus.CAPTURED if self.captured else self.state


@dataclass(frozen=True)
class ParcelLine:
    """A quantity of one SKU in a parcel."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """A shipment of the order.

    Attributes:
        lines: What is in it: as planned, and once it has left (`packed`) as it left. Empty until shipping has told.
        sequence: Of the event that told the status, among those of the shipment.
        delivered_at: When it arrived.
    """

    id: str
    status: ParcelStatus
    carrier: str
    tracking_number: str
    lines: tuple[ParcelLine, ...] = ()
    packed: bool = False
    sequence: int = 0
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Loss:
    """A shipment that was given up, and what went back to the customer for it."""

    shipment_id: str
    lines: tuple[ParcelLine, ...]
    amount: Money


@dataclass(frozen=True)
class Moment:
    """All of an order that changes, as it was at one version."""

    status: Status
    payment: Payment
    parcels: tuple[Parcel, ...]
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Cancellation:
    """Why, and at whose request, an order is cancelled or to be.

    Attributes:
        was_confirmed: Whether the stock had been sold.
        remark: What the one who cancelled said.
        request_id: Derived from who asked and their Idempotency-Key; empty when nobody asked.
        fingerprint: Of that request.
        answer: The order as that request was answered.
    """

    reason: CancelReason
    was_confirmed: bool
    remark: str = ""
    request_id: str = ""
    fingerprint: str = ""
    answer: Moment | None = None
