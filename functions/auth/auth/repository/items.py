"""The items of the table, and their keys."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from auth.domain import EmailAddress, Entry
from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError
from minishop.events import Event

FIRST_VERSION = 1
EVERYBODY = "users"
UNPROVEN = "unproven"
PRINCIPAL = "principal#"


class _Meta(TableMeta):
    table_name = FromEnvironment("AUTH_TABLE")


class Directory(GlobalSecondaryIndex["UserItem"]):
    """All users, by when they registered."""

    class Meta(TableMeta):
        index_name = "directory"
        projection = IncludeProjection(
            ["customer_id", "email", "full_name", "roles", "verified", "second_factor", "disabled_at", "version"]
        )

    directory = UnicodeAttribute(hash_key=True)
    registered_at = TimeAttribute(range_key=True)


class Unproven(GlobalSecondaryIndex["UserItem"]):
    """Those who have not proven their address, by when they registered."""

    class Meta(TableMeta):
        index_name = "unproven"
        projection = KeysOnlyProjection()

    unproven = UnicodeAttribute(hash_key=True)
    registered_at = TimeAttribute(range_key=True)


class UserItem(Item):
    """A user."""

    class Meta(_Meta):
        pass

    by_age = Directory()
    by_proof = Unproven()

    directory = UnicodeAttribute(default=EVERYBODY)
    unproven = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute()
    email = UnicodeAttribute()
    email_key = UnicodeAttribute()
    full_name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    phone_verified = BooleanAttribute(default=False)
    pending_email = UnicodeAttribute(null=True)
    former_email = UnicodeAttribute(null=True)
    email_changed_at = TimeAttribute(null=True)
    email_request = NumberAttribute(default=0)
    pending_phone = UnicodeAttribute(null=True)
    phone_request = NumberAttribute(default=0)
    short_password = BooleanAttribute(default=False)
    locale = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    contested = BooleanAttribute(default=False)
    roles = DocumentAttribute[list[str]](list[str])
    verified = BooleanAttribute()
    registration = NumberAttribute()
    registered_at = TimeAttribute()
    attempted_at = TimeAttribute(null=True)
    password_generation = NumberAttribute(default=1)
    reset_asked_at = TimeAttribute(null=True)
    session_generation = NumberAttribute(default=1)
    kept_session = UnicodeAttribute(null=True)
    disabled_at = TimeAttribute(null=True)
    second_factor = BooleanAttribute(default=False)

    @property
    def aggregate_id(self) -> str:
        """The customer's id."""
        return self.customer_id


class ErasedItem(Item):
    """What stands in a user's place once the user is forgotten."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The customer's id."""
        return self.customer_id


class EmailItem(Item):
    """Whose address it is."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()


class LinkItem(Item):
    """A link in a mail."""

    class Meta(_Meta):
        pass

    kind = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    generation = NumberAttribute()
    valid_until = TimeAttribute()


class SessionItem(Item):
    """A session."""

    class Meta(_Meta):
        pass

    session_id = UnicodeAttribute()
    principal_id = UnicodeAttribute()
    key = UnicodeAttribute()
    current = UnicodeAttribute()
    previous = UnicodeAttribute(null=True)
    successor = UnicodeAttribute(null=True)
    guest = UnicodeAttribute(null=True)
    upgraded_to = UnicodeAttribute(null=True)
    started_at = TimeAttribute()
    rotated_at = TimeAttribute()
    ended_at = TimeAttribute(null=True)
    generation = NumberAttribute(default=0)
    user_agent = UnicodeAttribute(null=True)
    region = UnicodeAttribute(null=True)

    @property
    def aggregate_id(self) -> str:
        """The session's id."""
        return self.session_id


class AddressBookItem(Item):
    """A customer's address book."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()
    entries = DocumentAttribute[tuple[Entry, ...]](tuple[Entry, ...])


class SecondFactorItem(Item):
    """A customer's authenticator; its secret is sealed."""

    class Meta(_Meta):
        pass

    sealed = UnicodeAttribute()
    recovery = DocumentAttribute[tuple[str, ...]](tuple[str, ...])
    confirmed = BooleanAttribute()
    last_step = NumberAttribute()


class DevicesItem(Item):
    """The devices that a customer is known by, as keyed hashes."""

    class Meta(_Meta):
        pass

    digests = DocumentAttribute[tuple[str, ...]](tuple[str, ...])


class PhoneProofItem(Item):
    """The codes for the telephone number that a customer wants, as keyed hashes."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()
    phone = UnicodeAttribute()
    request = NumberAttribute()
    digests = DocumentAttribute[tuple[str, ...]](tuple[str, ...])
    tries = NumberAttribute()
    valid_until = TimeAttribute()


class TicketItem(Item):
    """That a password was right, and the second factor is awaited."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()
    generation = NumberAttribute()
    valid_until = TimeAttribute()
    guest_id = UnicodeAttribute(null=True)
    guest_session = UnicodeAttribute(null=True)
    used = BooleanAttribute(null=True)


class ThrottleItem(Item):
    """How many failures there were in a window."""

    class Meta(_Meta):
        pass

    failures = NumberAttribute()


class TrustItem(Item):
    """That an account's owner signed in from a network."""

    class Meta(_Meta):
        pass

    trusted_until = TimeAttribute()


class DecoyItem(UserItem):
    """Nothing, in the shape of a user, and in no index: where time must not tell that there is no user."""

    class Meta(_Meta):
        pass

    directory = UnicodeAttribute(null=True)
    told = UnicodeAttribute(null=True)


class DecoyEmailItem(Item):
    """Nothing, in the shape of whose address it is."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()


def principal_key(principal_id: str) -> str:
    """Where all of somebody's lies."""
    return f"{PRINCIPAL}{principal_id}"


def email_key(email: EmailAddress) -> str:
    """Where it is said whose address it is."""
    return f"email#{email.key}"


def epoch(moment: datetime) -> int:
    """Seconds, as DynamoDB's time to live counts; a day late, so that a clock that goes wrong deletes nothing."""
    return int((moment + timedelta(days=1)).timestamp())


def insert_fresh(item: Item, events: Sequence[Event] = (), now: datetime | None = None) -> None:
    """Writes an item whose key is random: if it is there, an earlier try of this very call got through."""
    with suppress(AlreadyExistsError):
        dynamodb.insert(item, events, at=now)
