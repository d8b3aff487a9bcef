"""What cart does. Each function is one command or query; what it needs is in `Ports`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cart import domain
from cart.domain import Cart, Facts, Line, ShownCart
from minishop.clock import Clock
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.money import Money

ATTEMPTS = 8


class Carts(Protocol):
    """Where carts are kept. What returns a Cart returns it as it is stored then."""

    def find(self, owner: str) -> Cart | None:
        """By owner."""
        ...

    def put_line(self, owner: str, sku: str, line: Line) -> Cart:
        """Sets a line of a cart that is there, keeping `added_at` of one that is.

        Raises ConcurrentUpdateError when there is no cart, or it is full.
        """
        ...

    def remove_line(self, owner: str, sku: str, at: datetime) -> Cart:
        """Takes a line out. Raises ConcurrentUpdateError when it is not there."""
        ...

    def insert(self, cart: Cart) -> Cart:
        """A first cart. Raises AlreadyExistsError."""
        ...

    def replace(self, cart: Cart, events: tuple[Event, ...] = (), *, at: datetime | None = None) -> Cart:
        """Over the version that was read; events need the time. Raises ConcurrentUpdateError."""
        ...

    def idle(self, since: datetime) -> Iterable[str]:
        """Owners of carts that nobody has touched since, and that were not told to be abandoned. Some may be empty."""
        ...

    def merge(self, guest: Cart, customer: Cart, events: tuple[Event, ...]) -> tuple[Cart, Cart]:
        """Both over the versions that were read, or neither. Raises ConcurrentUpdateError."""
        ...

    def claim(self, owner: str, order_id: str, *, at: datetime, until: datetime) -> Cart:
        """Claims what is in the cart.

        Raises ConcurrentUpdateError when it is empty, claimed, or was claimed by this order before.
        """
        ...

    def prolong(self, owner: str, order_id: str, *, until: datetime) -> Cart:
        """The order's claim, until later. Raises ConcurrentUpdateError when it has none."""
        ...

    def release(self, owner: str, order_id: str) -> None:
        """Ends the order's claim, if there is one."""
        ...


class FactsBook(Protocol):
    """What the catalogue has told. What is read may be 30 s old."""

    def find_many(self, skus: Iterable[str]) -> Mapping[str, Facts]:
        """Those that are known."""
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


def _show(ports: Ports, cart: Cart) -> ShownCart:
    facts = ports.facts.find_many(cart.lines) if cart.lines else {}
    return domain.show(cart, facts, ports.currency)


def _remembered(ports: Ports, cart: Cart) -> ShownCart:
    ports.cache.put(cart)
    return _show(ports, cart)


def get_cart(ports: Ports, owner: str) -> ShownCart:
    """The owner's cart, empty when there is none."""
    cart = ports.cache.get(owner)
    if cart is not None:
        return _show(ports, cart)
    return _remembered(ports, ports.carts.find(owner) or Cart(owner=owner))


def put_item(ports: Ports, owner: str, sku: str, quantity: int) -> ShownCart:
    """Sets the quantity of a SKU; 0 takes it out. Raises UnknownSkuError, CartFullError."""
    if quantity == 0:
        return remove_item(ports, owner, sku)
    price = domain.price_on_sale(ports.facts.find_many([sku]).get(sku))
    line = Line(quantity=quantity, price=price, added_at=ports.clock.now())
    for _ in range(ATTEMPTS):
        try:
            return _remembered(ports, ports.carts.put_line(owner, sku, line))
        except ConcurrentUpdateError:
            cart = ports.carts.find(owner)
        if cart is not None:
            domain.refuse_line(cart, sku)
            continue
        try:
            first = Cart(owner=owner, lines={sku: line}, updated_at=line.added_at)
            return _remembered(ports, ports.carts.insert(first))
        except AlreadyExistsError:
            continue
    raise ConcurrentUpdateError("the cart keeps coming and going")


def remove_item(ports: Ports, owner: str, sku: str) -> ShownCart:
    """Takes a SKU out. One that is not there is out already."""
    try:
        return _remembered(ports, ports.carts.remove_line(owner, sku, ports.clock.now()))
    except ConcurrentUpdateError:
        return _remembered(ports, ports.carts.find(owner) or Cart(owner=owner))


def clear_cart(ports: Ports, owner: str) -> ShownCart:
    """Takes everything out. A claim stays what it is."""
    for _ in range(ATTEMPTS):
        cart = ports.carts.find(owner)
        if cart is None or not cart.lines:
            return _remembered(ports, cart or Cart(owner=owner))
        try:
            return _remembered(ports, ports.carts.replace(domain.clear(cart, ports.clock.now())))
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the cart keeps changing")


def merge_carts(ports: Ports, customer_id: str, guest_id: str | None) -> ShownCart:
    """Makes a guest's cart part of the customer's, once; the customer's cart. Raises CartFullError."""
    for _ in range(ATTEMPTS):
        customer = ports.carts.find(customer_id) or Cart(owner=customer_id)
        guest = ports.carts.find(guest_id) if guest_id else None
        if guest is None or guest.merged_into is not None:
            return _remembered(ports, customer)
        emptied, merged, events = domain.merge(guest, customer, ports.clock.now())
        try:
            emptied, merged = ports.carts.merge(emptied, merged, events)
        except ConcurrentUpdateError:
            continue
        ports.cache.put(emptied)
        return _remembered(ports, merged)
    raise ConcurrentUpdateError("the carts keep changing")


def read_cart(ports: Ports, owner: str) -> Cart:
    """The cart as it is stored, for another service."""
    return ports.carts.find(owner) or Cart(owner=owner)


def claim_cart(ports: Ports, owner: str, order_id: str, hold_for: timedelta) -> Cart:
    """Claims the cart for an order. The same order again gets the same lines, lapsed or not.

    Raises CartEmptyError, CheckoutInProgressError.
    """
    for _ in range(ATTEMPTS):
        now = ports.clock.now()
        try:
            return ports.carts.claim(owner, order_id, at=now, until=now + hold_for)
        except ConcurrentUpdateError:
            cart = ports.carts.find(owner)
        try:
            claimed = domain.claimed_cart(cart, order_id, now)
            if claimed.claimed_by(now) == order_id:
                return claimed
            return ports.carts.prolong(owner, order_id, until=now + hold_for)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the cart keeps changing")


def release_cart(ports: Ports, owner: str, order_id: str) -> None:
    """Ends an order's claim. Another order's, or none, stays as it is."""
    ports.carts.release(owner, order_id)


def settle_order(ports: Ports, owner: str, order_id: str, bought: Mapping[str, int]) -> None:
    """What an order has bought leaves its owner's cart, once; also where a guest's cart has gone."""
    for _ in range(ATTEMPTS):
        cart = ports.carts.find(owner)
        if cart is None:
            return
        after = domain.settle(cart, order_id, bought, ports.clock.now())
        try:
            if after is not cart:
                ports.carts.replace(after)
        except ConcurrentUpdateError:
            continue
        if cart.merged_into is not None:
            settle_order(ports, cart.merged_into, order_id, bought)
        return
    raise ConcurrentUpdateError("the cart keeps changing")


def idle_carts(ports: Ports) -> Iterable[str]:
    """Owners of carts that may be abandoned."""
    return ports.carts.idle(ports.clock.now() - domain.ABANDONED_AFTER)


def abandon_cart(ports: Ports, owner: str) -> bool:
    """Tells that a cart is abandoned, if it is; whether it did. One that somebody touches at this moment is not."""
    now = ports.clock.now()
    cart = ports.carts.find(owner)
    if cart is None:
        return False
    abandoned = domain.abandon(cart, now)
    try:
        if abandoned is not None:
            after, events = abandoned
            ports.carts.replace(after, events, at=now)
        elif not cart.lines:
            ports.carts.replace(cart)  # which is idle no more: there is nothing to be told of it
    except ConcurrentUpdateError:
        return False
    return abandoned is not None


@dataclass(frozen=True, kw_only=True)
class Told:
    """A product as the catalogue tells it. `prices` has the title and price of each SKU."""

    product_id: str
    image: str
    variants: Mapping[str, tuple[str, Money]]
    gone: tuple[str, ...]


def learn_product(ports: Ports, told: Told, sequence: int) -> None:
    """Keeps what the catalogue told of a product; nothing older overwrites it."""
    for sku, (title, price) in told.variants.items():
        facts = Facts(sku=sku, product_id=told.product_id, title=title, image=told.image, price=price, on_sale=True)
        ports.facts.learn(facts, sequence)
    for sku in told.gone:
        ports.facts.withdraw(sku, sequence)


def learn_level(ports: Ports, sku: str, available: int, sequence: int) -> None:
    """Keeps how many of a SKU there are; nothing older overwrites it."""
    ports.facts.learn_level(sku, available, sequence)
