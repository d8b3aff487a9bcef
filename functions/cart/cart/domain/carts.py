"""The cart: lines of SKU and quantity, a promotion's code, and at most one claim by an order.

A claim belongs to one order, remembers lines and code as they were, and lapses with the order's hold. The cart may be
changed meanwhile. When the order is confirmed, what it bought leaves the cart, once, claimed or not; what was put in
since the claim stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from minishop.contracts.cart import CartAbandoned, CartLine, CartMerged
from minishop.errors import ConcurrentUpdateError, ConflictError, InvalidError
from minishop.events import Event
from minishop.money import Money

MAX_LINES = 90  # as many as a reservation takes
MAX_QUANTITY = 99
MAX_SETTLED = 20
ABANDONED_AFTER = timedelta(days=1)
KEPT_FOR = timedelta(days=90)


class CartFullError(InvalidError):
    """The cart has as many lines as it can have."""

    code = "cart_full"
    title = "The cart is full"


class CartEmptyError(ConflictError):
    """There is nothing in the cart."""

    code = "cart_empty"
    title = "The cart is empty"


class CheckoutInProgressError(ConflictError):
    """Another order has claimed the cart."""

    code = "checkout_in_progress"
    title = "A checkout is in progress"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A quantity of one SKU.

    Attributes:
        price: The unit price that the shopper saw.
        added_at: When it came in; orders the lines.
        put_at: When its quantity was set last.
    """

    quantity: int
    price: Money
    added_at: datetime
    put_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClaimedLine:
    """As much of a line as a claim remembers."""

    quantity: int
    put_at: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An order's claim: which one, until when, what was in the cart, and whether a merge has taken that along."""

    order_id: str
    until: datetime
    lines: dict[str, ClaimedLine]
    promotion: str | None = None
    merged: bool = False

    def stands(self, at: datetime) -> bool:
        """Whether it has not lapsed."""
        return at < self.until

    @property
    def quantities(self) -> dict[str, int]:
        """By SKU."""
        return {sku: line.quantity for sku, line in self.lines.items()}


@dataclass(frozen=True, kw_only=True)
class Cart:
    """A shopper's cart.

    Attributes:
        owner: `gst_…` or `cus_…`.
        promotion: The code that was put in.
        settled: The last orders whose lines have left the cart.
        merged_into: The customer whose cart this guest's has become part of.
        updated_at: When somebody touched it last; None when nobody has, or so long ago that it has expired.
        abandoned: It was told that nobody touches it.
        version: Of what is stored; 0 when nothing is.
    """

    owner: str
    lines: dict[str, Line] = field(default_factory=dict)
    promotion: str | None = None
    claim: Claim | None = None
    settled: tuple[str, ...] = ()
    merged_into: str | None = None
    updated_at: datetime | None = None
    abandoned: bool = False
    version: int = 0

    def claimed_by(self, at: datetime) -> str | None:
        """The order that has a claim on the cart, if it has not lapsed."""
        return self.claim.order_id if self.claim is not None and self.claim.stands(at) else None

    def is_claimed_for(self, order_id: str) -> bool:
        """Whether the claim is this order's, lapsed or not."""
        return self.claim is not None and self.claim.order_id == order_id

    @property
    def quantities(self) -> dict[str, int]:
        """By SKU."""
        return {sku: line.quantity for sku, line in self.lines.items()}


def expiry(touched_at: datetime) -> int:
    """When a cart expires that was touched then, in seconds since 1970."""
    return int((touched_at + KEPT_FOR).timestamp())


def as_of(cart: Cart, at: datetime) -> Cart:
    """The cart; what is left of it when it has expired, whether or not the table has got round to deleting it."""
    if cart.updated_at is None or at.timestamp() < expiry(cart.updated_at):
        return cart
    return Cart(owner=cart.owner, settled=cart.settled, merged_into=cart.merged_into, version=cart.version)


def refuse_line(cart: Cart, sku: str) -> None:
    """Raises CartFullError when there is no room for another SKU."""
    if sku not in cart.lines and len(cart.lines) >= MAX_LINES:
        raise CartFullError(f"A cart has at most {MAX_LINES} lines.")


def clear(cart: Cart, at: datetime) -> Cart:
    """The cart without any lines, and without its code."""
    return replace(cart, lines={}, promotion=None, updated_at=at)


def claimed_cart(cart: Cart, order_id: str, at: datetime) -> Cart:
    """The cart that the order has claimed before, lapsed or not; for when the store refused a new claim.

    Raises CheckoutInProgressError, CartEmptyError; ConcurrentUpdateError when there is no reason left to refuse it.
    """
    if cart.is_claimed_for(order_id):
        return cart
    if cart.claimed_by(at) is not None:
        raise CheckoutInProgressError("Another order is being made of this cart; finish that one, or wait.")
    if not cart.lines:
        raise CartEmptyError("Put something into the cart first.")
    raise ConcurrentUpdateError("the cart was filled or set free in this very moment")


def _left(line: Line, bought: int, claimed: ClaimedLine | None) -> int:
    """How many of a line are left when an order has bought some of it, as it was when it was claimed.

    A line that was taken out since, and put in again, is all new. One that was set to more than was bought is more by
    the rest; one that was set to as many or fewer was asked for again: nobody asks for what they have just bought.
    """
    if claimed is not None and line.added_at > claimed.put_at:
        return line.quantity
    if claimed is not None and line.put_at != claimed.put_at and line.quantity <= bought:
        return line.quantity
    return line.quantity - bought


def settle(cart: Cart, order_id: str, bought: Mapping[str, int], at: datetime) -> Cart:
    """The cart without what an order, which has not been settled yet, has bought, and without the code it used."""
    own = cart.claim if cart.is_claimed_for(order_id) else None
    lines = {}
    for sku, line in cart.lines.items():
        left = _left(line, bought.get(sku, 0), own.lines.get(sku) if own else None)
        if left > 0:
            lines[sku] = replace(line, quantity=left)
    # Once the claim has ended nothing tells which code the order used; a cart that it has emptied needs none.
    used = own.promotion == cart.promotion if own is not None else not lines
    return replace(
        cart,
        lines=lines,
        promotion=None if used else cart.promotion,
        claim=None if own is not None else cart.claim,
        settled=(*cart.settled, order_id)[-MAX_SETTLED:],
        updated_at=at,
    )


def _together(line: Line, own: Line | None) -> Line:
    if own is None:
        return line
    quantity = min(line.quantity + own.quantity, MAX_QUANTITY)
    return replace(line, quantity=quantity, price=own.price, added_at=min(line.added_at, own.added_at))


def merge(guest: Cart, customer: Cart, at: datetime) -> tuple[Cart, Cart, tuple[Event, ...]]:
    """The guest's cart emptied and marked, the customer's with all that was in both, and what there is to tell.

    Quantities of the same SKU add up, to 99 at most. The guest's claim moves along, unless the customer's cart is
    claimed itself. Raises CartFullError, and nothing is lost.
    """
    lines = customer.lines | {sku: _together(line, customer.lines.get(sku)) for sku, line in guest.lines.items()}
    if len(lines) > MAX_LINES:
        raise CartFullError(f"Both carts together have more than {MAX_LINES} lines; take some out first.")
    moved = customer.claimed_by(at) is None and guest.claim is not None
    stays = replace(guest.claim, merged=True) if guest.claim is not None and not moved else None
    emptied = replace(clear(guest, at), merged_into=customer.owner, claim=stays, abandoned=False)
    merged = replace(
        customer,
        lines=lines,
        promotion=customer.promotion or guest.promotion,
        claim=guest.claim if moved else customer.claim,
        updated_at=at,
        abandoned=False,
    )
    return emptied, merged, (CartMerged(guest_id=guest.owner, customer_id=customer.owner),)


def abandon(cart: Cart, at: datetime) -> tuple[Cart, tuple[Event, ...]] | None:
    """The cart, abandoned, and what there is to tell; None when it is not, or not yet, or an order is made of it."""
    since = cart.updated_at
    if not cart.lines or cart.abandoned or since is None or at < since + ABANDONED_AFTER or cart.claimed_by(at):
        return None
    lines = tuple(CartLine(sku=sku, quantity=quantity) for sku, quantity in cart.quantities.items())
    return replace(cart, abandoned=True), (CartAbandoned(owner=cart.owner, lines=lines, idle_since=since),)
