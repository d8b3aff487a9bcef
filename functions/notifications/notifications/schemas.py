"""Notifications' HTTP models."""

from minishop.schemas import AnswerModel, Timestamp
from notifications.domain import Channel, Notification, Status


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
