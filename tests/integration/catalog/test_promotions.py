"""Promotions, on the real table: made, changed, listed, used with the hold in one transaction, told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from catalog import api, consumer, internal, relay, schedule
from minishop import clock
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
from minishop.identity import Role
from minishop.money import Money
from tests.helpers import answer_of, bus_message, http_event, sqs_event, staff
from tests.integration.catalog.samples import (
    ADMIN,
    adjust,
    check_stock,
    create,
    hold,
    level,
    mug,
    release,
    stream,
    variant,
)
from tests.integration.conftest import Aws

EUR = "EUR"


@pytest.fixture
def stocked(shop: Aws) -> Aws:
    """A hundred mugs of each kind, at 10.00 and 3.33."""
    create(mug("mug", variant("RED", 1000), variant("BLUE", 333)))
    for sku in ("RED", "BLUE"):
        adjust(sku, 100)
    return shop


def call(route: str, code: str | None = None, version: int | None = None, **more: Any) -> dict[str, Any]:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    path = {"code": code} if code else None
    event = http_event(f"{route}", principal=ADMIN, path=path, headers=headers, **more)
    response: dict[str, Any] = api.handler(event, None)
    return response


def offer(code: str = "SUMMER", **more: Any) -> dict[str, Any]:
    body = {"code": code, "kind": "percentage", "value": 10, **more}
    response = call("POST /v1/admin/promotions", body=body)
    assert response["statusCode"] == 201, response["body"]
    answer: dict[str, Any] = answer_of(response)
    return answer


def show(code: str = "SUMMER") -> dict[str, Any]:
    answer: dict[str, Any] = answer_of(call("GET /v1/admin/promotions/{code}", code))
    return answer


def patch(version: int, **body: Any) -> dict[str, Any]:
    return call("PATCH /v1/admin/promotions/{code}", "summer", version, body=body)


def quote(code: str = "SUMMER", customer: str = "cus_ada", **quantities: int) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]
    body = {"lines": lines, "promotion": code, "customer_id": customer}
    answer: dict[str, Any] = answer_of(
        internal.handler(http_event("POST /internal/quotes", body=body, caller="orders-api"), None)
    )
    return answer


def use(order: str, code: str = "SUMMER", **more: Any) -> dict[str, Any]:
    return hold(order, ("RED", 1), promotion=code, **more)


def reason(response: dict[str, Any]) -> str:
    assert (response["statusCode"], answer_of(response)["code"]) == (409, "promotion_not_applicable")
    found: str = answer_of(response)["reason"]
    return found


def react(event: Any) -> None:
    assert consumer.handler(sqs_event(bus_message(event)), None) == {"batchItemFailures": []}


def confirmed(order: str) -> OrderConfirmed:
    return OrderConfirmed(order_id=order, number="M-1", owner="cus_ada", lines=(), total=Money(1, EUR))


def cancelled(order: str) -> OrderCancelled:
    return OrderCancelled(
        order_id=order, number="M-1", owner="cus_ada", reason="customer", was_confirmed=True, lines=()
    )


def pass_time(monkeypatch: pytest.MonkeyPatch, **duration: float) -> None:
    later = clock.system.now() + timedelta(**duration)
    monkeypatch.setattr(clock.system, "source", lambda: later)


def counts(aws: Aws) -> dict[str, int]:
    """Orders by what counts them."""
    found = {}
    for item in aws.items("CatalogTable"):
        if item["pk"]["S"].startswith("redemptions#"):
            found[item["pk"]["S"].removeprefix("redemptions#")] = int((item.get("redeemed") or item["orders"])["N"])
    return found


def test_a_promotion_is_made_shown_and_changed(shop: Aws) -> None:
    bounds = {"minimum": {"amount": 500, "currency": EUR}, "ends_at": "2030-01-01T01:00:00.123456+01:00"}
    made = offer("Summer-1", limit_total=5, limit_per_customer=1, **bounds)
    assert {name: made[name] for name in ("code", "kind", "value", "currency", "minimum", "ends_at", "redeemed")} == {
        "code": "SUMMER-1",
        "kind": "percentage",
        "value": 10,
        "currency": EUR,
        "minimum": {"amount": 500, "currency": EUR},
        "ends_at": "2030-01-01T00:00:00.123Z",
        "redeemed": 0,
    }
    assert show("summer-1") == made
    changed = call("PATCH /v1/admin/promotions/{code}", "Summer-1", 1, body={"value": 20, "ends_at": None})
    assert changed["headers"]["ETag"] == '"2"'
    found = answer_of(changed)
    assert (found["value"], found["ends_at"], found["minimum"]) == (20, None, made["minimum"])
    assert shop.outboxes("CatalogTable") == ["PromotionChanged"]


def test_a_change_needs_the_version_that_was_read(shop: Aws) -> None:
    offer()
    assert patch(2, value=20)["statusCode"] == 412
    event = http_event(
        "PATCH /v1/admin/promotions/{code}", principal=ADMIN, path={"code": "SUMMER"}, body={"value": 20}
    )
    assert api.handler(event, None)["statusCode"] == 428
    assert patch(1, value=20)["statusCode"] == 200
    assert patch(1, value=30)["statusCode"] == 412
    assert show()["value"] == 20


def test_promotions_are_listed_newest_first_page_by_page(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        offer(f"CODE-{number}", limit_total=7 if number == 1 else None)
        pass_time(monkeypatch, seconds=1)
    first = answer_of(call("GET /v1/admin/promotions", query={"limit": "2"}))
    assert [(each["code"], each["redeemed"]) for each in first["items"]] == [("CODE-2", None), ("CODE-1", 0)]
    rest = answer_of(call("GET /v1/admin/promotions", query={"limit": "2", "cursor": first["next_cursor"]}))
    assert [each["code"] for each in rest["items"]] == ["CODE-0"]


def test_a_code_is_one_promotion_s_whatever_its_letters(shop: Aws) -> None:
    offer("SUMMER")
    taken = call("POST /v1/admin/promotions", body={"code": "summer", "kind": "free_shipping"})
    assert (taken["statusCode"], answer_of(taken)["code"]) == (409, "code_taken")
    assert call("GET /v1/admin/promotions/{code}", "WINTER")["statusCode"] == 404


@pytest.mark.parametrize(
    "more",
    [
        {"value": 101},
        {"value": 0},
        {"value": 10.5},
        {"value": "10"},
        {"value": -1},
        {"kind": "fixed", "value": 10**13},
        {"kind": "fixed", "value": 500, "currency": "USD"},
        {"kind": "bogof"},
        {"code": "a b"},
        {"code": "ÄÖÜ"},
        {"code": "AB"},
        {"limit_total": 0},
        {"limit_total": True},
        {"limit_per_customer": 10**10},
        {"minimum": {"amount": 1, "currency": "USD"}},
        {"minimum": 5},
        {"starts_at": "2026-11-22"},
        {"starts_at": "2026-11-22T12:00:00"},
        {"starts_at": 1795348800},
        {"ends_at": "0001-01-01T00:00:00+14:00"},
        {"starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"},
        {"redeemed": 5},
    ],
)
def test_a_promotion_that_makes_no_sense_is_refused(shop: Aws, more: dict[str, Any]) -> None:
    body = {"code": "SUMMER", "kind": "percentage", "value": 10, **more}
    assert call("POST /v1/admin/promotions", body=body)["statusCode"] == 422
    assert not shop.items("CatalogTable")


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.WAREHOUSE, Role.CUSTOMER])
def test_only_admins_see_promotions(shop: Aws, role: Role) -> None:
    event = http_event("GET /v1/admin/promotions", principal=staff(role))
    assert api.handler(event, None)["statusCode"] == 403


def test_a_quote_shares_the_discount_out_to_the_cent(stocked: Aws) -> None:
    offer(value=15)
    found = quote("summer", RED=1, BLUE=3)
    assert [line["discount"]["amount"] for line in found["lines"]] == [150, 150]
    assert [line["line_total"]["amount"] for line in found["lines"]] == [850, 849]
    assert (found["subtotal"]["amount"], found["discount"]["amount"]) == (1999, 300)
    assert found["promotion"] == {"code": "SUMMER", "applied": True, "reason": None}


def test_a_retry_of_the_order_that_holds_the_last_use_is_quoted_the_same(stocked: Aws) -> None:
    offer(limit_total=1)
    use("ord_1")
    lines = [{"sku": "RED", "quantity": 1}]
    body = {"lines": lines, "promotion": "SUMMER", "customer_id": "cus_ada", "order_id": "ord_1"}
    event = http_event("POST /internal/quotes", body=body, caller="orders-api")
    assert answer_of(internal.handler(event, None))["discount"]["amount"] == 100
    assert quote(RED=1)["promotion"]["reason"] == "used_up"


def test_a_quote_says_why_a_promotion_does_not_apply(stocked: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    offer("NO-SHIPPING-COSTS", kind="free_shipping", value=0, limit_total=1)
    assert quote("NO-SHIPPING-COSTS", RED=1)["free_shipping"] is True
    use("ord_1", "NO-SHIPPING-COSTS")
    found = quote("NO-SHIPPING-COSTS", RED=1)
    assert (found["free_shipping"], found["promotion"]["reason"]) == (False, "used_up")
    assert quote("NOBODY-S", RED=1)["promotion"] == {"code": "NOBODY-S", "applied": False, "reason": "unknown"}


def test_a_use_is_counted_with_the_order_and_given_back_with_it(stocked: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(limit_total=9, limit_per_customer=9)
    for order in ("ord_kept", "ord_released", "ord_cancelled", "ord_expired"):
        for _ in range(2):
            held = use(order)
            assert (held["statusCode"], answer_of(held)["promotion"]) == (200, "SUMMER")
    assert counts(stocked) == {"SUMMER": 4, "SUMMER#cus_ada": 4}
    for order in ("ord_kept", "ord_cancelled"):
        react(confirmed(order))
    for _ in range(2):
        release("ord_released")
        react(cancelled("ord_cancelled"))
    assert counts(stocked) == {"SUMMER": 2, "SUMMER#cus_ada": 2}
    pass_time(monkeypatch, seconds=901)
    schedule.handler({"task": "expire_reservations"}, None)
    assert counts(stocked) == {"SUMMER": 1, "SUMMER#cus_ada": 1}
    assert show()["redeemed"] == 1
    check_stock(stocked)


def test_a_promotion_without_limits_is_counted_nowhere(stocked: Aws) -> None:
    offer()
    assert answer_of(use("ord_1"))["discount"]["amount"] == 100
    assert counts(stocked) == {}
    assert show()["redeemed"] is None


def test_the_last_use_and_the_last_unit_go_together_or_not_at_all(stocked: Aws) -> None:
    offer(limit_total=1)
    adjust("BLUE", -99)
    short = hold("ord_1", ("BLUE", 2), promotion="SUMMER")
    assert answer_of(short)["code"] == "insufficient_stock"
    assert counts(stocked) == {"SUMMER": 0}
    use("ord_2")
    assert reason(use("ord_3")) == "used_up"
    assert level("RED") == (99, 1, 100)


def test_a_guest_uses_it_as_often_as_a_customer(stocked: Aws) -> None:
    offer(limit_per_customer=1)
    assert use("ord_1", customer_id="gst_1")["statusCode"] == 200
    assert reason(use("ord_2", customer_id="gst_1")) == "used_by_customer"
    assert use("ord_3", customer_id="gst_2")["statusCode"] == 200
    assert counts(stocked) == {"SUMMER#gst_1": 1, "SUMMER#gst_2": 1}


def test_of_many_at_once_as_many_use_it_as_may(stocked: Aws) -> None:
    offer(limit_total=3)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: use(f"ord_{number}", customer_id=f"gst_{number}"), range(16)))
    assert sorted(answer["statusCode"] for answer in answers) == [200] * 3 + [409] * 13
    assert {reason(answer) for answer in answers if answer["statusCode"] == 409} == {"used_up"}
    assert counts(stocked) == {"SUMMER": 3}
    check_stock(stocked)


def test_a_use_that_ran_out_and_was_taken_by_another_order_is_not_held_again(
    stocked: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(limit_total=1)
    use("ord_1")
    pass_time(monkeypatch, seconds=901)
    schedule.handler({"task": "expire_reservations"}, None)
    use("ord_2")
    assert reason(use("ord_1", caller="orders-consumer")) == "used_up"
    assert release("ord_2")["statusCode"] == 204
    assert answer_of(use("ord_1", caller="orders-consumer"))["discount"]["amount"] == 100
    assert counts(stocked) == {"SUMMER": 1}


def test_a_limit_counts_from_the_moment_in_which_it_is_changed(stocked: Aws) -> None:
    offer(limit_total=1)
    use("ord_1")
    assert patch(1, limit_total=2)["statusCode"] == 200
    assert use("ord_2")["statusCode"] == 200
    assert patch(2, limit_total=1)["statusCode"] == 200
    release("ord_1")
    assert reason(use("ord_3")) == "used_up"
    assert patch(3, limit_total=None)["statusCode"] == 200
    assert use("ord_4")["statusCode"] == 200
    release("ord_2")
    assert counts(stocked) == {"SUMMER": 0}


def test_a_promotion_that_ends_between_quote_and_hold_is_refused_unless_its_end_is_known(stocked: Aws) -> None:
    offer()
    assert patch(1, ends_at="2020-01-01T00:00:00Z")["statusCode"] == 200
    with_it = {"subtotal": {"amount": 1000, "currency": EUR}, "discount": {"amount": 100, "currency": EUR}}
    assert reason(use("ord_1", expected=with_it)) == "ended"
    without = {**with_it, "discount": {"amount": 0, "currency": EUR}}
    assert answer_of(use("ord_1", expected=without))["promotion"] is None


def test_the_relay_tells_when_a_promotion_is_used_up_and_when_no_longer(shop: Aws) -> None:
    create(mug("mug", variant("RED", 1000)))
    adjust("RED", 10)
    offer(limit_total=2)
    for order in ("ord_1", "ord_2"):
        use(order)
    release("ord_1")
    patch(1, limit_total=1)
    patch(2, limit_total=None)
    told = [
        (entry.detail["data"].code, entry.detail["data"].used_up, entry.detail["metadata"].sequence)
        for record in stream(shop)
        for entry in relay.derive(record)
        if entry.detail_type == "PromotionUsageChanged"
    ]
    assert told == [("SUMMER", True, 3), ("SUMMER", False, 4), ("SUMMER", True, 5), ("SUMMER", False, 6)]


def test_a_count_that_cannot_be_read_is_set_aside(shop: Aws) -> None:
    record = {"dynamodb": {"SequenceNumber": "1", "NewImage": {"redeemed": {"N": "1"}}}}
    assert relay.handler({"Records": [record]}, None) == {"batchItemFailures": []}
