"""What a kind of message is, and why one is sent."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from minishop.events import Event
from notifications.domain.topics import Channel, Topic

SHOP = "shop"  # the recipient of what the shop itself is told
GUEST_PREFIX = "gst_"


def always(_what: Any) -> bool:
    """Of everything."""
    return True


def never(_what: Any) -> bool:
    """Of nothing."""
    return False


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    Attributes:
        name: Also the name of its templates.
        event: What it follows from. Who is told is the event's `owner` or `customer_id`; an event that names an
            order and nobody is told to whoever the order belongs to.
        channels: Where it goes.
        when: Which of these events it follows from, where it is not all.
        warns: Whether it goes to the mail address that the account had before the event, whatever became of it since.
        link: The kind of fresh link or code that it carries, or empty; it goes where auth says that this one goes.
        topic: What one unsubscribes from to hear no more of it; none: it is mandatory.
        to_shop: Whether the shop itself is told.
        shows_goods: Whether its templates show what the event lists, or else the order, with pictures.
        links_to_order: Whether it carries a link by which whoever reads it sees the order, without signing in.
        costs_nothing: Of which of its events anybody may cause as many as they like, without having paid.
        good_for: How long after the event it still makes sense to begin with it; none: always.
        spacing: For how long a person is told no other of its kind; none: each event is told.
        spaced_by: The member of the event that has a spacing of its own; empty: all of the kind share one.
        once_per: The member of the event that names what is told of once, however many events there are of it; empty:
            each event is told.
    """

    name: str
    event: type[Event]
    channels: tuple[Channel, ...]
    when: Callable[[Any], bool] = always
    warns: bool = False
    link: str = ""
    topic: Topic | None = None
    to_shop: bool = False
    shows_goods: bool = False
    links_to_order: bool = False
    costs_nothing: Callable[[Any], bool] = never
    good_for: timedelta | None = None
    spacing: timedelta | None = None
    spaced_by: str = ""
    once_per: str = ""

    def is_late(self, happened: datetime, now: datetime) -> bool:
        """Whether it makes no sense any more."""
        return self.good_for is not None and now - happened > self.good_for

    def turn(self, occasion: "Occasion") -> str:
        """What a person is told no other of for a while."""
        return f"{self.name}#{occasion.said[self.spaced_by]}" if self.spaced_by else self.name

    def subject(self, occasion: "Occasion") -> str:
        """What is told of once: what the event is of, or the event itself."""
        return str(occasion.said[self.once_per]) if self.once_per else occasion.event_id


@dataclass(frozen=True)
class Occasion:
    """Why somebody is told something.

    Attributes:
        event_id: Of the event.
        at: When it happened.
        event: What the event says.
        recipient: The principal who is told; empty where the event does not say.
        order_id: The order that it is about, or empty.
    """

    event_id: str
    at: datetime
    event: Event
    recipient: str
    order_id: str

    @classmethod
    def of(cls, kind: Kind, event: Event, *, event_id: str, at: datetime) -> "Occasion":
        """For a message of this kind."""
        named = getattr(event, "owner", "") or getattr(event, "customer_id", "")
        return cls(event_id, at, event, SHOP if kind.to_shop else named, getattr(event, "order_id", ""))

    @property
    def said(self) -> Mapping[str, Any]:
        """What the event says, by name; an amount is `{amount, currency}`."""
        return asdict(self.event)
