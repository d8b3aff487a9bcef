"""What happens in the shop, and what notifications has sent because of it."""

from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from minishop.contracts.auth import (
    PasswordChanged,
    PasswordResetRequested,
    RegistrationAttempted,
    UserRegistered,
)
from minishop.contracts.catalog import StockLow
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, OrderedLine
from minishop.contracts.payments import PaymentActionRequired, PaymentDeclined, RefundSucceeded
from minishop.contracts.shipping import ShipmentDelivered, ShipmentDispatched, ShipmentOutForDelivery
from minishop.events import Event
from minishop.money import Money
from notifications import api
from scripts.local.deployment.cloud import ACCOUNT
from scripts.local.deployment.deploy import REGION
from tests.helpers import answer_of, bus_message, customer, http_event

LINES = (OrderedLine(sku="MUG-RED", quantity=2),)
PARCEL: dict[str, Any] = {
    "shipment_id": "shp_1",
    "order_id": "ord_1",
    "owner": "cus_ada",
    "carrier": "sandbox",
    "tracking_number": "S-1",
}
EVENTS: tuple[Event, ...] = (
    UserRegistered(customer_id="cus_ada", locale="en"),
    RegistrationAttempted(customer_id="cus_ada"),
    OrderConfirmed(order_id="ord_1", number="M-1001", owner="cus_ada", lines=LINES, total=Money(4238, "EUR")),
    OrderCancelled(
        order_id="ord_1", number="M-1001", owner="cus_ada", reason="declined", was_confirmed=False, lines=LINES
    ),
    PaymentDeclined(payment_id="pay_1", order_id="ord_1", attempt=1, decline_code="card_declined"),
    PaymentActionRequired(payment_id="pay_1", order_id="ord_1", attempt=2, action_url="https://bank.test/3ds"),
    RefundSucceeded(refund_id="ref_1", payment_id="pay_1", order_id="ord_1", amount=Money(4238, "EUR")),
    ShipmentDispatched(**PARCEL),
    ShipmentOutForDelivery(**PARCEL),
    ShipmentDelivered(**PARCEL),
    PasswordResetRequested(customer_id="cus_ada"),
    PasswordChanged(customer_id="cus_ada"),
    StockLow(sku="MUG-RED", available=3, threshold=5),
)
DISPATCHED, DELIVERED = EVENTS[7], EVENTS[9]
DONE: dict[str, list[Any]] = {"batchItemFailures": []}
FIRST_FAILED = {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def mails() -> list[Any]:
    """What SES took, as moto keeps it."""
    sent: list[Any] = _backend("ses").sent_messages
    return sent


def texts() -> list[tuple[str, str]]:
    """Number and text of every SMS that SNS took."""
    return list(_backend("sns").sms_messages.values())


def _backend(service: str) -> Any:
    backends: Any = get_backend(service)  # type: ignore[call-overload]
    return backends[ACCOUNT][REGION]


def message(event: Event, sequence: int = 1) -> str:
    return bus_message(event, aggregate_id=type(event).__name__, sequence=sequence)


def listed(query: Mapping[str, str] | None = None, identity: str = "cus_ada") -> Any:
    event = http_event("GET /v1/me/notifications", principal=customer(identity), query=query)
    return answer_of(api.handler(event, None))
