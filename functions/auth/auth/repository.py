"""Users, links and sessions in the table.

pk                    sk             what
principal#<cus id>    user           a user
principal#<id>        session#<id>   a customer's or a guest's session; all of somebody's lie together
email#<address>       email          whose address it is
link#<digest>         link           a link in a mail, without its token
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from auth.domain import EmailAddress, Link, LinkKind, Session, User
from minishop import dynamodb
from minishop.dynamodb import (
    DocumentAttribute,
    FromEnvironment,
    Item,
    TableMeta,
    TimeAttribute,
    Transaction,
    TransactionRefusedError,
)
from minishop.errors import AlreadyExistsError
from minishop.events import Event
from minishop.identity import Role

FIRST_VERSION = 1


class _Meta(TableMeta):
    table_name = FromEnvironment("AUTH_TABLE")


class UserItem(Item):
    """A user."""

    class Meta(_Meta):
        pass

    customer_id = UnicodeAttribute()
    email = UnicodeAttribute()
    email_key = UnicodeAttribute()
    full_name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    locale = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    roles = DocumentAttribute[list[str]](list[str])
    verified = BooleanAttribute()
    registration = NumberAttribute()
    registered_at = TimeAttribute()
    attempted_at = TimeAttribute(null=True)

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
    registration = NumberAttribute()
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

    @property
    def aggregate_id(self) -> str:
        """The session's id."""
        return self.session_id


def _principal_key(principal_id: str) -> str:
    return f"principal#{principal_id}"


def _email_key(email: EmailAddress) -> str:
    return f"email#{email.key}"


def _epoch(moment: datetime) -> int:
    """Seconds, as DynamoDB's time to live counts; a day late, so that a clock that goes wrong deletes nothing."""
    return int((moment + timedelta(days=1)).timestamp())


def _user_item(user: User) -> UserItem:
    return UserItem(
        _principal_key(user.id),
        "user",
        customer_id=user.id,
        email=user.email.address,
        email_key=user.email.key,
        full_name=user.full_name,
        phone=user.phone,
        locale=user.locale,
        password_hash=user.password_hash,
        roles=sorted(role.value for role in user.roles),
        verified=user.verified,
        registration=user.registration,
        registered_at=user.registered_at,
        attempted_at=user.attempted_at,
        version=user.version,
    )


def _user(item: UserItem) -> User:
    return User(
        id=item.customer_id,
        email=EmailAddress(item.email, item.email_key),
        full_name=item.full_name,
        phone=item.phone,
        locale=item.locale,
        password_hash=item.password_hash,
        roles=frozenset(Role(role) for role in item.roles),
        verified=item.verified,
        registration=int(item.registration),
        registered_at=item.registered_at,
        attempted_at=item.attempted_at,
        version=int(item.version),
    )


def _session_item(session: Session) -> SessionItem:
    return SessionItem(
        _principal_key(session.principal_id),
        f"session#{session.id}",
        session_id=session.id,
        principal_id=session.principal_id,
        key=session.key,
        current=session.current,
        previous=session.previous,
        successor=session.successor,
        guest=session.guest,
        upgraded_to=session.upgraded_to,
        started_at=session.started_at,
        rotated_at=session.rotated_at,
        ended_at=session.ended_at,
        expires_at=_epoch(session.expires_at),
        version=session.version,
    )


def _session(item: SessionItem) -> Session:
    return Session(
        id=item.session_id,
        principal_id=item.principal_id,
        key=item.key,
        current=item.current,
        previous=item.previous,
        successor=item.successor,
        guest=item.guest,
        upgraded_to=item.upgraded_to,
        started_at=item.started_at,
        rotated_at=item.rotated_at,
        ended_at=item.ended_at,
        version=int(item.version),
    )


def _insert_fresh(item: Item, events: Sequence[Event] = (), now: datetime | None = None) -> None:
    """Writes an item whose key is random: if it is there, an earlier try of this very call got through."""
    with suppress(AlreadyExistsError):
        dynamodb.insert(item, events, at=now)


class UserTable:
    """Implements `auth.use_cases.Users`."""

    def find(self, customer_id: str) -> User | None:
        """One GetItem."""
        item = UserItem.find(_principal_key(customer_id), "user")
        return _user(item) if item else None

    def find_by_email(self, email: EmailAddress) -> User | None:
        """Two GetItems."""
        holder = EmailItem.find(_email_key(email), "email")
        return self.find(holder.customer_id) if holder else None

    def insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """One transaction of two items. Raises AlreadyExistsError."""
        item = _user_item(user)
        item.version = FIRST_VERSION
        transaction = Transaction()
        transaction.insert("user", item, events, at=now)
        transaction.insert("email", EmailItem(_email_key(user.email), "email", customer_id=user.id))
        try:
            transaction.commit()
        except TransactionRefusedError as error:
            raise AlreadyExistsError("the address is held by somebody") from error

    def replace(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        dynamodb.replace(_user_item(user), events, expected=user.version, at=now)

    def insert_link(self, link: Link) -> None:
        """One conditional Put."""
        item = LinkItem(
            f"link#{link.digest}",
            "link",
            kind=link.kind.value,
            customer_id=link.customer_id,
            event_id=link.event_id,
            registration=link.registration,
            valid_until=link.expires_at,
            expires_at=_epoch(link.expires_at),
        )
        _insert_fresh(item)

    def find_link(self, digest: str) -> Link | None:
        """One GetItem."""
        item = LinkItem.find(f"link#{digest}", "link")
        if item is None:
            return None
        return Link(
            digest=digest,
            kind=LinkKind(item.kind),
            customer_id=item.customer_id,
            event_id=item.event_id,
            registration=int(item.registration),
            expires_at=item.valid_until,
        )


class SessionTable:
    """Implements `auth.use_cases.Sessions`."""

    def find(self, principal_id: str, session_id: str) -> Session | None:
        """One GetItem."""
        item = SessionItem.find(_principal_key(principal_id), f"session#{session_id}")
        return _session(item) if item else None

    def insert(self, session: Session, events: Sequence[Event], now: datetime) -> None:
        """One conditional Put."""
        item = _session_item(session)
        item.version = FIRST_VERSION
        _insert_fresh(item, events, now)

    def replace(self, session: Session) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        dynamodb.replace(_session_item(session), expected=session.version)

    def insert_upgrading(self, session: Session, guest: Session, events: Sequence[Event], now: datetime) -> None:
        """One transaction of two items. Raises ConcurrentUpdateError."""
        item = _session_item(session)
        item.version = FIRST_VERSION
        transaction = Transaction()
        transaction.insert("session", item, session.sign_in_events, at=now)
        transaction.replace("guest", _session_item(guest), events, expected=guest.version, at=now)
        transaction.commit()
