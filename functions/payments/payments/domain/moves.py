"""What happens to a payment and its attempts: each move returns the new state with what there is to tell and to post.

`next_step` says what the provider is to be asked; `conclude` takes in what it says. All of them can be repeated at any
point: what is settled stays as it is.
"""

from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

from minishop.contracts.payments import PaymentActionRequired, PaymentCaptured, PaymentDeclined, PaymentVoided
from minishop.events import Event
from minishop.ids import derived_id
from minishop.money import Money
from payments.domain.ledger import Posting, PostingKind, post
from payments.domain.payment import Attempt, Change, MismatchError, Payment, PaymentInProgressError
from payments.domain.refunds import due_refund
from payments.domain.states import OPEN, Status
from payments.domain.verdicts import Verdict
from payments.domain.waits import awaits_fee, scheduled


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
) -> Change:
    """A payment with its first attempt, which nobody has asked the provider for yet.

    What costs nothing is paid without asking anybody.
    """
    attempt = _attempt(order_id, number, method, at)
    payment = Payment(payment_id(order_id), order_id, owner, amount, at, at, correlation_id, (attempt,))
    if amount.amount == 0:
        paid = replace(payment, attempts=(replace(attempt, status=Status.CAPTURED),), fee=0)
        return Change(paid, _told(paid))
    return Change(scheduled(payment, at))


def try_again(payment: Payment, *, number: int, method: str, at: datetime) -> Change:
    """A further attempt after a decline. One that is known, or comes after a cancellation, changes nothing.

    Raises PaymentInProgressError when the last attempt was not declined.
    """
    if number <= payment.current.number or payment.cancelled:
        return Change(payment)
    if payment.current.status is not Status.DECLINED:
        raise PaymentInProgressError(f"Attempt {payment.current.number} is {payment.current.status}.")
    further = _attempt(payment.order_id, number, method, at)
    return Change(scheduled(replace(payment, attempts=(*payment.attempts, further), updated_at=at), at))


def next_step(payment: Payment, at: datetime, *, ask: bool = False) -> Step | None:
    """What is to be done; None when the payment is at rest, or has to wait.

    `ask` looks up what waits for the shopper, and a fee that is not known yet.
    """
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
        case Status.CAPTURED if due_refund(payment, at):
            step = Step.REFUND
        case Status.CAPTURED if ask and awaits_fee(payment):
            step = Step.LOOK_UP
    return step


def _moved(payment: Payment, attempt: Attempt, at: datetime) -> Payment:
    return replace(payment, attempts=(*payment.attempts[:-1], attempt), updated_at=at)


def conclude(payment: Payment, verdict: Verdict, *, at: datetime) -> Change:
    """Takes in what the provider says of the current attempt. What is settled stays as it is.

    Raises MismatchError when it speaks of another sum.
    """
    attempt = payment.current
    if awaits_fee(payment):
        return _learn_fee(payment, verdict, at)
    if attempt.status not in OPEN:
        return Change(payment)
    if verdict.amount is not None and verdict.amount != payment.amount:
        raise MismatchError(payment.id, verdict.amount)
    if verdict.status is Status.VOIDED and not payment.cancelled:
        verdict = replace(verdict, status=Status.DECLINED, decline_code="canceled_by_provider")
    waits = verdict.status in {Status.UNKNOWN, Status.REQUIRES_ACTION}
    unheard = verdict.status is Status.UNKNOWN and attempt.status is Status.REQUIRES_ACTION  # it waits as before
    if waits and (unheard or verdict.status is attempt.status):
        return Change(scheduled(payment, at, waiting=True), waiting=True)
    moved = replace(
        attempt,
        status=verdict.status,
        provider_ref=verdict.provider_ref or attempt.provider_ref,
        decline_code=verdict.decline_code,
        action_url=verdict.action_url,
        authorized=attempt.authorized or verdict.status in {Status.AUTHORIZED, Status.CAPTURED},
        charge_ref=verdict.charge_ref or attempt.charge_ref,
    )
    after = _moved(payment, moved, at)
    if verdict.status is Status.CAPTURED:
        after = replace(after, captured=payment.amount.amount, fee=verdict.fee)
    return Change(scheduled(after, at, waiting=waits), _told(after), _posted(after, attempt, at), waits)


def _learn_fee(payment: Payment, verdict: Verdict, at: datetime) -> Change:
    """The provider may say later than the capture what it keeps of it."""
    if verdict.fee is None:
        return Change(scheduled(payment, at, waiting=True), waiting=True)
    attempt = replace(payment.current, charge_ref=verdict.charge_ref or payment.current.charge_ref)
    known = replace(_moved(payment, attempt, at), fee=verdict.fee)
    return Change(scheduled(known, at), (), _fee(known, at))


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


def _fee(payment: Payment, at: datetime) -> tuple[Posting, ...]:
    attempt = payment.current
    if not payment.fee:
        return ()
    fee = Money(payment.fee, payment.amount.currency)
    return (post(PostingKind.FEE, payment.order_id, fee, cause=attempt.id, at=at, source=attempt.charge_ref),)


def _posted(payment: Payment, before: Attempt, at: datetime) -> tuple[Posting, ...]:
    """What the ledger says of an attempt's move from `before` to what it is now."""
    attempt, kinds = payment.current, list[PostingKind]()
    if attempt.status in {Status.AUTHORIZED, Status.CAPTURED} and not before.authorized:
        kinds.append(PostingKind.AUTHORIZE)
    if attempt.status is Status.CAPTURED:
        kinds.append(PostingKind.CAPTURE)
    if attempt.status in {Status.VOIDED, Status.DECLINED} and before.authorized:
        kinds.append(PostingKind.VOID)
    sources = {PostingKind.CAPTURE: attempt.charge_ref}
    postings = tuple(
        post(kind, payment.order_id, payment.amount, cause=attempt.id, at=at, source=sources.get(kind, ""))
        for kind in kinds
    )
    return postings + (_fee(payment, at) if attempt.status is Status.CAPTURED else ())
