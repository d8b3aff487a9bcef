"""The shipment: a parcel's way to the shopper.

    pending → label_created → in_transit → out_for_delivery → delivered
       └───────────┴→ cancelled

Dispatch is the point of no return. Carriers repeat and reorder their reports: the timeline keeps each once,
the status only moves forward.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from minishop.contracts.shipping import (
    ParcelLine,
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentInTransit,
    ShipmentOutForDelivery,
)
from minishop.errors import ConflictError, NotFoundError
from minishop.events import Event
from minishop.ids import derived_id

MAX_TIMELINE = 100


class Status(StrEnum):
    """Where a shipment is."""

    PENDING = "pending"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


_RANK = {
    Status.PENDING: 0,
    Status.LABEL_CREATED: 1,
    Status.IN_TRANSIT: 2,
    Status.OUT_FOR_DELIVERY: 3,
    Status.DELIVERED: 4,
}

_TOLD: dict[Status, type[ShipmentEvent]] = {
    Status.IN_TRANSIT: ShipmentInTransit,
    Status.OUT_FOR_DELIVERY: ShipmentOutForDelivery,
    Status.DELIVERED: ShipmentDelivered,
}


class ShipmentNotFoundError(NotFoundError):
    """There is no such shipment, or it is somebody else's."""

    code = "shipment_not_found"
    title = "No such shipment"


class NotDispatchableError(ConflictError):
    """The shipment has no label yet, or was cancelled."""

    code = "not_dispatchable"
    title = "The shipment cannot be dispatched"


@dataclass(frozen=True)
class Entry:
    """A line of the timeline. `key` tells a repeated report from a new one."""

    at: datetime
    kind: str
    actor: str
    key: str
    detail: str = ""


@dataclass(frozen=True)
class Shipment:
    """A parcel of an order's lines.

    Attributes:
        id: `shp_…`, derived from the order's id.
        owner: The principal whose order it is.
        tracking_number: Empty until there is a label.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    order_id: str
    owner: str
    carrier: str
    service: str
    lines: tuple[ParcelLine, ...]
    status: Status
    created_at: datetime
    updated_at: datetime
    tracking_number: str = ""
    timeline: tuple[Entry, ...] = ()
    version: int = 0

    @property
    def dispatched(self) -> bool:
        """Whether the parcel has left."""
        return self.status not in {Status.PENDING, Status.LABEL_CREATED, Status.CANCELLED}


Change = tuple[Shipment, tuple[Event, ...]]
"""A shipment after a move, and what there is to tell; no events when nothing moved."""


def shipment_id(order_id: str) -> str:
    """The id of the shipment of an order."""
    return derived_id("shp", order_id)


def prepare(
    order_id: str, owner: str, lines: tuple[ParcelLine, ...], *, carrier: str, service: str, at: datetime, actor: str
) -> Shipment:
    """A shipment that waits for its label."""
    created = Entry(at, "created", actor, "created")
    return Shipment(
        shipment_id(order_id), order_id, owner, carrier, service, lines, Status.PENDING, at, at, timeline=(created,)
    )


def _event(kind: type[ShipmentEvent], shipment: Shipment) -> ShipmentEvent:
    return kind(
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        owner=shipment.owner,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
    )


def _moved(shipment: Shipment, status: Status, entry: Entry) -> Shipment:
    timeline = (*shipment.timeline, entry)[-MAX_TIMELINE:]
    return replace(shipment, status=status, updated_at=entry.at, timeline=timeline)


def label(shipment: Shipment, tracking_number: str, *, at: datetime, actor: str) -> Change:
    """The carrier has given it a number. A shipment past that point stays as it is."""
    if shipment.status is not Status.PENDING:
        return shipment, ()
    entry = Entry(at, "label_created", actor, "label_created")
    labelled = replace(_moved(shipment, Status.LABEL_CREATED, entry), tracking_number=tracking_number)
    created = ShipmentCreated(
        shipment_id=labelled.id,
        order_id=labelled.order_id,
        owner=labelled.owner,
        carrier=labelled.carrier,
        tracking_number=tracking_number,
        lines=labelled.lines,
    )
    return labelled, (created,)


def dispatch(shipment: Shipment, *, at: datetime, actor: str) -> Change:
    """The parcel leaves. Raises NotDispatchableError when it has no label, or was cancelled."""
    if shipment.dispatched:
        return shipment, ()
    if shipment.status is not Status.LABEL_CREATED:
        raise NotDispatchableError(f"The shipment is {shipment.status}; only one with a label can leave.")
    left = _moved(shipment, Status.IN_TRANSIT, Entry(at, "dispatched", actor, "dispatched"))
    return left, (_event(ShipmentDispatched, left),)


def report(shipment: Shipment, status: Status, *, key: str, at: datetime, actor: str) -> Change:
    """The carrier says where the parcel is. `key` is the report's own id: the same report again changes nothing.

    A first scan of a parcel that nobody dispatched here dispatches it: it has evidently left.
    """
    if status not in _TOLD or any(entry.key == key for entry in shipment.timeline):
        return shipment, ()
    if shipment.status in {Status.PENDING, Status.CANCELLED}:
        return shipment, ()
    events: tuple[Event, ...] = ()
    if not shipment.dispatched:
        shipment, events = dispatch(shipment, at=at, actor=actor)
    forward = status if _RANK[status] > _RANK[shipment.status] else shipment.status
    first_scan = status is Status.IN_TRANSIT and all(entry.kind != status for entry in shipment.timeline)
    reported = _moved(shipment, forward, Entry(at, status.value, actor, key))
    news = forward is not shipment.status or (first_scan and forward is Status.IN_TRANSIT)
    return reported, (*events, _event(_TOLD[status], reported)) if news else events


def cancel(shipment: Shipment, *, at: datetime, actor: str, reason: str) -> Change:
    """Stops the shipment, if it has not left; one that has left, or is stopped already, stays as it is."""
    if shipment.dispatched or shipment.status is Status.CANCELLED:
        return shipment, ()
    stopped = _moved(shipment, Status.CANCELLED, Entry(at, "cancelled", actor, "cancelled", reason))
    return stopped, (_event(ShipmentCancelled, stopped),)
