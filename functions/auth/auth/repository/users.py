"""Users and links in the table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from auth.domain import AddressBook, EmailAddress, Link, LinkKind, User, UserSummary
from auth.repository import decoys
from auth.repository.items import (
    EVERYBODY,
    FIRST_VERSION,
    PRINCIPAL,
    UNPROVEN,
    AddressBookItem,
    DevicesItem,
    EmailItem,
    ErasedItem,
    LinkItem,
    PhoneProofItem,
    SecondFactorItem,
    SessionItem,
    Unproven,
    UserItem,
    email_key,
    epoch,
    insert_fresh,
    principal_key,
)
from auth.repository.user_mapping import summary_of, user_item, user_of
from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import Transaction, TransactionRefusedError
from minishop.errors import AlreadyExistsError
from minishop.events import Event


class UserTable:
    """Implements `auth.use_cases.Users`."""

    def find(self, customer_id: str) -> User | None:
        """One GetItem."""
        item = UserItem.find(principal_key(customer_id), "user")
        return user_of(item) if item and item.email else None

    def find_by_email(self, email: EmailAddress) -> User | None:
        """Two GetItems, whether there is one or not."""
        holder = EmailItem.find(email_key(email), "email")
        if holder is not None:
            return self.find(holder.customer_id)
        decoys.read()
        return None

    def page(self, limit: int, position: dict[str, Any] | None) -> tuple[list[UserSummary], dict[str, Any] | None]:
        """One Query on `directory`; it reads one more than is asked for, to know whether there is a next page."""
        start = None
        if position:
            key = {"pk": principal_key(position["id"]), "sk": "user", "directory": EVERYBODY, **position}
            start = {name: {"S": value} for name, value in key.items() if name != "id"}
        found = UserItem.by_age.query(
            EVERYBODY, scan_index_forward=False, limit=limit + 1, page_size=limit + 1, last_evaluated_key=start
        )
        users = [summary_of(item) for item in found]
        if len(users) <= limit:
            return users, None
        last = users[limit - 1]
        return users[:limit], {"id": last.id, "registered_at": rfc3339(last.registered_at)}

    def unproven(self, before: datetime, limit: int) -> list[str]:
        """One Query on `unproven`."""
        found = UserItem.by_proof.query(UNPROVEN, Unproven.registered_at <= before, limit=limit, page_size=limit)
        return [str(item.pk).removeprefix(PRINCIPAL) for item in found]

    def insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """One transaction of two items. Raises AlreadyExistsError."""
        item = user_item(user)
        item.version = FIRST_VERSION
        transaction = Transaction()
        transaction.insert("user", item, events, at=now)
        transaction.insert("email", EmailItem(email_key(user.email), "email", customer_id=user.id))
        try:
            transaction.commit()
        except TransactionRefusedError as error:
            raise AlreadyExistsError("the address is held by somebody") from error

    def replace(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        dynamodb.replace(user_item(user), events, expected=user.version, at=now)

    def replace_as_insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """One transaction of two items, like `insert`. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        transaction.replace("user", user_item(user), events, expected=user.version, at=now)
        transaction.insert("decoy", decoys.email_item(now))
        transaction.commit()

    def mimic_insert(self, now: datetime) -> None:
        """One transaction of two items."""
        transaction = Transaction()
        transaction.insert("user", decoys.user_item(now))
        transaction.insert("email", decoys.email_item(now))
        transaction.commit()

    def mimic_replace(self, now: datetime) -> None:
        """One conditional Put."""
        insert_fresh(decoys.user_item(now))

    def move(self, user: User, previous: EmailAddress, events: Sequence[Event], now: datetime) -> None:
        """One transaction of up to three items. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        transaction.replace("user", user_item(user), events, expected=user.version, at=now)
        if user.email.key != previous.key:
            transaction.insert("email", EmailItem(email_key(user.email), "email", customer_id=user.id))
            transaction.delete("previous", EmailItem(email_key(previous), "email"))
        transaction.commit()

    def erase(self, user: User, session_id: str | None, now: datetime) -> None:
        """One transaction of seven items, or six without a session. Raises ConcurrentUpdateError.

        What stays of the user is an empty shell that carries the event, for a day.
        """
        principal = principal_key(user.id)
        shell = ErasedItem(principal, "user", customer_id=user.id, expires_at=epoch(now))
        transaction = Transaction()
        transaction.replace("user", shell, user.erased(), expected=user.version, at=now)
        transaction.delete("email", EmailItem(email_key(user.email), "email"))
        transaction.delete("addresses", AddressBookItem(principal, "addresses"))
        transaction.delete("devices", DevicesItem(principal, "devices"))
        transaction.delete("phone", PhoneProofItem(principal, "phone_proof"))
        transaction.delete("factor", SecondFactorItem(principal, "second_factor"))
        if session_id:
            transaction.delete("session", SessionItem(principal, f"session#{session_id}"))
        transaction.commit()

    def address_book(self, customer_id: str) -> AddressBook:
        """One GetItem."""
        item = AddressBookItem.find(principal_key(customer_id), "addresses")
        if item is None:
            return AddressBook(customer_id=customer_id)
        return AddressBook(customer_id=customer_id, entries=item.entries, version=int(item.version))

    def save_address_book(self, book: AddressBook) -> None:
        """One transaction of a Put and a check. Raises ConcurrentUpdateError."""
        item = AddressBookItem(
            principal_key(book.customer_id), "addresses", customer_id=book.customer_id, entries=book.entries
        )
        transaction = Transaction()
        transaction.check("user", UserItem, item.pk, "user", UserItem.email.exists())  # not erased meanwhile
        if book.version:
            transaction.replace("book", item, expected=book.version)
        else:
            item.version = FIRST_VERSION
            transaction.insert("book", item)
        transaction.commit()

    def insert_link(self, link: Link) -> None:
        """One conditional Put."""
        item = LinkItem(
            f"link#{link.digest}",
            "link",
            kind=link.kind.value,
            customer_id=link.customer_id,
            event_id=link.event_id,
            generation=link.generation,
            valid_until=link.expires_at,
            expires_at=epoch(link.expires_at),
        )
        insert_fresh(item)

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
            generation=int(item.generation),
            expires_at=item.valid_until,
        )
