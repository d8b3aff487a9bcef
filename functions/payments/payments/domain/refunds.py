"""Refunds: asked for once per cause, never beyond what was captured, and tried until they succeed.

    requested → pending → succeeded
        └──────────┴──→ failed → (after a while, with the same key) …

A refund that succeeded may come back: the customer's bank returns it days later. Then the money is the shop's again,
and another one is made, under a key that says how many came back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from minishop.contracts.payments import RefundFailed, RefundSucceeded
from minishop.errors import FieldError, InvalidError, ProblemError
from minishop.events import Event
from minishop.ids import derived_id
from minishop.money import Money
from payments.domain.ledger import PostingKind, post
from payments.domain.payment import Change, ExceedsCapturedError, Payment, PaymentInProgressError, Refund
from payments.domain.states import RefundStatus, Status
from payments.domain.verdicts import RefundVerdict
from payments.domain.waits import LONGEST_WAIT, backoff, scheduled

LONGEST_PENDING_WAIT = timedelta(hours=1)
LONGEST_FAILED_WAIT = timedelta(hours=24)
CANCELLATION = "order_cancelled"


class RefundCurrencyError(InvalidError):
    """A refund is of the currency that was paid."""

    code = "currency_mismatch"
    title = "The currency is not that of the payment"


@dataclass(frozen=True)
class Wish:
    """Money that is to go back.

    Attributes:
        cause: What for: the same cause again is the same refund.
        reference: What orders asked for it by; empty when it was asked for otherwise.
        fingerprint: Of the request, where somebody asked with an Idempotency-Key.
        request: How often orders has asked for it.
    """

    cause: str
    amount: Money
    reason: str
    reference: str = ""
    fingerprint: str = ""
    request: int = 1


def refund_id(order_id: str, cause: str) -> str:
    """The id of an order's refund for this cause."""
    return derived_id("ref", order_id, cause)


def request_refund(payment: Payment, wish: Wish, *, at: datetime) -> Change:
    """Asks for money back. The same cause again changes nothing.

    Raises ExceedsCapturedError and RefundCurrencyError.
    """
    identity = refund_id(payment.order_id, wish.cause)
    if payment.refund_of(identity):
        return Change(payment)
    if wish.amount.currency != payment.amount.currency:
        field = FieldError("/amount/currency", f"This payment is in {payment.amount.currency}")
        raise RefundCurrencyError("Refund the currency that was paid.", errors=(field,))
    if not 0 < wish.amount.amount <= payment.refundable:
        raise ExceedsCapturedError(f"At most {payment.refundable} can still be refunded.")
    return Change(scheduled(_with_new(payment, wish, RefundStatus.REQUESTED, at), at))


def request_referenced(payment: Payment, wish: Wish, *, at: datetime) -> Change:
    """Asks for what orders wants to go back. What cannot go back is told as failed for good, nothing as done at once.

    What has failed for good, the provider was never asked for: asked for again, it begins anew.
    Raises PaymentInProgressError while nothing is captured.
    """
    identity = refund_id(payment.order_id, wish.cause)
    if payment.current.status is not Status.CAPTURED:
        raise PaymentInProgressError(f"Attempt {payment.current.number} is {payment.current.status}.")
    known = payment.refund_of(identity)
    if known and (not known.final or known.request >= wish.request):
        return Change(payment)
    payment = replace(payment, refunds=tuple(one for one in payment.refunds if one is not known))
    if wish.amount.amount == 0:
        return _told(_with_new(payment, wish, RefundStatus.SUCCEEDED, at), identity)
    try:
        return request_refund(payment, wish, at=at)
    except ProblemError as error:
        return _told(_with_new(payment, wish, RefundStatus.FAILED, at, code=error.code), identity)


def refund_cancelled(payment: Payment, *, at: datetime) -> Change:
    """Asks for all money back that the cancelled order still has."""
    amount = Money(payment.refundable, payment.amount.currency)
    return request_refund(payment, Wish(f"cancellation:{len(payment.refunds)}", amount, CANCELLATION), at=at)


def _with_new(payment: Payment, wish: Wish, status: RefundStatus, at: datetime, *, code: str = "") -> Payment:
    refund = Refund(
        id=refund_id(payment.order_id, wish.cause),
        amount=wish.amount,
        reason=wish.reason,
        status=status,
        at=at,
        reference=wish.reference,
        fingerprint=wish.fingerprint,
        request=wish.request,
        code=code,
        final=status is RefundStatus.FAILED,
    )
    return replace(payment, refunds=(*payment.refunds, refund), updated_at=at)


def due_refund(payment: Payment, at: datetime) -> Refund | None:
    """The first refund that the provider is to be asked about now."""
    return next((one for one in payment.open_refunds if one.not_before is None or one.not_before <= at), None)


def conclude_refund(
    payment: Payment, refund: Refund, verdict: RefundVerdict, *, at: datetime, patience: timedelta
) -> Change:
    """Takes in what the provider says of a refund.

    A failure is told once, and tried again: after `patience`, then after twice as long, up to a day.
    """
    match verdict.status:
        case RefundStatus.SUCCEEDED:
            return _succeeded(payment, refund, verdict, at)
        case RefundStatus.FAILED:
            return _failed(payment, refund, verdict, at, patience)
    if not refund.open:
        return Change(payment)
    longest = LONGEST_PENDING_WAIT if verdict.status is RefundStatus.PENDING else LONGEST_WAIT
    waits = replace(
        refund,
        status=refund.status if verdict.status is RefundStatus.REQUESTED else verdict.status,
        provider_ref=verdict.provider_ref or refund.provider_ref,
        tries=refund.tries + 1,
        not_before=at + backoff(refund.tries, longest=longest),
    )
    return Change(_with(payment, waits, at))


def _with(payment: Payment, refund: Refund, at: datetime, *, back: int = 0) -> Payment:
    """The payment with this refund as it is now, and `back` more of its money given back."""
    refunds = tuple(refund if known.id == refund.id else known for known in payment.refunds)
    return scheduled(replace(payment, refunds=refunds, refunded=payment.refunded + back, updated_at=at), at)


def _told(payment: Payment, identity: str) -> Change:
    """The payment, and what became of the refund."""
    refund = payment.refund_of(identity)
    assert refund is not None
    about = {"refund_id": refund.id, "payment_id": payment.id, "order_id": payment.order_id}
    event: Event
    if refund.status is RefundStatus.SUCCEEDED:
        event = RefundSucceeded(**about, amount=refund.amount, reference=refund.reference)
    else:
        event = RefundFailed(
            **about,
            amount=refund.amount,
            reference=refund.reference,
            final=refund.final,
            code=refund.code,
            request=refund.request,
        )
    return Change(payment, (event,))


def _succeeded(payment: Payment, refund: Refund, verdict: RefundVerdict, at: datetime) -> Change:
    if refund.status is RefundStatus.SUCCEEDED:
        return Change(payment)
    done = replace(
        refund,
        status=RefundStatus.SUCCEEDED,
        provider_ref=verdict.provider_ref or refund.provider_ref,
        code="",
        tries=0,
        not_before=None,
    )
    after = _with(payment, done, at, back=refund.amount.amount)
    kind, source = PostingKind.REFUND, done.provider_ref
    posting = post(kind, payment.order_id, refund.amount, cause=done.key, at=at, source=source)
    return replace(_told(after, refund.id), postings=(posting,))


def _failed(payment: Payment, refund: Refund, verdict: RefundVerdict, at: datetime, patience: timedelta) -> Change:
    """Refused, or made and come back: then the next one has another key, for under this one it is made already."""
    known = refund.status is RefundStatus.FAILED
    again = known and verdict.provider_ref == refund.provider_ref
    came_back = bool(verdict.provider_ref) and not again
    failed = replace(
        refund,
        status=RefundStatus.FAILED,
        provider_ref=verdict.provider_ref or refund.provider_ref,
        code=verdict.code,
        returned=refund.returned + came_back,
        tries=refund.tries + 1 if known else 1,
        not_before=at + backoff(refund.tries if known else 0, first=patience, longest=LONGEST_FAILED_WAIT),
    )
    was_paid = refund.status is RefundStatus.SUCCEEDED
    after = _with(payment, failed, at, back=-refund.amount.amount if was_paid else 0)
    change = Change(after) if known else _told(after, refund.id)
    if not was_paid:
        return change
    posting = post(
        PostingKind.REFUND_FAILURE,
        payment.order_id,
        refund.amount,
        cause=refund.key,
        at=at,
        source=failed.provider_ref,
    )
    return replace(change, postings=(posting,))
