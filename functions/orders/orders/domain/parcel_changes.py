"""What happens to an order's parcels; in shape as in `orders.domain.changes`."""

from dataclasses import replace
from datetime import datetime

from minishop.contracts import orders as contracts
from minishop.money import zero
from orders.domain.moves import Change, entered, settled
from orders.domain.order import Order
from orders.domain.progress import Loss, Origin, Parcel, ParcelStatus
from orders.domain.refunds import worth_of_loss
from orders.domain.return_changes import open_returned_parcel
from orders.domain.returns import count

_FURTHER = {
    ParcelStatus.LABEL_CREATED: 0,
    ParcelStatus.CANCELLED: 1,
    ParcelStatus.IN_TRANSIT: 2,
    ParcelStatus.OUT_FOR_DELIVERY: 3,
    ParcelStatus.ATTEMPT_FAILED: 3,
    ParcelStatus.DELIVERED: 4,
    ParcelStatus.LOST: 5,
    ParcelStatus.RETURNED: 6,
}


def record_parcel(order: Order, parcel: Parcel, origin: Origin, at: datetime) -> Change:
    """A shipment has got so far. It only moves forward, and one that was stopped stays so."""
    recorded = _recorded(order, parcel, origin, at)
    return (order, ()) if recorded is order else settled(recorded, origin, at)


def record_loss(order: Order, parcel: Parcel, *, refund: bool, origin: Origin, at: datetime) -> Change:
    """A shipment was given up: its worth goes back, or a new one is on its way. Told again, nothing more goes back."""
    recorded = _recorded(order, parcel, origin, at)
    if not refund or any(loss.shipment_id == parcel.id for loss in order.losses):
        return (order, ()) if recorded is order else settled(recorded, origin, at)
    amount = worth_of_loss(order, count((line.sku, line.quantity) for line in parcel.lines))
    losses = (*order.losses, Loss(parcel.id, parcel.lines, amount))
    after, events = settled(replace(recorded, losses=losses, updated_at=at), origin, at)
    if amount == zero(amount.currency):
        return after, events
    asked = contracts.RefundRequested(
        order_id=order.id, owner=order.owner, reference=parcel.id, amount=amount, reason="lost"
    )
    return after, (*events, asked)


def record_parcel_returned(order: Order, parcel: Parcel, origin: Origin, at: datetime) -> Change:
    """A shipment came back undelivered: a return of its goods, which staff then inspect."""
    recorded = open_returned_parcel(_recorded(order, parcel, origin, at), parcel, origin, at)
    return (order, ()) if recorded is order else settled(recorded, origin, at)


def _recorded(order: Order, parcel: Parcel, origin: Origin, at: datetime) -> Order:
    """The order with what is told of a parcel; the same order when nothing of it is new."""
    if parcel.status is ParcelStatus.DELIVERED:
        parcel = replace(parcel, delivered_at=at)
    known = next((found for found in order.parcels if found.id == parcel.id), None)
    merged = parcel if known is None else _merged(known, parcel)
    if merged == known:
        return order
    parcels = tuple(merged if found.id == parcel.id else found for found in order.parcels)
    recorded = replace(order, parcels=parcels if known else (*parcels, merged), updated_at=at)
    if known and known.status is merged.status:
        return recorded
    return entered(recorded, f"shipment_{merged.status}", origin, at, merged.tracking_number)


def _merged(known: Parcel, told: Parcel) -> Parcel:
    """What is known of a parcel after it was told of once more: stopped beats waiting, having left beats stopped."""
    latest = max(known, told, key=lambda parcel: (_FURTHER[parcel.status], parcel.sequence))
    tells_lines = told.lines and (told.packed or not known.lines)
    return replace(
        known,
        status=latest.status,
        sequence=latest.sequence,
        carrier=known.carrier or told.carrier,
        tracking_number=known.tracking_number or told.tracking_number,
        lines=told.lines if tells_lines else known.lines,
        packed=known.packed or told.packed,
        delivered_at=known.delivered_at or told.delivered_at,
    )
