"""How events move orders on. Each may come late, twice, or before what it follows from.

A token is good for some minutes after a guest has become a customer, or a customer was forgotten, so that an order may
be placed after the guest's orders were handed over, or the customer's lost their owner. What is then heard of its
payment, which is something in any case, finds whose it is now: it is handed over, or its owner forgotten, in the same
write.
"""

from contextlib import suppress

from minishop.identity import Successor
from minishop.money import Money
from orders.domain import changes, erasure, failed_refunds, parcel_changes, return_changes
from orders.domain.checkout import CartLine
from orders.domain.errors import (
    InsufficientStockError,
    OrderNotFoundError,
    PromotionNotApplicableError,
    ReservationReleasedError,
)
from orders.domain.moves import Change, Decision
from orders.domain.order import Order
from orders.domain.progress import Dispute, Origin, Parcel, PaymentStatus, Refund, Status
from orders.domain.returns import ReturnLabel
from orders.use_cases.ports import ReactionPorts, change, known

GUEST_PAGE = 50


def record_capture(ports: ReactionPorts, order_id: str, amount: Money, origin: Origin) -> None:
    """The order is paid: confirmed, if its stock is still held or can be held again; cancelled otherwise."""

    def decide(order: Order) -> Change:
        now = ports.clock.now()
        if order.needs_hold_again(now) and not _holds(ports, order):
            return changes.record_capture_unheld(order, amount, origin, now)
        return changes.record_capture(order, amount, origin, now)

    _change_handed_over(ports, order_id, decide, origin)


def record_decline(ports: ReactionPorts, order_id: str, attempt: int, code: str, origin: Origin) -> None:
    """An attempt failed: the shopper may try again for a while.

    The window is opened after the save, and again at each delivery while it matters: the first may have got lost.
    """
    order = _change_handed_over(
        ports, order_id, lambda order: changes.record_decline(order, attempt, code, origin, ports.clock.now()), origin
    )
    waits = order.status is Status.PLACED and order.payment.state is PaymentStatus.DECLINED
    if waits and order.payment.attempt == attempt:
        ports.retry_window.open(order, ports.clock.now())


def close_retry_window(ports: ReactionPorts, order_id: str, attempt: int, origin: Origin) -> None:
    """The time to try again is over."""
    _change(ports, order_id, lambda order: changes.close_retry_window(order, attempt, origin, ports.clock.now()))


def record_action(ports: ReactionPorts, order_id: str, attempt: int, origin: Origin) -> None:
    """The shopper has to prove who they are first."""
    _change_handed_over(
        ports, order_id, lambda order: changes.record_action(order, attempt, origin, ports.clock.now()), origin
    )


def record_void(ports: ReactionPorts, order_id: str, origin: Origin) -> None:
    """Nothing was charged for a cancelled order, and nothing will be."""
    _change(ports, order_id, lambda order: changes.record_void(order, origin, ports.clock.now()))


def record_refund(ports: ReactionPorts, order_id: str, refund: Refund, origin: Origin) -> None:
    """Money went back."""
    _change(ports, order_id, lambda order: changes.record_refund(order, refund, origin, ports.clock.now()))


def record_refund_failure(
    ports: ReactionPorts, order_id: str, reference: str, *, request: int, code: str, origin: Origin
) -> None:
    """Money that was to go back cannot: support is to see to it."""

    def decide(order: Order) -> Change:
        at = ports.clock.now()
        return failed_refunds.record_refund_failure(order, reference, request=request, code=code, origin=origin, at=at)

    _change(ports, order_id, decide)


def record_dispute(ports: ReactionPorts, order_id: str, dispute: Dispute, origin: Origin) -> None:
    """The card holder's bank wants money back, or has decided."""
    _change(ports, order_id, lambda order: changes.record_dispute(order, dispute, origin, ports.clock.now()))


def record_parcel(ports: ReactionPorts, order_id: str, parcel: Parcel, origin: Origin) -> None:
    """A shipment has got so far."""
    _change(ports, order_id, lambda order: parcel_changes.record_parcel(order, parcel, origin, ports.clock.now()))


def record_loss(ports: ReactionPorts, order_id: str, parcel: Parcel, origin: Origin, *, refund: bool) -> None:
    """A shipment was given up; its worth is to go back, or a new one is made."""

    def decide(order: Order) -> Change:
        return parcel_changes.record_loss(order, parcel, refund=refund, origin=origin, at=ports.clock.now())

    _change(ports, order_id, decide)


def record_parcel_returned(ports: ReactionPorts, order_id: str, parcel: Parcel, origin: Origin) -> None:
    """A shipment came back undelivered."""
    _change(
        ports, order_id, lambda order: parcel_changes.record_parcel_returned(order, parcel, origin, ports.clock.now())
    )


def record_return_sent(ports: ReactionPorts, order_id: str, return_id: str, origin: Origin) -> None:
    """The carrier has the goods of a return."""
    _change(
        ports, order_id, lambda order: return_changes.record_return_sent(order, return_id, origin, ports.clock.now())
    )


def record_return_label(ports: ReactionPorts, order_id: str, return_id: str, label: ReturnLabel) -> None:
    """A return's parcel has its label."""
    _change(ports, order_id, lambda order: return_changes.label_return(order, return_id, label, ports.clock.now()))


def expire_hold(ports: ReactionPorts, order_id: str, origin: Origin) -> None:
    """The order's hold ran out: cancelled, if it still waits for its payment.

    If it was confirmed in the same moment, the stock is held again, or the order is cancelled after all. A hold whose
    order was never written is nobody's business.
    """

    def decide(order: Order) -> Change:
        now = ports.clock.now()
        if order.status is Status.CONFIRMED and not _holds(ports, order):
            return changes.lose_stock(order, origin, now)
        return changes.expire(order, origin, now)

    with suppress(OrderNotFoundError):
        _change_handed_over(ports, order_id, decide, origin)


def adopt_orders(ports: ReactionPorts, guest_id: str, customer_id: str, origin: Origin) -> None:
    """A guest's orders become the customer's that the guest turned out to be: those there are, and those to come."""
    ports.guests.remember(guest_id, customer_id)
    customer = ports.guests.successor_of(customer_id)
    _change_all(ports, guest_id, lambda order: (_handed_over(ports, order, customer, origin), ()))


def forget_owner(ports: ReactionPorts, customer_id: str, origin: Origin) -> None:
    """A customer's orders are kept without the customer."""
    ports.guests.forget(customer_id, at=ports.clock.now())
    _change_all(ports, customer_id, lambda order: erasure.forget_owner(order, origin, ports.clock.now()))


def _change_all(ports: ReactionPorts, owner: str, decide: Decision) -> None:
    position = None
    while True:
        page, position = ports.orders.owned_by(owner, GUEST_PAGE, position)
        for found in page:
            _change(ports, found.id, decide)
        if position is None:
            return


def _change(ports: ReactionPorts, order_id: str, decide: Decision) -> Order:
    """An event's order exists. Raises OrderNotFoundError, and so ends among the dead letters, where it does not."""
    return change(ports, lambda: known(ports.orders.find(order_id)), decide)


def _change_handed_over(ports: ReactionPorts, order_id: str, decide: Decision, origin: Origin) -> Order:
    """The same, of an order that is the customer's from then on whom its guest has become, or nobody's."""

    def decide_for_owner(order: Order) -> Change:
        return decide(_handed_over(ports, order, ports.guests.successor_of(order.owner), origin))

    return _change(ports, order_id, decide_for_owner)


def _handed_over(ports: ReactionPorts, order: Order, owner: Successor, origin: Origin) -> Order:
    """The order as its owner's; of one who is forgotten it is kept without the person."""
    owned, _ = changes.hand_over(order, owner.id, origin, ports.clock.now())
    return erasure.forget_owner(owned, origin, ports.clock.now())[0] if owner.forgotten else owned


def _holds(ports: ReactionPorts, order: Order) -> bool:
    """Whether the order's stock, and its use of a promotion, is held, sold to it, or can be held again."""
    lines = tuple(CartLine(line.sku, line.quantity) for line in order.lines)
    try:
        ports.stock.hold(order.id, lines, order.promotion, order.buyer, expected=None)
    except (InsufficientStockError, PromotionNotApplicableError, ReservationReleasedError):
        return False
    return True
