"""An order that costs nothing: confirmed without a charge, and cancelled without a refund."""

from scripts.simulation.client import ADMIN, Client
from scripts.simulation.settling import check_world
from scripts.simulation.shop import Shop


def _offer_a_gift(shop: Shop) -> None:
    price = {"amount": 0, "currency": "EUR"}
    variant = {"sku": "GIFT", "title": "One", "price": price, "weight_grams": 1, "options": {}}
    product = {"slug": "gift", "title": "Gift", "category": "gifts", "status": "published", "variants": [variant]}
    stock = {"delta": 3, "reason": "gifts"}
    code = {"code": "SHIPPED-FREE", "kind": "free_shipping", "limit_per_customer": 1}
    for path, body in (
        ("/v1/admin/products", product),
        ("/v1/admin/stock/GIFT/adjustments", stock),
        ("/v1/admin/promotions", code),
    ):
        made = shop.request("POST", path, body, principal=ADMIN, headers={"Idempotency-Key": path})
        assert made.status == 201, made
    shop.drain()


def test_an_order_that_costs_nothing_is_confirmed_without_a_charge(shop: Shop) -> None:
    _offer_a_gift(shop)
    client = Client(shop)
    assert client.put_in_cart("GIFT", 1).status == 200
    assert client.use_code("shipped-free").status == 200
    placed = client.place()
    totals = placed.body["totals"]
    assert {totals[name]["amount"] for name in totals if name != "tax_included"} == {0}
    shop.drain()
    assert client.order()["status"] == "confirmed"
    (payment,) = client.send("GET", f"/v1/payments?order_id={client.memory['order']}").body["items"]
    assert (payment["status"], payment["captured"]["amount"], payment["refunds"]) == ("captured", 0, [])
    assert not shop.tables()["sandbox.intent"], "nobody asked the provider"
    client.order_once("confirmed")
    assert client.cancel().status == 202
    check_world(shop)
    assert client.order()["status"] == "cancelled"
