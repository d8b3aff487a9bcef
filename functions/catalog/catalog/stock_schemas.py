"""The HTTP models of stock."""

from typing import Annotated

from pydantic import AfterValidator, Field

from catalog.domain.buckets import MAX_BUCKETS, BucketLevel
from catalog.domain.ledger import Movement, MovementKind
from catalog.domain.stock import Adjustment, StockLevel
from minishop.schemas import AnswerModel, Line, Page, RequestModel, Timestamp

MAX_DELTA = 1_000_000


def _not_zero(delta: int) -> int:
    if delta == 0:
        raise ValueError("An adjustment of 0 adjusts nothing")
    return delta


class AdjustStockRequest(RequestModel):
    """What came in (positive) or went out (negative), and why."""

    delta: Annotated[
        int,
        Field(ge=-MAX_DELTA, le=MAX_DELTA, json_schema_extra={"not": {"const": 0}}),
        AfterValidator(_not_zero),
    ]
    reason: Line


class AdjustmentAnswer(AnswerModel):
    """What came in or went out."""

    id: str
    sku: str
    delta: int
    reason: str
    actor: str
    at: Timestamp

    @classmethod
    def of(cls, adjustment: Adjustment) -> "AdjustmentAnswer":
        """From an adjustment."""
        return cls(
            id=adjustment.id,
            sku=adjustment.sku,
            delta=adjustment.delta,
            reason=adjustment.reason,
            actor=adjustment.actor,
            at=adjustment.at,
        )


class SetBucketsRequest(RequestModel):
    """How many buckets a SKU is to be sold from: 1 unless it sells hundreds of times a second."""

    count: Annotated[int, Field(ge=1, le=MAX_BUCKETS)]


class BucketAnswer(AnswerModel):
    """A part of a SKU's level."""

    available: int
    allocated: int

    @classmethod
    def of(cls, bucket: BucketLevel) -> "BucketAnswer":
        """From a bucket's level."""
        return cls(available=bucket.available, allocated=bucket.allocated)


class BucketsAnswer(AnswerModel):
    """A SKU's buckets. There are to be `count`; more are there for a while when they are made fewer."""

    sku: str
    count: int
    buckets: list[BucketAnswer]

    @classmethod
    def of(cls, level: StockLevel) -> "BucketsAnswer":
        """From a level."""
        return cls(sku=level.sku, count=level.target, buckets=[BucketAnswer.of(bucket) for bucket in level.buckets])


class MovementAnswer(AnswerModel):
    """A line of a SKU's ledger: `change` is what it did to `available`, `reference` the order, return or shipment."""

    id: str
    sku: str
    kind: MovementKind
    quantity: int
    change: int
    reason: str
    reference: str
    actor: str
    correlation_id: str
    at: Timestamp

    @classmethod
    def of(cls, movement: Movement) -> "MovementAnswer":
        """From a line of the ledger."""
        return cls(
            id=movement.id,
            sku=movement.sku,
            kind=movement.kind,
            quantity=movement.quantity,
            change=movement.change,
            reason=movement.reason,
            reference=movement.reference,
            actor=movement.actor,
            correlation_id=movement.correlation_id,
            at=movement.at,
        )


class StockAnswer(AnswerModel):
    """A SKU's level: `available` can be bought, `allocated` is held or sold, `written_off` was lost on its way.

    Together they are what was `received` by adjustments and `restocked` from returns. A movement is in the ledger at
    once when it is an adjustment, and else within seconds.
    """

    sku: str
    available: int
    allocated: int
    received: int
    restocked: int
    written_off: int
    version: int
    buckets: list[BucketAnswer]
    ledger: Page[MovementAnswer]

    @classmethod
    def of(cls, level: StockLevel, ledger: Page[MovementAnswer]) -> "StockAnswer":
        """From a level and a page of its ledger."""
        return cls(
            sku=level.sku,
            available=level.available,
            allocated=level.allocated,
            received=level.received,
            restocked=level.restocked,
            written_off=level.written_off,
            version=level.version,
            buckets=[BucketAnswer.of(bucket) for bucket in level.buckets],
            ledger=ledger,
        )
