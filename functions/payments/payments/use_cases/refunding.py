"""Gives money back: because support says so, because orders asks for it by a reference, or as a cancellation."""

from dataclasses import dataclass

from minishop.errors import IdempotencyKeyReusedError
from minishop.money import Money
from payments.domain import refunds
from payments.domain.moves import payment_id
from payments.domain.payment import Change, Payment, ProviderSilentError, Refund
from payments.domain.refunds import Wish, due_refund, refund_id
from payments.domain.states import RefundStatus
from payments.domain.verdicts import RefundVerdict
from payments.use_cases.ports import Ports, change_payment


@dataclass(frozen=True)
class RefundCommand:
    """Somebody of the shop gives money back. `key` is the Idempotency-Key of the principal `actor`."""

    payment_id: str
    amount: Money
    reason: str
    actor: str
    key: str
    fingerprint: str


def request_refund(ports: Ports, command: RefundCommand) -> Refund:
    """Takes a refund up; the provider is asked for it soon. The same key again is the same refund.

    Raises PaymentNotFoundError, ExceedsCapturedError, RefundCurrencyError and IdempotencyKeyReusedError.
    """
    wish = Wish(
        f"request:{command.actor}:{command.key}", command.amount, command.reason, fingerprint=command.fingerprint
    )
    asked = change_payment(
        ports,
        command.payment_id,
        lambda payment: refunds.request_refund(payment, wish, at=ports.clock.now()),
    )
    refund = asked.refund_of(refund_id(asked.order_id, wish.cause))
    assert refund is not None
    if refund.fingerprint != command.fingerprint:
        raise IdempotencyKeyReusedError("Send a fresh Idempotency-Key with another refund.")
    return refund


def refund_reference(
    ports: Ports, order_id: str, reference: str, amount: Money, reason: str, *, request: int = 1
) -> str:
    """Takes up what orders wants to go back, once per reference; the payment's id.

    What had failed for good is taken up again when it is asked for once more.
    Raises PaymentNotFoundError and PaymentInProgressError: it is to be asked for again later.
    """
    wish = Wish(f"reference:{reference}", amount, reason, reference=reference, request=request)
    asked = change_payment(
        ports,
        payment_id(order_id),
        lambda payment: refunds.request_referenced(payment, wish, at=ports.clock.now()),
    )
    refund = asked.refund_of(refund_id(order_id, wish.cause))
    if refund is not None and refund.final:
        ports.attention.call(
            "RefundFailed", order_id=order_id, reference=reference, refund_id=refund.id, code=refund.code
        )
    return asked.id


def try_refund(ports: Ports, payment: Payment) -> Change:
    """Asks the provider for the refund that is due, and takes in what it says."""
    refund = due_refund(payment, ports.clock.now())
    assert refund is not None
    return _conclude(ports, payment, refund, ports.provider.refund(payment, refund))


def check_refund(ports: Ports, payment: Payment, refund: Refund) -> Change:
    """Asks the provider what became of a refund that it has made, and takes in what it says.

    Raises ProviderSilentError where nobody would ask again.
    """
    verdict = ports.provider.look_up_refund(refund)
    if verdict.status is RefundStatus.REQUESTED and not refund.open:
        raise ProviderSilentError(refund.id)
    return _conclude(ports, payment, refund, verdict)


def _conclude(ports: Ports, payment: Payment, refund: Refund, verdict: RefundVerdict) -> Change:
    if verdict.status is RefundStatus.FAILED:
        ports.attention.call("RefundFailed", payment_id=payment.id, refund_id=refund.id, code=verdict.code)
    at = ports.clock.now()
    return refunds.conclude_refund(payment, refund, verdict, at=at, patience=ports.patience)
