"""Whom guests have become: two rows for each in the table of a service whose things were theirs.

pk              sk           what
guest#<id>      customer     whom this guest has become
customer#<id>   guest#<id>   the same, found when the customer is to be forgotten

Things are handed over when `GuestUpgraded` is heard. The row is for what a guest's token, good for some minutes more,
brings about after that.
"""

from collections.abc import Iterable
from contextlib import suppress

from pynamodb.attributes import UnicodeAttribute

from minishop.dynamodb import Item, Transaction, TransactionRefusedError

GUEST_PREFIX = "gst_"


class Upgrade(Item):
    """Base of a service's item that says whom a guest has become."""

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

    def forget(self, customer_id: str) -> None:
        """One Query; two DeleteItem for each guest that the customer was."""
        for item in self._item.query(f"customer#{customer_id}", consistent_read=True):
            self._item(str(item.sk), "customer").delete()
            item.delete()

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
