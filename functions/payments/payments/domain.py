"""The payment of an order: its attempts, its refunds, and what is to be done next.

    pending → requires_action → authorized → captured → partially_refunded → refunded
       └──────────┴─────────────────┴→ declined | voided
    unknown stands for any of the open states: the provider did not answer, and is asked again

An attempt is written before the provider is called, and is asked for with its own id as idempotency key. `next_step`
says what the provider is to be asked; `conclude` and `conclude_refund` take in what it says. Both can be repeated at
any point: what is settled stays as it is.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from minishop.contracts.payments import (
    PaymentActionRequired,
    PaymentCaptured,
    PaymentDeclined,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from minishop.errors import ConflictError, NotFoundError
from minishop.events import Event
from minishop.ids import derived_id
from minishop.money import Money
from payments.ledger import Posting, PostingKind, post

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=5)
FAILED_REFUND_WAIT = timedelta(hours=1)


class Status(StrEnum):
    """Where a payment or an attempt is."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DECLINED = "declined"
    VOIDED = "voided"
    UNKNOWN = "unknown"


class RefundStatus(StrEnum):
    """Where a refund is."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


OPEN = frozenset({Status.PENDING, Status.REQUIRES_ACTION, Status.AUTHORIZED, Status.UNKNOWN})


class PaymentNotFoundError(NotFoundError):
    """There is no such payment, or not yet."""

    code = "payment_not_found"
    title = "No such payment"


class PaymentInProgressError(ConflictError):
    """The order is being paid, or is paid: no further attempt is made."""

    code = "payment_in_progress"
    title = "The order is being paid"


class ExceedsCapturedError(ConflictError):
    """More would go back than was taken."""

    code = "exceeds_captured"
    title = "The refund exceeds what was captured"


@dataclass(frozen=True)
class Attempt:
    """One try to take the money.

    Attributes:
        id: `pat_…`, derived from the order's id and the number; the provider's idempotency key.
        payment_method: The provider's token.
        provider_ref: The provider's own id; empty until it has answered.
        authorized: Whether the money was set aside at some time (and the ledger says so).
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    number: int
    status: Status
    payment_method: str
    at: datetime
    provider_ref: str = ""
    decline_code: str = ""
    action_url: str = ""
    authorized: bool = False
    version: int = 0


@dataclass(frozen=True)
class Refund:
    """Money on its way back.

    Attributes:
        id: `ref_…`, derived from the order's id and what the refund is for; the provider's idempotency key.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    amount: Money
    reason: str
    status: RefundStatus
    at: datetime
    provider_ref: str = ""
    version: int = 0


@dataclass(frozen=True)
class Payment:
    """The payment of one order.

    Attributes:
        id: `pay_…`, derived from the order's id.
        cancelled: Whether the order was cancelled: then no money is to be kept.
        captured: Minor units that were taken.
        refunded: Minor units that went back.
        tries: How often in a row the provider had nothing new to say.
        due_at: When the schedule looks after it; None when it is at rest.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    order_id: str
    owner: str
    amount: Money
    created_at: datetime
    updated_at: datetime
    correlation_id: str
    attempts: tuple[Attempt, ...]
    refunds: tuple[Refund, ...] = ()
    cancelled: bool = False
    captured: int = 0
    refunded: int = 0
    tries: int = 0
    due_at: datetime | None = None
    version: int = 0

    @property
    def current(self) -> Attempt:
        """The last attempt."""
        return self.attempts[-1]

    @property
    def status(self) -> Status:
        """Where the payment is."""
        if self.refunded:
            return Status.REFUNDED if self.refunded == self.captured else Status.PARTIALLY_REFUNDED
        return self.current.status

    @property
    def refundable(self) -> int:
        """Minor units that no refund has been asked for yet."""
        return self.captured - sum(refund.amount.amount for refund in self.refunds)

    @property
    def open_refund(self) -> Refund | None:
        """The first refund that has not succeeded."""
        return next((refund for refund in self.refunds if refund.status is not RefundStatus.SUCCEEDED), None)

    @property
    def awaits_report(self) -> bool:
        """Whether a webhook may tell something new."""
        pending = any(refund.status is RefundStatus.PENDING for refund in self.refunds)
        return pending or self.current.status in {Status.UNKNOWN, Status.REQUIRES_ACTION}


@dataclass(frozen=True)
class Verdict:
    """What the provider says of an attempt: PENDING is never said, UNKNOWN means that it did not answer."""

    status: Status
    provider_ref: str = ""
    decline_code: str = ""
    action_url: str = ""


@dataclass(frozen=True)
class RefundVerdict:
    """What the provider says of a refund: REQUESTED means that it did not answer."""

    status: RefundStatus
    provider_ref: str = ""


@dataclass(frozen=True)
class Change:
    """A payment after a move, what there is to tell, and what the ledger says of it.

    `waiting` means that asking again at once makes no sense.
    """

    payment: Payment
    events: tuple[Event, ...] = ()
    postings: tuple[Posting, ...] = ()
    waiting: bool = False


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
    match payment.current.status:
        case Status.PENDING:
            return Step.AUTHORIZE
        case Status.UNKNOWN:
            return Step.LOOK_UP if payment.current.provider_ref else Step.AUTHORIZE
        case Status.REQUIRES_ACTION if payment.cancelled:
            return Step.VOID
        case Status.REQUIRES_ACTION if ask:
            return Step.LOOK_UP
        case Status.AUTHORIZED:
            return Step.VOID if payment.cancelled else Step.CAPTURE
        case Status.CAPTURED if payment.cancelled and payment.refundable:
            return Step.REQUEST_REFUND
        case Status.CAPTURED if payment.open_refund:
            return Step.REFUND
    return None


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
    if waits and verdict.status is attempt.status:
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
