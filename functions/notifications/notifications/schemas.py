"""Notifications' HTTP models."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from minishop.schemas import AnswerModel, QueryModel, RequestModel, Timestamp
from notifications.domain.log import Notification, Status
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases.ports import Suppression


class NotificationAnswer(AnswerModel):
    """Something that somebody was told."""

    id: str
    kind: str
    channel: Channel
    status: Status
    order_id: str | None
    at: Timestamp

    @classmethod
    def of(cls, notification: Notification) -> "NotificationAnswer":
        """From a line of the log."""
        return cls(
            id=notification.id,
            kind=notification.kind,
            channel=notification.channel,
            status=notification.status,
            order_id=notification.order_id or None,
            at=notification.at,
        )


class PreferenceRequest(RequestModel):
    """Whether somebody wants to hear of a topic through a channel."""

    topic: Topic
    channel: Channel
    wanted: bool


class PreferencesRequest(RequestModel):
    """All of somebody's preferences. What is not named is wanted; reminders of a cart are not."""

    preferences: Annotated[list[PreferenceRequest], Field(max_length=len(Topic) * len(Channel))]

    @field_validator("preferences")
    @classmethod
    def _each_once(cls, preferences: list[PreferenceRequest]) -> list[PreferenceRequest]:
        if len({(one.topic, one.channel) for one in preferences}) != len(preferences):
            raise ValueError("Each topic and channel at most once")
        return preferences

    def changed(self) -> list[Choice]:
        """What is wanted other than it is by itself."""
        chosen = {Choice(one.topic, one.channel): one.wanted for one in self.preferences}
        return [choice for choice, wanted in chosen.items() if wanted is not choice.is_wanted(())]


class PreferenceAnswer(AnswerModel):
    """Whether somebody wants to hear of a topic through a channel."""

    topic: Topic
    channel: Channel
    wanted: bool


class PreferencesAnswer(AnswerModel):
    """All that one can choose."""

    preferences: list[PreferenceAnswer]

    @classmethod
    def of(cls, changed: Collection[Choice]) -> "PreferencesAnswer":
        """From what was changed."""
        from notifications.kinds import CHOICES  # with the contracts of all services, which no other route needs

        chosen = [
            PreferenceAnswer(topic=one.topic, channel=one.channel, wanted=one.is_wanted(changed)) for one in CHOICES
        ]
        return cls(preferences=chosen)


class LiftRequest(RequestModel):
    """An address, in any case of letters, as its account or its order has it."""

    address: Annotated[str, StringConstraints(min_length=3, max_length=254)]


class LiftAnswer(AnswerModel):
    """What kept messages from an address until now; none: nothing did."""

    reason: Literal["bounced", "complained"] | None
    at: Timestamp | None

    @classmethod
    def of(cls, lifted: Suppression | None) -> "LiftAnswer":
        """From what was lifted."""
        return cls.model_validate({"reason": lifted and lifted.reason, "at": lifted and lifted.at})


class UnsubscribeQuery(QueryModel):
    """The token of a mail's link."""

    token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,512}$")]
