"""The tax rates, which the shop edits; what is quoted or ordered keeps the rate of its time."""

from orders.domain.taxes import CountryRates
from orders.use_cases.ports import TaxPorts


def list_rates(ports: TaxPorts) -> list[tuple[str, CountryRates]]:
    """Every country that has rates of its own, by its code."""
    return ports.tax_table.all()


def save_rates(ports: TaxPorts, country: str, rates: CountryRates) -> None:
    """A country's rates, from the next quote on."""
    ports.tax_table.save(country, rates)
