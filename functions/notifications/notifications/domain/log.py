"""A notification: one message of one kind through one channel, because of one event.

    pending → sent | failed        failed (given_up) → pending: when its dead letter is delivered again
    pending | sent | failed (given_up) → bounced | complained: when the provider says so afterwards

The id follows from event (or what the event is of, where that is told of once), channel and kind, so that an event
that comes twice finds its message sent already, whoever the order belongs to by then. Of two deliveries at once one
holds the lease and sends; the other fails, comes again, and finds it sent.

Exactly once, then, up to one line that cannot be moved from here: SES and SNS take no idempotency key. When one
of them has accepted a message and its answer is lost, or this process dies before it is written down, nobody on
this side can tell. The message is then sent again, because a second mail is better than none. What the providers'
SDK would try again by itself on such a time-out it is told not to (`minishop.aws.client`), so each delivery of the
event makes one call at most.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from minishop.contracts.notifications import NotificationFailed, NotificationSent
from minishop.events import Event
from minishop.ids import derived_id
from notifications.domain.errors import BeingSentError
from notifications.domain.occasions import Kind, Occasion
from notifications.domain.topics import Channel

TRIES = 5  # deliveries of an event before it is a dead letter: the inbox's maxReceiveCount
LEASE = timedelta(seconds=10)  # a call takes 4 seconds at most: 1 to connect, 3 to read
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3600
GIVEN_UP = "given_up"
SUPPRESSED = "suppressed"


class Status(StrEnum):
    """What became of a message."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


REPORTED = frozenset({Status.BOUNCED, Status.COMPLAINED})


@dataclass(frozen=True)
class Notification:
    """A line of the log. `version` is 0 until it is stored; `recipient` is empty while it is not known.

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
        if self.status is Status.FAILED:
            return self.reason != GIVEN_UP
        return self.status is not Status.PENDING

    def is_leased(self, now: datetime) -> bool:
        """Whether a delivery is sending it."""
        return self.leased_until is not None and now < self.leased_until


def pause_seconds(deliveries: int) -> int:
    """How long an event that failed waits for its next delivery: 30 s, 2 ½ min, 12 ½ min, then an hour.

    Together more than an hour: what is too much in one hour has its turn in the next.
    """
    return int(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 5 ** (deliveries - 1)))


def plan(kind: Kind, channel: Channel, occasion: Occasion) -> Notification:
    """The message that this occasion calls for."""
    identity = derived_id("ntf", kind.subject(occasion), channel, kind.name)
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


def handed_over(notification: Notification, recipient: str, now: datetime) -> Notification:
    """In the list of somebody else. Raises BeingSentError: what is being sent is moved once that is written down."""
    if notification.is_leased(now):
        raise BeingSentError(notification.id)
    return replace(notification, recipient=recipient)


def reported(notification: Notification, status: Status) -> Notification:
    """What the provider said afterwards; the first word stays. It had taken it, so nothing is sent again."""
    if notification.status in REPORTED:
        return notification
    return replace(notification, status=status, reason="", leased_until=None)


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
