"""Stand-ins for what notifications' use cases need, and an order to write about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from notifications.domain import Channel, Notification, UndeliverableError
from notifications.use_cases import Contact, Message, Ports
from tests.times import FixedClock

ADA = Contact(name="Ada Lovelace", email="ada@example.test", phone="+4915100000001", locale="en")


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def order_document(**members: Any) -> dict[str, Any]:
    """An order as the internal API shows it."""
    return {
        "id": "ord_1",
        "number": "M-1001",
        "owner": "cus_ada",
        "email": None,
        "status": "confirmed",
        "lines": [
            {
                "sku": "MUG-RED",
                "product_id": "prd_1",
                "title": "Stoneware Mug, red",
                "quantity": 2,
                "unit_price": money(1690),
                "discount": money(338),
                "tax": money(608),
                "line_total": money(3042),
                "weight_grams": 380,
            }
        ],
        "totals": {
            "subtotal": money(3380),
            "discount": money(338),
            "shipping": money(490),
            "tax": money(706),
            "total": money(4238),
        },
        "shipping_address": {
            "full_name": "Grace Hopper",
            "line1": "Turmstr. 1",
            "line2": None,
            "city": "Berlin",
            "region": None,
            "postal_code": "10115",
            "country": "DE",
            "phone": "+4915112345678",
        },
        "shipping_method": {"id": "standard", "carrier": "sandbox", "service": "standard", "price": money(490)},
        "placed_at": "2026-11-22T12:00:00.000Z",
        **members,
    }


class FakeLog:
    """The log in memory, with the table's conditions."""

    def __init__(self) -> None:
        self.stored: dict[str, Notification] = {}
        self.events: list[tuple[Event, datetime]] = []
        self.crash = False  # between the provider's answer and our writing it down

    def find(self, planned: Notification) -> Notification | None:
        return self.stored.get(planned.id)

    def insert(self, notification: Notification) -> Notification:
        if notification.id in self.stored:
            raise AlreadyExistsError(notification.id)
        self.stored[notification.id] = replace(notification, version=1)
        return self.stored[notification.id]

    def replace(self, notification: Notification, events: tuple[Event, ...], at: datetime) -> Notification:
        if self.crash:
            raise ConnectionError("the process is gone")
        if self.stored[notification.id].version != notification.version:
            raise ConcurrentUpdateError(notification.id)
        self.stored[notification.id] = replace(notification, version=notification.version + 1)
        self.events.extend((event, at) for event in events)
        return self.stored[notification.id]

    def of(
        self, recipient: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Notification], dict[str, Any] | None]:
        mine = [one for one in self.stored.values() if one.recipient == recipient]
        return sorted(mine, key=lambda one: one.at, reverse=True)[:limit], None


class FakeCustomers:
    """An auth service that knows some customers."""

    def __init__(self) -> None:
        self.known: dict[str, Contact] = {"cus_ada": ADA}
        self.links: list[tuple[str, str, str]] = []

    def contact(self, customer_id: str) -> Contact | None:
        return self.known.get(customer_id)

    def link_token(self, event_id: str, customer_id: str, kind: str) -> str:
        self.links.append((event_id, customer_id, kind))
        return f"token-{len(self.links)}"


class FakeOrders:
    """An orders service with one order."""

    def __init__(self) -> None:
        self.document = order_document()
        self.asked = 0

    def order(self, order_id: str) -> Mapping[str, Any]:
        self.asked += 1
        return self.document


class FakeSender:
    """A provider that can fail in each of its ways."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.down = False  # does not answer, and has taken nothing
        self.answer_lost = False  # has taken it, and does not answer
        self.refuses = False

    def send(self, address: str, message: Message) -> str:
        if self.refuses:
            raise UndeliverableError("MessageRejected")
        if self.down:
            raise TimeoutError("down")
        self.sent.append((address, message))
        if self.answer_lost:
            raise TimeoutError("the answer got lost")
        return f"message-{len(self.sent)}"


class FakeRenderer:
    """Says what it was given."""

    def __init__(self) -> None:
        self.rendered: list[tuple[str, Channel, str, Mapping[str, Any]]] = []

    def render(self, kind: str, channel: Channel, locale: str, facts: Mapping[str, Any]) -> Message:
        self.rendered.append((kind, channel, locale, facts))
        return Message(f"{kind} for {facts['name']}", "text", "html" if channel is Channel.EMAIL else "")


class Post:
    """Ports over the fakes, with the fakes at hand."""

    def __init__(self) -> None:
        self.log = FakeLog()
        self.customers = FakeCustomers()
        self.orders = FakeOrders()
        self.mail = FakeSender()
        self.sms = FakeSender()
        self.renderer = FakeRenderer()
        self.clock = FixedClock()
        senders = {Channel.EMAIL: self.mail, Channel.SMS: self.sms}
        self.ports = Ports(self.log, self.customers, self.orders, senders, self.renderer, self.clock)

    @property
    def told(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event, _ in self.log.events]
