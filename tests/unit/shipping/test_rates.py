"""What shipping costs, and the table that says so."""

from datetime import date

import pytest

from minishop.money import Money
from shipping.carriers import CARRIERS
from shipping.rates import Unserved, offers, table

TODAY = date(2026, 11, 22)


def prices(country: str, grams: int, postal_code: str | None = None) -> dict[str, int]:
    found = offers(country, postal_code, grams, TODAY, "EUR")
    assert {rate.price.currency for rate in found.rates} == {"EUR"}
    assert sorted(found.rates, key=lambda rate: rate.price.amount) == list(found.rates)
    return {rate.id: rate.price.amount for rate in found.rates}


@pytest.mark.parametrize(
    ("country", "grams", "standard", "express"),
    [
        ("DE", 0, 490, 990),
        ("DE", 1000, 490, 990),
        ("FR", 1001, 590, 1190),
        ("CH", 2000, 1240, 2490),
        ("US", 2500, 2690, 5890),
    ],
)
def test_prices_by_zone_and_kilogram_begun(country: str, grams: int, standard: int, express: int) -> None:
    assert prices(country, grams) == {"standard": standard, "express": express}


@pytest.mark.parametrize("postal_code", ["10115", " 14199"])
def test_the_shop_s_own_driver_goes_where_the_table_says(postal_code: str) -> None:
    assert prices("DE", 3000, postal_code) == {"standard": 690, "same-day": 790, "express": 1390}
    assert "same-day" not in prices("DE", 10_001, postal_code)


@pytest.mark.parametrize(("country", "postal_code"), [("DE", "80331"), ("DE", None), ("FR", "10000")])
def test_and_nowhere_else(country: str, postal_code: str | None) -> None:
    assert "same-day" not in prices(country, 3000, postal_code)


@pytest.mark.parametrize("country", ["KP", "RU", "XX"])
def test_where_the_shop_does_not_ship_to_it_says_so(country: str) -> None:
    found = offers(country, None, 500, TODAY, "EUR")
    assert (found.rates, found.unserved) == ((), Unserved.COUNTRY)


@pytest.mark.parametrize(("country", "grams"), [("DE", 30_001), ("US", 20_001)])
def test_what_is_too_heavy_is_called_so(country: str, grams: int) -> None:
    assert offers(country, None, grams, TODAY, "EUR").unserved is Unserved.WEIGHT
    assert offers(country, None, grams - 1, TODAY, "EUR").unserved is None


def test_a_parcel_arrives_within_the_tariff_s_days() -> None:
    (express,) = (rate for rate in offers("US", None, 500, TODAY, "USD").rates if rate.id == "express")
    assert (express.delivery.earliest, express.delivery.latest) == (date(2026, 11, 25), date(2026, 11, 27))
    assert express.price == Money(3490, "USD")


def test_the_table_names_carriers_that_there_are_and_zones_that_it_has() -> None:
    ids = [method.id for method in table().methods]
    assert len(ids) == len(set(ids))
    for method in table().methods:
        assert method.carrier in CARRIERS
        zones = [tariff.zone for tariff in method.tariffs]
        assert len(zones) == len(set(zones))
        assert set(zones) <= set(table().zones)


def test_the_table_holds_each_country_once_and_sums_that_make_sense() -> None:
    countries = [country for zone in table().zones.values() for country in zone]
    assert len(countries) == len(set(countries))
    assert all(len(country) == 2 and country.isupper() for country in countries)
    for tariff in (tariff for method in table().methods for tariff in method.tariffs):
        assert tariff.base >= 0
        assert tariff.per_kilogram >= 0
        assert tariff.max_weight_grams > 0
        assert 0 <= tariff.days[0] <= tariff.days[1]
