"""The order's state machine: which moves there are, what each leaves in the timeline, and what it tells.

Events arrive late, twice and in any order. So each is recorded as a fact (once), and the status then moves on as far
as the facts allow: a parcel that is delivered before the payment is heard of ends where it would have ended anyway.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from minishop.contracts import orders as contracts
from minishop.events import Event
from orders.domain.errors import ForbiddenMoveError
from orders.domain.order import Order
from orders.domain.progress import Entry, FulfilmentStatus, Origin, ParcelStatus, Status

MAX_REMARKS = 60
MOVES: dict[Status, frozenset[Status]] = {
    Status.PLACED: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.SHIPPED, Status.CANCEL_REQUESTED}),
    Status.CANCEL_REQUESTED: frozenset({Status.SHIPPED, Status.CANCELLED}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.DELIVERED: frozenset(),
    Status.CANCELLED: frozenset(),
}
LEFT = frozenset({ParcelStatus.IN_TRANSIT, ParcelStatus.DELIVERED})

Change = tuple[Order, tuple[Event, ...]]
"""An order after a change, and what there is to tell; the same order when nothing changed."""

Decision = Callable[[Order], Change]
"""What is to become of an order as it was read."""


def move(order: Order, status: Status, origin: Origin, at: datetime, detail: str = "") -> Order:
    """The order in another status, with the move in its timeline. Raises ForbiddenMoveError."""
    if status not in MOVES[order.status]:
        raise ForbiddenMoveError(f"{order.id} cannot go from {order.status} to {status}")
    return entered(replace(order, status=status), status.value, origin, at, detail)


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
    if order.status is Status.SHIPPED and order.fulfilment_status is FulfilmentStatus.DELIVERED:
        return Status.DELIVERED
    return None


def told_lines(order: Order) -> tuple[contracts.OrderedLine, ...]:
    """The lines as events tell them."""
    return tuple(contracts.OrderedLine(sku=line.sku, quantity=line.quantity) for line in order.lines)


def _confirmed(order: Order) -> Event:
    return contracts.OrderConfirmed(
        order_id=order.id, number=order.number, owner=order.owner, lines=told_lines(order), total=order.totals.total
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
    )


def _on_its_way(contract: type[contracts.OrderShipped] | type[contracts.OrderDelivered]) -> Callable[[Order], Event]:
    def tell(order: Order) -> Event:
        parcel = next(parcel for parcel in order.parcels if parcel.status in LEFT)
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
    Status.SHIPPED: _on_its_way(contracts.OrderShipped),
    Status.DELIVERED: _on_its_way(contracts.OrderDelivered),
}
