"""Shipping's HTTP models."""

from collections import Counter
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import Field

from minishop.schemas import (
    AnswerModel,
    PageQuery,
    QueryMoment,
    RequestModel,
    Sku,
    Timestamp,
)
from shipping.domain.shipment import Entry, Resolution, Shipment, Status


class LineRequest(RequestModel):
    """A quantity of one SKU."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=10_000)]


Lines = Annotated[list[LineRequest], Field(min_length=1, max_length=100)]


def _quantities(lines: list[LineRequest]) -> dict[str, int]:
    counted = Counter[str]()
    for line in lines:
        counted[line.sku] += line.quantity
    return dict(counted)


class DispatchRequest(RequestModel):
    """What of a shipment leaves now. Without lines: all of it."""

    lines: Lines | None = None

    def quantities(self) -> dict[str, int] | None:
        """Units by SKU."""
        return None if self.lines is None else _quantities(self.lines)


class LostRequest(RequestModel):
    """What is to become of a lost shipment."""

    resolution: Literal[Resolution.REFUND, Resolution.RESHIP]


class ProgressRequest(RequestModel):
    """Where a parcel is."""

    status: Literal[
        "in_transit", "out_for_delivery", "attempt_failed", "exception", "returning", "delivered", "returned"
    ]


class ReturnRequest(RequestModel):
    """What of an order comes back."""

    order_id: Sku
    lines: Lines

    def quantities(self) -> dict[str, int]:
        """Units by SKU."""
        return _quantities(self.lines)


class ReturnLabelAnswer(AnswerModel):
    """The parcel that a return travels in."""

    shipment_id: str
    carrier: str
    tracking_number: str

    @classmethod
    def of(cls, shipment: Shipment) -> "ReturnLabelAnswer":
        """From a shipment."""
        return cls(shipment_id=shipment.id, carrier=shipment.carrier, tracking_number=shipment.tracking_number)


class ParcelLineAnswer(AnswerModel):
    """A quantity of one SKU."""

    sku: str
    quantity: int


class TimelineEntryAnswer(AnswerModel):
    """Something that happened to a shipment."""

    at: Timestamp
    kind: str
    actor: str
    detail: str

    @classmethod
    def of(cls, entry: Entry) -> "TimelineEntryAnswer":
        """From an entry."""
        return cls(at=entry.at, kind=entry.kind, actor=entry.actor, detail=entry.detail)


class ShipmentAnswer(AnswerModel):
    """A shipment. `return_id` is null for a parcel to the shopper, `resolution` unless it was given up as lost."""

    id: str
    order_id: str
    return_id: str | None
    status: Status
    resolution: Resolution | None
    carrier: str
    service: str
    tracking_number: str | None
    lines: list[ParcelLineAnswer]
    timeline: list[TimelineEntryAnswer]
    version: int
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, shipment: Shipment) -> "ShipmentAnswer":
        """From a shipment."""
        return cls(
            id=shipment.id,
            order_id=shipment.order_id,
            return_id=shipment.return_id or None,
            status=shipment.status,
            resolution=shipment.loss.resolution if shipment.loss else None,
            carrier=shipment.carrier,
            service=shipment.service,
            tracking_number=shipment.tracking_number or None,
            lines=[ParcelLineAnswer(sku=line.sku, quantity=line.quantity) for line in shipment.lines],
            timeline=[TimelineEntryAnswer.of(entry) for entry in shipment.timeline],
            version=shipment.version,
            created_at=shipment.created_at,
            updated_at=shipment.updated_at,
        )


_moment = attrgetter("at")
BOOKKEEPING = frozenset({"resolution_withdrawn", "written_off"})  # the shop's own, and nobody's who follows a parcel


class TrackingStepAnswer(AnswerModel):
    """Something that happened to a parcel, with nothing personal in it."""

    at: Timestamp
    kind: str


class TrackingAnswer(AnswerModel):
    """Where a parcel is, for anyone who knows its number."""

    tracking_number: str
    carrier: str
    status: Status
    timeline: list[TrackingStepAnswer]

    @classmethod
    def of(cls, shipment: Shipment) -> "TrackingAnswer":
        """From a shipment: what happened to the parcel, in the order in which it did."""
        told = (entry for entry in shipment.timeline if entry.kind not in BOOKKEEPING)
        return cls(
            tracking_number=shipment.tracking_number,
            carrier=shipment.carrier,
            status=shipment.status,
            timeline=[TrackingStepAnswer(at=entry.at, kind=entry.kind) for entry in sorted(told, key=_moment)],
        )


class ShipmentsQuery(PageQuery):
    """Which shipments, by when they were made. Without a status: those that wait to be packed."""

    status: Status = Status.LABEL_CREATED
    since: Annotated[QueryMoment | None, Field(alias="from", description="Made at or after this time.")] = None
    until: Annotated[QueryMoment | None, Field(alias="to", description="Made before this time.")] = None


class AcceptedAnswer(AnswerModel):
    """A webhook was taken in."""

    received: bool
