"""What carriers say of a parcel. They repeat themselves, and what they say arrives in any order.

Every report has a place: its stage, and within the stage the carrier's own time. A shipment is where the report with
the furthest place says, so the same reports in any order end in the same status. Out for delivery, a failed attempt
and an exception are one stage, as a parcel may go round among them for days; the latest counts. `returned` is further
on than `delivered`, since carriers call a parcel delivered that they brought back to its sender.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from minishop.contracts.shipping import (
    DeliveryAttemptFailed,
    ShipmentDelivered,
    ShipmentEvent,
    ShipmentInTransit,
    ShipmentOutForDelivery,
    ShipmentReturned,
)
from minishop.events import Event
from shipping.domain import moves
from shipping.domain.errors import NotOnItsWayError
from shipping.domain.shipment import Change, Entry, Origin, Shipment, Status, Wish, told, told_lines

MAX_TIMELINE = 200  # lines, after which only a report that brings the parcel a stage on is kept

STAGES: Mapping[Status, int] = {
    Status.IN_TRANSIT: 1,
    Status.OUT_FOR_DELIVERY: 2,
    Status.ATTEMPT_FAILED: 2,
    Status.EXCEPTION: 2,
    Status.RETURNING: 3,
    Status.LOST: 4,
    Status.DELIVERED: 5,
    Status.RETURNED: 6,
}
_TOLD: Mapping[Status, type[ShipmentEvent]] = {
    Status.IN_TRANSIT: ShipmentInTransit,
    Status.OUT_FOR_DELIVERY: ShipmentOutForDelivery,
    Status.ATTEMPT_FAILED: DeliveryAttemptFailed,
    Status.DELIVERED: ShipmentDelivered,
}
_RANKS = {status: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True)
class Report:
    """A carrier's word on a parcel.

    Attributes:
        status: One of `STAGES`.
        key: The report's own id: the same report again has the same.
        occurred_at: When it happened, by the carrier's clock.
    """

    status: Status
    key: str
    occurred_at: datetime


def record(shipment: Shipment, report: Report, origin: Origin, at: datetime) -> Change:
    """Keeps a report, once, and moves the shipment on if it says so.

    A first scan of a parcel that nobody dispatched here dispatches it: it has evidently left. Of a shipment that was
    stopped the report is kept and moves nothing. A carrier's clock may go wrong: nothing happens before there is a
    shipment, nor later than now.
    """
    occurred_at = max(shipment.created_at, min(report.occurred_at, at))
    if any(_repeats(entry, report.key, report.status, occurred_at) for entry in shipment.timeline):
        return Change(shipment)
    events: tuple[Event, ...] = ()
    if shipment.status is Status.LABEL_CREATED:
        left = moves.leave(shipment, origin, occurred_at)
        shipment, events = left.shipment, left.events
    forward = _is_further(shipment, report.status, occurred_at)
    if len(shipment.timeline) >= MAX_TIMELINE and STAGES[report.status] <= _stage_of(shipment):
        return Change(shipment)
    entry = Entry(occurred_at, report.status.value, origin.actor, report.key, "", origin.correlation_id)
    first_scan = report.status is shipment.status is Status.IN_TRANSIT and not _seen(shipment, Status.IN_TRANSIT)
    after = replace(
        shipment,
        status=report.status if forward else shipment.status,
        updated_at=at,
        timeline=(*shipment.timeline, entry),
    )
    return Change(after, (*events, *(_news(after) if forward or first_scan else ())))


def report_by_hand(shipment: Shipment, status: Status, wish: Wish, origin: Origin, at: datetime) -> Change:
    """What the warehouse says of a parcel that has left, once; a return leaves when the warehouse hears of it.

    Raises NotOnItsWayError, IdempotencyKeyReusedError.
    """
    if shipment.answered(wish):
        return Change(shipment)
    fetched = shipment.return_id and shipment.status is Status.LABEL_CREATED
    if not shipment.dispatched and not fetched:
        raise NotOnItsWayError(f"The shipment is {shipment.status}; dispatch it first.")
    change = record(shipment, Report(status, wish.id, at), origin, at)
    return change if change.shipment is shipment else replace(change, shipment=change.shipment.answering(wish))


def _repeats(entry: Entry, key: str, status: Status, occurred_at: datetime) -> bool:
    return entry.key == key or (entry.kind == status.value and entry.at == occurred_at)


def _seen(shipment: Shipment, status: Status) -> bool:
    return any(entry.kind == status.value for entry in shipment.timeline)


def _stage_of(shipment: Shipment) -> int:
    return STAGES.get(shipment.status, 0)


def _is_further(shipment: Shipment, status: Status, at: datetime) -> bool:
    """Whether a report's place is beyond that of the report which the present status comes from."""
    if shipment.is_settled or status is shipment.status:
        return False
    times = [entry.at for entry in shipment.timeline if entry.kind == shipment.status.value]
    here = (_stage_of(shipment), max(times, default=shipment.created_at), _RANKS[shipment.status])
    return (STAGES[status], at, _RANKS[status]) > here


def _news(shipment: Shipment) -> tuple[Event, ...]:
    if shipment.status is Status.RETURNED:
        return (told(ShipmentReturned, shipment, lines=told_lines(shipment)),)
    kind = _TOLD.get(shipment.status)
    return (told(kind, shipment),) if kind else ()
