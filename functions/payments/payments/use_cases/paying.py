"""Takes the money for an order, and lets it go when the order is cancelled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.money import Money
from payments.domain import moves, refunds
from payments.domain.moves import Step, payment_id
from payments.domain.payment import Change, MismatchError, Payment
from payments.domain.reports import Reason, Report, Suspect
from payments.domain.verdicts import Verdict
from payments.use_cases.ports import ATTEMPTS, Due, Ports
from payments.use_cases.refunding import try_refund

MAX_STEPS = 12
DOUBTED_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class PaymentCommand:
    """An order is to be paid."""

    order_id: str
    owner: str
    number: int
    amount: Money
    payment_method: str
    correlation_id: str


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
        step = moves.next_step(payment, ports.clock.now(), ask=ask) if payment is not None else None
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
        return refunds.refund_cancelled(payment, at=ports.clock.now())
    if step is Step.REFUND:
        return try_refund(ports, payment)
    ask: dict[Step, Callable[[Payment], Verdict]] = {
        Step.AUTHORIZE: ports.provider.authorize,
        Step.LOOK_UP: ports.provider.look_up,
        Step.CAPTURE: ports.provider.capture,
        Step.VOID: ports.provider.void,
    }
    verdict = ask[step](payment)
    try:
        return moves.conclude(payment, verdict, at=ports.clock.now())
    except MismatchError as error:
        return _doubt(ports, payment, verdict, error.said)


def _doubt(ports: Ports, payment: Payment, verdict: Verdict, said: Money) -> Change:
    """The payment stays as it is, for somebody to look at; the provider is asked again in an hour."""
    at = ports.clock.now()
    report = Report("stripe", payment.id, "answer", subject=verdict.provider_ref, payment_id=payment.id, amount=said)
    ports.reports.keep_apart(Suspect(payment.id, at, Reason.MISMATCH, report, payment.amount))
    ports.attention.call("ReportQuarantined", payment_id=payment.id, reason=Reason.MISMATCH)
    return Change(replace(payment, due_at=at + DOUBTED_WAIT, updated_at=at), waiting=True)


def cancel_payment(ports: Ports, order_id: str) -> None:
    """Gives back whatever the order has cost, and sees to it that nothing more is taken.

    The cancellation is remembered first: a payment that is asked for later, or a charge that arrives later, meets it.
    """
    identity = payment_id(order_id)
    ports.payments.remember_cancellation(identity, order_id, at=ports.clock.now())
    settle(ports, identity)


def due_payments(ports: Ports) -> Iterator[Due]:
    """The payments that are to be looked after now."""
    return ports.payments.due(ports.clock.now())
