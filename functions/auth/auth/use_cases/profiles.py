"""What a customer does with an account: profile, address book, export, erasure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auth.domain import Address, AddressBook, Entry, Origin, Session, User
from auth.use_cases.guesses import NOWHERE
from auth.use_cases.passwords import prove_again
from auth.use_cases.ports import ATTEMPTS, Directory, Part, Ports
from auth.use_cases.sessions import list_sessions, read_profile
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.identity import Principal


@dataclass(frozen=True)
class ProfileChange:
    """What is to be different; None stays as it is."""

    full_name: str | None = None
    locale: str | None = None


@dataclass(frozen=True)
class Export:
    """All that is held of a customer; what other services hold as they show it."""

    user: User
    addresses: tuple[Entry, ...]
    sessions: tuple[Session, ...]
    orders: Part
    payments: Part
    shipments: Part
    notifications: Part
    preferences: list[dict[str, Any]]
    cart: dict[str, Any]
    made_at: datetime


def change_profile(ports: Ports, principal: Principal, change: ProfileChange, expected: int) -> User:
    """The customer who calls, changed. Raises SessionEndedError and StaleVersionError."""
    user = read_profile(ports, principal)
    changed = user.rename(change.full_name, change.locale)
    if user.version == expected:
        try:
            ports.users.replace(changed, [], ports.clock.now())
        except ConcurrentUpdateError:
            pass  # somebody else was quicker: told as if it had been seen at once
        else:
            return read_profile(ports, principal)
    raise StaleVersionError("Your profile was changed meanwhile; read it again.")


def list_addresses(ports: Ports, principal: Principal) -> tuple[Entry, ...]:
    """The address book of the customer who calls. Raises SessionEndedError."""
    return ports.users.address_book(read_profile(ports, principal).id).entries


def read_address(directory: Directory, customer_id: str, address_id: str) -> Entry:
    """An address of a customer, for other services. Raises AddressNotFoundError."""
    return directory.users.address_book(customer_id).find(address_id)


def add_address(ports: Ports, principal: Principal, address: Address) -> Entry:
    """A new address. Raises SessionEndedError and AddressBookFullError."""
    return _change_book(ports, principal, lambda book: book.add(address, ports.ids))


def change_address(ports: Ports, principal: Principal, address_id: str, address: Address, expected: int) -> Entry:
    """Another address in the place of one. Raises SessionEndedError, AddressNotFoundError and StaleVersionError."""
    return _change_book(ports, principal, lambda book: book.change(address_id, address, expected))


def delete_address(ports: Ports, principal: Principal, address_id: str) -> None:
    """One address less. Raises SessionEndedError and AddressNotFoundError."""
    _change_book(ports, principal, lambda book: (book.remove(address_id), book.find(address_id)))


def _change_book(
    ports: Ports, principal: Principal, change: Callable[[AddressBook], tuple[AddressBook, Entry]]
) -> Entry:
    user = read_profile(ports, principal)
    for _ in range(ATTEMPTS):
        book, entry = change(ports.users.address_book(user.id))
        try:
            ports.users.save_address_book(book)
        except ConcurrentUpdateError:
            continue  # another address was changed at the same moment
        return entry
    raise ConcurrentUpdateError(f"the address book of {user.id} keeps changing")


def export(ports: Ports, principal: Principal) -> Export:
    """All that is held of the customer who calls, apart from secrets: of each service something, or nothing at all.

    Of a list that is too long for one answer the latest is in it, and that it is not complete. Raises
    SessionEndedError, and UnavailableError when one of the services does not answer in time.
    """
    user = read_profile(ports, principal)
    orders = ports.holdings.orders(user.id)
    payments = ports.holdings.payments(user.id, [order["id"] for order in orders.items])
    return Export(
        user=user,
        addresses=ports.users.address_book(user.id).entries,
        sessions=tuple(list_sessions(ports, principal)),
        orders=orders,
        payments=Part(payments.items, complete=payments.complete and orders.complete),
        shipments=ports.holdings.shipments(user.id),
        notifications=ports.holdings.notifications(user.id),
        preferences=ports.holdings.preferences(user.id),
        cart=ports.holdings.cart(user.id),
        made_at=ports.clock.now(),
    )


def erase(ports: Ports, principal: Principal, *, password: str | None = None, origin: Origin = NOWHERE) -> None:
    """Forgets the customer who calls; the other services hear of it and do the same.

    Takes the password unless the session has just begun, since it cannot be undone. What hangs on the user goes
    first, the user last: a call that breaks off is simply made again. Raises SessionEndedError, ProofNeededError,
    WrongPasswordError and TooManyAttemptsError.
    """
    prove_again(ports, principal, password, origin)
    for _ in range(ATTEMPTS):
        user = read_profile(ports, principal)
        ports.sessions.delete_others(user.id, principal.session)
        ports.throttles.distrust(user.email.key)
        try:
            ports.users.erase(user, principal.session, ports.clock.now())
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{principal.id} keeps changing")
