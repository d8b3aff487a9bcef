"""The log in the table.

pk                    sk              what
notification#<id>     notification    one notification; the id follows from event, channel and kind, so the key is the
                                      same each time. Index listing: under `person#<principal>`, by time
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from notifications.domain.log import Notification, Status
from notifications.domain.topics import Channel


class ListedNotifications(GlobalSecondaryIndex["NotificationItem"]):
    """What each person was told, by time."""

    class Meta(TableMeta):
        index_name = "listing"
        projection = AllProjection()

    listing_pk = UnicodeAttribute(hash_key=True)
    listing_sk = UnicodeAttribute(range_key=True)


class NotificationItem(Item):
    """A line of the log."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    listing = ListedNotifications()

    listing_pk = UnicodeAttribute(null=True)  # none while it is not known who is told
    listing_sk = UnicodeAttribute(null=True)
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


def _key(notification_id: str) -> tuple[str, str]:
    return f"notification#{notification_id}", "notification"


def _item(notification: Notification) -> NotificationItem:
    return NotificationItem(
        *_key(notification.id),
        listing_pk=f"person#{notification.recipient}" if notification.recipient else None,
        listing_sk=f"{rfc3339(notification.at)}#{notification.id}",
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

    def find(self, notification_id: str) -> Notification | None:
        """One GetItem."""
        item = NotificationItem.find(*_key(notification_id))
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
        result = NotificationItem.listing.query(
            f"person#{recipient}",
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=position,
        )
        return [_notification(item) for item in result], result.last_evaluated_key

    def all_of(self, recipient: str) -> Iterator[Notification]:
        """One Query a page."""
        return map(_notification, NotificationItem.listing.query(f"person#{recipient}"))

    def erase(self, recipient: str) -> None:
        """One Query a page, one DeleteItem a line."""
        for item in NotificationItem.listing.query(f"person#{recipient}"):
            item.delete()
