"""The cart: lines of SKU and quantity, and at most one claim by an order.

A claim belongs to one order, remembers the lines as they were, and lapses with the order's hold. The cart may be
changed meanwhile. When the order is confirmed, what it bought leaves the cart, once, claimed or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from minishop.contracts.cart import CartAbandoned, CartLine, CartMerged
from minishop.errors import ConcurrentUpdateError, ConflictError, InvalidError, NotFoundError
from minishop.events import Event
from minishop.money import Money, total, zero

MAX_LINES = 90  # as many as a reservation takes
MAX_QUANTITY = 99
MAX_SETTLED = 20
ABANDONED_AFTER = timedelta(days=1)


class UnknownSkuError(NotFoundError):
    """Nothing with this SKU is on sale."""

    code = "unknown_sku"
    title = "No such SKU"


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
    """A quantity of one SKU. `price` is the unit price that the shopper saw, `added_at` orders the lines."""

    quantity: int
    price: Money
    added_at: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An order's claim: which one, until when, and what was in the cart, by SKU."""

    order_id: str
    until: datetime
    quantities: dict[str, int]

    def stands(self, at: datetime) -> bool:
        """Whether it has not lapsed."""
        return at < self.until


@dataclass(frozen=True, kw_only=True)
class Cart:
    """A shopper's cart.

    Attributes:
        owner: `gst_…` or `cus_…`.
        settled: The last orders whose lines have left the cart.
        merged_into: The customer whose cart this guest's has become part of.
        abandoned: It was told that nobody touches it.
        version: Of what is stored; 0 when nothing is.
    """

    owner: str
    lines: dict[str, Line] = field(default_factory=dict)
    claim: Claim | None = None
    settled: tuple[str, ...] = ()
    merged_into: str | None = None
    updated_at: datetime | None = None
    abandoned: bool = False
    version: int = 0

    def claimed_by(self, at: datetime) -> str | None:
        """The order that has a claim on the cart, if it has not lapsed."""
        return self.claim.order_id if self.claim is not None and self.claim.stands(at) else None

    @property
    def quantities(self) -> dict[str, int]:
        """By SKU."""
        return {sku: line.quantity for sku, line in self.lines.items()}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the catalogue has told of a SKU.

    Attributes:
        title: Empty while only a stock level is known.
        available: Capped: 100 stands for 100 or more.
    """

    sku: str
    product_id: str = ""
    title: str = ""
    image: str = ""
    price: Money | None = None
    on_sale: bool = False
    available: int = 0


class NoticeCode(StrEnum):
    """What the shopper should know of a line."""

    PRICE_CHANGED = "price_changed"
    INSUFFICIENT_STOCK = "insufficient_stock"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Notice:
    """Something that the shopper should know of a line."""

    code: NoticeCode
    detail: str


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """A line with what is known of its SKU. What is not on sale any more costs nothing here: it is not bought."""

    sku: str
    product_id: str
    title: str
    image: str
    unit_price: Money
    quantity: int
    line_total: Money
    available: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class ShownCart:
    """A cart as its owner sees it."""

    cart: Cart
    lines: tuple[ShownLine, ...]
    currency: str

    @property
    def subtotal(self) -> Money:
        """Of all lines that can be bought."""
        return total([line.line_total for line in self.lines], self.currency)


def _notices(line: Line, facts: Facts, price: Money) -> tuple[Notice, ...]:
    found = []
    if price != line.price:
        found.append(Notice(NoticeCode.PRICE_CHANGED, "The price is another than when it was put into the cart."))
    if facts.available < line.quantity:
        found.append(Notice(NoticeCode.INSUFFICIENT_STOCK, f"There are {facts.available} in stock."))
    return tuple(found)


def _shown(sku: str, line: Line, facts: Facts | None, currency: str) -> ShownLine:
    known = facts or Facts(sku=sku)
    price = known.price
    if not known.on_sale or price is None:
        worth, available, price = zero(currency), 0, line.price
        notices: tuple[Notice, ...] = (Notice(NoticeCode.UNAVAILABLE, "It is not on sale any more."),)
    else:
        worth, available = price * line.quantity, known.available
        notices = _notices(line, known, price)
    return ShownLine(
        sku=sku,
        product_id=known.product_id,
        title=known.title or sku,
        image=known.image,
        unit_price=price,
        quantity=line.quantity,
        line_total=worth,
        available=available,
        notices=notices,
    )


def show(cart: Cart, facts: Mapping[str, Facts], currency: str) -> ShownCart:
    """The cart with prices and stock as last told, lines in the order in which they were added."""
    ordered = sorted(cart.lines.items(), key=lambda entry: (entry[1].added_at, entry[0]))
    return ShownCart(cart, tuple(_shown(sku, line, facts.get(sku), currency) for sku, line in ordered), currency)


def price_on_sale(facts: Facts | None) -> Money:
    """What a SKU costs now. Raises UnknownSkuError when it is not on sale."""
    if facts is None or not facts.on_sale or facts.price is None:
        raise UnknownSkuError("Nothing with this SKU is on sale.")
    return facts.price


def refuse_line(cart: Cart, sku: str) -> None:
    """Raises CartFullError when there is no room for another SKU."""
    if sku not in cart.lines and len(cart.lines) >= MAX_LINES:
        raise CartFullError(f"A cart has at most {MAX_LINES} lines.")


def clear(cart: Cart, at: datetime) -> Cart:
    """The cart without any lines."""
    return replace(cart, lines={}, updated_at=at)


def claimed_cart(cart: Cart | None, order_id: str, at: datetime) -> Cart:
    """The cart that the order has claimed before, lapsed or not; for when the store refused a new claim.

    Raises CheckoutInProgressError, CartEmptyError; ConcurrentUpdateError when there is no reason left to refuse it.
    """
    if cart is not None and cart.claim is not None:
        if cart.claim.order_id == order_id:
            return cart
        if cart.claim.stands(at):
            raise CheckoutInProgressError("Another order is being made of this cart; finish that one, or wait.")
    if cart is None or not cart.lines:
        raise CartEmptyError("Put something into the cart first.")
    raise ConcurrentUpdateError("the cart was filled or set free in this very moment")


def settle(cart: Cart, order_id: str, bought: Mapping[str, int], at: datetime) -> Cart:
    """The cart without what an order has bought; the cart itself when that has happened already."""
    if order_id in cart.settled:
        return cart
    lines = {}
    for sku, line in cart.lines.items():
        left = line.quantity - bought.get(sku, 0)
        if left > 0:
            lines[sku] = replace(line, quantity=left)
    claim = None if cart.claim is not None and cart.claim.order_id == order_id else cart.claim
    settled = (*cart.settled, order_id)[-MAX_SETTLED:]
    return replace(cart, lines=lines, claim=claim, settled=settled, updated_at=at)


def merge(guest: Cart, customer: Cart, at: datetime) -> tuple[Cart, Cart, tuple[Event, ...]]:
    """The guest's cart emptied and marked, the customer's with all that was in both, and what there is to tell.

    Quantities of the same SKU add up, to 99 at most. Raises CartFullError, and nothing is lost.
    """
    lines = dict(customer.lines)
    for sku, line in guest.lines.items():
        own = lines.get(sku)
        quantity = min(line.quantity + (own.quantity if own else 0), MAX_QUANTITY)
        lines[sku] = replace(own or line, quantity=quantity)
    if len(lines) > MAX_LINES:
        raise CartFullError(f"Both carts together have more than {MAX_LINES} lines; take some out first.")
    emptied = replace(guest, lines={}, merged_into=customer.owner, updated_at=at)
    merged = replace(customer, lines=lines, updated_at=at, abandoned=False)
    return emptied, merged, (CartMerged(guest_id=guest.owner, customer_id=customer.owner),)


def abandon(cart: Cart, at: datetime) -> tuple[Cart, tuple[Event, ...]] | None:
    """The cart, abandoned, and what there is to tell; None when it is not, or not yet, or an order is made of it."""
    since = cart.updated_at
    if not cart.lines or cart.abandoned or since is None or at < since + ABANDONED_AFTER or cart.claimed_by(at):
        return None
    lines = tuple(CartLine(sku=sku, quantity=quantity) for sku, quantity in cart.quantities.items())
    return replace(cart, abandoned=True), (CartAbandoned(owner=cart.owner, lines=lines, idle_since=since),)
