"""What cart's use cases need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cart.domain.carts import Cart, Line, as_of
from cart.domain.promotions import Promotion
from cart.domain.showing import Facts
from minishop.clock import Clock
from minishop.events import Event

ATTEMPTS = 8


class Carts(Protocol):
    """Where carts are kept. What returns a Cart returns it as it is stored then."""

    def find(self, owner: str) -> Cart | None:
        """By owner; also one that has expired."""
        ...

    def put_line(self, owner: str, sku: str, line: Line) -> Cart:
        """Sets a line of a cart that is there, keeping `added_at` of one that is.

        Raises ConcurrentUpdateError when there is no cart, or it is full, or it has expired.
        """
        ...

    def remove_line(self, owner: str, sku: str, at: datetime) -> Cart:
        """Takes a line out. Raises ConcurrentUpdateError when it is not there, or the cart has expired."""
        ...

    def put_promotion(self, owner: str, code: str | None, at: datetime) -> Cart:
        """Sets the code of a cart that is there, or takes it out.

        Raises ConcurrentUpdateError when there is no cart, or it has expired.
        """
        ...

    def save(self, cart: Cart, events: tuple[Event, ...] = (), *, at: datetime | None = None) -> Cart:
        """Over the version that was read, or as a first one; events need the time. Raises ConcurrentUpdateError."""
        ...

    def idle(self, since: datetime) -> Iterable[str]:
        """Owners of carts that nobody has touched since, and that were not told to be abandoned. Some may be empty."""
        ...

    def merge(self, guest: Cart, customer: Cart, events: tuple[Event, ...]) -> tuple[Cart, Cart]:
        """Both over the versions that were read, or neither. Raises ConcurrentUpdateError."""
        ...

    def claim(self, owner: str, order_id: str, *, at: datetime, until: datetime) -> Cart:
        """Claims what is in the cart.

        Raises ConcurrentUpdateError when it is empty, expired, claimed, or was claimed by this order before.
        """
        ...

    def prolong(self, owner: str, order_id: str, *, until: datetime) -> Cart:
        """The order's claim, until later. Raises ConcurrentUpdateError when it has none."""
        ...

    def delete(self, owner: str) -> None:
        """Forgets it, if there is one."""
        ...

    def release(self, owner: str, order_id: str) -> None:
        """Ends the order's claim. Raises ConcurrentUpdateError when there is none."""
        ...


class FactsBook(Protocol):
    """What the catalogue has told. What is read may be 30 s old."""

    def find_many(self, skus: Iterable[str]) -> Mapping[str, Facts]:
        """Those that are known."""
        ...

    def promotion(self, code: str) -> Promotion | None:
        """By code, if it is known."""
        ...

    def learn(self, facts: Facts, sequence: int) -> None:
        """Keeps all but `available`, unless something newer has been told."""
        ...

    def withdraw(self, sku: str, sequence: int) -> None:
        """It is not on sale any more, unless something newer has been told."""
        ...

    def learn_level(self, sku: str, available: int, sequence: int) -> None:
        """Keeps `available`, unless something newer has been told."""
        ...

    def learn_promotion(self, promotion: Promotion, sequence: int) -> None:
        """Keeps all but `used_up`, unless something newer has been told."""
        ...

    def learn_usage(self, code: str, sequence: int, *, used_up: bool) -> None:
        """Keeps `used_up`, unless something newer has been told."""
        ...


class Cache(Protocol):
    """Carts in a faster place. Never fails, may forget, never goes back to an older version."""

    def get(self, owner: str) -> Cart | None:
        """As it was a moment ago; None when it is not known."""
        ...

    def put(self, cart: Cart) -> None:
        """Remembers it."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need."""

    carts: Carts
    facts: FactsBook
    cache: Cache
    clock: Clock
    currency: str


def find_cart(ports: Ports, owner: str) -> Cart:
    """The owner's cart as it is stored; an empty one when there is none, or it has expired."""
    stored = ports.carts.find(owner)
    return Cart(owner=owner) if stored is None else as_of(stored, ports.clock.now())
