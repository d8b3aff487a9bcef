"""The order's state machine: which moves there are, what each leaves in the timeline, and what it tells.

Events arrive late, twice and in any order. So each is recorded as a fact (once), and the status then moves on as far
as the facts allow: a parcel that is delivered before the payment is heard of ends where it would have ended anyway.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from minishop.contracts import orders as contracts
from minishop.events import Event
from orders.domain.errors import ForbiddenMoveError
from orders.domain.order import Order
from orders.domain.progress import Entry, Origin, ParcelLine, ParcelStatus, Status
from orders.domain.returns import count

MAX_REMARKS = 60
MOVES: dict[Status, frozenset[Status]] = {
    Status.PLACED: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.SHIPPED, Status.CANCEL_REQUESTED}),
    Status.CANCEL_REQUESTED: frozenset({Status.SHIPPED, Status.CANCELLED}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.DELIVERED: frozenset(),
    Status.CANCELLED: frozenset(),
}
LEFT = frozenset(set(ParcelStatus) - {ParcelStatus.LABEL_CREATED, ParcelStatus.CANCELLED})

Change = tuple[Order, tuple[Event, ...]]
"""An order after a change, and what there is to tell; the same order when nothing changed."""

Decision = Callable[[Order], Change]
"""What is to become of an order as it was read."""


def move(order: Order, status: Status, origin: Origin, at: datetime, detail: str = "") -> Order:
    """The order in another status, with the move in its timeline. Raises ForbiddenMoveError."""
    if status not in MOVES[order.status]:
        raise ForbiddenMoveError(f"{order.id} cannot go from {order.status} to {status}")
    confirmed_at = at if status is Status.CONFIRMED else order.confirmed_at
    return entered(replace(order, status=status, confirmed_at=confirmed_at), status.value, origin, at, detail)


def entered(order: Order, kind: str, origin: Origin, at: datetime, detail: str = "") -> Order:
    """The order with a further line in its timeline.

    Moves, its own and its returns', are always kept; remarks while there is room.
    """
    timeline = order.timeline
    if kind in set(Status) or kind.startswith("return_") or len(timeline) < MAX_REMARKS:
        timeline = (*timeline, Entry(at, kind, origin.actor, origin.correlation_id, detail))
    return replace(order, timeline=timeline, updated_at=at)


def settled(order: Order, origin: Origin, at: datetime) -> Change:
    """The order as far on as its facts allow, and what each move tells."""
    events: list[Event] = []
    while due := _due(order):
        order = move(order, due, origin, at)
        events.append(TELLERS[due](order))
    return order, tuple(events)


def _due(order: Order) -> Status | None:
    """The next status that the facts call for."""
    parcels = [parcel.status for parcel in order.parcels]
    if order.status is Status.PLACED and order.payment.captured:
        return Status.CONFIRMED
    if order.status in {Status.CONFIRMED, Status.CANCEL_REQUESTED} and not LEFT.isdisjoint(parcels):
        return Status.SHIPPED
    if order.status is Status.CANCEL_REQUESTED and parcels:
        stopped = all(status is ParcelStatus.CANCELLED for status in parcels)
        return Status.CANCELLED if stopped else None
    if order.status is Status.SHIPPED and _has_arrived(order):
        return Status.DELIVERED
    return None


def _has_arrived(order: Order) -> bool:
    """Whether all of it has arrived that will: the rest came back, or was lost and its money sent back."""
    arrived = arrived_units(order)
    astray = _units([parcel.lines for parcel in order.parcels if parcel.status is ParcelStatus.RETURNED])
    lost = _units([loss.lines for loss in order.losses])
    return bool(arrived) and all(
        arrived.get(line.sku, 0) + astray.get(line.sku, 0) + lost.get(line.sku, 0) >= line.quantity
        for line in order.lines
    )


def arrived_units(order: Order) -> dict[str, int]:
    """Units by SKU in the parcels that have arrived, as they left."""
    arrived = [parcel for parcel in order.parcels if parcel.status is ParcelStatus.DELIVERED and parcel.packed]
    return _units([parcel.lines for parcel in arrived])


def _units(contents: Sequence[Sequence[ParcelLine]]) -> dict[str, int]:
    return count((line.sku, line.quantity) for lines in contents for line in lines)


def told_lines(order: Order) -> tuple[contracts.OrderedLine, ...]:
    """The lines as events tell them."""
    return tuple(contracts.OrderedLine(sku=line.sku, quantity=line.quantity) for line in order.lines)


def _confirmed(order: Order) -> Event:
    return contracts.OrderConfirmed(
        order_id=order.id,
        number=order.number,
        owner=order.owner,
        lines=told_lines(order),
        total=order.totals.total,
        buyer=order.placed_by,
    )


def _cancel_requested(order: Order) -> Event:
    assert order.cancellation is not None
    return contracts.OrderCancelRequested(order_id=order.id, owner=order.owner, reason=order.cancellation.reason.value)


def _cancelled_event(order: Order) -> Event:
    assert order.cancellation is not None
    return contracts.OrderCancelled(
        order_id=order.id,
        number=order.number,
        owner=order.owner,
        reason=order.cancellation.reason.value,
        was_confirmed=order.cancellation.was_confirmed,
        lines=told_lines(order),
        buyer=order.placed_by,
    )


def _on_its_way(
    contract: type[contracts.OrderShipped] | type[contracts.OrderDelivered], statuses: frozenset[ParcelStatus]
) -> Callable[[Order], Event]:
    def tell(order: Order) -> Event:
        parcel = next(parcel for parcel in order.parcels if parcel.status in statuses)
        return contract(
            order_id=order.id,
            number=order.number,
            owner=order.owner,
            shipment_id=parcel.id,
            tracking_number=parcel.tracking_number,
        )

    return tell


TELLERS: dict[Status, Callable[[Order], Event]] = {
    Status.CONFIRMED: _confirmed,
    Status.CANCEL_REQUESTED: _cancel_requested,
    Status.CANCELLED: _cancelled_event,
    Status.SHIPPED: _on_its_way(contracts.OrderShipped, LEFT),
    Status.DELIVERED: _on_its_way(contracts.OrderDelivered, frozenset({ParcelStatus.DELIVERED})),
}
