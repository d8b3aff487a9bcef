"""What the table keeps about those who are told.

pk                         sk          what
wishes#<principal>         wishes      what they do not want to hear
address#<hash>             suppressed  that an address bounced or complained; the address itself is not kept
taken#<principal>#<ch.>    <hour>      how much they were told in an hour; gone a day later
"""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from notifications.domain import Channel, OptOut, Topic
from notifications.seals import hash_address

HOURLY_LIMIT = 30  # through one channel; a busy day of orders stays well below it
_KEPT = timedelta(days=1)


class WishesItem(Item):
    """What a person does not want to hear, each as `topic/channel`."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    opt_outs = UnicodeSetAttribute(null=True)


class AddressItem(Item):
    """An address to which nothing more goes."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    reason = UnicodeAttribute()
    at = TimeAttribute()


class TakenItem(Item):
    """How many messages a person was sent in an hour."""

    class Meta(TableMeta):
        table_name = FromEnvironment("NOTIFICATIONS_TABLE")

    taken = NumberAttribute(default=0)


def _text(opt_out: OptOut) -> str:
    return f"{opt_out.topic.value}/{opt_out.channel.value}"


def _opt_out(text: str) -> OptOut:
    topic, _, channel = text.partition("/")
    return OptOut(Topic(topic), Channel(channel))


class WishesTable:
    """Implements `notifications.use_cases.ports.Wishes`."""

    def opt_outs(self, person: str) -> frozenset[OptOut]:
        """One GetItem."""
        item = WishesItem.find(f"wishes#{person}", "wishes")
        return frozenset(map(_opt_out, (item.opt_outs if item else None) or ()))

    def keep(self, person: str, opt_outs: frozenset[OptOut]) -> None:
        """One UpdateItem."""
        kept = {_text(one) for one in opt_outs}
        action = WishesItem.opt_outs.set(kept) if kept else WishesItem.opt_outs.remove()
        dynamodb.change(WishesItem(f"wishes#{person}", "wishes"), [action])

    def add(self, person: str, opt_out: OptOut) -> None:
        """One UpdateItem."""
        dynamodb.change(WishesItem(f"wishes#{person}", "wishes"), [WishesItem.opt_outs.add({_text(opt_out)})])

    def erase(self, person: str) -> None:
        """One DeleteItem."""
        WishesItem(f"wishes#{person}", "wishes").delete()


class LimitsTable:
    """Implements `notifications.use_cases.ports.Limits`."""

    def is_suppressed(self, address: str) -> bool:
        """One GetItem."""
        return AddressItem.find(f"address#{hash_address(address)}", "suppressed") is not None

    def suppress(self, address: str, reason: str, at: datetime) -> None:
        """One conditional Put; the first reason stays."""
        item = AddressItem(f"address#{hash_address(address)}", "suppressed", reason=reason, at=at)
        try:
            dynamodb.insert(item)
        except AlreadyExistsError:
            return

    def take(self, person: str, channel: Channel, at: datetime) -> bool:
        """One conditional UpdateItem."""
        hour = rfc3339(at.replace(minute=0, second=0, microsecond=0))
        expires_at = int((at + _KEPT).timestamp())
        try:
            dynamodb.change(
                TakenItem(f"taken#{person}#{channel.value}", hour),
                [TakenItem.taken.add(1), TakenItem.expires_at.set(expires_at)],
                condition=TakenItem.taken.does_not_exist() | (TakenItem.taken < HOURLY_LIMIT),
            )
        except ConcurrentUpdateError:
            return False
        return True
