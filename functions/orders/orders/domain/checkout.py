"""What a checkout costs: the cart's lines as catalog prices them, shipping, and tax on both.

Tax is added per line and on shipping, each rounded once (`Money.share`); totals are sums of lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from minishop.money import Money, total, zero
from orders.domain.errors import NotDeliverableError, UnknownShippingMethodError


@dataclass(frozen=True)
class CartLine:
    """A quantity of one SKU, as the shopper put it into the cart."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Cart:
    """A cart as far as orders needs to know it. `promotion` is a code that catalog has a say on."""

    lines: tuple[CartLine, ...]
    promotion: str | None = None


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line as catalog prices it. `unit_price` and `weight_grams` are for one, `discount` for all."""

    sku: str
    product_id: str
    title: str
    quantity: int
    unit_price: Money
    discount: Money
    weight_grams: int

    @property
    def line_total(self) -> Money:
        """Before tax."""
        return self.unit_price * self.quantity - self.discount


@dataclass(frozen=True, kw_only=True)
class Line(PricedLine):
    """A line of an order: priced, and taxed."""

    tax: Money


@dataclass(frozen=True)
class Shortage:
    """More is wanted of a SKU than can be bought."""

    sku: str
    wanted: int
    available: int


@dataclass(frozen=True)
class Promotion:
    """What became of the cart's code; `reason` is why it does not apply, None when it does."""

    code: str
    reason: str | None


@dataclass(frozen=True)
class Merchandise:
    """What catalog says that a cart costs. A SKU that cannot be bought at all is short and has no line."""

    lines: tuple[PricedLine, ...]
    shortages: tuple[Shortage, ...]
    subtotal: Money
    discount: Money
    free_shipping: bool = False
    promotion: Promotion | None = None


@dataclass(frozen=True)
class Hold:
    """Stock held for an order, at the prices that were frozen when it was first held.

    `promotion` is the code that is used for it.
    """

    lines: tuple[PricedLine, ...]
    expires_at: datetime
    free_shipping: bool = False
    promotion: str | None = None


@dataclass(frozen=True)
class ShippingMethod:
    """How an order travels, and for how much before tax."""

    id: str
    carrier: str
    service: str
    price: Money

    def free(self) -> "ShippingMethod":
        """The same, for nothing."""
        return replace(self, price=zero(self.price.currency))


@dataclass(frozen=True)
class Offer:
    """A method that takes the parcel, and between which days it would arrive."""

    method: ShippingMethod
    earliest: date
    latest: date

    def free(self) -> "Offer":
        """The same, for nothing."""
        return replace(self, method=self.method.free())


@dataclass(frozen=True)
class Totals:
    """Sums of lines and shipping; total = subtotal - discount + shipping + tax."""

    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money


@dataclass(frozen=True)
class Quote:
    """What an order would cost now, how it could travel, what is short, and what became of the cart's promotion."""

    totals: Totals
    offers: tuple[Offer, ...]
    shortages: tuple[Shortage, ...]
    promotion: Promotion | None = None


def add_tax(lines: Sequence[PricedLine], rate: Fraction) -> tuple[Line, ...]:
    """The lines with their tax; `rate` is 1/5 for 20 %."""
    return tuple(
        Line(
            sku=line.sku,
            product_id=line.product_id,
            title=line.title,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            weight_grams=line.weight_grams,
            tax=line.line_total.share(rate),
        )
        for line in lines
    )


def sum_up(lines: Sequence[Line], shipping: Money, rate: Fraction) -> Totals:
    """The totals of an order of these lines."""
    currency = shipping.currency
    subtotal = total([line.unit_price * line.quantity for line in lines], currency)
    discount = total([line.discount for line in lines], currency)
    tax = total([line.tax for line in lines], currency) + shipping.share(rate)
    return Totals(subtotal, discount, shipping, tax, subtotal - discount + shipping + tax)


def weigh(lines: Sequence[PricedLine]) -> int:
    """The parcel's weight in grams."""
    return sum(line.weight_grams * line.quantity for line in lines)


def choose(offers: Sequence[Offer], method: str | None) -> Offer:
    """The offer of this method; the cheapest when none is named.

    Raises NotDeliverableError when nobody takes the parcel, UnknownShippingMethodError for another id.
    """
    if not offers:
        raise NotDeliverableError
    if method is None:
        return min(offers, key=lambda offer: (offer.method.price.amount, offer.method.id))
    for offer in offers:
        if offer.method.id == method:
            return offer
    raise UnknownShippingMethodError
