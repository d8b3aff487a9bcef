"""Shipping methods and what they cost, by country and weight.

They stand in `methods.json`, which a shop edits and deploys:

    zones     names for groups of countries (ISO 3166-1 alpha-2), a country in one of them at most;
              to a country in none of them the shop does not ship
    methods   a carrier's service with a tariff for each zone it serves: `base`, in minor units, covers the first
              kilogram, each kilogram begun after that costs `per_kilogram`, up to `max_weight_grams`; `days` from now
              until delivery, at the earliest and at the latest. With `postal_codes`, only to those that begin so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import msgspec

from minishop.money import Money

TABLE = Path(__file__).with_name("methods.json")


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one service costs in one zone, and how long it takes there."""

    zone: str
    max_weight_grams: int
    base: int
    per_kilogram: int
    days: tuple[int, int]


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to ship."""

    id: str
    carrier: str
    service: str
    tariffs: tuple[Tariff, ...]
    postal_codes: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the shop offers."""

    zones: dict[str, frozenset[str]]
    methods: tuple[Method, ...]


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


class Unserved(StrEnum):
    """Why nothing can be sent."""

    COUNTRY = "country_not_served"
    WEIGHT = "too_heavy"


@dataclass(frozen=True)
class Offers:
    """The ways to send a parcel, cheapest first; without any, the reason."""

    rates: tuple[Rate, ...]
    unserved: Unserved | None = None


@lru_cache(maxsize=1)
def table() -> Table:
    """The table, read once. Raises msgspec.ValidationError when it is not of its shape."""
    return msgspec.json.decode(TABLE.read_bytes(), type=Table)


def offers(country: str, postal_code: str | None, weight_grams: int, today: date, currency: str) -> Offers:
    """The methods that take a parcel of this weight to this place."""
    zone = next((name for name, countries in table().zones.items() if country in countries), None)
    serving = list(_serving(zone, postal_code))
    if not serving:
        return Offers((), Unserved.COUNTRY)
    taking = [(method, tariff) for method, tariff in serving if weight_grams <= tariff.max_weight_grams]
    if not taking:
        return Offers((), Unserved.WEIGHT)
    rates = [_rate(method, tariff, weight_grams, today, currency) for method, tariff in taking]
    return Offers(tuple(sorted(rates, key=lambda rate: rate.price.amount)))


def _serving(zone: str | None, postal_code: str | None) -> Iterator[tuple[Method, Tariff]]:
    for method in table().methods:
        if method.postal_codes and not (postal_code or "").strip().startswith(method.postal_codes):
            continue
        yield from ((method, tariff) for tariff in method.tariffs if tariff.zone == zone)


def _rate(method: Method, tariff: Tariff, weight_grams: int, today: date, currency: str) -> Rate:
    begun_kilograms = max(1, -(-weight_grams // 1000))
    price = Money(tariff.base + tariff.per_kilogram * (begun_kilograms - 1), currency)
    earliest, latest = (today + timedelta(days=days) for days in tariff.days)
    return Rate(method.id, method.carrier, method.service, price, Delivery(earliest, latest))
