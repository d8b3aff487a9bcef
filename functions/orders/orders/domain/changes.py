"""What happens to an order. Each function takes it as it was read and returns it with the events to tell.

The same order comes back, without events, when there was nothing to do: a repeated or belated event is harmless.
"""

from dataclasses import replace
from datetime import datetime

from minishop.contracts import orders as contracts
from minishop.errors import IdempotencyKeyReusedError
from minishop.events import Event
from minishop.money import Money
from orders.domain.errors import AlreadyDispatchedError, CaptureMismatchError, NotPayableError
from orders.domain.moves import TELLERS, Change, entered, move, settled, told_lines
from orders.domain.order import Order
from orders.domain.progress import (
    Cancellation,
    CancelReason,
    Dispute,
    Origin,
    PaymentStatus,
    Refund,
    Retry,
    Status,
)
from orders.domain.return_changes import settle_return

MAX_ATTEMPTS = 10
ENDED = frozenset({PaymentStatus.DECLINED, PaymentStatus.VOIDED})  # how an attempt ends without a charge


def place(order: Order, payment_method: str, origin: Origin) -> Change:
    """An order that is to be paid by the provider's token `payment_method`."""
    placed = entered(order, Status.PLACED.value, origin, order.placed_at)
    return placed, (
        contracts.OrderPlaced(
            order_id=order.id, number=order.number, owner=order.owner, lines=told_lines(order), total=order.totals.total
        ),
        _payment_requested(order, payment_method),
    )


def record_capture(order: Order, amount: Money, origin: Origin, at: datetime) -> Change:
    """It is paid. A cancelled order stays cancelled: payments sends the money back when it hears of that."""
    captured = _captured(order, amount, origin, at)
    return (order, ()) if captured is order else settled(captured, origin, at)


def record_capture_unheld(order: Order, amount: Money, origin: Origin, at: datetime) -> Change:
    """It is paid, but the hold has run out and the stock is gone: cancelled, so that the money goes back."""
    captured = _captured(order, amount, origin, at)
    return _cancelled(captured, Cancellation(CancelReason.OUT_OF_STOCK, was_confirmed=False), origin, at)


def record_decline(order: Order, attempt: int, code: str, origin: Origin, at: datetime) -> Change:
    """An attempt failed for good."""
    payment = order.payment
    if payment.attempt != attempt or payment.captured or payment.state in ENDED:
        return order, ()
    declined = replace(order, payment=replace(payment, state=PaymentStatus.DECLINED))
    return entered(declined, "payment_declined", origin, at, code), ()


def record_action(order: Order, attempt: int, origin: Origin, at: datetime) -> Change:
    """The shopper has to prove who they are before an attempt goes on."""
    payment = order.payment
    if payment.attempt != attempt or payment.captured or payment.state is not PaymentStatus.PENDING:
        return order, ()
    waiting = replace(order, payment=replace(payment, state=PaymentStatus.REQUIRES_ACTION))
    return entered(waiting, "payment_requires_action", origin, at), ()


def record_void(order: Order, origin: Origin, at: datetime) -> Change:
    """What was set aside for a cancelled order was let go of, or never will be."""
    if order.payment.captured or order.payment.state is PaymentStatus.VOIDED:
        return order, ()
    voided = replace(order, payment=replace(order.payment, state=PaymentStatus.VOIDED))
    return entered(voided, "payment_voided", origin, at), ()


def record_refund(order: Order, refund: Refund, origin: Origin, at: datetime) -> Change:
    """Money went back; a return that it was for is done with."""
    if any(known.id == refund.id for known in order.payment.refunds):
        return order, ()
    refunds = (*order.payment.refunds, refund)
    refunded = replace(order, payment=replace(order.payment, refunds=refunds))
    return settle_return(entered(refunded, "payment_refunded", origin, at, refund.id), refund.reference, origin, at), ()


def record_dispute(order: Order, dispute: Dispute, origin: Origin, at: datetime) -> Change:
    """The card holder's bank wants money back, or has decided; a decision stays."""
    known = next((one for one in order.payment.disputes if one.id == dispute.id), None)
    if known and (known.status != "open" or dispute.status == "open"):
        return order, ()
    disputes = (*(one for one in order.payment.disputes if one.id != dispute.id), dispute)
    disputed = replace(order, payment=replace(order.payment, disputes=disputes))
    return entered(disputed, f"payment_dispute_{dispute.status}", origin, at, dispute.id), ()


def pay_again(order: Order, request: tuple[str, str], payment_method: str, origin: Origin, at: datetime) -> Change:
    """Another attempt after a decline, while the hold lasts; `request` is its id and fingerprint.

    The same again changes nothing. Raises NotPayableError, IdempotencyKeyReusedError.
    """
    request_id, fingerprint = request
    for known in order.payment.retries:
        if known.request_id == request_id:
            if known.fingerprint != fingerprint:
                raise IdempotencyKeyReusedError("This Idempotency-Key stands for another request; send a fresh one.")
            return order, ()
    _check_payable(order, at)
    attempt = order.payment.attempt + 1
    retry = Retry(request_id, fingerprint, attempt, order.version + 1, at)
    retries = (*order.payment.retries, retry)
    payment = replace(order.payment, attempt=attempt, state=PaymentStatus.PENDING, retries=retries)
    again = entered(replace(order, payment=payment), "payment_requested", origin, at, str(attempt))
    return again, (_payment_requested(again, payment_method),)


def _check_payable(order: Order, at: datetime) -> None:
    if order.status is not Status.PLACED:
        raise NotPayableError("This order does not wait for a payment.")
    if order.payment.state is not PaymentStatus.DECLINED:
        raise NotPayableError("The last attempt is still under way.")
    if at >= order.hold_expires_at:
        raise NotPayableError("The time to pay for this order is over.")
    if order.payment.attempt >= MAX_ATTEMPTS:
        raise NotPayableError("There were as many attempts as there may be.")


def close_retry_window(order: Order, attempt: int, origin: Origin, at: datetime) -> Change:
    """The time to try again after a decline is over: cancelled, unless there was another attempt."""
    if order.payment.attempt != attempt or order.payment.state is not PaymentStatus.DECLINED:
        return order, ()
    return expire(order, origin, at)


def expire(order: Order, origin: Origin, at: datetime) -> Change:
    """An order that is not paid and is not to wait any longer."""
    if order.status is not Status.PLACED:
        return order, ()
    declined = order.payment.state is PaymentStatus.DECLINED
    reason = CancelReason.DECLINED if declined else CancelReason.EXPIRED
    return _cancelled(order, Cancellation(reason, was_confirmed=False), origin, at)


def lose_stock(order: Order, origin: Origin, at: datetime) -> Change:
    """A confirmed order whose stock was gone before it could be sold: shipping is asked to stop the parcel."""
    if order.status is not Status.CONFIRMED:
        return order, ()
    return _cancelled(order, Cancellation(CancelReason.OUT_OF_STOCK, was_confirmed=True), origin, at)


def cancel(order: Order, cancellation: Cancellation, origin: Origin, at: datetime) -> Change:
    """Cancels at somebody's request: at once while it is placed, by way of shipping once it is confirmed.

    The same again is a success that changes nothing. Raises AlreadyDispatchedError once the parcel has left.
    """
    asked_before = order.cancellation is not None and order.cancellation.request_id == cancellation.request_id
    if asked_before or order.status in {Status.CANCELLED, Status.CANCEL_REQUESTED}:
        return order, ()
    if order.status in {Status.SHIPPED, Status.DELIVERED}:
        raise AlreadyDispatchedError("The parcel has left; ask for a return once it has arrived.")
    complete = replace(cancellation, was_confirmed=order.status is Status.CONFIRMED)
    cancelled, events = _cancelled(order, complete, origin, at)
    answer = replace(cancelled.moment(), version=order.version + 1)
    return replace(cancelled, cancellation=replace(complete, answer=answer)), events


def hand_over(order: Order, owner: str, origin: Origin, at: datetime) -> Change:
    """A guest's order becomes the customer's that the guest turned out to be."""
    if order.owner == owner:
        return order, ()
    return entered(replace(order, owner=owner, placed_by=order.buyer), "owner_changed", origin, at), ()


def _payment_requested(order: Order, payment_method: str) -> Event:
    return contracts.PaymentRequested(
        order_id=order.id,
        owner=order.owner,
        attempt=order.payment.attempt,
        amount=order.totals.total,
        payment_method=payment_method,
        expires_at=order.hold_expires_at,
    )


def _captured(order: Order, amount: Money, origin: Origin, at: datetime) -> Order:
    if order.payment.captured:
        return order
    if amount != order.totals.total:
        raise CaptureMismatchError(f"{order.id}: {amount} was captured of {order.totals.total}")
    paid = replace(order, payment=replace(order.payment, captured=amount))
    return entered(paid, "payment_captured", origin, at)


def _cancelled(order: Order, cancellation: Cancellation, origin: Origin, at: datetime) -> Change:
    target = Status.CANCEL_REQUESTED if cancellation.was_confirmed else Status.CANCELLED
    detail = cancellation.remark or cancellation.reason.value
    moved = move(replace(order, cancellation=cancellation), target, origin, at, detail)
    after, events = settled(moved, origin, at)
    return after, (TELLERS[target](moved), *events)
