"""Products to test with, and short ways to the doors."""

import os
from collections import defaultdict
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from catalog import api, internal
from minishop.identity import Role
from scripts.simulation.stock_rules import buckets_are_in_the_layout, stock_is_conserved
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


def write_off(shipment: str, order: str, *lines: tuple[str, int], replace: bool = False) -> dict[str, Any]:
    listed = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    body = {"order_id": order, "lines": listed, "replace": replace}
    path = {"shipment_id": shipment}
    event = http_event("PUT /internal/write-offs/{shipment_id}", path=path, body=body, caller="shipping-api")
    response: dict[str, Any] = internal.handler(event, None)
    return response


def ledger(sku: str, **query: str) -> dict[str, Any]:
    event = http_event("GET /v1/admin/stock/{sku}", principal=WAREHOUSE, path={"sku": sku}, query=query)
    found: dict[str, Any] = answer_of(api.handler(event, None))["ledger"]
    return found


def rows(aws: Aws) -> dict[str, list[Any]]:
    """The catalogue's table as plain values, by kind, as the rules of the world read it."""
    plain = TypeDeserializer().deserialize
    found: dict[str, list[Any]] = defaultdict(list)
    for item in aws.items("CatalogTable"):
        row = {name: plain(value) for name, value in item.items()}
        found[f"catalog.{row['pk'].partition('#')[0]}"].append(row)
    return found


def check_stock(aws: Aws) -> None:
    """Per SKU: what came in = what can be bought, is held or sold, or was written off; nothing below zero."""
    tables = rows(aws)
    assert [*stock_is_conserved(tables), *buckets_are_in_the_layout(tables)] == []


def stream(aws: Aws) -> list[dict[str, Any]]:
    """What the table's stream says, from its beginning."""
    arn = aws.client("dynamodb").describe_table(TableName=os.environ["CATALOG_TABLE"])["Table"]["LatestStreamArn"]
    streams = aws.client("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    return records
