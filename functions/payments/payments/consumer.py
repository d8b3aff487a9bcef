"""Payments' queue door."""

from minishop.consumer import Consumer
from minishop.contracts.orders import OrderCancelled, PaymentRequested
from minishop.events import Envelope
from payments import use_cases
from payments.messages import ProviderReported
from payments.use_cases import PaymentCommand
from payments.wiring import ports

consumer = Consumer("payments")


@consumer.on(PaymentRequested)
def pay(event: Envelope[PaymentRequested]) -> None:
    """An order is to be paid."""
    command = PaymentCommand(
        order_id=event.data.order_id,
        owner=event.data.owner,
        number=event.data.attempt,
        amount=event.data.amount,
        payment_method=event.data.payment_method,
        correlation_id=event.metadata.correlation_id,
    )
    use_cases.request_payment(ports(), command)


@consumer.on(OrderCancelled)
def give_back(event: Envelope[OrderCancelled]) -> None:
    """A cancelled order costs nothing: what is open is voided, what was taken goes back."""
    use_cases.cancel_payment(ports(), event.data.order_id)


@consumer.on(ProviderReported)
def report(event: Envelope[ProviderReported]) -> None:
    """The provider says that something has changed."""
    use_cases.record_report(ports(), event.data.payment_id)


handler = consumer.handler
