"""What notifications publishes."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class NotificationSent(Event):
    """A message was handed to the channel's provider."""

    notification_id: str
    event_id: str
    kind: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class NotificationFailed(Event):
    """A message could not be sent, for good."""

    notification_id: str
    event_id: str
    kind: str
    channel: str
    reason: str
