"""What the shop does with a shipment. Each function takes it as it was read and returns it with the events to tell.

The same shipment comes back, without events, when there was nothing to do: a repeated or belated wish is harmless.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from minishop.contracts.shipping import ShipmentCancelled, ShipmentCreated, ShipmentDispatched
from shipping.domain.errors import NotDispatchableError
from shipping.domain.shipment import (
    Change,
    Entry,
    Line,
    Origin,
    Shipment,
    Status,
    return_shipment_id,
    shipment_id,
    told,
    told_lines,
)

_BLANK: Mapping[str, Any] = {"tracking_number": "", "timeline": (), "version": 0}


def prepare(
    order_id: str, owner: str, lines: tuple[Line, ...], origin: Origin, *, carrier: str, service: str, at: datetime
) -> Shipment:
    """An order's first shipment, which waits for its label."""
    unmade = Shipment(shipment_id(order_id), order_id, owner, carrier, service, lines, Status.PENDING, at, at)
    return moved(unmade, Status.PENDING, "created", origin, at)


def prepare_return(
    outbound: Shipment, return_id: str, lines: tuple[Line, ...], origin: Origin, at: datetime
) -> Shipment:
    """The parcel in which goods of an order come back, with the carrier that brought them."""
    unmade = replace(
        outbound, id=return_shipment_id(return_id), return_id=return_id, lines=lines, created_at=at, **_BLANK
    )
    return moved(unmade, Status.PENDING, "created", origin, at)


def label(shipment: Shipment, tracking_number: str, origin: Origin, at: datetime) -> Change:
    """The carrier has given it a number. A shipment past that point stays as it is."""
    if shipment.status is not Status.PENDING:
        return shipment, ()
    numbered = replace(shipment, tracking_number=tracking_number)
    labelled = moved(numbered, Status.LABEL_CREATED, "label_created", origin, at)
    return labelled, (told(ShipmentCreated, labelled, lines=told_lines(labelled)),)


def dispatch(shipment: Shipment, origin: Origin, at: datetime) -> Change:
    """The warehouse hands the parcel over; one that has left stays as it is.

    Raises NotDispatchableError when it has no label, was stopped, or is on its way to the warehouse.
    """
    if shipment.return_id:
        raise NotDispatchableError("A return is handed over by the one who sends it.")
    if shipment.dispatched:
        return shipment, ()
    if shipment.status is not Status.LABEL_CREATED:
        raise NotDispatchableError(f"The shipment is {shipment.status}; only one with a label can leave.")
    return leave(shipment, origin, at)


def leave(shipment: Shipment, origin: Origin, at: datetime) -> Change:
    """The parcel is on its way: the point of no return."""
    left = moved(shipment, Status.IN_TRANSIT, "dispatched", origin, at)
    return left, (told(ShipmentDispatched, left, lines=told_lines(left)),)


def cancel(shipment: Shipment, origin: Origin, at: datetime, *, reason: str) -> Change:
    """Stops the shipment, if it has not left; one that has left, or is stopped already, stays as it is."""
    if shipment.dispatched or shipment.status is Status.CANCELLED:
        return shipment, ()
    stopped = moved(shipment, Status.CANCELLED, "cancelled", origin, at, detail=reason)
    return stopped, (told(ShipmentCancelled, stopped),)


def moved(shipment: Shipment, status: Status, kind: str, origin: Origin, at: datetime, *, detail: str = "") -> Shipment:
    """The shipment in another status, with the move in its timeline. The shop's own moves happen once each."""
    entry = Entry(at, kind, origin.actor, kind, detail, origin.correlation_id)
    return replace(shipment, status=status, updated_at=at, timeline=(*shipment.timeline, entry))
