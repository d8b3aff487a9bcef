"""What the use cases need of the world."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.events import Event
from notifications.domain.log import Notification
from notifications.domain.topics import Channel, Choice

DEFAULT_LOCALE = "en"


@dataclass(frozen=True)
class Contact:
    """How somebody is reached and addressed. Empty: not known. `former_email` was it until `email_changed_at`."""

    name: str
    email: str
    phone: str
    locale: str
    former_email: str = ""
    email_changed_at: datetime | None = None

    def email_before(self, moment: datetime) -> str:
        """The address that what happened then is told to, though it, or something since, has put another in place."""
        is_former = self.email_changed_at is not None and moment <= self.email_changed_at
        return self.former_email if is_former else self.email


@dataclass(frozen=True)
class Secret:
    """A fresh link's token, or a code, and the one address or number that it is for. Empty: where else they are."""

    token: str = field(repr=False)
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Suppression:
    """That nothing goes to an address: since when, and whether it `bounced` or its owner `complained`."""

    reason: str
    at: datetime


@dataclass(frozen=True)
class Message:
    """A message ready to be sent. An SMS has text alone; what is mandatory has nowhere to unsubscribe.

    `notification_id` goes with it where the provider gives it back with what it reports.
    """

    subject: str
    text: str
    html: str = ""
    unsubscribe_url: str = ""
    notification_id: str = ""


class Log(Protocol):
    """What was sent."""

    def find(self, notification_id: str) -> Notification | None:
        """The notification with this id."""
        ...

    def save(self, notification: Notification, events: tuple[Event, ...], at: datetime) -> Notification:
        """As it is stored, over the version that was read (0: none); `at` is when it came to this.

        Raises ConcurrentUpdateError when another version stands there.
        """
        ...

    def of(
        self, recipient: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Notification], dict[str, Any] | None]:
        """Newest first, a page at a time; the second is where the next page starts."""
        ...

    def all_of(self, recipient: str) -> Iterable[Notification]:
        """All that somebody was told. May be a moment behind."""
        ...

    def erase(self, recipient: str) -> None:
        """All that somebody was told. May be a moment behind."""
        ...


class Wishes(Protocol):
    """What people want to hear other than it is by itself."""

    def changed(self, person: str) -> frozenset[Choice]:
        """All that a person has changed."""
        ...

    def keep(self, person: str, changed: frozenset[Choice]) -> None:
        """These and no others."""
        ...

    def add(self, person: str, choice: Choice) -> None:
        """One more, whatever else changes at the same time."""
        ...

    def remove(self, person: str, choice: Choice) -> None:
        """One less, whatever else changes at the same time."""
        ...

    def erase(self, person: str) -> None:
        """That a person ever wished anything."""
        ...


class Limits(Protocol):
    """Where nothing more is to go, for now or for good."""

    def is_suppressed(self, address: str) -> bool:
        """Whether an address has bounced or complained."""
        ...

    def suppress(self, address: str, reason: str, at: datetime) -> None:
        """Nothing more goes to this address; the address itself is not kept."""
        ...

    def lift(self, address: str) -> Suppression | None:
        """Messages go to this address again; what kept them off, if anything did."""
        ...

    def take(self, counted_as: str, channel: Channel, at: datetime, limit: int) -> bool:
        """Counts one message to a person, of an order or to an address; False after `limit` of them in the hour."""
        ...

    def take_turn(self, person: str, turn: str, event_id: str, at: datetime, spacing: timedelta) -> bool:
        """Whether it is this event's turn to tell a person something: no other's was, for as long as `spacing`."""
        ...


class Guests(Protocol):
    """Which guests have become customers."""

    def customer_of(self, person: str) -> str | None:
        """Whom a guest has become; None for who is no guest, or one still."""
        ...

    def guests_of(self, customer: str) -> tuple[str, ...]:
        """Who a customer was before. May be a moment behind."""
        ...

    def remember(self, guest: str, customer: str) -> None:
        """A guest has become this customer; the first one stays."""
        ...

    def forget(self, customer: str) -> None:
        """That any guest became this customer."""
        ...


class SecondLook(Protocol):
    """Looks later for what is left of somebody."""

    def plan(self, person: str, at: datetime) -> None:
        """In a minute."""
        ...


class Customers(Protocol):
    """The auth service."""

    def contact(self, customer_id: str) -> Contact | None:
        """How a customer is reached; None for guests and for who is not there any more."""
        ...

    def secret(self, event_id: str, customer_id: str, kind: str) -> Secret | None:
        """The secret of a fresh link or code; None when there is nothing to be proven by one any more."""
        ...


class Orders(Protocol):
    """The orders service."""

    def order(self, order_id: str) -> Mapping[str, Any]:
        """The order, as the internal API shows it."""
        ...

    def link_token(self, event_id: str, order_id: str) -> str:
        """The secret of a link by which the order is seen without signing in."""
        ...


class Catalog(Protocol):
    """The catalogue."""

    def previews(self, skus: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """By SKU, of those that there are: `{sku, title, image, unit_price, available}`; the image may be None.

        Raises UnavailableError.
        """
        ...


class Sender(Protocol):
    """A channel."""

    def address_of(self, contact: Contact) -> str:
        """Where it reaches somebody; empty: nowhere."""
        ...

    def send(self, address: str, message: Message) -> str:
        """The provider's id for it. One call. Raises UndeliverableError when it is refused for good."""
        ...


class Renderer(Protocol):
    """Makes messages of templates."""

    def render(self, kind: str, channel: Channel, locale: str, facts: Mapping[str, Any]) -> Message:
        """The message of this kind."""
        ...


class UnsubscribeLinks(Protocol):
    """The links by which one unsubscribes without signing in."""

    def url(self, person: str, choice: Choice) -> str:
        """The link that only we can make."""
        ...

    def read(self, token: str) -> tuple[str, Choice]:
        """Who wants to hear no more of what. Raises InvalidUnsubscribeTokenError."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need. `shop` is where the shop itself is told something."""

    log: Log
    wishes: Wishes
    limits: Limits
    guests: Guests
    second_look: SecondLook
    customers: Customers
    orders: Orders
    catalog: Catalog
    senders: Mapping[Channel, Sender]
    renderer: Renderer
    links: UnsubscribeLinks
    clock: Clock
    shop: Contact
