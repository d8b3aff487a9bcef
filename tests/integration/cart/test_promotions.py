"""The cart's promotion and its end, over HTTP and from the queue, on the real table."""

from datetime import datetime
from typing import Any

import pytest

from cart import api, schedule
from cart.domain.carts import KEPT_FOR
from minishop import clock
from minishop.contracts.catalog import PromotionChanged, PromotionUsageChanged
from minishop.identity import Principal
from minishop.money import Money
from tests.helpers import answer_of, guest, http_event
from tests.integration.cart.samples import (
    ADA,
    cancel,
    cart,
    claim,
    confirm,
    merge,
    put,
    quantities,
    react,
    read,
    release,
)
from tests.integration.cart.test_carts import Calls, forget, pass_time
from tests.integration.conftest import Aws

GUEST = guest("gst_1")


def offer(sequence: int = 1, **more: Any) -> None:
    plain: dict[str, Any] = {
        "code": "SUMMER",
        "kind": "percentage",
        "value": 10,
        "currency": "EUR",
        "minimum": Money(1000, "EUR"),
        "starts_at": None,
        "ends_at": None,
    }
    react(PromotionChanged(**plain | more), sequence)


def use(code: Any, principal: Principal = ADA) -> dict[str, Any]:
    event = http_event("PUT /v1/cart/promotion", principal=principal, body={"code": code})
    response: dict[str, Any] = api.handler(event, None)
    return response


def remove() -> dict[str, Any]:
    answer: dict[str, Any] = answer_of(api.handler(http_event("DELETE /v1/cart/promotion", principal=ADA), None))
    return answer


def sums(answer: dict[str, Any]) -> tuple[int, int, int]:
    subtotal, discount, total = (answer[name]["amount"] for name in ("subtotal", "discount", "total"))
    return subtotal, discount, total


def test_a_code_takes_its_discount_off_until_it_is_taken_out(shop: Aws) -> None:
    offer()
    put("RED", 2)
    answer = answer_of(use(" summer "))
    assert answer == cart()
    assert (answer["promotion"], sums(answer), answer["notices"]) == ("SUMMER", (2580, 258, 2322), [])
    assert (remove()["promotion"], remove()["promotion"]) == (None, None)
    assert sums(cart()) == (2580, 0, 2580)


def test_a_code_that_does_not_apply_is_refused(shop: Aws) -> None:
    offer()
    below = use("SUMMER")
    assert (below["statusCode"], answer_of(below)["code"]) == (409, "promotion_not_applicable")
    assert answer_of(below)["reason"] == "below_minimum"
    unknown = use("WINTER")
    assert (unknown["statusCode"], answer_of(unknown)["code"]) == (422, "unknown_promotion")
    assert [entry["pointer"] for entry in answer_of(unknown)["errors"]] == ["/code"]
    assert shop.items("CartTable")
    assert cart()["version"] == 0


@pytest.mark.parametrize("code", ["", None, 7, "x" * 65, "a\nb"])
def test_a_code_is_a_line_of_text(shop: Aws, code: Any) -> None:
    assert use(code)["statusCode"] == 422


def test_a_notice_tells_that_the_code_applies_no_longer(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    offer()
    put("RED", 1)
    use("SUMMER")
    react(PromotionUsageChanged(code="SUMMER", used_up=True), 3)
    react(PromotionUsageChanged(code="SUMMER", used_up=False), 2)
    forget(monkeypatch)
    answer = cart()
    assert [notice["code"] for notice in answer["notices"]] == ["promotion_not_applicable"]
    assert (answer["promotion"], sums(answer)) == ("SUMMER", (1290, 0, 1290))
    react(PromotionUsageChanged(code="SUMMER", used_up=False), 4)
    offer(sequence=2, kind="free_shipping", value=0)
    forget(monkeypatch)
    answer = cart()
    assert (answer["notices"], answer["free_shipping"]) == ([], True)


def test_usage_can_be_told_before_the_promotion(shop: Aws) -> None:
    react(PromotionUsageChanged(code="SUMMER", used_up=True))
    assert use("SUMMER")["statusCode"] == 422
    offer(minimum=None)
    assert answer_of(use("SUMMER"))["reason"] == "used_up"


def test_a_claim_freezes_the_code_with_the_lines(shop: Aws) -> None:
    put("RED", 1)
    assert answer_of(claim("ord_0"))["promotion"] is None
    release("ord_0")
    offer()
    offer(code="OTHER")
    use("SUMMER")
    assert read()["promotion"] == "SUMMER"
    first = answer_of(claim("ord_1"))
    use("OTHER")
    assert first["promotion"] == answer_of(claim("ord_1"))["promotion"] == "SUMMER"
    confirm("ord_1", RED=1)
    assert cart()["promotion"] == "OTHER"
    cancel("ord_1")


def test_an_order_takes_its_code_along(shop: Aws) -> None:
    offer()
    put("RED", 1)
    use("SUMMER")
    claim("ord_1")
    confirm("ord_1", RED=1)
    assert (cart()["promotion"], cart()["items"]) == (None, [])


def test_a_guest_s_code_and_claim_come_along_with_the_merge(shop: Aws) -> None:
    offer()
    put("RED", 2, GUEST)
    use("SUMMER", GUEST)
    claim("ord_1", owner="gst_1")
    merge()
    assert read()["claimed_by"] == "ord_1"
    assert answer_of(claim("ord_1", owner="gst_1"))["promotion"] == "SUMMER"
    put("RED", 3)
    confirm("ord_1", owner="gst_1", RED=2)
    assert (quantities(cart()), cart()["promotion"]) == ({"RED": 1}, None)
    put("BLUE", 1, GUEST)
    claim("ord_2", owner="gst_1")
    merge()
    release("ord_2", owner="gst_1")
    assert read()["claimed_by"] is None


def test_a_line_that_is_put_in_again_before_the_cart_is_emptied_is_not_lost(
    shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("RED", 2)
    put("BLUE", 1)
    claim("ord_1")
    pass_time(monkeypatch, seconds=1)
    put("RED", 0)
    put("RED", 1)
    confirm("ord_1", RED=2, BLUE=1)
    assert quantities(cart()) == {"RED": 1}


def test_an_expired_cart_is_gone_before_the_table_deletes_it(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    offer()
    put("RED", 2)
    use("SUMMER")
    later: datetime = clock.system.now() + KEPT_FOR
    monkeypatch.setattr(clock.system, "source", lambda: later)
    assert (cart()["items"], cart()["promotion"], cart()["updated_at"]) == ([], None, None)
    assert read()["items"] == []
    assert answer_of(claim("ord_1"))["code"] == "cart_empty"
    assert remove()["items"] == []
    assert quantities(answer_of(put("RED", 0))) == {}
    assert schedule.handler({"task": "tell_abandoned_carts"}, None) == {"tell_abandoned_carts": 0}
    answer = answer_of(put("BLUE", 1))
    assert (quantities(answer), answer["promotion"]) == ({"BLUE": 1}, None)
    assert quantities(cart()) == {"BLUE": 1}


def test_a_code_costs_one_more_write_and_showing_it_no_more_reads(shop: Aws) -> None:
    offer()
    put("RED", 1)
    with Calls() as calls:
        use("SUMMER")
    assert calls == ["GetItem", "GetItem", "UpdateItem"]
    with calls:
        cart()
    assert calls == ["GetItem"]
    with calls:
        claim("ord_1")
    assert calls == ["UpdateItem"]
