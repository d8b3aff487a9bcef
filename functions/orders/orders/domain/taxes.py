"""Taxes: which rate applies to what, and how much of an amount that is.

Each line is taxed by its category's rate in the country that the order goes to, and shipping by the country's standard
rate; each is rounded once, half away from zero. Where prices include tax, the tax is the part of them that it makes up,
and changes no total.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from minishop.money import Money


@dataclass(frozen=True)
class CountryRates:
    """A country's rates in percent, as decimal text: the standard one, and those of categories that differ."""

    standard: str
    categories: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taxes:
    """What applies to one order."""

    rates: CountryRates
    included: bool = False

    def rate_of(self, category: str) -> str:
        """The rate for goods of a category, in percent."""
        return self.rates.categories.get(category, self.rates.standard)

    def on(self, amount: Money, percent: str) -> Money:
        """The tax on an amount, or the tax in it where prices include it."""
        rate = Fraction(percent) / 100
        return amount.share(rate / (1 + rate) if self.included else rate)

    def on_shipping(self, price: Money) -> Money:
        """The tax on shipping."""
        return self.on(price, self.rates.standard)
