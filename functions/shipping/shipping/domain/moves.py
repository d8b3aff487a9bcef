"""What the shop does with a shipment. Each function takes it as it was read and returns it with the events to tell.

The same shipment comes back, without events, when there was nothing to do: a repeated or belated wish is harmless.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from minishop.contracts.shipping import LabelRequested, ShipmentCancelled, ShipmentCreated, ShipmentDispatched
from shipping.domain.errors import LinesNotInShipmentError, NotDispatchableError
from shipping.domain.shipment import (
    Change,
    Entry,
    Line,
    Origin,
    Shipment,
    Status,
    Wish,
    replacement_shipment_id,
    rest_shipment_id,
    return_shipment_id,
    shipment_id,
    told,
    told_lines,
)


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
    return _offspring(outbound, return_shipment_id(return_id), lines, origin, at, return_id=return_id)


def prepare_replacement(lost: Shipment, origin: Origin, at: datetime) -> Shipment:
    """The parcel that is sent in a lost one's place."""
    return _offspring(lost, replacement_shipment_id(lost.id), lost.lines, origin, at)


def _split(shipment: Shipment, quantities: Mapping[str, int] | None) -> tuple[Shipment, tuple[Line, ...]]:
    """The shipment with so many units of each SKU, and the lines that are left over."""
    if quantities is None:
        return shipment, ()
    wanted = Counter(quantities)
    taken: list[Line] = []
    rest: list[Line] = []
    for line in shipment.lines:
        take = min(wanted[line.sku], line.quantity)
        wanted[line.sku] -= take
        taken += [replace(line, quantity=take)] if take else []
        rest += [replace(line, quantity=line.quantity - take)] if take < line.quantity else []
    if not taken or +wanted:
        raise LinesNotInShipmentError("Name lines of this shipment, and no more of them than it holds.")
    return replace(shipment, lines=tuple(taken)), tuple(rest)


def _offspring(
    shipment: Shipment, identity: str, lines: tuple[Line, ...], origin: Origin, at: datetime, *, return_id: str = ""
) -> Shipment:
    """Another shipment of the same order, which waits for its label."""
    unmade = Shipment(
        identity,
        shipment.order_id,
        shipment.owner,
        shipment.carrier,
        shipment.service,
        lines,
        Status.PENDING,
        at,
        at,
        return_id=return_id,
    )
    return moved(unmade, Status.PENDING, "created", origin, at)


def label(shipment: Shipment, tracking_number: str, origin: Origin, at: datetime) -> Change:
    """The carrier has given it a number. A shipment past that point stays as it is."""
    if shipment.status is not Status.PENDING:
        return Change(shipment)
    numbered = replace(shipment, tracking_number=tracking_number)
    labelled = moved(numbered, Status.LABEL_CREATED, "label_created", origin, at)
    return Change(labelled, (told(ShipmentCreated, labelled, lines=told_lines(labelled)),))


def dispatch(
    shipment: Shipment, quantities: Mapping[str, int] | None, wish: Wish, origin: Origin, at: datetime
) -> Change:
    """The warehouse hands the parcel over: all of it, or `quantities` by SKU, and the rest becomes another shipment.

    The same wish, or another one for what has left already, changes nothing. Raises NotDispatchableError when the
    shipment has no label, was stopped, left with other lines or is a return; LinesNotInShipmentError,
    IdempotencyKeyReusedError.
    """
    if shipment.answered(wish):
        return Change(shipment)
    if shipment.return_id:
        raise NotDispatchableError("A return is handed over by the one who sends it.")
    if shipment.dispatched:
        if quantities is not None and dict(quantities) != {line.sku: line.quantity for line in shipment.lines}:
            raise NotDispatchableError("The shipment has left, with other lines.")
        return Change(shipment)
    if shipment.status is not Status.LABEL_CREATED:
        raise NotDispatchableError(f"The shipment is {shipment.status}; only one with a label can leave.")
    parcel, rest = _split(shipment, quantities)
    left = leave(parcel, origin, at)
    answering = replace(left, shipment=left.shipment.answering(wish))
    if not rest:
        return answering
    remainder = _offspring(shipment, rest_shipment_id(shipment.id), rest, origin, at)
    return replace(answering, offspring=wanting_label(remainder))


def wanting_label(shipment: Shipment) -> Change:
    """A new shipment, which asks for its label when it is saved."""
    return Change(shipment, (told(LabelRequested, shipment),))


def leave(shipment: Shipment, origin: Origin, at: datetime) -> Change:
    """The parcel is on its way: the point of no return."""
    left = moved(shipment, Status.IN_TRANSIT, "dispatched", origin, at)
    return Change(left, (told(ShipmentDispatched, left, lines=told_lines(left)),))


def cancel(shipment: Shipment, origin: Origin, at: datetime, *, reason: str) -> Change:
    """Stops the shipment, if it has not left; one that has left, or is stopped already, stays as it is."""
    if shipment.dispatched or shipment.status is Status.CANCELLED:
        return Change(shipment)
    stopped = moved(shipment, Status.CANCELLED, "cancelled", origin, at, detail=reason)
    return Change(stopped, (told(ShipmentCancelled, stopped),))


def hand_over(shipment: Shipment, owner: str, successor: str) -> Change:
    """What was one principal's is another's, in the timeline too."""
    if shipment.owner != owner:
        return Change(shipment)
    timeline = tuple(replace(entry, actor=successor) if entry.actor == owner else entry for entry in shipment.timeline)
    return Change(replace(shipment, owner=successor, timeline=timeline))


def moved(shipment: Shipment, status: Status, kind: str, origin: Origin, at: datetime, *, detail: str = "") -> Shipment:
    """The shipment in another status, with the move in its timeline. The shop's own moves happen once each."""
    entry = Entry(at, kind, origin.actor, kind, detail, origin.correlation_id)
    return replace(shipment, status=status, updated_at=at, timeline=(*shipment.timeline, entry))
