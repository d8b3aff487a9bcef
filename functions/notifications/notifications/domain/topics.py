"""What people may choose to hear, and through which channel."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class Topic(StrEnum):
    """What somebody may want to hear nothing of. A kind without a topic is told in any case."""

    DELIVERY_UPDATES = "delivery_updates"
    CART_REMINDERS = "cart_reminders"

    @property
    def is_opt_in(self) -> bool:
        """Whether nobody hears of it who has not asked to."""
        return self is Topic.CART_REMINDERS


@dataclass(frozen=True)
class Choice:
    """A topic through a channel: what one can want or not."""

    topic: Topic
    channel: Channel

    def is_wanted(self, changed: Collection["Choice"]) -> bool:
        """Whether somebody wants it who has changed these from what they are by themselves."""
        return (self in changed) is self.topic.is_opt_in
