"""Notifications' queue door: which event tells whom what."""

from collections.abc import Mapping
from typing import Any, TypeVar

from minishop.clock import parse_rfc3339
from minishop.consumer import Consumer
from minishop.contracts.auth import (
    PasswordChanged,
    PasswordResetRequested,
    RegistrationAttempted,
    UserErased,
    UserRegistered,
)
from minishop.contracts.catalog import StockLow
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
from minishop.contracts.payments import PaymentActionRequired, PaymentDeclined, RefundSucceeded
from minishop.contracts.shipping import (
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentOutForDelivery,
)
from minishop.events import Envelope
from notifications import domain, kinds
from notifications.domain import Kind, Occasion
from notifications.mail_reports import translate
from notifications.messages import MailReported
from notifications.use_cases import erasing, reports, telling
from notifications.wiring import ports

ShipmentT = TypeVar("ShipmentT", bound=ShipmentEvent)

consumer = Consumer("notifications", retry_after=domain.pause_seconds)


def _tell(kind: Kind, event: Envelope[Any], **about: Any) -> None:
    at = parse_rfc3339(event.metadata.occurred_at)
    occasion = Occasion(event.metadata.event_id, at, **about)
    telling.notify(ports(), kind, occasion, is_last=event.received >= domain.TRIES)


def _tell_of_parcel(kind: Kind, event: Envelope[ShipmentT]) -> None:
    data = event.data
    if data.return_id:
        return  # somebody sent it themselves
    _tell(kind, event, recipient=data.owner, order_id=data.order_id, tracking_number=data.tracking_number)


@consumer.on(UserRegistered)
def verify_email(event: Envelope[UserRegistered]) -> None:
    """A new customer is asked to prove the address."""
    _tell(kinds.VERIFY_EMAIL, event, recipient=event.data.customer_id)


@consumer.on(RegistrationAttempted)
def registration_attempted(event: Envelope[RegistrationAttempted]) -> None:
    """The owner of an address hears that somebody tried to register with it."""
    _tell(kinds.REGISTRATION_ATTEMPTED, event, recipient=event.data.customer_id)


@consumer.on(PasswordResetRequested)
def password_reset_requested(event: Envelope[PasswordResetRequested]) -> None:
    """A customer gets the link that was asked for."""
    _tell(kinds.PASSWORD_RESET_REQUESTED, event, recipient=event.data.customer_id)


@consumer.on(PasswordChanged)
def password_changed(event: Envelope[PasswordChanged]) -> None:
    """A customer hears that the password is another one, in case it was somebody else."""
    _tell(kinds.PASSWORD_CHANGED, event, recipient=event.data.customer_id)


@consumer.on(UserErased)
def erase_person(event: Envelope[UserErased]) -> None:
    """Nothing is kept of somebody who is forgotten."""
    erasing.erase_person(ports().log, ports().wishes, event.data.customer_id)


@consumer.on(OrderConfirmed)
def order_confirmed(event: Envelope[OrderConfirmed]) -> None:
    """The shopper hears that the order is paid."""
    _tell(kinds.ORDER_CONFIRMED, event, recipient=event.data.owner, order_id=event.data.order_id)


@consumer.on(OrderCancelled)
def order_cancelled(event: Envelope[OrderCancelled]) -> None:
    """The shopper hears that the order is cancelled, and why."""
    data = event.data
    _tell(kinds.ORDER_CANCELLED, event, recipient=data.owner, order_id=data.order_id, reason=data.reason)


@consumer.on(PaymentDeclined)
def payment_declined(event: Envelope[PaymentDeclined]) -> None:
    """The shopper hears that an attempt to pay has failed."""
    _tell(kinds.PAYMENT_DECLINED, event, order_id=event.data.order_id)


@consumer.on(PaymentActionRequired)
def payment_action_required(event: Envelope[PaymentActionRequired]) -> None:
    """The shopper hears that the bank wants to be sure, and where to go."""
    _tell(kinds.PAYMENT_ACTION_REQUIRED, event, order_id=event.data.order_id, url=event.data.action_url)


@consumer.on(RefundSucceeded)
def refund_succeeded(event: Envelope[RefundSucceeded]) -> None:
    """The shopper hears that money went back."""
    _tell(kinds.REFUND_SUCCEEDED, event, order_id=event.data.order_id, amount=event.data.amount)


@consumer.on(ShipmentDispatched)
def shipment_dispatched(event: Envelope[ShipmentDispatched]) -> None:
    """The shopper hears that the parcel is on its way."""
    _tell_of_parcel(kinds.SHIPMENT_DISPATCHED, event)


@consumer.on(ShipmentOutForDelivery)
def shipment_out_for_delivery(event: Envelope[ShipmentOutForDelivery]) -> None:
    """The shopper hears that the parcel arrives today."""
    _tell_of_parcel(kinds.SHIPMENT_OUT_FOR_DELIVERY, event)


@consumer.on(ShipmentDelivered)
def shipment_delivered(event: Envelope[ShipmentDelivered]) -> None:
    """The shopper hears that the parcel has arrived."""
    _tell_of_parcel(kinds.SHIPMENT_DELIVERED, event)


@consumer.on(StockLow)
def stock_low(event: Envelope[StockLow]) -> None:
    """The shop hears that somebody should order more."""
    details = {"sku": event.data.sku, "available": str(event.data.available), "threshold": str(event.data.threshold)}
    _tell(kinds.STOCK_LOW, event, recipient=domain.SHOP, details=details)


@consumer.on(MailReported)
def suppress_address(event: Envelope[MailReported]) -> None:
    """An address that does not exist, or whose owner complained, gets nothing more."""
    at = parse_rfc3339(event.metadata.occurred_at)
    reports.suppress_addresses(ports().limits, event.data.addresses, event.data.reason, at)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Handles a batch of SQS messages: the shop's events, and what SES reports."""
    records = [{**record, "body": translate(record["body"])} for record in event["Records"]]
    return consumer.handler({"Records": records}, context)
