"""Money that was to go back and cannot: the order keeps it until support has seen to it.

What the provider refuses, payments asks for again by itself. What it cannot ask for, because more would go back than is
left, has failed for good: a dispute has taken the money, or support has given it back by hand. Support then asks for it
once more, for less, or for nothing.
"""

from dataclasses import replace
from datetime import datetime

from minishop.contracts import orders as contracts
from minishop.errors import FieldError
from minishop.money import Money, zero
from orders.domain.errors import RefundExceedsDueError, RefundNotFoundError
from orders.domain.moves import Change, entered
from orders.domain.order import Order
from orders.domain.progress import FailedRefund, Origin
from orders.domain.return_changes import AWAITING_MONEY, settle_return


def record_refund_failure(
    order: Order, reference: str, *, request: int, code: str, origin: Origin, at: datetime
) -> Change:
    """A refund has failed for good. Of what is not due any more, or was asked for again since, nothing changes."""
    due, known = _due(order, reference), _known(order, reference)
    if due is None or (known and (known.request > request or (known.failed and known.request == request))):
        return order, ()
    failed = FailedRefund(reference, due[0], code, request)
    return entered(_with(order, failed), "payment_refund_failed", origin, at, reference), ()


def ask_again(order: Order, reference: str, amount: Money | None, origin: Origin, at: datetime) -> Change:
    """Asks once more for what has failed, or for `amount` of it; nothing of it settles it.

    While it has not failed (again) this changes nothing. Raises RefundNotFoundError, RefundExceedsDueError.
    """
    known = _known(order, reference)
    if known is None:
        raise RefundNotFoundError("No refund of this reference has failed.")
    due = _due(order, reference)
    if due is None or not known.failed:
        return order, ()
    wanted = due[0] if amount is None else amount
    if wanted.currency != due[0].currency or wanted.amount > due[0].amount:
        detail = f"At most {due[0].amount} {due[0].currency} are due."
        raise RefundExceedsDueError(detail, errors=(FieldError("/amount", detail),))
    asked = _with(order, replace(known, request=known.request + 1, failed=False))
    after = entered(asked, "payment_refund_requested", origin, at, reference)
    if wanted == zero(wanted.currency):
        return settle_return(after, reference, origin, at), ()
    return after, (
        contracts.RefundRequested(
            order_id=order.id,
            owner=order.owner,
            reference=reference,
            amount=wanted,
            reason=due[1],
            request=known.request + 1,
        ),
    )


def _known(order: Order, reference: str) -> FailedRefund | None:
    return next((one for one in order.payment.failed_refunds if one.reference == reference), None)


def _with(order: Order, failed: FailedRefund) -> Order:
    others = tuple(one for one in order.payment.failed_refunds if one.reference != failed.reference)
    return replace(order, payment=replace(order.payment, failed_refunds=(*others, failed)))


def _due(order: Order, reference: str) -> tuple[Money, str] | None:
    """What is to go back for a return or a lost shipment, and which of them it is; None once it has."""
    if any(refund.reference == reference for refund in order.payment.refunds):
        return None
    for one in order.returns:
        if one.id == reference and one.refund is not None and one.status in AWAITING_MONEY:
            return one.refund, "return"
    for loss in order.losses:
        if loss.shipment_id == reference:
            return loss.amount, "lost"
    return None
