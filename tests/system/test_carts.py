"""Carts over HTTP against the running shop."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.system.shop import Shopper

MANY = 65
MERGES = 10


def beads() -> dict[str, Any]:
    """A product with as many variants as one can have."""
    price = {"amount": 99, "currency": "EUR"}
    variants = [
        {"sku": f"BEAD-{uuid.uuid4().hex[:8]}", "title": f"No. {number}", "price": price, "weight_grams": 1}
        for number in range(40)
    ]
    slug = f"beads-{uuid.uuid4().hex[:8]}"
    return {"slug": slug, "title": "Beads", "category": "toys", "status": "published", "variants": variants}


def test_of_ten_merges_at_once_one_counts_and_all_of_a_large_cart_is_there(shopper: Shopper, admin: Shopper) -> None:
    made = admin.call("POST", "/v1/admin/products", beads(), expect=201)
    shopper.be_guest()
    shown = [variant["sku"] for product in shopper.pages("/v1/products?limit=100") for variant in product["variants"]]
    skus = list(dict.fromkeys([*(variant["sku"] for variant in made["variants"]), *shown]))[:MANY]
    assert len(skus) == MANY
    for sku in skus:
        shopper.put_in_cart(sku, 1)
    shopper.become_customer()
    shopper.put_in_cart(skus[0], 2)
    with ThreadPoolExecutor(MERGES) as pool:
        merged = list(pool.map(lambda _: shopper.call("POST", "/v1/cart/merge"), range(MERGES)))
    wanted = dict.fromkeys(skus, 1) | {skus[0]: 3}
    assert {item["sku"]: item["quantity"] for item in shopper.call("GET", "/v1/cart")["items"]} == wanted
    admin.call("DELETE", f"/v1/admin/products/{made['id']}", expect=204)
    for cart in merged:
        assert {item["sku"]: item["quantity"] for item in cart["items"]} == wanted
