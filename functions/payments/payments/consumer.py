"""Payments' queue door."""

from minishop.consumer import Consumer
from minishop.contracts.auth import GuestUpgraded
from minishop.contracts.orders import OrderCancelled, PaymentRequested, RefundRequested
from minishop.events import Envelope
from payments.domain.reports import UnexplainedReportError
from payments.messages import ProviderReported, RefundAsked
from payments.use_cases import paying, refunding, reporting
from payments.use_cases.paying import PaymentCommand
from payments.wiring import ports

LAST_TRY = 4  # of the queue's five: what a report is about is to be known by then, or it is kept apart

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
    paying.request_payment(ports(), command)


@consumer.on(OrderCancelled)
def give_back(event: Envelope[OrderCancelled]) -> None:
    """A cancelled order costs nothing: what is open is voided, what was taken goes back."""
    paying.cancel_payment(ports(), event.data.order_id)


@consumer.on(RefundRequested)
def refund_part(event: Envelope[RefundRequested]) -> None:
    """Part of what was paid is to go back, for a return or a lost parcel."""
    data = event.data
    payment_id = refunding.refund_reference(
        ports(), data.order_id, data.reference, data.amount, data.reason, request=data.request
    )
    paying.settle(ports(), payment_id)


@consumer.on(RefundAsked)
def refund(event: Envelope[RefundAsked]) -> None:
    """Support gives money back."""
    paying.settle(ports(), event.data.payment_id)


@consumer.on(ProviderReported)
def report(event: Envelope[ProviderReported]) -> None:
    """The provider says that something has changed."""
    told = event.data.to_report()
    try:
        reporting.take_report(ports(), told)
    except UnexplainedReportError as error:
        if event.received < LAST_TRY:
            raise
        reporting.keep_apart(ports(), told, error.reason, error.expected)


@consumer.on(GuestUpgraded)
def adopt(event: Envelope[GuestUpgraded]) -> None:
    """A guest's payments become the customer's."""
    ports().payments.remember_upgrade(event.data.guest_id, event.data.customer_id)


handler = consumer.handler
