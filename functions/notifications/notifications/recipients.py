"""What the table keeps about those who are told.

pk                         sk          what
wishes#<principal>         wishes      what they want other than it is by itself
guest#<guest>              upgraded    which customer a guest has become; index listing under `guests#<customer>`
address#<hash>             suppressed  that an address bounced or complained; the address itself is not kept
taken#<hash>#<channel>     <hour>      how much one was told in an hour, by person, order or address; gone a day later
turn#<hash>                <turn>      until when they are told no other of a kind, and because of which event
"""

from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from notifications.domain.occasions import GUEST_PREFIX
from notifications.domain.topics import Channel, Choice, Topic
from notifications.seals import hash_address
from notifications.use_cases.ports import Suppression

_KEPT = timedelta(days=1)


class ListedGuests(GlobalSecondaryIndex["GuestItem"]):
    """Which guests each customer was."""

    class Meta(TableMeta):
        index_name = "listing"
        projection = AllProjection()

    listing_pk = UnicodeAttribute(hash_key=True)
    listing_sk = UnicodeAttribute(range_key=True)


class WishesItem(Item):
    """What a person wants other than it is by itself, each as `topic/channel`."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    changed = UnicodeSetAttribute(null=True)


class GuestItem(Item):
    """That a guest has become a customer."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    listing = ListedGuests()

    listing_pk = UnicodeAttribute()
    listing_sk = UnicodeAttribute()
    customer_id = UnicodeAttribute()


class AddressItem(Item):
    """An address to which nothing more goes."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    reason = UnicodeAttribute()
    at = TimeAttribute()


class TakenItem(Item):
    """How many messages were sent in an hour: to a person, of an order, or to an address."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    taken = NumberAttribute(default=0)


class TurnItem(Item):
    """That a person was told something."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    event_id = UnicodeAttribute()
    until = TimeAttribute()


def _text(choice: Choice) -> str:
    return f"{choice.topic.value}/{choice.channel.value}"


def _choice(text: str) -> Choice:
    topic, _, channel = text.partition("/")
    return Choice(Topic(topic), Channel(channel))


class WishesTable:
    """Implements `notifications.use_cases.ports.Wishes`."""

    def changed(self, person: str) -> frozenset[Choice]:
        """One GetItem."""
        item = WishesItem.find(f"wishes#{person}", "wishes")
        return frozenset(map(_choice, (item.changed if item else None) or ()))

    def keep(self, person: str, changed: frozenset[Choice]) -> None:
        """One UpdateItem."""
        kept = {_text(one) for one in changed}
        action = WishesItem.changed.set(kept) if kept else WishesItem.changed.remove()
        dynamodb.change(WishesItem(f"wishes#{person}", "wishes"), [action])

    def add(self, person: str, choice: Choice) -> None:
        """One UpdateItem."""
        dynamodb.change(WishesItem(f"wishes#{person}", "wishes"), [WishesItem.changed.add({_text(choice)})])

    def remove(self, person: str, choice: Choice) -> None:
        """One UpdateItem."""
        dynamodb.change(WishesItem(f"wishes#{person}", "wishes"), [WishesItem.changed.delete({_text(choice)})])

    def erase(self, person: str) -> None:
        """One DeleteItem."""
        WishesItem(f"wishes#{person}", "wishes").delete()


class GuestTable:
    """Implements `notifications.use_cases.ports.Guests`."""

    def customer_of(self, person: str) -> str | None:
        """One GetItem for a guest, none for others."""
        item = GuestItem.find(f"guest#{person}", "upgraded") if person.startswith(GUEST_PREFIX) else None
        return item.customer_id if item else None

    def guests_of(self, customer: str) -> tuple[str, ...]:
        """One Query a page."""
        return tuple(item.listing_sk for item in GuestItem.listing.query(f"guests#{customer}"))

    def remember(self, guest: str, customer: str) -> None:
        """One conditional Put; the first customer stays."""
        item = GuestItem(
            f"guest#{guest}", "upgraded", listing_pk=f"guests#{customer}", listing_sk=guest, customer_id=customer
        )
        with suppress(AlreadyExistsError):
            dynamodb.insert(item)

    def forget(self, customer: str) -> None:
        """One Query a page, one DeleteItem a guest."""
        for item in GuestItem.listing.query(f"guests#{customer}"):
            item.delete()


class LimitsTable:
    """Implements `notifications.use_cases.ports.Limits`."""

    def is_suppressed(self, address: str) -> bool:
        """One GetItem."""
        return AddressItem.find(f"address#{hash_address(address)}", "suppressed") is not None

    def suppress(self, address: str, reason: str, at: datetime) -> None:
        """One conditional Put; the first reason stays."""
        item = AddressItem(f"address#{hash_address(address)}", "suppressed", reason=reason, at=at)
        with suppress(AlreadyExistsError):
            dynamodb.insert(item)

    def lift(self, address: str) -> Suppression | None:
        """One GetItem, and one DeleteItem where there is something to lift."""
        item = AddressItem.find(f"address#{hash_address(address)}", "suppressed")
        if item is None:
            return None
        item.delete()
        return Suppression(item.reason, item.at)

    def take(self, counted_as: str, channel: Channel, at: datetime, limit: int) -> bool:
        """One conditional UpdateItem."""
        hour = rfc3339(at.replace(minute=0, second=0, microsecond=0))
        expires_at = int((at + _KEPT).timestamp())
        try:
            dynamodb.change(
                TakenItem(f"taken#{hash_address(counted_as)}#{channel.value}", hour),
                [TakenItem.taken.add(1), TakenItem.expires_at.set(expires_at)],
                condition=TakenItem.taken.does_not_exist() | (TakenItem.taken < limit),
            )
        except ConcurrentUpdateError:
            return False
        return True

    def take_turn(self, person: str, turn: str, event_id: str, at: datetime, spacing: timedelta) -> bool:
        """One conditional UpdateItem."""
        until = at + spacing
        try:
            dynamodb.change(
                TurnItem(f"turn#{hash_address(person)}", turn),
                [
                    TurnItem.event_id.set(event_id),
                    TurnItem.until.set(until),
                    TurnItem.expires_at.set(int((until + _KEPT).timestamp())),
                ],
                condition=TurnItem.until.does_not_exist() | (TurnItem.until <= at) | (TurnItem.event_id == event_id),
            )
        except ConcurrentUpdateError:
            return False
        return True
