"""Shipping methods and what they cost, by zone and weight."""

from dataclasses import dataclass
from datetime import date, timedelta

from minishop.money import Money

EUROPEAN_UNION = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
MAX_WEIGHT_GRAMS = 30_000


@dataclass(frozen=True)
class Tariff:
    """What one service costs in one zone: a base price that covers the first kilogram, then so much for each more.

    Amounts in minor units; days are calendar days from now until delivery.
    """

    base: int
    per_kilogram: int
    min_days: int
    max_days: int


@dataclass(frozen=True)
class Method:
    """A way to ship: a carrier's service with its tariff in each zone it serves."""

    id: str
    carrier: str
    service: str
    tariffs: dict[str, Tariff]


@dataclass(frozen=True)
class Delivery:
    """When a parcel is expected."""

    earliest: date
    latest: date


@dataclass(frozen=True)
class Rate:
    """What a method costs for one parcel."""

    id: str
    carrier: str
    service: str
    price: Money
    delivery: Delivery


METHODS = (
    Method("standard", "sandbox", "standard", {"eu": Tariff(490, 100, 2, 5), "world": Tariff(1490, 600, 6, 14)}),
    Method("express", "sandbox", "express", {"eu": Tariff(990, 200, 1, 2), "world": Tariff(3490, 1200, 3, 5)}),
)


def rates(country: str, weight_grams: int, today: date, currency: str) -> tuple[Rate, ...]:
    """The methods that take a parcel of this weight to this country, cheapest first; none above 30 kg."""
    if weight_grams > MAX_WEIGHT_GRAMS:
        return ()
    zone = "eu" if country in EUROPEAN_UNION else "world"
    started_kilograms = max(1, -(-weight_grams // 1000))
    offers = []
    for method in METHODS:
        tariff = method.tariffs[zone]
        amount = tariff.base + tariff.per_kilogram * (started_kilograms - 1)
        delivery = Delivery(today + timedelta(days=tariff.min_days), today + timedelta(days=tariff.max_days))
        offers.append(Rate(method.id, method.carrier, method.service, Money(amount, currency), delivery))
    return tuple(sorted(offers, key=lambda rate: rate.price.amount))
