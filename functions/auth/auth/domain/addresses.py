"""The address book: a few addresses of a customer, kept together."""

from dataclasses import dataclass, replace
from typing import Self

from minishop.errors import ConflictError, NotFoundError, StaleVersionError
from minishop.ids import Ids

MAX_ADDRESSES = 20


class AddressNotFoundError(NotFoundError):
    """The customer has no such address."""

    def __init__(self) -> None:
        super().__init__("There is no such address.")


class AddressBookFullError(ConflictError):
    """There are as many addresses as there may be."""

    code = "address_book_full"
    title = "The address book is full"

    def __init__(self) -> None:
        super().__init__(f"Delete an address first: {MAX_ADDRESSES} are kept.")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where parcels go. `country` is ISO 3166-1 alpha-2, `phone` E.164."""

    full_name: str
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An address in the book. `version` counts its changes."""

    id: str
    address: Address
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class AddressBook:
    """A customer's addresses, the newest last. `version` 0: nothing is stored yet."""

    customer_id: str
    entries: tuple[Entry, ...] = ()
    version: int = 0

    def find(self, address_id: str) -> Entry:
        """The entry. Raises AddressNotFoundError."""
        for entry in self.entries:
            if entry.id == address_id:
                return entry
        raise AddressNotFoundError

    def add(self, address: Address, ids: Ids) -> tuple[Self, Entry]:
        """The book with one more. Raises AddressBookFullError."""
        if len(self.entries) >= MAX_ADDRESSES:
            raise AddressBookFullError
        entry = Entry(id=ids.new("adr"), address=address)
        return replace(self, entries=(*self.entries, entry)), entry

    def change(self, address_id: str, address: Address, expected: int) -> tuple[Self, Entry]:
        """The book with another address in the place of that one. Raises AddressNotFoundError, StaleVersionError."""
        entry = self.find(address_id)
        if entry.version != expected:
            raise StaleVersionError("The address was changed meanwhile; read it again.")
        changed = Entry(id=entry.id, address=address, version=entry.version + 1)
        return replace(self, entries=tuple(changed if each is entry else each for each in self.entries)), changed

    def remove(self, address_id: str) -> Self:
        """The book without it. Raises AddressNotFoundError."""
        entry = self.find(address_id)
        return replace(self, entries=tuple(each for each in self.entries if each is not entry))
