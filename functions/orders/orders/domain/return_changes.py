"""What happens to an order's returns; in shape as in `orders.domain.changes`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from minishop.contracts import orders as contracts
from minishop.errors import FieldError, IdempotencyKeyReusedError
from minishop.ids import derived_id
from minishop.money import zero
from orders.domain.errors import (
    AlreadyReceivedError,
    AlreadyResolvedError,
    NotDeliveredError,
    NotReturnableError,
    ReturnLostError,
    ReturnNotAuthorizedError,
    ReturnNotFoundError,
    ReturnNotSentError,
    ReturnWindowClosedError,
)
from orders.domain.moves import Change, arrived_units, entered
from orders.domain.order import Order
from orders.domain.progress import Origin, Parcel
from orders.domain.refunds import worth_of
from orders.domain.returns import (
    INSPECTED,
    InspectedLine,
    Resolution,
    Return,
    ReturnLabel,
    ReturnLine,
    ReturnStatus,
    count,
)

MAX_RETURNS = 20
AWAITING_MONEY = frozenset({ReturnStatus.ACCEPTED, ReturnStatus.LOST})


@dataclass(frozen=True, kw_only=True)
class ReturnWish:
    """What somebody wants to send back, until how long after the delivery they may."""

    id: str
    lines: tuple[ReturnLine, ...]
    fingerprint: str
    window: timedelta


def find_return(order: Order, return_id: str) -> Return:
    """One of the order's returns. Raises ReturnNotFoundError."""
    for found in order.returns:
        if found.id == return_id:
            return found
    raise ReturnNotFoundError("There is no such return.")


def request_return(order: Order, wish: ReturnWish, origin: Origin, at: datetime) -> Change:
    """Opens a return of delivered goods; the same wish again changes nothing.

    Raises NotDeliveredError, ReturnWindowClosedError, NotReturnableError, IdempotencyKeyReusedError.
    """
    for known in order.returns:
        if known.id == wish.id:
            if known.fingerprint != wish.fingerprint:
                raise IdempotencyKeyReusedError("This Idempotency-Key stands for another return; send a fresh one.")
            return order, ()
    _check_wish(order, wish, at)
    opened = Return(
        id=wish.id,
        order_id=order.id,
        lines=wish.lines,
        requested_at=at,
        updated_at=at,
        fingerprint=wish.fingerprint,
    )
    told = contracts.ReturnRequested(**_about(order, opened), lines=_told(opened.lines))
    return _entered(_with(order, opened), opened, origin, at), (told,)


def _check_wish(order: Order, wish: ReturnWish, at: datetime) -> None:
    arrivals = [parcel.delivered_at for parcel in order.parcels if parcel.delivered_at]
    if not arrivals:
        raise NotDeliveredError("Nothing of this order has arrived yet.")
    if at > max(arrivals) + wish.window:
        raise ReturnWindowClosedError(f"Goods can be sent back within {wish.window.days} days of their delivery.")
    if len(order.returns) >= MAX_RETURNS:
        raise NotReturnableError("This order has as many returns as there may be.")
    left = returnable_units(order)
    wanted = count((line.sku, line.quantity) for line in wish.lines)
    errors = tuple(
        FieldError(f"/lines/{index}/quantity", f"{left.get(line.sku, 0)} of {line.sku} can be returned.")
        for index, line in enumerate(wish.lines)
        if wanted[line.sku] > left.get(line.sku, 0)
    )
    if errors:
        raise NotReturnableError("More is to be returned than was delivered and not returned yet.", errors=errors)


def returnable_units(order: Order) -> dict[str, int]:
    """Units by SKU that were delivered and that no return has claimed."""
    asked_for = [one for one in order.returns if not one.shipment_id]
    claimed = count((sku, units) for one in asked_for for sku, units in one.claimed.items())
    return {sku: units - claimed.get(sku, 0) for sku, units in arrived_units(order).items()}


def label_return(order: Order, return_id: str, label: ReturnLabel, at: datetime) -> Change:
    """The parcel for the way back has its label. The first one stays."""
    found = find_return(order, return_id)
    if found.label is not None:
        return order, ()
    return replace(_with(order, replace(found, label=label)), updated_at=at), ()


def authorize_return(order: Order, return_id: str, origin: Origin, at: datetime) -> Change:
    """Staff agree that the goods come back; again it changes nothing."""
    found = find_return(order, return_id)
    if found.status is not ReturnStatus.REQUESTED:
        return order, ()
    authorized = found.moved(ReturnStatus.AUTHORIZED, at)
    told = contracts.ReturnAuthorized(**_about(order, authorized), lines=_told(authorized.lines))
    after = _entered(_with(order, authorized), authorized, origin, at)
    return _on_its_way(after, authorized, origin, at), (told,)


def record_return_sent(order: Order, return_id: str, origin: Origin, at: datetime) -> Change:
    """The carrier has the goods. Those of a return that nobody has agreed to yet wait for that."""
    found = find_return(order, return_id)
    if found.sent:
        return order, ()
    sent = replace(found, sent=True)
    return _on_its_way(replace(_with(order, sent), updated_at=at), sent, origin, at), ()


def receive_return(
    order: Order, return_id: str, lines: Sequence[InspectedLine], origin: Origin, at: datetime
) -> Change:
    """What came back was inspected: accepted lines are refunded and restocked. The same again changes nothing.

    Raises ReturnNotFoundError, ReturnNotAuthorizedError, AlreadyReceivedError, ReturnLostError, NotReturnableError.
    """
    found = find_return(order, return_id)
    if found.is_lost:
        raise ReturnLostError("This return was given up; put what has turned up back into stock by hand.")
    inspected = tuple(sorted(lines, key=lambda line: (line.sku, line.accepted, line.quantity)))
    if found.status in INSPECTED:
        if found.inspected != inspected:
            raise AlreadyReceivedError("This return was inspected with another result.")
        return order, ()
    if found.status is ReturnStatus.REQUESTED:
        raise ReturnNotAuthorizedError("Authorize this return first.")
    _check_inspected(found, lines)
    received = replace(found, inspected=inspected).moved(ReturnStatus.RECEIVED, at)
    after = _entered(_with(order, received), received, origin, at)
    return _reject(after, received, origin, at) if not received.accepted else _accept(after, received, origin, at)


def lose_return(order: Order, return_id: str, resolution: Resolution, origin: Origin, at: datetime) -> Change:
    """Support gives goods up that are lost on their way back; the same decision again changes nothing.

    Raises ReturnNotFoundError, ReturnNotAuthorizedError, ReturnNotSentError, AlreadyReceivedError,
    AlreadyResolvedError.
    """
    found = find_return(order, return_id)
    if found.is_lost:
        if found.resolution is not resolution:
            raise AlreadyResolvedError("This return is lost, and it was decided otherwise.")
        return order, ()
    if found.status in INSPECTED:
        raise AlreadyReceivedError("This return has arrived, and was inspected.")
    if found.status is ReturnStatus.REQUESTED:
        raise ReturnNotAuthorizedError("Authorize this return first.")
    if found.label is None:
        raise ReturnNotSentError("This return has no parcel yet that could be lost.")
    refund = worth_of(order, found.announced) if resolution is Resolution.REFUND else None
    lost = replace(found, refund=refund).moved(ReturnStatus.LOST, at)
    told = contracts.ReturnLost(
        **_about(order, lost),
        lines=_told(lost.lines),
        shipment_id=found.label.shipment_id,
        resolution=resolution.value,
        refund=refund or zero(order.totals.total.currency),
    )
    after, events = _with_refund(_entered(_with(order, lost), lost, origin, at), lost, origin, at)
    return after, (told, *events)


def settle_return(order: Order, return_id: str, origin: Origin, at: datetime) -> Order:
    """The money for a return has gone back. Another reference than that of a return it is due for changes nothing."""
    for found in order.returns:
        if found.id == return_id and found.refund is not None and found.status in AWAITING_MONEY:
            refunded = found.moved(ReturnStatus.REFUNDED, at)
            return _entered(_with(order, refunded), refunded, origin, at)
    return order


def open_returned_parcel(order: Order, parcel: Parcel, origin: Origin, at: datetime) -> Order:
    """A shipment came back to the sender: a return that nobody asked for, and that is on its way already."""
    return_id = derived_id("ret", parcel.id)
    if any(known.id == return_id for known in order.returns):
        return order
    opened = Return(
        id=return_id,
        order_id=order.id,
        lines=tuple(ReturnLine(line.sku, line.quantity, "returned to sender") for line in parcel.lines),
        requested_at=at,
        updated_at=at,
        label=ReturnLabel(parcel.id, parcel.carrier, parcel.tracking_number),
        sent=True,
        shipment_id=parcel.id,
    )
    for status in (ReturnStatus.REQUESTED, ReturnStatus.AUTHORIZED, ReturnStatus.IN_TRANSIT):
        opened = opened if status is opened.status else opened.moved(status, at)
        order = _entered(_with(order, opened), opened, origin, at)
    return order


def _check_inspected(found: Return, lines: Sequence[InspectedLine]) -> None:
    announced = count((line.sku, line.quantity) for line in found.lines)
    arrived = count((line.sku, line.quantity) for line in lines)
    errors = tuple(
        FieldError(f"/lines/{index}/quantity", f"{announced.get(line.sku, 0)} of {line.sku} were to come back.")
        for index, line in enumerate(lines)
        if arrived[line.sku] > announced.get(line.sku, 0)
    )
    if errors:
        raise NotReturnableError("More is received than was to come back.", errors=errors)


def _accept(order: Order, received: Return, origin: Origin, at: datetime) -> Change:
    before = replace(order, returns=tuple(one for one in order.returns if one.id != received.id))
    refund = worth_of(before, received.accepted)
    accepted = replace(received, refund=refund).moved(ReturnStatus.ACCEPTED, at)
    after = _entered(_with(order, accepted), accepted, origin, at)
    lines = tuple(contracts.OrderedLine(sku=sku, quantity=units) for sku, units in accepted.accepted.items())
    told = contracts.ReturnAccepted(**_about(order, accepted), lines=lines, refund=refund)
    settled, events = _with_refund(after, accepted, origin, at)
    return settled, (told, *events)


def _with_refund(order: Order, one: Return, origin: Origin, at: datetime) -> Change:
    """The money that is due for a return is asked for. Where that is nothing, there is none to wait for."""
    if one.refund is None:
        return order, ()
    if one.refund == zero(one.refund.currency):
        return settle_return(order, one.id, origin, at), ()
    asked = contracts.RefundRequested(
        order_id=order.id, owner=order.owner, reference=one.id, amount=one.refund, reason="return"
    )
    return order, (asked,)


def _reject(order: Order, received: Return, origin: Origin, at: datetime) -> Change:
    rejected = received.moved(ReturnStatus.REJECTED, at)
    told = contracts.ReturnRejected(**_about(order, rejected), lines=_told(rejected.inspected))
    return _entered(_with(order, rejected), rejected, origin, at), (told,)


def _on_its_way(order: Order, one: Return, origin: Origin, at: datetime) -> Order:
    """An authorized return that was sent is in transit."""
    if not one.sent or one.status is not ReturnStatus.AUTHORIZED:
        return order
    moved = one.moved(ReturnStatus.IN_TRANSIT, at)
    return _entered(_with(order, moved), moved, origin, at)


def _with(order: Order, one: Return) -> Order:
    """The order with this return in place of the one of the same id, or as its last."""
    if all(known.id != one.id for known in order.returns):
        return replace(order, returns=(*order.returns, one))
    return replace(order, returns=tuple(one if known.id == one.id else known for known in order.returns))


def _entered(order: Order, one: Return, origin: Origin, at: datetime) -> Order:
    return entered(order, f"return_{one.status}", origin, at, one.id)


def _told(lines: Sequence[ReturnLine | InspectedLine]) -> tuple[contracts.OrderedLine, ...]:
    units = count((line.sku, line.quantity) for line in lines)
    return tuple(contracts.OrderedLine(sku=sku, quantity=quantity) for sku, quantity in units.items())


def _about(order: Order, one: Return) -> dict[str, str]:
    return {"order_id": order.id, "return_id": one.id, "owner": order.owner, "number": order.number}
