"""Carts over HTTP and from the queue, on the real table."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Self

import pytest

from cart import api, internal
from minishop import clock
from minishop.contracts.auth import UserErased
from minishop.contracts.catalog import ProductArchived, ProductChanged
from minishop.dynamodb import connection
from minishop.identity import Role
from tests.helpers import answer_of, customer, guest, http_event, staff
from tests.integration.cart.samples import (
    ADA,
    cancel,
    cart,
    claim,
    confirm,
    fill,
    merge,
    product,
    publish,
    put,
    quantities,
    react,
    read,
    release,
    stock,
)
from tests.integration.conftest import Aws


def pass_time(monkeypatch: pytest.MonkeyPatch, **duration: float) -> None:
    later = clock.system.now() + timedelta(**duration)
    monkeypatch.setattr(clock.system, "source", lambda: later)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept in memory is too old by now."""
    pass_time(monkeypatch, seconds=31)


class Calls(list[str]):
    """The names of the DynamoDB calls that were made inside a `with`."""

    def __enter__(self) -> Self:
        self.clear()
        connection().client.meta.events.register(
            "before-call.dynamodb", lambda model, **_: self.append(model.name), unique_id="calls"
        )
        return self

    def __exit__(self, *_: object) -> None:
        connection().client.meta.events.unregister("before-call.dynamodb", unique_id="calls")


def test_a_cart_shows_what_was_put_in_at_present_prices(shop: Aws) -> None:
    assert cart() == {
        "items": [],
        "promotion": None,
        "subtotal": {"amount": 0, "currency": "EUR"},
        "discount": {"amount": 0, "currency": "EUR"},
        "free_shipping": False,
        "notices": [],
        "total": {"amount": 0, "currency": "EUR"},
        "version": 0,
        "updated_at": None,
    }
    put("RED", 2)
    answer = answer_of(put("BLUE", 1))
    assert answer == cart()
    assert answer["items"][0] == {
        "sku": "RED",
        "product_id": "prd_1",
        "title": "Mug, red",
        "image": "/media/mug.jpg",
        "unit_price": {"amount": 1290, "currency": "EUR"},
        "quantity": 2,
        "line_total": {"amount": 2580, "currency": "EUR"},
        "available": 10,
        "notices": [],
    }
    assert answer["total"]["amount"] == 2580 + 1590
    assert answer["version"] == 2


def test_lines_keep_their_order_when_quantities_change(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for sku in ("RED", "BLUE", "RED"):
        pass_time(monkeypatch, seconds=1)
        put(sku, 5)
    assert [item["sku"] for item in cart()["items"]] == ["RED", "BLUE"]


def test_calls_are_as_few_as_promised(shop: Aws) -> None:
    put("RED", 1)
    calls = Calls()
    with calls:
        put("RED", 2)
    assert calls == ["UpdateItem"]
    with calls:
        cart()
    assert calls == ["GetItem"]
    with calls:
        claim("ord_1")
    assert calls == ["UpdateItem"]


def test_zero_takes_out_and_taking_out_twice_is_no_error(shop: Aws) -> None:
    put("RED", 2)
    put("BLUE", 1)
    assert quantities(answer_of(put("RED", 0))) == {"BLUE": 1}
    event = http_event("DELETE /v1/cart/items/{sku}", principal=ADA, path={"sku": "BLUE"})
    first, second = api.handler(event, None), api.handler(event, None)
    assert first["body"] == second["body"]
    assert quantities(cart()) == {}
    assert put("NEVER-THERE", 0)["statusCode"] == 200


def test_clearing_empties_the_cart(shop: Aws) -> None:
    event = http_event("DELETE /v1/cart", principal=ADA)
    assert answer_of(api.handler(event, None))["version"] == 0
    put("RED", 2)
    assert answer_of(api.handler(event, None))["items"] == []
    assert cart()["items"] == []


@pytest.mark.parametrize("quantity", [-1, 100, "7", True, 1.5, None, [1]])
def test_a_quantity_is_a_whole_number_from_0_to_99(shop: Aws, quantity: Any) -> None:
    response = put("RED", quantity)
    assert response["statusCode"] == 422
    assert answer_of(response)["errors"][0]["pointer"] == "/quantity"
    assert shop_carts(shop) == []


def shop_carts(aws: Aws) -> list[dict[str, Any]]:
    return [item for item in aws.items("CartTable") if item["sk"]["S"] == "cart"]


def test_what_nobody_sells_cannot_be_put_in(shop: Aws) -> None:
    stock("LEVEL-ONLY", 5)
    react(ProductArchived(product_id="prd_1", skus=("BLUE",)), sequence=2)
    for sku in ("NOBODY", "LEVEL-ONLY", "BLUE"):
        response = put(sku, 1)
        assert (response["statusCode"], answer_of(response)["code"]) == (404, "unknown_sku")


def test_a_cart_has_room_for_ninety_lines(shop: Aws) -> None:
    publish({f"S{number}": 100 for number in range(91)})
    fill("cus_ada", (f"S{number}" for number in range(87)))
    for number in range(87, 90):
        assert put(f"S{number}", 1)["statusCode"] == 200
    full = put("S90", 1)
    assert (full["statusCode"], answer_of(full)["code"]) == (422, "cart_full")
    assert put("S0", 5)["statusCode"] == 200


def test_skus_with_dots_and_dashes_are_names_like_others(shop: Aws) -> None:
    publish({"a.b-c_1": 100, "size": 100})
    put("a.b-c_1", 1)
    put("a.b-c_1", 2)
    assert quantities(answer_of(put("size", 1))) == {"a.b-c_1": 2, "size": 1}
    assert quantities(answer_of(put("a.b-c_1", 0))) == {"size": 1}


def test_carts_are_their_owners_alone(shop: Aws) -> None:
    put("RED", 1)
    for principal in (customer("cus_eve"), guest("gst_2")):
        assert cart(principal)["items"] == []
    admin = staff(Role.ADMIN, identity="cus_admin")
    assert cart(admin)["items"] == []
    assert api.handler(http_event("GET /v1/cart"), None)["statusCode"] == 401


def test_notices_tell_of_prices_shortages_and_what_is_gone(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    put("RED", 2)
    put("BLUE", 2)
    codes = [[notice["code"] for notice in item["notices"]] for item in cart()["items"]]
    assert sorted(codes) == [[], ["insufficient_stock"]]
    react(product({"RED": 1400}, kind=ProductChanged, retired_skus=("BLUE",)), sequence=2)
    forget(monkeypatch)
    answer = cart()
    by_sku = {item["sku"]: item for item in answer["items"]}
    assert [notice["code"] for notice in by_sku["RED"]["notices"]] == ["price_changed"]
    assert [notice["code"] for notice in by_sku["BLUE"]["notices"]] == ["unavailable"]
    assert answer["total"]["amount"] == 2800
    assert [item["notices"] for item in answer_of(put("RED", 2))["items"] if item["sku"] == "RED"] == [[]]


def test_what_was_told_earlier_never_overwrites_what_was_told_later(shop: Aws) -> None:
    react(product({"RED": 1400}, kind=ProductChanged), sequence=5)
    publish({"RED": 1000}, sequence=4)
    react(ProductArchived(product_id="prd_1", skus=("RED",)), sequence=3)
    stock("RED", 7, sequence=9)
    stock("RED", 99, sequence=8)
    item = answer_of(put("RED", 1))["items"][0]
    assert (item["unit_price"]["amount"], item["available"]) == (1400, 7)


def test_a_claim_gives_an_order_the_lines_as_they_are_and_the_same_again(shop: Aws) -> None:
    put("RED", 2)
    first = answer_of(claim("ord_1"))
    assert first["items"] == [{"sku": "RED", "quantity": 2}]
    assert first["claimed_by"] == "ord_1"
    put("RED", 5)
    assert answer_of(claim("ord_1"))["items"] == [{"sku": "RED", "quantity": 2}]
    assert read() == {
        "owner": "cus_ada",
        "version": 3,
        "items": [{"sku": "RED", "quantity": 5}],
        "promotion": None,
        "claimed_by": "ord_1",
    }


def test_one_order_at_a_time_claims_a_cart(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = claim("ord_1")
    assert (nothing["statusCode"], answer_of(nothing)["code"]) == (409, "cart_empty")
    put("RED", 2)
    claim("ord_1")
    taken = claim("ord_2")
    assert (taken["statusCode"], answer_of(taken)["code"]) == (409, "checkout_in_progress")
    assert release("ord_2")["statusCode"] == 204
    assert claim("ord_2")["statusCode"] == 409
    assert release("ord_1")["statusCode"] == release("ord_1")["statusCode"] == 204
    assert claim("ord_2")["statusCode"] == 200
    pass_time(monkeypatch, seconds=901)
    assert read()["claimed_by"] is None
    put("BLUE", 1)
    again = answer_of(claim("ord_2"))
    assert again["items"] == [{"sku": "RED", "quantity": 2}], "lapsed, but it was this order's"
    pass_time(monkeypatch, seconds=901)
    assert len(answer_of(claim("ord_3"))["items"]) == 2


def test_many_orders_at_once_get_one_claim(shop: Aws) -> None:
    put("RED", 2)
    with ThreadPoolExecutor(8) as pool:
        statuses = [answer["statusCode"] for answer in pool.map(claim, (f"ord_{number}" for number in range(16)))]
    assert sorted(statuses) == [200] + [409] * 15


def test_what_was_bought_leaves_the_cart_once(shop: Aws) -> None:
    put("RED", 2)
    claim("ord_1")
    put("RED", 5)
    put("BLUE", 1)
    for _ in range(3):
        confirm("ord_1", RED=2)
    assert quantities(cart()) == {"RED": 3, "BLUE": 1}
    assert read()["claimed_by"] is None


def test_an_order_that_is_paid_after_its_claim_lapsed_still_leaves_the_cart_once(
    shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("RED", 5)
    claim("ord_1")
    pass_time(monkeypatch, seconds=901)
    claim("ord_2")
    confirm("ord_1", RED=2)
    confirm("ord_1", RED=2)
    assert quantities(cart()) == {"RED": 3}
    assert read()["claimed_by"] == "ord_2"


def test_a_cancelled_order_frees_the_cart_and_leaves_its_lines(shop: Aws) -> None:
    put("RED", 2)
    claim("ord_1")
    cancel("ord_other")
    assert read()["claimed_by"] == "ord_1"
    cancel("ord_1")
    cancel("ord_1")
    assert read()["claimed_by"] is None
    assert quantities(cart()) == {"RED": 2}
    cancel("ord_9", owner="gst_nobody")
    confirm("ord_9", owner="gst_nobody", RED=1)


def test_what_a_guest_bought_leaves_the_guest_s_cart_whoever_the_order_belongs_to_by_then(shop: Aws) -> None:
    visitor = guest("gst_1")
    put("RED", 2)
    put("RED", 3, visitor)
    claim("ord_1", "gst_1")
    confirm("ord_1", buyer="gst_1", RED=3)
    assert (quantities(cart()), quantities(cart(visitor))) == ({"RED": 2}, {})
    put("RED", 1, visitor)
    claim("ord_2", "gst_1")
    cancel("ord_2", buyer="gst_1")
    assert read("gst_1")["claimed_by"] is None


def test_a_guest_s_cart_becomes_part_of_the_customer_s(shop: Aws) -> None:
    put("RED", 2, guest("gst_1"))
    put("BLUE", 1, guest("gst_1"))
    put("RED", 98)
    answer = answer_of(merge())
    assert quantities(answer) == {"RED": 99, "BLUE": 1}
    assert shop.outboxes("CartTable") == ["CartMerged"]
    assert cart(guest("gst_1"))["items"] == []
    assert answer_of(merge())["version"] == answer["version"]


def test_merging_with_nothing_to_merge_shows_the_cart(shop: Aws) -> None:
    put("RED", 1)
    for principal in (ADA, customer("cus_ada")):
        assert quantities(answer_of(merge(principal))) == {"RED": 1}
    assert merge(guest("gst_1"))["statusCode"] == 403


def test_ten_merges_at_once_merge_once(shop: Aws) -> None:
    publish({f"S{number}": 100 for number in range(65)}, sequence=2)
    fill("gst_1", (f"S{number}" for number in range(65)))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: merge(), range(10)))
    assert {answer["statusCode"] for answer in answers} == {200}
    assert quantities(cart()) == {f"S{number}": 1 for number in range(65)}


def test_a_merge_that_has_no_room_loses_nothing(shop: Aws) -> None:
    publish({f"S{number}": 100 for number in range(91)}, sequence=2)
    fill("cus_ada", (f"S{number}" for number in range(90)))
    put("S90", 1, guest("gst_1"))
    refused = merge()
    assert (refused["statusCode"], answer_of(refused)["code"]) == (422, "cart_full")
    assert quantities(cart(guest("gst_1"))) == {"S90": 1}
    put("S0", 0)
    assert "S90" in quantities(answer_of(merge()))


def test_a_guest_s_order_that_is_paid_after_the_merge_leaves_the_customer_s_cart(shop: Aws) -> None:
    put("RED", 2, guest("gst_1"))
    claim("ord_1", owner="gst_1")
    merge()
    confirm("ord_1", owner="gst_1", RED=2)
    confirm("ord_1", owner="gst_1", RED=2)
    assert quantities(cart()) == {}


def test_a_cart_that_nobody_touches_goes_after_ninety_days(shop: Aws) -> None:
    put("RED", 1)
    (item,) = shop_carts(shop)
    assert 89 < (int(item["expires_at"]["N"]) - time.time()) / 86400 <= 90


@pytest.mark.parametrize("caller", ["orders-consumer", "cart-api", None])
def test_only_orders_may_ask_for_carts(shop: Aws, caller: str | None) -> None:
    event = http_event("GET /internal/carts/{owner}", path={"owner": "cus_ada"}, caller=caller)
    assert internal.handler(event, None)["statusCode"] == 403


def test_the_cart_of_somebody_who_is_forgotten_goes_and_late_events_bring_none_back(shop: Aws) -> None:
    put("RED", 2)
    react(UserErased(customer_id=ADA.id))
    confirm("ord_1", RED=2)
    cancel("ord_2")
    assert not [item for item in shop.items("CartTable") if item["pk"]["S"].startswith("cart#")]
