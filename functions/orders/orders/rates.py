"""The shop's tax rates in orders' table: an item per country (`taxes`, `DE`)."""

from pynamodb.attributes import UnicodeAttribute

from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta
from orders.domain.taxes import CountryRates


class RatesItem(Item):
    """A country's rates."""

    class Meta(TableMeta):
        table_name = FromEnvironment("ORDERS_TABLE")

    standard = UnicodeAttribute()
    categories = DocumentAttribute[dict[str, str]](dict[str, str])


class RateTable:
    """Implements `orders.use_cases.ports.TaxTable`."""

    def find(self, country: str) -> CountryRates | None:
        """One GetItem, eventually consistent."""
        item = RatesItem.find("taxes", country, consistent=False)
        return CountryRates(item.standard, item.categories) if item else None

    def all(self) -> list[tuple[str, CountryRates]]:
        """One Query."""
        found = RatesItem.query("taxes", consistent_read=True)
        return [(str(item.sk), CountryRates(item.standard, item.categories)) for item in found]

    def save(self, country: str, rates: CountryRates) -> None:
        """One Put, over whatever stands there: the last one counts."""
        RatesItem("taxes", country, standard=rates.standard, categories=dict(rates.categories)).save()
