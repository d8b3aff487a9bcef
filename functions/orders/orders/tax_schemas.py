"""HTTP models of the shop's tax rates."""

from typing import Annotated

from pydantic import Field, StringConstraints

from minishop.schemas import AnswerModel, CountryCode, RequestModel, Sku
from orders.domain.taxes import CountryRates

Percent = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]?)([.][0-9]{1,3})?$")]
"""A rate in percent, as decimal text: `19`, `5.5`."""


class TaxRatesRequest(RequestModel):
    """A country's tax rates: the standard one, and those of categories that differ."""

    standard: Percent
    categories: Annotated[dict[Sku, Percent], Field(max_length=200, default_factory=dict)]

    def to_rates(self) -> CountryRates:
        """The value object."""
        return CountryRates(self.standard, self.categories)


class TaxRatesAnswer(AnswerModel):
    """A country's tax rates, in percent."""

    country: CountryCode
    standard: str
    categories: dict[str, str]

    @classmethod
    def of(cls, country: str, rates: CountryRates) -> "TaxRatesAnswer":
        """From the value object."""
        return cls(country=country, standard=rates.standard, categories=dict(rates.categories))
