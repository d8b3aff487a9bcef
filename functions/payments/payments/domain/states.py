"""The states of payments, refunds and disputes."""

from enum import StrEnum


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
    DISPUTED = "disputed"


class RefundStatus(StrEnum):
    """Where a refund is."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """Where a dispute is. An inquiry moves no money; an inquiry that comes to nothing is closed."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


OPEN = frozenset({Status.PENDING, Status.REQUIRES_ACTION, Status.AUTHORIZED, Status.UNKNOWN})
