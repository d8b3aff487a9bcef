"""A notification: one message of one kind through one channel, because of one event.

    pending → sent | failed        failed (given_up) → pending: when its dead letter is delivered again

The id follows from event, channel and kind, so that an event that comes twice finds its message sent already. Of
two deliveries at once one holds the lease and sends; the other fails, comes again, and finds it sent.

Exactly once, then, up to one line that cannot be moved from here: SES and SNS take no idempotency key. When one
of them has accepted a message and its answer is lost, or this process dies before it is written down, nobody on
this side can tell. The message is then sent again, because a second mail is better than none. What the providers'
SDK would try again by itself on such a time-out it is told not to (`minishop.aws.client`), so each delivery of the
event makes one call at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from minishop.contracts.notifications import NotificationFailed, NotificationSent
from minishop.errors import BadRequestError, MinishopError
from minishop.events import Event
from minishop.ids import derived_id
from minishop.money import Money

TRIES = 5  # deliveries of an event before it is a dead letter: the inbox's maxReceiveCount
LEASE = timedelta(seconds=10)  # a call takes 4 seconds at most: 1 to connect, 3 to read
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3600
GIVEN_UP = "given_up"
SUPPRESSED = "suppressed"
SHOP = "shop"  # the recipient of what the shop itself is told


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class Status(StrEnum):
    """What became of a message."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Topic(StrEnum):
    """What somebody may want to hear nothing of. A kind without a topic is told in any case."""

    DELIVERY_UPDATES = "delivery_updates"


class UndeliverableError(MinishopError):
    """The channel's provider refused this message for good: another try would be refused as well."""


class TooManyMessagesError(MinishopError):
    """The person has been told enough this hour; the message waits for another delivery of its event."""


class BeingSentError(MinishopError):
    """Another delivery of the same event is sending this very message."""


class InvalidUnsubscribeTokenError(BadRequestError):
    """The token was not made here."""

    code = "invalid_unsubscribe_token"
    title = "This link is not valid"


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    Attributes:
        name: Also the name of its templates.
        channels: Where it goes.
        link: The kind of fresh link that it carries, or empty.
        topic: What one unsubscribes from to hear no more of it; none: it is mandatory.
    """

    name: str
    channels: tuple[Channel, ...]
    link: str = ""
    topic: Topic | None = None


@dataclass(frozen=True)
class Occasion:
    """Why somebody is told something.

    Attributes:
        event_id: Of the event.
        at: When it happened.
        recipient: The principal who is told; empty where the event does not say: whoever the order belongs to.
        order_id: The order that it is about, or empty.
        tracking_number: The parcel that it is about, or empty.
        reason: The event's reason, where it has one.
        url: Where to go on, where the event says so.
        amount: The money that it is about, if any.
        details: What else the event says that the message needs, by name.
    """

    event_id: str
    at: datetime
    recipient: str = ""
    order_id: str = ""
    tracking_number: str = ""
    reason: str = ""
    url: str = ""
    amount: Money | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OptOut:
    """That somebody does not want to hear of a topic through a channel."""

    topic: Topic
    channel: Channel


@dataclass(frozen=True)
class Notification:
    """A line of the log. `version` is 0 until it is stored.

    `leased_until` is set while a delivery is sending it; `attempts` counts the calls of the provider.
    """

    id: str
    event_id: str
    kind: str
    channel: Channel
    recipient: str
    order_id: str
    at: datetime
    status: Status = Status.PENDING
    provider_id: str = ""
    reason: str = ""
    attempts: int = 0
    leased_until: datetime | None = None
    version: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to do about it."""
        return self.status is Status.SENT or (self.status is Status.FAILED and self.reason != GIVEN_UP)

    def is_leased(self, now: datetime) -> bool:
        """Whether a delivery is sending it."""
        return self.leased_until is not None and now < self.leased_until


def pause_seconds(deliveries: int) -> int:
    """How long an event that failed waits for its next delivery: 30 s, 2 min, 8 min, 32 min, then an hour."""
    return int(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 4 ** (deliveries - 1)))


def plan(kind: Kind, channel: Channel, occasion: Occasion) -> Notification:
    """The message that this occasion calls for."""
    identity = derived_id("ntf", occasion.event_id, channel, kind.name)
    return Notification(
        identity, occasion.event_id, kind.name, channel, occasion.recipient, occasion.order_id, occasion.at
    )


def lease(notification: Notification, now: datetime) -> Notification:
    """Taken in hand, for as long as a call can last. Raises BeingSentError when somebody else has it in hand."""
    if notification.is_leased(now):
        raise BeingSentError(notification.id)
    return replace(
        notification,
        status=Status.PENDING,
        reason="",
        attempts=notification.attempts + 1,
        leased_until=now + LEASE,
    )


def released(notification: Notification) -> Notification:
    """The call failed: whoever comes next may try at once."""
    return replace(notification, leased_until=None)


def sent(notification: Notification, provider_id: str) -> tuple[Notification, tuple[Event, ...]]:
    """The provider has taken it."""
    told = NotificationSent(
        notification_id=notification.id,
        event_id=notification.event_id,
        kind=notification.kind,
        channel=notification.channel.value,
    )
    return replace(notification, status=Status.SENT, provider_id=provider_id, leased_until=None), (told,)


def failed(notification: Notification, reason: str) -> tuple[Notification, tuple[Event, ...]]:
    """It is not going to be sent: refused for good, not allowed, or given up."""
    told = NotificationFailed(
        notification_id=notification.id,
        event_id=notification.event_id,
        kind=notification.kind,
        channel=notification.channel.value,
        reason=reason,
    )
    return replace(notification, status=Status.FAILED, reason=reason, leased_until=None), (told,)
