"""What happens to a payment: each move returns the new state with what there is to tell and to post.

`next_step` says what the provider is to be asked; `conclude` and `conclude_refund` take in what it says. All of them
can be repeated at any point: what is settled stays as it is.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from minishop.contracts.payments import (
    PaymentActionRequired,
    PaymentCaptured,
    PaymentDeclined,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from minishop.events import Event
from minishop.ids import derived_id
from minishop.money import Money
from payments.domain.ledger import Posting, PostingKind, post
from payments.domain.payment import (
    OPEN,
    Attempt,
    Change,
    ExceedsCapturedError,
    Payment,
    PaymentInProgressError,
    Refund,
    RefundStatus,
    RefundVerdict,
    Status,
    Verdict,
)

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=5)
FAILED_REFUND_WAIT = timedelta(hours=1)


class Step(Enum):
    """What is to be done next."""

    AUTHORIZE = auto()
    LOOK_UP = auto()
    CAPTURE = auto()
    VOID = auto()
    REQUEST_REFUND = auto()
    REFUND = auto()


def payment_id(order_id: str) -> str:
    """The id of the payment of an order."""
    return derived_id("pay", order_id)


def _attempt(order_id: str, number: int, method: str, at: datetime) -> Attempt:
    return Attempt(derived_id("pat", order_id, str(number)), number, Status.PENDING, method, at)


def begin(
    order_id: str, owner: str, amount: Money, *, number: int, method: str, correlation_id: str, at: datetime
) -> Payment:
    """A payment with its first attempt, which nobody has asked the provider for yet."""
    attempt = _attempt(order_id, number, method, at)
    payment = Payment(payment_id(order_id), order_id, owner, amount, at, at, correlation_id, (attempt,))
    return _scheduled(payment, at)


def try_again(payment: Payment, *, number: int, method: str, at: datetime) -> Change:
    """A further attempt after a decline. One that is known, or comes after a cancellation, changes nothing.

    Raises PaymentInProgressError when the last attempt was not declined.
    """
    if number <= payment.current.number or payment.cancelled:
        return Change(payment)
    if payment.current.status is not Status.DECLINED:
        raise PaymentInProgressError(f"Attempt {payment.current.number} is {payment.current.status}.")
    further = _attempt(payment.order_id, number, method, at)
    return Change(_scheduled(replace(payment, attempts=(*payment.attempts, further), updated_at=at), at))


def next_step(payment: Payment, *, ask: bool = False) -> Step | None:
    """What is to be done; None when the payment is at rest. `ask` looks up what waits for the shopper."""
    step: Step | None = None
    match payment.current.status:
        case Status.PENDING:
            step = Step.AUTHORIZE
        case Status.UNKNOWN:
            step = Step.LOOK_UP if payment.current.provider_ref else Step.AUTHORIZE
        case Status.REQUIRES_ACTION if payment.cancelled:
            step = Step.VOID
        case Status.REQUIRES_ACTION if ask:
            step = Step.LOOK_UP
        case Status.AUTHORIZED:
            step = Step.VOID if payment.cancelled else Step.CAPTURE
        case Status.CAPTURED if payment.cancelled and payment.refundable:
            step = Step.REQUEST_REFUND
        case Status.CAPTURED if payment.open_refund:
            step = Step.REFUND
    return step


def _scheduled(payment: Payment, at: datetime, *, waiting: bool = False) -> Payment:
    """The payment with the moment at which the schedule looks after it.

    What somebody is at work on gets the longest wait: by then they have finished, or died.
    """
    if not waiting:
        rests = next_step(payment) is None and payment.current.status is not Status.REQUIRES_ACTION
        return replace(payment, tries=0, due_at=None if rests else at + LONGEST_WAIT)
    refund = payment.open_refund
    wait = min(FIRST_WAIT * 2 ** min(payment.tries, 10), LONGEST_WAIT)
    if refund is not None and refund.status is RefundStatus.FAILED:
        wait = FAILED_REFUND_WAIT
    return replace(payment, tries=payment.tries + 1, due_at=at + wait)


def _moved(payment: Payment, attempt: Attempt, at: datetime) -> Payment:
    return replace(payment, attempts=(*payment.attempts[:-1], attempt), updated_at=at)


def conclude(payment: Payment, verdict: Verdict, *, at: datetime) -> Change:
    """Takes in what the provider says of the current attempt. What is settled stays as it is."""
    attempt = payment.current
    if attempt.status not in OPEN:
        return Change(payment)
    if verdict.status is Status.VOIDED and not payment.cancelled:
        verdict = replace(verdict, status=Status.DECLINED, decline_code="canceled_by_provider")
    waits = verdict.status in {Status.UNKNOWN, Status.REQUIRES_ACTION}
    unheard = verdict.status is Status.UNKNOWN and attempt.status is Status.REQUIRES_ACTION  # it waits as before
    if waits and (unheard or verdict.status is attempt.status):
        return Change(_scheduled(payment, at, waiting=True), waiting=True)
    moved = replace(
        attempt,
        status=verdict.status,
        provider_ref=verdict.provider_ref or attempt.provider_ref,
        decline_code=verdict.decline_code,
        action_url=verdict.action_url,
        authorized=attempt.authorized or verdict.status in {Status.AUTHORIZED, Status.CAPTURED},
    )
    captured = payment.amount.amount if verdict.status is Status.CAPTURED else payment.captured
    after = replace(_moved(payment, moved, at), captured=captured)
    return Change(
        _scheduled(after, at, waiting=waits), _told(after), _posted(payment, attempt, moved.status, at), waits
    )


def _told(payment: Payment) -> tuple[Event, ...]:
    """What a payment in its new state tells."""
    attempt = payment.current
    identity = {"payment_id": payment.id, "order_id": payment.order_id}
    match attempt.status:
        case Status.CAPTURED:
            return (PaymentCaptured(**identity, attempt=attempt.number, amount=payment.amount),)
        case Status.DECLINED:
            code = attempt.decline_code or "declined"
            return (PaymentDeclined(**identity, attempt=attempt.number, decline_code=code),)
        case Status.REQUIRES_ACTION:
            return (PaymentActionRequired(**identity, attempt=attempt.number, action_url=attempt.action_url),)
        case Status.VOIDED:
            return (PaymentVoided(**identity),)
    return ()


def _posted(payment: Payment, before: Attempt, status: Status, at: datetime) -> tuple[Posting, ...]:
    """What the ledger says of an attempt's move to `status`."""
    kinds: list[PostingKind] = []
    if status in {Status.AUTHORIZED, Status.CAPTURED} and not before.authorized:
        kinds.append(PostingKind.AUTHORIZE)
    if status is Status.CAPTURED:
        kinds.append(PostingKind.CAPTURE)
    if status in {Status.VOIDED, Status.DECLINED} and before.authorized:
        kinds.append(PostingKind.VOID)
    return tuple(post(kind, payment.order_id, payment.amount, cause=before.id, at=at) for kind in kinds)


def request_refund(payment: Payment, amount: int, *, cause: str, reason: str, at: datetime) -> Change:
    """Asks for money back; `cause` makes the refund's id, so that the same cause again changes nothing.

    Raises ExceedsCapturedError.
    """
    identity = derived_id("ref", payment.order_id, cause)
    if any(refund.id == identity for refund in payment.refunds):
        return Change(payment)
    if not 0 < amount <= payment.refundable:
        raise ExceedsCapturedError(f"At most {payment.refundable} can still be refunded.")
    refund = Refund(identity, Money(amount, payment.amount.currency), reason, RefundStatus.REQUESTED, at)
    asked = replace(payment, refunds=(*payment.refunds, refund), updated_at=at)
    return Change(_scheduled(asked, at))


def refund_cancelled(payment: Payment, *, at: datetime) -> Change:
    """Asks for all money back that the cancelled order still has."""
    return request_refund(payment, payment.refundable, cause="cancellation", reason="order_cancelled", at=at)


def conclude_refund(payment: Payment, refund: Refund, verdict: RefundVerdict, *, at: datetime) -> Change:
    """Takes in what the provider says of a refund. A failure is told once, and tried again with the same key."""
    moved = replace(refund, provider_ref=verdict.provider_ref or refund.provider_ref)
    if verdict.status is not RefundStatus.REQUESTED:
        moved = replace(moved, status=verdict.status)
    refunds = tuple(moved if known.id == refund.id else known for known in payment.refunds)
    after = replace(payment, refunds=refunds, updated_at=at)
    identity = {"refund_id": refund.id, "payment_id": payment.id, "order_id": payment.order_id}
    if moved.status is RefundStatus.SUCCEEDED:
        after = replace(after, refunded=payment.refunded + refund.amount.amount)
        posting = post(PostingKind.REFUND, payment.order_id, refund.amount, cause=refund.id, at=at)
        return Change(_scheduled(after, at), (RefundSucceeded(**identity, amount=refund.amount),), (posting,))
    news = moved.status is RefundStatus.FAILED and refund.status is not RefundStatus.FAILED
    events = (RefundFailed(**identity, amount=refund.amount),) if news else ()
    return Change(_scheduled(after, at, waiting=True), events, waiting=True)
