"""Stand-ins for what notifications' use cases need, and an order to write about."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from minishop.errors import ConcurrentUpdateError, UnavailableError
from minishop.events import Event
from notifications.domain.errors import InvalidUnsubscribeTokenError, UndeliverableError
from notifications.domain.log import Notification
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases.ports import Contact, Message, Ports, Secret, Suppression
from tests.times import NOON, FixedClock

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
        "locale": None,
        "status": "placed",  # at which every kind of message still holds
        "lines": [
            {
                "sku": "MUG-RED",
                "product_id": "prd_1",
                "title": "Stoneware Mug, red",
                "quantity": 2,
                "unit_price": money(1690),
                "discount": money(338),
                "tax": money(608),
                "tax_rate": "19",
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
            "tax_included": False,
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

    def find(self, notification_id: str) -> Notification | None:
        return self.stored.get(notification_id)

    def save(self, notification: Notification, events: tuple[Event, ...], at: datetime) -> Notification:
        if self.crash and notification.provider_id:
            raise ConnectionError("the process is gone")
        stored = self.stored.get(notification.id)
        if (stored.version if stored else 0) != notification.version:
            raise ConcurrentUpdateError(notification.id)
        self.stored[notification.id] = replace(notification, version=notification.version + 1)
        self.events.extend((event, at) for event in events)
        return self.stored[notification.id]

    def of(
        self, recipient: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Notification], dict[str, Any] | None]:
        mine = sorted(self.all_of(recipient), key=lambda one: one.at, reverse=True)
        start = position["start"] if position else 0
        end = start + limit
        return mine[start:end], {"start": end} if end < len(mine) else None

    def all_of(self, recipient: str) -> list[Notification]:
        return [one for one in self.stored.values() if one.recipient == recipient]

    def erase(self, recipient: str) -> None:
        self.stored = {key: one for key, one in self.stored.items() if one.recipient != recipient}


class FakeWishes:
    """What people want other than it is by itself."""

    def __init__(self) -> None:
        self.kept: dict[str, frozenset[Choice]] = {}

    def changed(self, person: str) -> frozenset[Choice]:
        return self.kept.get(person, frozenset())

    def keep(self, person: str, changed: frozenset[Choice]) -> None:
        self.kept[person] = changed

    def add(self, person: str, choice: Choice) -> None:
        self.kept[person] = self.changed(person) | {choice}

    def remove(self, person: str, choice: Choice) -> None:
        self.kept[person] = self.changed(person) - {choice}

    def erase(self, person: str) -> None:
        self.kept.pop(person, None)


class FakeGuests:
    """Which guests have become customers."""

    def __init__(self) -> None:
        self.became: dict[str, str] = {}

    def customer_of(self, person: str) -> str | None:
        return self.became.get(person)

    def guests_of(self, customer: str) -> tuple[str, ...]:
        return tuple(guest for guest, became in self.became.items() if became == customer)

    def remember(self, guest: str, customer: str) -> None:
        self.became.setdefault(guest, customer)

    def forget(self, customer: str) -> None:
        self.became = {guest: became for guest, became in self.became.items() if became != customer}


class FakeSecondLook:
    """Who is to be looked for again."""

    def __init__(self) -> None:
        self.planned: list[str] = []

    def plan(self, person: str, at: datetime) -> None:
        self.planned.append(person)


class FakeLimits:
    """Addresses that take no mail, and a count of what people got."""

    def __init__(self) -> None:
        self.suppressed: dict[str, str] = {}
        self.left = 1_000_000
        self.counted: list[tuple[str, int]] = []
        self.turns: dict[tuple[str, str], tuple[str, datetime]] = {}

    def is_suppressed(self, address: str) -> bool:
        return address in self.suppressed

    def suppress(self, address: str, reason: str, at: datetime) -> None:
        self.suppressed.setdefault(address, reason)

    def lift(self, address: str) -> Suppression | None:
        reason = self.suppressed.pop(address, None)
        return Suppression(reason, NOON) if reason else None

    def take(self, counted_as: str, channel: Channel, at: datetime, limit: int) -> bool:
        self.counted.append((counted_as, limit))
        self.left -= 1
        return self.left >= 0

    def take_turn(self, person: str, turn: str, event_id: str, at: datetime, spacing: timedelta) -> bool:
        last_event, until = self.turns.get((person, turn), (event_id, at))
        if last_event != event_id and until > at:
            return False
        self.turns[person, turn] = (event_id, at + spacing)
        return True


class FakeLinks:
    """Links that hide nothing."""

    def url(self, person: str, choice: Choice) -> str:
        return f"https://shop.test/unsubscribe?token={person}.{choice.topic.value}.{choice.channel.value}"

    def read(self, token: str) -> tuple[str, Choice]:
        if token.count(".") != 2:
            raise InvalidUnsubscribeTokenError(token)
        person, topic, channel = token.split(".")
        return person, Choice(Topic(topic), Channel(channel))


class FakeCustomers:
    """An auth service that knows some customers."""

    def __init__(self) -> None:
        self.known: dict[str, Contact] = {"cus_ada": ADA}
        self.links: list[tuple[str, str, str]] = []
        self.goes_to: Secret | None = Secret("")

    def contact(self, customer_id: str) -> Contact | None:
        return self.known.get(customer_id)

    def secret(self, event_id: str, customer_id: str, kind: str) -> Secret | None:
        self.links.append((event_id, customer_id, kind))
        return replace(self.goes_to, token=f"token-{len(self.links)}") if self.goes_to else None


class FakeOrders:
    """An orders service with one order."""

    def __init__(self) -> None:
        self.document = order_document()
        self.asked = 0
        self.links: list[tuple[str, str]] = []
        self.down = False

    def order(self, order_id: str) -> Mapping[str, Any]:
        self.asked += 1
        if self.down:
            raise TimeoutError("orders does not answer")
        return self.document

    def link_token(self, event_id: str, order_id: str) -> str:
        self.links.append((event_id, order_id))
        return f"order-{len(self.links)}"


PREVIEWS: dict[str, dict[str, Any]] = {
    "MUG-RED": {
        "sku": "MUG-RED",
        "title": "Stoneware Mug, red",
        "image": "https://pictures.example.test/mug.png",
        "unit_price": money(1690),
        "available": 7,
    },
    "SOLD-OUT": {"sku": "SOLD-OUT", "title": "Teapot", "image": None, "unit_price": money(4900), "available": 0},
}


class FakeCatalog:
    """A catalogue of two SKUs, of which one is sold out."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = deepcopy(PREVIEWS)
        self.asked: list[tuple[str, ...]] = []
        self.down = False

    def previews(self, skus: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        self.asked.append(tuple(skus))
        if self.down:
            raise UnavailableError("the catalogue does not answer")
        return {sku: self.known[sku] for sku in skus if sku in self.known}


class FakeSender:
    """A provider that can fail in each of its ways."""

    def __init__(self, address_of: Callable[[Contact], str]) -> None:
        self.address_of = address_of
        self.sent: list[tuple[str, Message]] = []
        self.down = False  # does not answer, and has taken nothing
        self.answer_lost = False  # has taken it, and does not answer
        self.refuses = False
        self.while_sending: Callable[[], object] | None = None  # what happens elsewhere during the next call

    def send(self, address: str, message: Message) -> str:
        if self.while_sending:
            meanwhile, self.while_sending = self.while_sending, None
            meanwhile()
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
        html = "html" if channel is Channel.EMAIL else ""
        return Message(f"{kind} for {facts['name']}", "text", html, facts["unsubscribe_url"])


class Post:
    """Ports over the fakes, with the fakes at hand."""

    def __init__(self) -> None:
        self.log = FakeLog()
        self.wishes = FakeWishes()
        self.limits = FakeLimits()
        self.guests = FakeGuests()
        self.second_look = FakeSecondLook()
        self.customers = FakeCustomers()
        self.orders = FakeOrders()
        self.catalog = FakeCatalog()
        self.mail = FakeSender(attrgetter("email"))
        self.sms = FakeSender(attrgetter("phone"))
        self.renderer = FakeRenderer()
        self.links = FakeLinks()
        self.clock = FixedClock()
        self.ports = Ports(
            log=self.log,
            wishes=self.wishes,
            limits=self.limits,
            guests=self.guests,
            second_look=self.second_look,
            customers=self.customers,
            orders=self.orders,
            catalog=self.catalog,
            senders={
                **{channel: FakeSender(str) for channel in Channel},
                Channel.EMAIL: self.mail,
                Channel.SMS: self.sms,
            },
            renderer=self.renderer,
            links=self.links,
            clock=self.clock,
            shop=Contact(name="", email="shop@example.test", phone="", locale="en"),
        )

    @property
    def told(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event, _ in self.log.events]
