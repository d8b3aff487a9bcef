"""The ledger, write-offs and returns, on the real table."""

import json
from typing import Any

import pytest

from catalog import api, consumer
from catalog.ledger_table import SHARDS
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, OrderedLine, ReturnAccepted, ReturnLost
from minishop.dynamodb import connection
from minishop.identity import Role
from minishop.money import Money
from scripts.simulation.stock_rules import ledgers_explain_levels
from tests.helpers import answer_of, bus_message, http_event, sqs_event, staff
from tests.integration.catalog.samples import (
    adjust,
    check_stock,
    create,
    hold,
    ledger,
    level,
    mug,
    rows,
    stream,
    variant,
    write_off,
)
from tests.integration.conftest import Aws

EUR = "EUR"


@pytest.fixture
def sold(shop: Aws) -> Aws:
    """Ten red mugs and three blue ones, of which an order has bought four and one."""
    create(mug("mug", variant("RED", 1290), variant("BLUE", 1590)))
    for sku, quantity in (("RED", 10), ("BLUE", 3)):
        assert adjust(sku, quantity)["statusCode"] == 201
    assert hold("ord_1", ("RED", 4), ("BLUE", 1))["statusCode"] == 200
    react(OrderConfirmed(order_id="ord_1", number="M-1", owner="cus_ada", lines=(), total=Money(1, EUR)))
    return shop


def react(*events: Any) -> None:
    assert consumer.handler(sqs_event(*(bus_message(event) for event in events)), None) == {"batchItemFailures": []}


def tell_the_news(aws: Aws) -> None:
    """The events that the table's stream carries come to the catalogue's own inbox."""
    bodies = []
    for record in stream(aws):
        for entry in json.loads(record["dynamodb"].get("NewImage", {}).get("outbox", {}).get("S", "[]")):
            if entry["detail_type"] in consumer.consumer.reactions:
                body = {"detail-type": entry["detail_type"], "source": entry["source"], "detail": entry["detail"]}
                bodies.append(json.dumps(body))
    assert consumer.handler(sqs_event(*bodies), None) == {"batchItemFailures": []}


def returned(quantity: int, return_id: str = "ret_1") -> ReturnAccepted:
    lines = (OrderedLine(sku="RED", quantity=quantity),)
    return ReturnAccepted(
        order_id="ord_1", return_id=return_id, owner="cus_ada", number="M-1", lines=lines, refund=Money(1, EUR)
    )


def cancelled() -> OrderCancelled:
    return OrderCancelled(
        order_id="ord_1", number="M-1", owner="cus_ada", reason="support", was_confirmed=True, lines=()
    )


def lost(resolution: str, shipment_id: str) -> ReturnLost:
    return ReturnLost(
        order_id="ord_1",
        return_id=f"ret_{shipment_id}",
        owner="cus_ada",
        number="M-1",
        lines=(OrderedLine(sku="RED", quantity=1),),
        shipment_id=shipment_id,
        resolution=resolution,
        refund=Money(1, EUR),
    )


def test_what_is_lost_on_its_way_back_is_written_off_where_it_is_paid_for(sold: Aws) -> None:
    for _ in range(2):
        react(lost("refund", "shp_back"), lost("refuse", "shp_other"))
        tell_the_news(sold)
    check_stock(sold)
    assert [*ledgers_explain_levels(rows(sold))] == []
    lines = [(line["kind"], line["quantity"], line["reference"]) for line in ledger("RED")["items"]]
    assert [line for line in lines if line[0] == "written_off"] == [("written_off", 1, "shp_back")]


def test_every_movement_is_in_the_ledger_once_with_who_and_why(sold: Aws) -> None:
    assert write_off("shp_1", "ord_1", ("RED", 1))["statusCode"] == 200
    assert write_off("shp_2", "ord_1", ("RED", 1), replace=True)["statusCode"] == 200
    react(returned(1), cancelled())
    for _ in range(2):
        tell_the_news(sold)
    check_stock(sold)
    assert [*ledgers_explain_levels(rows(sold))] == []
    lines = ledger("RED")["items"]
    assert sorted((line["kind"], line["quantity"], line["change"], line["reference"]) for line in lines) == [
        ("adjusted", 10, 10, lines[-1]["reference"]),
        ("committed", 4, 0, "ord_1"),
        ("held", 4, -4, "ord_1"),
        ("released", 3, 3, "ord_1"),
        ("restocked", 1, 1, "ret_1"),
        ("written_off", 1, -1, "shp_2"),
        ("written_off", 1, 0, "shp_1"),
    ]
    assert lines[-1]["actor"] == "cus_warehouse"
    assert lines[-1]["reason"] == "delivery"
    assert all(line["correlation_id"] for line in lines)


def test_the_ledger_is_paged_newest_first(shop: Aws) -> None:
    create(mug("mug", variant("RED")))
    for number in range(1, 8):
        adjust("RED", number, key=f"key-{number}")
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ledger("RED", limit="3", **cursor)
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        assert len(page["items"]) == 3
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(line["quantity"] for line in seen) == [1, 2, 3, 4, 5, 6, 7]
    assert [(line["at"], line["id"]) for line in seen] == sorted(
        ((each["at"], each["id"]) for each in seen), reverse=True
    )


def test_only_the_warehouse_and_admins_see_it(sold: Aws) -> None:
    event = http_event("GET /v1/admin/stock/{sku}", principal=staff(Role.SUPPORT), path={"sku": "RED"})
    assert api.handler(event, None)["statusCode"] == 403


def test_the_ledger_costs_a_query_for_each_shard_and_a_write_for_each_line(sold: Aws) -> None:
    calls: list[str] = []
    events = connection().client.meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="calls")
    ledger("RED")
    assert calls == ["GetItem", *["Query"] * SHARDS]
    calls.clear()
    tell_the_news(sold)
    events.unregister("before-call.dynamodb", unique_id="calls")
    assert calls == ["BatchWriteItem"] * 2  # held and committed, of two lines each


def test_what_was_lost_is_written_off_once(sold: Aws) -> None:
    first = write_off("shp_1", "ord_1", ("RED", 2), ("RED", 1))
    assert answer_of(first) == {
        "shipment_id": "shp_1",
        "order_id": "ord_1",
        "lines": [{"sku": "RED", "quantity": 3}],
        "replace": False,
    }
    assert write_off("shp_1", "ord_1", ("RED", 3))["body"] == first["body"]
    assert level("RED") == (6, 1, 10)
    other = write_off("shp_1", "ord_1", ("RED", 3), replace=True)
    assert (other["statusCode"], answer_of(other)["code"]) == (409, "write_off_differs")
    too_much = write_off("shp_2", "ord_1", ("RED", 2))
    assert (too_much["statusCode"], answer_of(too_much)["code"]) == (409, "not_sold")
    react(cancelled())
    assert level("RED") == (7, 0, 10)
    check_stock(sold)


def test_what_is_sent_again_comes_from_stock_or_is_refused_with_what_is_short(sold: Aws) -> None:
    assert write_off("shp_1", "ord_1", ("RED", 4), ("BLUE", 1), replace=True)["statusCode"] == 200
    assert (level("RED"), level("BLUE")) == ((2, 4, 10), (1, 1, 3))
    short = write_off("shp_2", "ord_1", ("RED", 4), ("BLUE", 1), replace=True)
    assert (short["statusCode"], answer_of(short)["code"]) == (409, "insufficient_stock")
    assert answer_of(short)["shortages"] == [{"sku": "RED", "wanted": 4, "available": 2}]
    assert write_off("shp_2", "ord_1", ("RED", 4), ("BLUE", 1))["statusCode"] == 200
    assert (level("RED"), level("BLUE")) == ((2, 0, 10), (1, 0, 3))
    check_stock(sold)


def test_what_comes_back_can_be_bought_once(sold: Aws) -> None:
    react(returned(1), returned(1), returned(2, "ret_2"))
    assert level("RED") == (9, 4, 10)
    check_stock(sold)


@pytest.mark.parametrize("caller", ["shipping-relay", "orders-api", None])
def test_only_shipping_may_write_off(sold: Aws, caller: str | None) -> None:
    from catalog import internal

    body = {"order_id": "ord_1", "lines": [{"sku": "RED", "quantity": 1}], "replace": False}
    event = http_event(
        "PUT /internal/write-offs/{shipment_id}", path={"shipment_id": "shp_1"}, body=body, caller=caller
    )
    assert internal.handler(event, None)["statusCode"] == 403
