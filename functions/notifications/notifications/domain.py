"""A notification: one message of one kind through one channel, because of one event.

    pending → sent | failed

The id follows from event, channel and kind, so that an event that comes twice finds its message sent already.
A pending one that is met again is sent again: between the provider taking a message and our writing that down
there is a moment in which nobody can tell, and a second mail is better than none.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from minishop.contracts.notifications import NotificationFailed, NotificationSent
from minishop.errors import MinishopError
from minishop.events import Event
from minishop.ids import derived_id


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class Status(StrEnum):
    """What became of a message."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class UndeliverableError(MinishopError):
    """The channel's provider refused this message for good: another try would be refused as well."""


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    Attributes:
        name: Also the name of its templates.
        channels: Where it goes.
        link: The kind of fresh link that it carries, or empty.
    """

    name: str
    channels: tuple[Channel, ...]
    link: str = ""


@dataclass(frozen=True)
class Occasion:
    """Why somebody is told something.

    Attributes:
        event_id: Of the event.
        at: When it happened.
        recipient: The principal who is told.
        order_id: The order that it is about, or empty.
        tracking_number: The parcel that it is about, or empty.
        reason: The event's reason, where it has one.
    """

    event_id: str
    at: datetime
    recipient: str
    order_id: str = ""
    tracking_number: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Notification:
    """A line of the log. `version` is 0 until it is stored."""

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
    version: int = 0


def plan(kind: Kind, channel: Channel, occasion: Occasion) -> Notification:
    """The message that this occasion calls for."""
    identity = derived_id("ntf", occasion.event_id, channel, kind.name)
    return Notification(
        identity, occasion.event_id, kind.name, channel, occasion.recipient, occasion.order_id, occasion.at
    )


def sent(notification: Notification, provider_id: str) -> tuple[Notification, tuple[Event, ...]]:
    """The provider has taken it."""
    told = NotificationSent(
        notification_id=notification.id,
        event_id=notification.event_id,
        kind=notification.kind,
        channel=notification.channel.value,
    )
    return replace(notification, status=Status.SENT, provider_id=provider_id), (told,)


def failed(notification: Notification, reason: str) -> tuple[Notification, tuple[Event, ...]]:
    """The provider has refused it for good."""
    told = NotificationFailed(
        notification_id=notification.id,
        event_id=notification.event_id,
        kind=notification.kind,
        channel=notification.channel.value,
        reason=reason,
    )
    return replace(notification, status=Status.FAILED, reason=reason), (told,)
