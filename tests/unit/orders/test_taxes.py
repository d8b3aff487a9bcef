"""Taxes by country and category, on prices or in them, against fakes."""

from dataclasses import replace

import pytest

from orders.domain.checkout import PricedLine, add_tax, sum_up
from orders.domain.refunds import worth_of
from orders.domain.taxes import CountryRates, Taxes
from orders.use_cases import taxes
from orders.use_cases.checkout import place_order, quote_checkout
from orders.use_cases.ports import TaxPorts
from tests.unit.orders.fakes import ADA, ADDRESS, Shop, eur, wish

GERMANY = CountryRates("19", {"books": "7", "food": "0"})


def line(category: str, price: int = 1000, quantity: int = 1) -> PricedLine:
    return PricedLine(
        sku=category,
        product_id="p",
        title="A",
        quantity=quantity,
        unit_price=eur(price),
        discount=eur(0),
        weight_grams=1,
        category=category,
    )


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_each_line_has_the_rate_of_its_category_and_shipping_the_standard_one() -> None:
    applied = Taxes(GERMANY)
    lines = add_tax([line("lamps"), line("books"), line("food")], applied)
    assert [(one.tax_rate, one.tax) for one in lines] == [("19", eur(190)), ("7", eur(70)), ("0", eur(0))]
    totals = sum_up(lines, eur(500), applied)
    assert (totals.tax, totals.total, totals.tax_included) == (eur(190 + 70 + 95), eur(3500 + 355), False)


def test_tax_that_is_included_changes_no_total() -> None:
    applied = Taxes(GERMANY, included=True)
    lines = add_tax([line("lamps", 1190), line("books", 1070)], applied)
    assert [one.tax for one in lines] == [eur(190), eur(70)]
    totals = sum_up(lines, eur(595), applied)
    assert (totals.tax, totals.total, totals.tax_included) == (eur(190 + 70 + 95), eur(1190 + 1070 + 595), True)


@pytest.mark.parametrize(("price", "percent", "tax"), [(10, "5", 1), (9, "5.5", 0), (30, "5", 2), (1999, "8.875", 177)])
def test_half_a_cent_is_rounded_away_from_zero_and_on_each_line_alone(price: int, percent: str, tax: int) -> None:
    applied = Taxes(CountryRates(percent))
    lines = add_tax([line("a", price), line("b", price)], applied)
    assert sum_up(lines, eur(0), applied).tax == eur(2 * tax)


def test_a_quote_and_its_order_go_by_the_country_s_rates(shop: Shop) -> None:
    shop.tax_table.save("DE", CountryRates("10"))
    quote = quote_checkout(shop.checkout, ADA, ADDRESS, "standard")
    assert quote.totals.tax == eur(260 + 49)
    abroad = quote_checkout(shop.checkout, ADA, replace(ADDRESS, country="FR"), "standard")
    assert abroad.totals.tax == eur(520 + 98)
    order = place_order(shop.checkout, wish(expected_total=quote.totals.total))
    shop.tax_table.save("DE", CountryRates("50"))
    assert place_order(shop.checkout, wish(expected_total=quote.totals.total)) == order
    assert (order.lines[0].tax_rate, order.totals) == ("10", quote.totals)


def test_what_goes_back_contains_the_tax_once(shop: Shop) -> None:
    checkout = replace(shop.checkout, prices_include_tax=True)
    order = place_order(checkout, wish(expected_total=eur(2598 + 490)))
    assert order.totals.tax == eur(433 + 82)
    assert worth_of(order, {"MUG": 2}) == eur(2598)
    assert worth_of(order, {"MUG": 1}) == eur(1299)


def test_the_shop_edits_its_rates(shop: Shop) -> None:
    ports = TaxPorts(shop.tax_table)
    taxes.save_rates(ports, "DE", GERMANY)
    taxes.save_rates(ports, "AT", CountryRates("20"))
    assert taxes.list_rates(ports) == [("AT", CountryRates("20")), ("DE", GERMANY)]
