"""The log in the table.

pk                    sk              what
person#<principal>    <time>#<id>     one notification; the time is the event's, so the key is the same each time
"""

from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from notifications.domain import Channel, Notification, Status


class NotificationItem(Item):
    """A line of the log."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    notification_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    channel = UnicodeAttribute()
    recipient = UnicodeAttribute()
    order_id = UnicodeAttribute()
    at = TimeAttribute()
    status = UnicodeAttribute()
    provider_id = UnicodeAttribute()
    reason = UnicodeAttribute()
    attempts = NumberAttribute(default=0)
    leased_until = TimeAttribute(null=True)

    @property
    def aggregate_id(self) -> str:
        """The notification's id."""
        return self.notification_id


def _key(notification: Notification) -> tuple[str, str]:
    return f"person#{notification.recipient}", f"{rfc3339(notification.at)}#{notification.id}"


def _item(notification: Notification) -> NotificationItem:
    pk, sk = _key(notification)
    return NotificationItem(
        pk,
        sk,
        notification_id=notification.id,
        event_id=notification.event_id,
        kind=notification.kind,
        channel=notification.channel.value,
        recipient=notification.recipient,
        order_id=notification.order_id,
        at=notification.at,
        status=notification.status.value,
        provider_id=notification.provider_id,
        reason=notification.reason,
        attempts=notification.attempts,
        leased_until=notification.leased_until,
        version=notification.version,
    )


def _notification(item: NotificationItem) -> Notification:
    return Notification(
        id=item.notification_id,
        event_id=item.event_id,
        kind=item.kind,
        channel=Channel(item.channel),
        recipient=item.recipient,
        order_id=item.order_id,
        at=item.at,
        status=Status(item.status),
        provider_id=item.provider_id,
        reason=item.reason,
        attempts=int(item.attempts),
        leased_until=item.leased_until,
        version=int(item.version),
    )


class NotificationTable:
    """Implements `notifications.use_cases.ports.Log`."""

    def find(self, planned: Notification) -> Notification | None:
        """One GetItem."""
        item = NotificationItem.find(*_key(planned))
        return _notification(item) if item else None

    def save(self, notification: Notification, events: tuple[Event, ...], at: datetime) -> Notification:
        """One conditional Put. Raises ConcurrentUpdateError."""
        item = _item(notification)
        if notification.version:
            dynamodb.replace(item, events, expected=notification.version, at=at)
            return _notification(item)
        item.version = 1
        try:
            dynamodb.insert(item, events, at=at)
        except AlreadyExistsError as error:
            raise ConcurrentUpdateError(notification.id) from error
        return _notification(item)

    def of(
        self, recipient: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Notification], dict[str, Any] | None]:
        """One Query."""
        result = NotificationItem.query(
            f"person#{recipient}",
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=position,
        )
        return [_notification(item) for item in result], result.last_evaluated_key

    def erase(self, recipient: str) -> None:
        """One Query a page, one DeleteItem a line."""
        for item in NotificationItem.query(f"person#{recipient}"):
            item.delete()
