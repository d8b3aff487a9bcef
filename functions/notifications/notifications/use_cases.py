"""What notifications does: tells somebody something, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.errors import AlreadyExistsError
from minishop.events import Event
from notifications import domain
from notifications.domain import Channel, Kind, Notification, Occasion, Status, UndeliverableError

DEFAULT_LOCALE = "en"


@dataclass(frozen=True)
class Contact:
    """How somebody is reached and addressed. Empty: not known."""

    name: str
    email: str
    phone: str
    locale: str


@dataclass(frozen=True)
class Message:
    """A message ready to be sent. An SMS has text alone."""

    subject: str
    text: str
    html: str = ""


class Log(Protocol):
    """What was sent."""

    def find(self, planned: Notification) -> Notification | None:
        """The notification with the planned one's identity."""
        ...

    def insert(self, notification: Notification) -> Notification:
        """As it is stored. Raises AlreadyExistsError."""
        ...

    def replace(self, notification: Notification, events: tuple[Event, ...], at: datetime) -> Notification:
        """As it is stored, over the version that was read; `at` is when it came to this.

        Raises ConcurrentUpdateError.
        """
        ...

    def of(
        self, recipient: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Notification], dict[str, Any] | None]:
        """Newest first, a page at a time; the second is where the next page starts."""
        ...


class Customers(Protocol):
    """The auth service."""

    def contact(self, customer_id: str) -> Contact | None:
        """How a customer is reached; None for guests and for who is not there any more."""
        ...

    def link_token(self, event_id: str, customer_id: str, kind: str) -> str:
        """The secret of a fresh link."""
        ...


class Orders(Protocol):
    """The orders service."""

    def order(self, order_id: str) -> Mapping[str, Any]:
        """The order, as the internal API shows it."""
        ...


class Sender(Protocol):
    """A channel."""

    def send(self, address: str, message: Message) -> str:
        """The provider's id for it. Raises UndeliverableError when it is refused for good."""
        ...


class Renderer(Protocol):
    """Makes messages of templates."""

    def render(self, kind: str, channel: Channel, locale: str, facts: Mapping[str, Any]) -> Message:
        """The message of this kind."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need."""

    log: Log
    customers: Customers
    orders: Orders
    senders: Mapping[Channel, Sender]
    renderer: Renderer
    clock: Clock


@dataclass(frozen=True)
class _Material:
    """What a message is made of."""

    contact: Contact
    facts: Mapping[str, Any]

    def address(self, channel: Channel) -> str:
        return self.contact.email if channel is Channel.EMAIL else self.contact.phone


def _gather(ports: Ports, kind: Kind, occasion: Occasion) -> _Material | None:
    """Asks the owners of the facts; None when nobody is there to be told."""
    facts: dict[str, Any] = {"occasion": occasion}
    if occasion.order_id:
        order = ports.orders.order(occasion.order_id)
        facts["order"] = order
        address = order["shipping_address"]
        known = ports.customers.contact(order["owner"])
        contact = Contact(
            name=known.name if known else address["full_name"],
            email=order["email"] or (known.email if known else ""),
            phone=address.get("phone") or "",  # who is at the door, who need not be who ordered
            locale=known.locale if known else DEFAULT_LOCALE,
        )
    else:
        known = ports.customers.contact(occasion.recipient)
        if known is None:
            return None
        contact = known
    if kind.link:
        facts["token"] = ports.customers.link_token(occasion.event_id, occasion.recipient, kind.link)
    facts["name"] = contact.name
    return _Material(contact, facts)


def _deliver(ports: Ports, notification: Notification, material: _Material) -> Notification:
    channel = notification.channel
    message = ports.renderer.render(notification.kind, channel, material.contact.locale, material.facts)
    try:
        provider_id = ports.senders[channel].send(material.address(channel), message)
    except UndeliverableError as error:
        done, events = domain.failed(notification, str(error))
    else:
        done, events = domain.sent(notification, provider_id)
    return ports.log.replace(done, events, ports.clock.now())


def _tell(ports: Ports, plan: Notification, found: Notification | None, material: _Material) -> Notification | None:
    """Through one channel; None when there is nowhere to send it, or another delivery of the event is at it."""
    if not material.address(plan.channel):
        return None
    try:
        notification = found or ports.log.insert(plan)
    except AlreadyExistsError:
        return None
    return _deliver(ports, notification, material)


def notify(ports: Ports, kind: Kind, occasion: Occasion) -> list[Notification]:
    """Tells somebody something through each channel of the kind; what was sent already is not sent again.

    Raises whatever a channel's provider or another service raises when it does not answer, once the other
    channels have had their turn: the event then comes again, and finds sent what was sent.
    """
    planned = [domain.plan(kind, channel, occasion) for channel in kind.channels]
    looked_up = [(plan, ports.log.find(plan)) for plan in planned]
    todo = [(plan, found) for plan, found in looked_up if found is None or found.status is Status.PENDING]
    material = _gather(ports, kind, occasion) if todo else None
    if material is None:
        return []
    told: list[Notification] = []
    failures: list[Exception] = []
    for plan, found in todo:
        try:
            done = _tell(ports, plan, found, material)
        except Exception as error:  # noqa: BLE001  one channel that fails does not silence the next
            failures.append(error)
        else:
            told += [done] if done else []
    if failures:
        raise failures[0]
    return told


def list_notifications(
    log: Log, recipient: str, limit: int, position: dict[str, Any] | None
) -> tuple[list[Notification], dict[str, Any] | None]:
    """What somebody was told, newest first."""
    return log.of(recipient, limit, position)
