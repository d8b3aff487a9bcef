"""What a cart's owner sees: lines at present prices, what the code takes off, and what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cart.domain import promotions
from cart.domain.carts import Cart, Line
from cart.domain.promotions import Promotion
from minishop.errors import NotFoundError
from minishop.money import Money, total, zero


class UnknownSkuError(NotFoundError):
    """Nothing with this SKU is on sale."""

    code = "unknown_sku"
    title = "No such SKU"


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
    """What the shopper should know of a line, or of the cart."""

    PRICE_CHANGED = "price_changed"
    INSUFFICIENT_STOCK = "insufficient_stock"
    UNAVAILABLE = "unavailable"
    PROMOTION_NOT_APPLICABLE = "promotion_not_applicable"


@dataclass(frozen=True)
class Notice:
    """Something that the shopper should know."""

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


@dataclass(frozen=True, kw_only=True)
class ShownCart:
    """A cart as its owner sees it. `subtotal` is of all lines that can be bought."""

    cart: Cart
    lines: tuple[ShownLine, ...]
    subtotal: Money
    discount: Money
    free_shipping: bool
    notices: tuple[Notice, ...]

    @property
    def total(self) -> Money:
        """What is to be paid, before shipping and tax."""
        return self.subtotal - self.discount


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


def show(
    cart: Cart, facts: Mapping[str, Facts], promotion: Promotion | None, *, currency: str, at: datetime
) -> ShownCart:
    """The cart with prices, stock and promotion as last told, lines in the order in which they were added."""
    ordered = sorted(cart.lines.items(), key=lambda entry: (entry[1].added_at, entry[0]))
    lines = tuple(_shown(sku, line, facts.get(sku), currency) for sku, line in ordered)
    subtotal = total([line.line_total for line in lines], currency)
    refusal = promotions.refuse(promotion, subtotal, at) if cart.promotion is not None else None
    used = promotion if refusal is None else None
    return ShownCart(
        cart=cart,
        lines=lines,
        subtotal=subtotal,
        discount=promotions.discount(used, subtotal) if used is not None else zero(currency),
        free_shipping=used is not None and used.kind == "free_shipping",
        notices=(Notice(NoticeCode.PROMOTION_NOT_APPLICABLE, refusal.detail),) if refusal else (),
    )


def price_on_sale(facts: Facts | None) -> Money:
    """What a SKU costs now. Raises UnknownSkuError when it is not on sale."""
    if facts is None or not facts.on_sale or facts.price is None:
        raise UnknownSkuError("Nothing with this SKU is on sale.")
    return facts.price
