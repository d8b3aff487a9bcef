"""What a checkout costs: the cart's lines as catalog prices them, shipping, and tax on both.

Which tax is on what is in `orders.domain.taxes`; totals are sums of lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from minishop.money import Money, total, zero
from orders.domain.errors import NotDeliverableError, UnknownShippingMethodError
from orders.domain.taxes import Taxes


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
    """A line as catalog prices it. `unit_price` and `weight_grams` are for one, `discount` for all.

    The tax goes by `category`.
    """

    sku: str
    product_id: str
    title: str
    quantity: int
    unit_price: Money
    discount: Money
    weight_grams: int
    category: str = ""

    @property
    def line_total(self) -> Money:
        """What the line costs: before tax, or with it where prices include it."""
        return self.unit_price * self.quantity - self.discount


@dataclass(frozen=True, kw_only=True)
class Line(PricedLine):
    """A line of an order: priced, and taxed at `tax_rate` percent."""

    tax: Money
    tax_rate: str = ""


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
    """Sums of lines and shipping: total = subtotal - discount + shipping + tax.

    Where `tax_included`, the tax is a part of the others, and not added.
    """

    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    tax_included: bool = False


@dataclass(frozen=True)
class Quote:
    """What an order would cost now, how it could travel, what is short, and what became of the cart's promotion."""

    totals: Totals
    offers: tuple[Offer, ...]
    shortages: tuple[Shortage, ...]
    promotion: Promotion | None = None


def add_tax(lines: Sequence[PricedLine], taxes: Taxes) -> tuple[Line, ...]:
    """The lines with their tax, and the rate that it is by."""
    return tuple(
        Line(
            sku=line.sku,
            product_id=line.product_id,
            title=line.title,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            weight_grams=line.weight_grams,
            category=line.category,
            tax=taxes.on(line.line_total, taxes.rate_of(line.category)),
            tax_rate=taxes.rate_of(line.category),
        )
        for line in lines
    )


def sum_up(lines: Sequence[Line], shipping: Money, taxes: Taxes) -> Totals:
    """The totals of an order of these lines."""
    currency = shipping.currency
    subtotal = total([line.unit_price * line.quantity for line in lines], currency)
    discount = total([line.discount for line in lines], currency)
    tax = total([line.tax for line in lines], currency) + taxes.on_shipping(shipping)
    net = subtotal - discount + shipping
    return Totals(subtotal, discount, shipping, tax, net if taxes.included else net + tax, taxes.included)


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
