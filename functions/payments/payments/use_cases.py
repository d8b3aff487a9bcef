"""What payments does. Each function is one command or query; what it needs is in `Ports`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from minishop.clock import Clock
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.identity import Principal, Role
from minishop.money import Money
from payments.domain import moves
from payments.domain.moves import Step, payment_id
from payments.domain.payment import Change, Payment, PaymentNotFoundError, RefundVerdict, Verdict

MAX_STEPS = 12
ATTEMPTS = 5
DUE_AT_ONCE = 50


@dataclass(frozen=True)
class PaymentCommand:
    """An order is to be paid."""

    order_id: str
    owner: str
    number: int
    amount: Money
    payment_method: str
    correlation_id: str


@dataclass(frozen=True)
class Due:
    """A payment that the schedule is to look after, and what its moves belong to."""

    payment_id: str
    correlation_id: str


class Payments(Protocol):
    """Where payments are kept."""

    def find(self, payment_id: str) -> Payment | None:
        """By id, with its attempts and refunds, as of now."""
        ...

    def find_owned(self, payment_id: str, owner: str) -> Payment | None:
        """By id, if it is this principal's."""
        ...

    def is_cancelled(self, payment_id: str) -> bool:
        """Whether the order's cancellation is known, payment or not."""
        ...

    def insert(self, payment: Payment) -> None:
        """With its first attempt. Raises AlreadyExistsError."""
        ...

    def save(self, before: Payment, change: Change) -> None:
        """State, events and postings, all or none. Raises ConcurrentUpdateError when `before` is not what stands."""
        ...

    def remember_cancellation(self, payment_id: str, order_id: str, *, at: datetime) -> None:
        """For good, whether there is a payment yet or not. The same again changes nothing."""
        ...

    def due(self, until: datetime, limit: int) -> list[Due]:
        """The longest due first."""
        ...


class Provider(Protocol):
    """The payment provider. What it does not answer is a verdict too; it raises when it refuses us as such."""

    def authorize(self, payment: Payment) -> Verdict:
        """Asks for the current attempt, with its id as idempotency key."""
        ...

    def look_up(self, payment: Payment) -> Verdict:
        """Asks what became of the current attempt."""
        ...

    def capture(self, payment: Payment) -> Verdict:
        """Takes what was authorized."""
        ...

    def void(self, payment: Payment) -> Verdict:
        """Lets go of what was authorized, or may still be."""
        ...

    def refund(self, payment: Payment) -> RefundVerdict:
        """Gives the open refund's amount back, with its id as idempotency key."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need."""

    payments: Payments
    provider: Provider
    clock: Clock


def request_payment(ports: Ports, command: PaymentCommand) -> None:
    """Begins an attempt and takes it as far as it goes. Idempotent by the order's id and the attempt's number.

    After the order's cancellation nothing is begun. Raises PaymentInProgressError for a further attempt while the
    last one is not declined.
    """
    _begin(ports, command)
    settle(ports, payment_id(command.order_id))


def _begin(ports: Ports, command: PaymentCommand) -> None:
    identity = payment_id(command.order_id)
    for _ in range(ATTEMPTS):
        payment = ports.payments.find(identity)
        at = ports.clock.now()
        try:
            if payment is not None:
                change = moves.try_again(payment, number=command.number, method=command.payment_method, at=at)
                if change.payment is not payment:
                    ports.payments.save(payment, change)
            elif not ports.payments.is_cancelled(identity):
                ports.payments.insert(
                    moves.begin(
                        command.order_id,
                        command.owner,
                        command.amount,
                        number=command.number,
                        method=command.payment_method,
                        correlation_id=command.correlation_id,
                        at=at,
                    )
                )
        except (AlreadyExistsError, ConcurrentUpdateError):
            continue
        return
    raise ConcurrentUpdateError("the payment keeps changing")


def settle(ports: Ports, identity: str, *, ask: bool = False) -> None:
    """Takes a payment step by step as far as it goes: until it is at rest, or somebody else has to act or answer.

    Whoever else is at work on it may win any step; then this one reads again. `ask` looks up what waits for the
    shopper. Raises ConcurrentUpdateError when it never comes to rest.
    """
    for _ in range(MAX_STEPS):
        payment = ports.payments.find(identity)
        step = moves.next_step(payment, ask=ask) if payment is not None else None
        if payment is None or step is None:
            return
        change = _take(ports, payment, step)
        try:
            ports.payments.save(payment, change)
        except ConcurrentUpdateError:
            continue
        if change.waiting:
            return
    raise ConcurrentUpdateError("the payment does not come to rest")


def _take(ports: Ports, payment: Payment, step: Step) -> Change:
    """Asks the provider, and takes in what it says."""
    if step is Step.REQUEST_REFUND:
        return moves.refund_cancelled(payment, at=ports.clock.now())
    if step is Step.REFUND:
        refund = payment.open_refund
        assert refund is not None
        outcome = ports.provider.refund(payment)
        return moves.conclude_refund(payment, refund, outcome, at=ports.clock.now())
    ask = {
        Step.AUTHORIZE: ports.provider.authorize,
        Step.LOOK_UP: ports.provider.look_up,
        Step.CAPTURE: ports.provider.capture,
        Step.VOID: ports.provider.void,
    }[step]
    verdict = ask(payment)
    return moves.conclude(payment, verdict, at=ports.clock.now())


def cancel_payment(ports: Ports, order_id: str) -> None:
    """Gives back whatever the order has cost, and sees to it that nothing more is taken.

    The cancellation is remembered first: a payment that is asked for later, or a charge that arrives later, meets it.
    """
    identity = payment_id(order_id)
    ports.payments.remember_cancellation(identity, order_id, at=ports.clock.now())
    settle(ports, identity)


def record_report(ports: Ports, identity: str) -> None:
    """The provider says that something has changed: where that may be news, it is asked what.

    Raises PaymentNotFoundError for a payment that is not known (yet).
    """
    payment = ports.payments.find(identity)
    if payment is None:
        raise PaymentNotFoundError("There is no such payment yet.")
    if payment.awaits_report:
        settle(ports, identity, ask=True)


def due_payments(ports: Ports) -> list[Due]:
    """The payments that are to be looked after now."""
    return ports.payments.due(ports.clock.now(), DUE_AT_ONCE)


def list_payments(ports: Ports, order_id: str, principal: Principal) -> list[Payment]:
    """The payments of an order, for its owner, support and admins; nobody else sees that there are any."""
    identity = payment_id(order_id)
    if principal.is_any(Role.SUPPORT, Role.ADMIN):
        payment = ports.payments.find(identity)
    else:
        payment = ports.payments.find_owned(identity, principal.id)
    return [payment] if payment else []
