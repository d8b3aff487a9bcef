"""Notifications' queue door: which event tells whom what."""

from minishop.clock import parse_rfc3339
from minishop.consumer import Consumer
from minishop.contracts.auth import RegistrationAttempted, UserRegistered
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
from minishop.contracts.shipping import ShipmentDelivered, ShipmentDispatched
from minishop.events import Envelope, Metadata
from notifications import kinds, use_cases
from notifications.domain import Occasion
from notifications.wiring import ports

consumer = Consumer("notifications")


def _occasion(metadata: Metadata, recipient: str, **about: str) -> Occasion:
    return Occasion(metadata.event_id, parse_rfc3339(metadata.occurred_at), recipient, **about)


@consumer.on(UserRegistered)
def verify_email(event: Envelope[UserRegistered]) -> None:
    """A new customer is asked to prove the address."""
    use_cases.notify(ports(), kinds.VERIFY_EMAIL, _occasion(event.metadata, event.data.customer_id))


@consumer.on(RegistrationAttempted)
def registration_attempted(event: Envelope[RegistrationAttempted]) -> None:
    """The owner of an address hears that somebody tried to register with it."""
    use_cases.notify(ports(), kinds.REGISTRATION_ATTEMPTED, _occasion(event.metadata, event.data.customer_id))


@consumer.on(OrderConfirmed)
def order_confirmed(event: Envelope[OrderConfirmed]) -> None:
    """The shopper hears that the order is paid."""
    occasion = _occasion(event.metadata, event.data.owner, order_id=event.data.order_id)
    use_cases.notify(ports(), kinds.ORDER_CONFIRMED, occasion)


@consumer.on(OrderCancelled)
def order_cancelled(event: Envelope[OrderCancelled]) -> None:
    """The shopper hears that the order is cancelled, and why."""
    occasion = _occasion(event.metadata, event.data.owner, order_id=event.data.order_id, reason=event.data.reason)
    use_cases.notify(ports(), kinds.ORDER_CANCELLED, occasion)


@consumer.on(ShipmentDispatched)
def shipment_dispatched(event: Envelope[ShipmentDispatched]) -> None:
    """The shopper hears that the parcel is on its way."""
    occasion = _occasion(
        event.metadata, event.data.owner, order_id=event.data.order_id, tracking_number=event.data.tracking_number
    )
    use_cases.notify(ports(), kinds.SHIPMENT_DISPATCHED, occasion)


@consumer.on(ShipmentDelivered)
def shipment_delivered(event: Envelope[ShipmentDelivered]) -> None:
    """The shopper hears that the parcel has arrived."""
    occasion = _occasion(
        event.metadata, event.data.owner, order_id=event.data.order_id, tracking_number=event.data.tracking_number
    )
    use_cases.notify(ports(), kinds.SHIPMENT_DELIVERED, occasion)


handler = consumer.handler
