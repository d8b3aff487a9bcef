"""The whole purchase over HTTP against the running shop; what can go wrong with one is in `test_what_happens`."""

from typing import Any

from tests.system.rest import check_world
from tests.system.shop import ADDRESS, Shop, Shopper, eventually


def _dispatch(warehouse: Shopper, order: dict[str, Any]) -> str:
    """The warehouse hands the order's parcel over; its tracking number."""
    (shipment,) = order["shipments"]
    headers = {"Idempotency-Key": f"dispatch-{shipment['id']}"}
    left = warehouse.call("POST", f"/v1/admin/shipments/{shipment['id']}/dispatch", headers=headers)
    number: str = left["tracking_number"]
    return number


def _with_shipment(shopper: Shopper, order_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        order: dict[str, Any] = shopper.call("GET", f"/v1/orders/{order_id}")
        return order if order["shipments"] else None

    found = eventually(look, what="a shipment")
    assert found
    return found


def test_from_the_first_look_to_the_door(shop: Shop, shopper: Shopper, warehouse: Shopper) -> None:
    shopper.be_guest()
    variant = shopper.some_variant()
    before = shopper.available(variant["sku"])
    cart = shopper.put_in_cart(variant["sku"], 2)
    assert cart["items"][0]["line_total"]["amount"] == 2 * variant["price"]["amount"]

    shopper.become_customer()
    merged = shopper.call("POST", "/v1/cart/merge")
    assert [(item["sku"], item["quantity"]) for item in merged["items"]] == [(variant["sku"], 2)]

    order = shopper.order()
    assert order["status"] in {"placed", "confirmed"}
    assert order["totals"]["subtotal"]["amount"] == 2 * variant["price"]["amount"]
    confirmed = shopper.order_once(order["id"], "confirmed")
    assert confirmed["payment_status"] == "captured"
    (payment,) = shopper.call("GET", f"/v1/payments?order_id={order['id']}")["items"]
    assert payment["captured"] == order["totals"]["total"]
    assert len(payment["attempts"]) == 1

    shipped = _with_shipment(shopper, order["id"])
    number = _dispatch(warehouse, shipped)
    shopper.order_once(order["id"], "shipped")
    steps = [shop.carrier_step(number)["status"] for _ in range(3)]
    assert steps == ["in_transit", "out_for_delivery", "delivered"]
    delivered = shopper.order_once(order["id"], "delivered")
    assert shopper.call("GET", f"/v1/tracking/{number}")["status"] == "delivered"

    for subject in ("is confirmed", "is on its way", "arrives today", "has arrived"):
        assert delivered["number"] in shop.mail(shopper.email, subject)["subject"]
    for news in ("arrives today", "was delivered"):
        assert shop.mail(ADDRESS["phone"], f"{delivered['number']} {news}")
    assert eventually(lambda: not shopper.call("GET", "/v1/cart")["items"], what="an empty cart")
    assert shopper.available(variant["sku"]) == before - 2
    kinds = [entry["kind"] for entry in shopper.call("GET", f"/v1/orders/{order['id']}/timeline")["items"]]
    assert len(kinds) == len(set(kinds))


def test_a_guest_orders_with_an_e_mail_address(shop: Shop, shopper: Shopper) -> None:
    shopper.be_guest()
    shopper.put_in_cart(shopper.some_variant()["sku"], 1)
    order = shopper.order_once(shopper.order()["id"], "confirmed")
    assert order["email"] == shopper.email
    shop.mail(shopper.email, order["number"])


def test_the_same_key_gives_the_same_order_and_one_charge(shopper: Shopper) -> None:
    shopper.be_guest()
    shopper.put_in_cart(shopper.some_variant()["sku"], 1)
    quote = shopper.quote()
    body = {
        "shipping_address": ADDRESS,
        "shipping_method": "standard",
        "payment_method": {"token": "pm_card_visa"},
        "expected_total": quote["totals"]["total"],
        "email": shopper.email,
    }
    headers = {"Idempotency-Key": "the-same-key"}
    first = shopper.call("POST", "/v1/orders", body, expect=201, headers=headers)
    shopper.order_once(first["id"], "confirmed")
    assert shopper.call("POST", "/v1/orders", body, expect=201, headers=headers) == first
    other = {**body, "email": "somebody.else@example.com"}
    refused = shopper.call("POST", "/v1/orders", other, expect=422, headers=headers)
    assert refused["code"] == "idempotency_key_reused"
    (payment,) = shopper.call("GET", f"/v1/payments?order_id={first['id']}")["items"]
    assert len(payment["attempts"]) == 1


def test_a_total_that_has_changed_is_refused_and_nothing_is_held(shopper: Shopper) -> None:
    shopper.be_guest()
    variant = shopper.some_variant()
    before = shopper.available(variant["sku"])
    shopper.put_in_cart(variant["sku"], 1)
    body = {
        "shipping_address": ADDRESS,
        "shipping_method": "standard",
        "payment_method": {"token": "pm_card_visa"},
        "expected_total": {"amount": 1, "currency": "EUR"},
        "email": shopper.email,
    }
    headers = {"Idempotency-Key": "another-key"}
    assert shopper.call("POST", "/v1/orders", body, expect=409, headers=headers)["code"] == "total_changed"
    assert shopper.available(variant["sku"]) == before
    assert shopper.order_once(shopper.order()["id"], "confirmed")


def test_nobody_sees_somebody_else_s_order(shop: Shop, shopper: Shopper) -> None:
    shopper.be_guest()
    shopper.put_in_cart(shopper.some_variant()["sku"], 1)
    order = shopper.order()
    with Shopper(shop) as stranger:
        stranger.be_guest()
        assert stranger.call("GET", f"/v1/orders/{order['id']}", expect=404)["code"]
        assert stranger.call("GET", f"/v1/payments?order_id={order['id']}")["items"] == []
        stranger.http.headers.pop("Authorization")
        stranger.call("GET", f"/v1/orders/{order['id']}", expect=401)


def test_all_events_on_the_bus_are_as_their_contracts_say(shop: Shop) -> None:
    import msgspec

    from scripts.golden_events import published

    contracts = {contract.__name__: contract for contract in published()}
    seen = shop.get("/_local/events")["items"]
    assert seen
    for event in seen:
        msgspec.convert(event["detail"]["data"], contracts[event["detail-type"]])
    assert [queue for queue in shop.get("/_local/queues")["items"] if queue["dead_letters"]] == []


def test_after_all_this_nothing_is_lost_or_doubled(shop: Shop) -> None:
    check_world(shop)
