"""Checkout against the real internal doors of cart, catalog and shipping: what one sends, the other takes."""

import re
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

import cart.api
import cart.consumer
import cart.internal
import catalog.api
import catalog.consumer
import catalog.internal
import shipping.internal
from minishop import clock, dynamodb
from minishop.contracts.catalog import ProductPublished, ReservationExpired, VariantData
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, OrderedLine
from minishop.contracts.payments import PaymentCaptured
from minishop.events import Event
from minishop.http import Api
from minishop.identity import Role
from minishop.internal import Internal
from minishop.money import Money
from orders import api, consumer
from tests.helpers import answer_of, bus_message, customer, http_event, sqs_event, staff
from tests.integration.conftest import Aws
from tests.integration.orders.samples import ADDRESS, BODY
from tests.times import FixedClock

FUNCTIONS = (
    "CartApiFunction",
    "CartInternalFunction",
    "CartConsumerFunction",
    "CatalogApiFunction",
    "CatalogInternalFunction",
    "CatalogConsumerFunction",
    "ShippingInternalFunction",
    "OrdersConsumerFunction",
    "OrdersApiFunction",
)
MUG = "MUG-RED"
DOORS: tuple[Api, ...] = (cart.internal.api, catalog.internal.api, shipping.internal.api)


def internal_call(method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, dict[str, Any]]:
    """What the internal gateway does: finds the route, names the caller, hands on."""
    for door in DOORS:
        for key in door.routes:
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", key)
            if found := re.fullmatch(pattern, f"{method} {path}"):
                event = http_event(key, path=found.groupdict(), body=body, caller="orders-api")
                response = door.handler(event, None)
                return response["statusCode"], answer_of(response) or {}
    raise AssertionError(f"nobody answers {method} {path}")


class Shop:
    """Four services on their own tables, three mugs in stock and two in Ada's cart."""

    def __init__(self) -> None:
        price = {"amount": 1299, "currency": "EUR"}
        variant = {"sku": MUG, "title": "red", "price": price, "weight_grams": 400}
        product = {"slug": "mug", "title": "Mug", "category": "kitchen", "status": "published", "variants": [variant]}
        made = self.ok(catalog.api, "POST /v1/admin/products", {"images": [], **product}, staff(Role.ADMIN))
        self.product = made
        self.adjust(3)
        told = VariantData(sku=MUG, title="Mug, red", price=Money(1299, "EUR"))
        published = ProductPublished(product_id=made["id"], slug="mug", title="Mug", image="", variants=(told,))
        self.tell(cart.consumer, published)
        self.fill()

    def ok(self, door: Any, route: str, body: Any, who: Any, **options: Any) -> Any:
        response = door.handler(http_event(route, principal=who, body=body, **options), None)
        assert response["statusCode"] < 300, response["body"]
        return answer_of(response)

    def fill(self) -> None:
        self.ok(cart.api, "PUT /v1/cart/items/{sku}", {"quantity": 2}, customer(), path={"sku": MUG})

    def adjust(self, delta: int) -> None:
        route, body = "POST /v1/admin/stock/{sku}/adjustments", {"delta": delta, "reason": "delivery"}
        headers = {"Idempotency-Key": f"adjust-{delta}"}
        self.ok(catalog.api, route, body, staff(Role.WAREHOUSE), path={"sku": MUG}, headers=headers)

    def tell(self, door: Any, *events: Event) -> None:
        for event in events:
            assert door.handler(sqs_event(bus_message(event)), None) == {"batchItemFailures": []}

    def level(self) -> tuple[int, int]:
        route = "GET /v1/admin/stock/{sku}"
        found = self.ok(catalog.api, route, None, staff(Role.WAREHOUSE), path={"sku": MUG})
        return found["available"], found["allocated"]

    def in_cart(self) -> list[Any]:
        items: list[Any] = self.ok(cart.api, "GET /v1/cart", None, customer())["items"]
        return items

    def place(self, key: str = "key-1", **changes: Any) -> dict[str, Any]:
        event = http_event(
            "POST /v1/orders", principal=customer(), body=BODY | changes, headers={"Idempotency-Key": key}
        )
        return api.handler(event, None)

    def order(self, order_id: str) -> Any:
        return self.ok(api, "GET /v1/orders/{id}", None, customer(), path={"id": order_id})


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    fixed = FixedClock(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    monkeypatch.setattr(clock.system, "source", fixed.now)
    return fixed


@pytest.fixture
def shop(aws: Aws, monkeypatch: pytest.MonkeyPatch, time: FixedClock) -> Shop:
    for function in FUNCTIONS:
        aws.use(function)
    monkeypatch.setattr(Internal, "_send", lambda _self, *call: internal_call(*call))
    return Shop()


def confirmed(order: dict[str, Any]) -> OrderConfirmed:
    lines = (OrderedLine(sku=MUG, quantity=2),)
    return OrderConfirmed(
        order_id=order["id"], number=order["number"], owner="cus_ada", lines=lines, total=Money(3706, "EUR")
    )


def captured(order: dict[str, Any]) -> PaymentCaptured:
    return PaymentCaptured(payment_id="pay_1", order_id=order["id"], attempt=1, amount=Money(3706, "EUR"))


def test_what_was_quoted_is_ordered_held_sold_and_taken_from_the_cart(shop: Shop) -> None:
    quote = shop.ok(api, "POST /v1/checkout/quote", {"shipping_address": ADDRESS}, customer())
    assert quote["totals"]["total"] == BODY["expected_total"]
    assert [method["id"] for method in quote["shipping_methods"]] == ["standard", "same-day", "express"]
    response = shop.place()
    assert response["statusCode"] == 201
    order = answer_of(response)
    assert order["lines"][0]["product_id"] == shop.product["id"]
    assert shop.level() == (1, 2)
    shop.tell(consumer, captured(order))
    assert shop.order(order["id"])["status"] == "confirmed"
    shop.tell(catalog.consumer, confirmed(order))
    shop.tell(cart.consumer, confirmed(order))
    assert shop.in_cart() == []
    assert shop.place()["body"] == response["body"]
    assert answer_of(shop.place(key="key-2"))["code"] == "cart_empty"
    assert shop.level() == (1, 2)


def test_refusals_come_through_and_leave_the_key_usable(shop: Shop) -> None:
    changed = shop.place(expected_total={"amount": 1, "currency": "EUR"})
    assert (changed["statusCode"], answer_of(changed)["code"]) == (409, "total_changed")
    assert answer_of(changed)["total"] == BODY["expected_total"]
    shop.adjust(-2)
    short = shop.place()
    assert (short["statusCode"], answer_of(short)["code"]) == (409, "insufficient_stock")
    assert answer_of(short)["shortages"] == [{"sku": MUG, "wanted": 2, "available": 1}]
    assert shop.level() == (1, 0)
    shop.adjust(1)
    assert shop.place()["statusCode"] == 201
    shop.fill()
    busy = shop.place(key="key-2")
    assert (busy["statusCode"], answer_of(busy)["code"]) == (409, "checkout_in_progress")
    assert shop.level() == (0, 2)


def test_a_crash_after_the_hold_is_finished_by_the_same_key(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise OSError("the process died")

    shop.adjust(-1)
    with monkeypatch.context() as patch:
        patch.setattr(dynamodb, "insert", crash)
        assert shop.place()["statusCode"] == 500
    assert shop.level() == (0, 2)  # what it holds is all that there is: the pricing alone would refuse it now
    assert shop.place()["statusCode"] == 201
    assert shop.level() == (0, 2)


def test_a_payment_after_the_hold_has_run_out_confirms_on_a_fresh_one(shop: Shop, time: FixedClock) -> None:
    first = answer_of(shop.place())
    time.pass_time(hours=1)
    shop.tell(consumer, captured(first))
    assert shop.order(first["id"])["status"] == "confirmed"
    shop.tell(catalog.consumer, confirmed(first))
    shop.tell(consumer, ReservationExpired(order_id=first["id"], lines=()))
    assert shop.order(first["id"])["status"] == "confirmed"


def test_a_cancelled_order_s_stock_is_gone_for_a_late_payment(shop: Shop, time: FixedClock) -> None:
    order = answer_of(shop.place())
    cancelled = OrderCancelled(
        order_id=order["id"], number=order["number"], owner="cus_ada", reason="customer", was_confirmed=False, lines=()
    )
    shop.tell(catalog.consumer, cancelled)
    assert shop.level() == (3, 0)
    time.pass_time(hours=1)
    shop.tell(consumer, captured(order))
    assert shop.order(order["id"])["status"] == "cancelled"


AT_ONCE = 40


def placed_at_once(shop: Shop, keys: list[str]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(shop.place, keys))


def test_one_key_many_times_at_once_is_one_order(shop: Shop) -> None:
    answers = placed_at_once(shop, ["key-1"] * AT_ONCE)
    made = [answer["body"] for answer in answers if answer["statusCode"] == 201]
    assert made
    assert set(made) == {shop.place("key-1")["body"]}
    assert {answer["statusCode"] for answer in answers} <= {201, 409}
    assert shop.level() == (1, 2)
    assert len(shop.ok(api, "GET /v1/orders", None, customer())["items"]) == 1


def test_many_keys_at_once_on_one_cart_are_one_order(shop: Shop) -> None:
    answers = placed_at_once(shop, [f"key-{number}" for number in range(AT_ONCE)])
    codes = Counter(answer_of(answer).get("code", "made") for answer in answers)
    assert codes["made"] == 1
    assert set(codes) <= {"made", "checkout_in_progress", "conflict"}
    assert shop.level() == (1, 2)
    assert len(shop.ok(api, "GET /v1/orders", None, customer())["items"]) == 1
