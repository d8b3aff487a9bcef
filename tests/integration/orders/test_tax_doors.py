"""Tax rates at orders' doors, on its table."""

from typing import Any

from minishop.identity import Role
from orders.domain.checkout import Cart, CartLine
from tests.helpers import answer_of, staff
from tests.integration.orders.samples import ADDRESS
from tests.integration.orders.shop import Shop
from tests.unit.orders.fakes import ADA

ADMIN = staff(Role.ADMIN)


def put(shop: Shop, country: str, body: Any, **options: Any) -> dict[str, Any]:
    return shop.call("PUT /v1/admin/tax-rates/{country}", ADMIN, path={"country": country}, body=body, **options)


def quoted(shop: Shop) -> Any:
    shop.carts.carts[ADA] = Cart((CartLine("MUG", 2),))
    return answer_of(shop.call("POST /v1/checkout/quote", body={"shipping_address": ADDRESS}))["totals"]


def test_rates_count_from_the_next_quote_on(shop: Shop) -> None:
    assert quoted(shop)["tax"]["amount"] == 520 + 98
    rates = {"standard": "10", "categories": {"books": "5.5"}}
    answer = put(shop, "DE", rates)
    assert (answer["statusCode"], answer_of(answer)) == (200, {"country": "DE", **rates})
    assert quoted(shop)["tax"]["amount"] == 260 + 49
    put(shop, "AT", {"standard": "20"})
    listed = answer_of(shop.call("GET /v1/admin/tax-rates", ADMIN))
    assert [one["country"] for one in listed["items"]] == ["AT", "DE"]
    assert listed["items"][1]["categories"] == {"books": "5.5"}


def test_what_is_no_rate_or_no_country_is_refused(shop: Shop) -> None:
    for standard in ("-1", "100", "19,5", "1.2345", "007", "NaN", 19, ""):
        assert put(shop, "DE", {"standard": standard})["statusCode"] == 422, standard
    assert put(shop, "DE", {"standard": "19", "categories": {"no such/slug": "7"}})["statusCode"] == 422
    for country in ("de", "DEU", "D1"):
        assert answer_of(put(shop, country, {"standard": "19"}))["code"] == "unknown_country"
    assert answer_of(shop.call("GET /v1/admin/tax-rates", ADMIN))["items"] == []
