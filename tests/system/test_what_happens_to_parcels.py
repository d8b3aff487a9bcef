"""What the domain's table says of parcels, by its own names, over HTTP against the running shop."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.rest import check_world
from tests.system.shop import Shop, Shopper, eventually

Ordered = tuple[dict[str, Any], str]


@pytest.fixture(scope="module")
def support(shop: Shop) -> Iterator[Shopper]:
    """Support's demo account, signed in."""
    with Shopper(shop) as somebody:
        somebody.log_in("support@minishop.test", "minishop-demo-pass")
        yield somebody


def buy(shopper: Shopper, quantity: int = 2) -> Ordered:
    """A confirmed order with its parcel; and what was bought."""
    shopper.be_guest()
    sku = shopper.some_variant()["sku"]
    shopper.put_in_cart(sku, quantity)
    order = shopper.order_once(shopper.order()["id"], "confirmed")
    return with_parcels(shopper, order["id"], 1), sku


def with_parcels(shopper: Shopper, order_id: str, count: int) -> dict[str, Any]:
    """The order, once so many parcels of it have a label."""

    def look() -> dict[str, Any] | None:
        order: dict[str, Any] = shopper.call("GET", f"/v1/orders/{order_id}")
        return order if sum(bool(one["tracking_number"]) for one in order["shipments"]) == count else None

    found = eventually(look, what=f"{count} parcels")
    assert found
    return found


def send_off(warehouse: Shopper, shipment: str, body: Any = None) -> str:
    """The warehouse hands a parcel over; its tracking number."""
    headers = {"Idempotency-Key": f"dispatch-{shipment}"}
    left = warehouse.call("POST", f"/v1/admin/shipments/{shipment}/dispatch", body, headers=headers)
    number: str = left["tracking_number"]
    return number


def carry(shop: Shop, number: str, *steps: str) -> None:
    """The carrier takes a parcel through these steps, and the shop hears of the last."""
    for step in steps:
        assert shop.carrier_step(number, step)["status"] == step

    def heard() -> bool:
        return bool(shop.get(f"/v1/tracking/{number}")["timeline"][-1]["kind"] == steps[-1])

    assert eventually(heard, what=f"{number} to be heard of")


def lose(support: Shopper, shipment: str, resolution: str) -> dict[str, Any]:
    """Support decides on a lost parcel, and asks twice."""
    path, headers = f"/v1/admin/shipments/{shipment}/lost", {"Idempotency-Key": f"lost-{shipment}"}
    answers = [support.call("POST", path, {"resolution": resolution}, headers=headers) for _ in range(2)]
    assert answers[0] == answers[1]
    answer: dict[str, Any] = answers[0]
    return answer


def refunded(shopper: Shopper, order_id: str) -> int:
    """What of an order's payment went back, in cents, as far as it has succeeded."""
    (payment,) = shopper.call("GET", f"/v1/payments?order_id={order_id}")["items"]
    cents: int = payment["refunded"]["amount"]
    return cents


def test_parcel_lost_refund(shop: Shop, shopper: Shopper, warehouse: Shopper, support: Shopper) -> None:
    order, sku = buy(shopper)
    (shipment,) = order["shipments"]
    before = shopper.available(sku)
    number = send_off(warehouse, shipment["id"])
    carry(shop, number, "in_transit", "lost")
    assert lose(support, shipment["id"], "refund")["status"] == "lost"
    total = order["totals"]["total"]["amount"]
    assert eventually(lambda: refunded(shopper, order["id"]) == total, what="the refund")
    assert shopper.available(sku) == before
    carry(shop, number, "delivered")
    tracking = shopper.call("GET", f"/v1/tracking/{number}")
    assert tracking["status"] == "lost"
    assert refunded(shopper, order["id"]) == total
    shown = shopper.call("GET", f"/v1/shipments/{shipment['id']}")
    assert shown["resolution"] == "refund"
    kinds = [entry["kind"] for entry in shown["timeline"]]
    assert kinds[3:] == ["in_transit", "lost", "given_up", "written_off", "delivered"]


def test_parcel_lost_reship(shop: Shop, shopper: Shopper, warehouse: Shopper, support: Shopper) -> None:
    order, sku = buy(shopper)
    (lost,) = order["shipments"]
    before = shopper.available(sku)
    carry(shop, send_off(warehouse, lost["id"]), "in_transit", "exception", "lost")
    lose(support, lost["id"], "reship")
    assert eventually(lambda: shopper.available(sku) == before - 2, what="new ones from stock")
    (again,) = (one for one in with_parcels(shopper, order["id"], 2)["shipments"] if one["id"] != lost["id"])
    assert again["lines"] == lost["lines"]
    number = send_off(warehouse, again["id"])
    assert number != lost["tracking_number"]
    carry(shop, number, "in_transit", "out_for_delivery", "attempt_failed", "out_for_delivery", "delivered")
    assert shopper.order_once(order["id"], "delivered")
    assert refunded(shopper, order["id"]) == 0


def test_returned_to_sender(shop: Shop, shopper: Shopper, warehouse: Shopper) -> None:
    order, sku = buy(shopper)
    (shipment,) = order["shipments"]
    before = shopper.available(sku)
    carry(shop, send_off(warehouse, shipment["id"]), "in_transit", "returning", "returned")

    def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = shopper.call("GET", f"/v1/orders/{order['id']}/returns")["items"]
        return found

    (back,) = eventually(look, what="a return")
    assert (back["status"], back["lines"][0]["quantity"]) == ("in_transit", 2)
    lines = [{"sku": sku, "quantity": 2, "accepted": True}]
    warehouse.call("POST", f"/v1/admin/returns/{back['id']}/receive", {"lines": lines})
    assert eventually(lambda: look()[0]["status"] == "refunded", what="the refund")
    assert refunded(shopper, order["id"]) > 0
    assert eventually(lambda: shopper.available(sku) == before + 2, what="the stock to be back")


def test_an_order_that_leaves_in_two_parcels_has_arrived_when_both_have(
    shop: Shop, shopper: Shopper, warehouse: Shopper
) -> None:
    order, sku = buy(shopper, quantity=3)
    (first,) = order["shipments"]
    label = warehouse.http.get(f"/v1/admin/shipments/{first['id']}/label")
    assert (label.status_code, label.headers["content-type"]) == (200, "application/pdf")
    assert label.content.startswith(b"%PDF-")
    number = send_off(warehouse, first["id"], {"lines": [{"sku": sku, "quantity": 1}]})
    shipments = with_parcels(shopper, order["id"], 2)["shipments"]
    assert sorted(one["lines"][0]["quantity"] for one in shipments) == [1, 2]
    carry(shop, number, "in_transit", "out_for_delivery", "delivered")
    assert shopper.call("GET", f"/v1/orders/{order['id']}")["status"] == "shipped"
    (second,) = (one for one in shipments if one["id"] != first["id"])
    carry(shop, send_off(warehouse, second["id"]), "in_transit", "out_for_delivery", "delivered")
    assert shopper.order_once(order["id"], "delivered")


def test_after_all_this_nothing_is_lost_or_doubled(shop: Shop) -> None:
    check_world(shop)
