"""Products to test with, and short ways to the doors."""

from typing import Any

from catalog import api, internal
from minishop.identity import Role
from tests.helpers import answer_of, http_event, staff
from tests.integration.conftest import Aws

ADMIN = staff(Role.ADMIN, identity="cus_admin")
WAREHOUSE = staff(Role.WAREHOUSE, identity="cus_warehouse")


def variant(sku: str = "MUG-RED", amount: int = 1290, **more: Any) -> dict[str, Any]:
    price = {"amount": amount, "currency": "EUR"}
    plain = {"sku": sku, "title": sku.rpartition("-")[2].lower(), "price": price, "weight_grams": 400}
    return plain | more


def mug(slug: str = "mug", *variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "title": "Stoneware mug",
        "category": "kitchen",
        "images": ["/media/mug.jpg"],
        "status": "published",
        "variants": list(variants) or [variant()],
        **more,
    }


def create(body: dict[str, Any]) -> dict[str, Any]:
    response = api.handler(http_event("POST /v1/admin/products", principal=ADMIN, body=body), None)
    assert response["statusCode"] == 201, response["body"]
    answer: dict[str, Any] = answer_of(response)
    return answer


def patch(product: dict[str, Any], **changes: Any) -> dict[str, Any]:
    event = http_event(
        "PATCH /v1/admin/products/{id}",
        principal=ADMIN,
        path={"id": product["id"]},
        headers={"If-Match": f'"{product["version"]}"'},
        body=changes,
    )
    response: dict[str, Any] = api.handler(event, None)
    return response


def adjust(sku: str, delta: int, key: str | None = None) -> dict[str, Any]:
    event = http_event(
        "POST /v1/admin/stock/{sku}/adjustments",
        principal=WAREHOUSE,
        path={"sku": sku},
        headers={"Idempotency-Key": key or f"{sku}-{delta}"},
        body={"delta": delta, "reason": "delivery"},
    )
    response: dict[str, Any] = api.handler(event, None)
    return response


def level(sku: str) -> tuple[int, int, int]:
    """available, allocated, received"""
    event = http_event("GET /v1/admin/stock/{sku}", principal=WAREHOUSE, path={"sku": sku})
    found = answer_of(api.handler(event, None))
    return found["available"], found["allocated"], found["received"]


def products(**query: str) -> dict[str, Any]:
    response = api.handler(http_event("GET /v1/products", query=query), None)
    assert response["statusCode"] == 200, response["body"]
    answer: dict[str, Any] = answer_of(response)
    return answer


def slugs(**query: str) -> list[str]:
    return [product["slug"] for product in products(**query)["items"]]


def hold(order: str, *lines: tuple[str, int], caller: str = "orders-api", **more: Any) -> dict[str, Any]:
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], "customer_id": "cus_ada", **more}
    event = http_event("PUT /internal/reservations/{order_id}", path={"order_id": order}, body=body, caller=caller)
    response: dict[str, Any] = internal.handler(event, None)
    return response


def release(order: str) -> dict[str, Any]:
    event = http_event("DELETE /internal/reservations/{order_id}", path={"order_id": order}, caller="orders-api")
    response: dict[str, Any] = internal.handler(event, None)
    return response


def check_stock(aws: Aws) -> None:
    """Per SKU: received = available + held + sold = the ledger's sum, nothing below zero."""
    from catalog.items import AdjustmentItem, ReservationItem, SkuItem

    items = aws.items("CatalogTable")
    of_kind = {
        kind: [item for item in items if item["sk"]["S"] == kind] for kind in ("sku", "adjustment", "reservation")
    }
    taken: dict[str, int] = {}
    for raw in of_kind["reservation"]:
        reservation = ReservationItem.from_raw_data(raw)
        if reservation.status in {"held", "committed"}:
            for line in reservation.lines:
                taken[line.sku] = taken.get(line.sku, 0) + line.quantity
    booked: dict[str, int] = {}
    for raw in of_kind["adjustment"]:
        adjustment = AdjustmentItem.from_raw_data(raw)
        booked[adjustment.sku] = booked.get(adjustment.sku, 0) + int(adjustment.delta)
    for raw in of_kind["sku"]:
        sku = SkuItem.from_raw_data(raw)
        assert min(sku.available, sku.allocated, sku.received) >= 0
        assert sku.available + sku.allocated == sku.received == booked.get(sku.sku, 0)
        assert sku.allocated == taken.get(sku.sku, 0)
