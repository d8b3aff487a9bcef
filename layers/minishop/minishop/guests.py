"""Whom guests have become, and which customers are forgotten: rows in the table of a service whose things were theirs.

pk              sk           what
guest#<id>      customer     whom this guest has become
customer#<id>   guest#<id>   the same, found when the customer is to be forgotten
customer#<id>   forgotten    that the customer is forgotten

Things are handed over when `GuestUpgraded` is heard, and lose their owner when `UserErased` is. The rows are for what a
token, good for some minutes more, brings about after that. Those of a customer who is forgotten go when no message of
that time can come any more.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from minishop import dynamodb
from minishop.dynamodb import Item, Transaction, TransactionRefusedError
from minishop.errors import AlreadyExistsError
from minishop.identity import Successor

GUEST_PREFIX = "gst_"
FORGOTTEN = "forgotten"
KEEP_FORGOTTEN = timedelta(days=30)  # queues and dead letters keep a message for fourteen


class Upgrade(Item):
    """Base of a service's item that says whom a guest has become, or that a customer is forgotten."""

    customer_id = UnicodeAttribute()


class GuestTable:
    """The rows of one service. `item` is its own class of them."""

    def __init__(self, item: type[Upgrade]) -> None:
        self._item = item

    def remember(self, guest_id: str, customer_id: str) -> None:
        """A TransactWrite of two; the first customer stays."""
        transaction = Transaction()
        transaction.insert("guest", self._item(f"guest#{guest_id}", "customer", customer_id=customer_id))
        transaction.insert(
            "customer", self._item(f"customer#{customer_id}", f"guest#{guest_id}", customer_id=customer_id)
        )
        with suppress(TransactionRefusedError):
            transaction.commit()

    def forget(self, customer_id: str, *, at: datetime) -> None:
        """One conditional Put and one Query; two UpdateItem for each guest that the customer was."""
        expires_at = int((at + KEEP_FORGOTTEN).timestamp())
        row = self._item(f"customer#{customer_id}", FORGOTTEN, customer_id=customer_id, expires_at=expires_at)
        with suppress(AlreadyExistsError):
            dynamodb.insert(row)
        for item in self._item.query(
            f"customer#{customer_id}", self._item.sk.startswith("guest#"), consistent_read=True
        ):
            for one in (self._item(str(item.sk), "customer"), item):
                dynamodb.change(one, [self._item.expires_at.set(expires_at)])

    def successor_of(self, principal_id: str) -> Successor:
        """One GetItem for a customer; for a guest one, and another where the guest has become a customer."""
        owner = self.customer_of(principal_id) or principal_id
        if owner.startswith(GUEST_PREFIX):
            return Successor(owner)
        return Successor(owner, self._item.find(f"customer#{owner}", FORGOTTEN) is not None)

    def customer_of(self, principal_id: str) -> str | None:
        """Nothing is asked for a customer, of whom it is None; one GetItem for a guest."""
        if not principal_id.startswith(GUEST_PREFIX):
            return None
        item = self._item.find(f"guest#{principal_id}", "customer")
        return str(item.customer_id) if item else None

    def customers_of(self, principal_ids: Iterable[str]) -> dict[str, str]:
        """The customers, by guest; one BatchGetItem for each hundred guests, none where there is no guest."""
        keys = sorted({(f"guest#{one}", "customer") for one in principal_ids if one.startswith(GUEST_PREFIX)})
        found = self._item.batch_get(keys) if keys else ()
        return {str(item.pk).removeprefix("guest#"): str(item.customer_id) for item in found}
