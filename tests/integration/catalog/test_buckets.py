"""A SKU in several buckets, on the real table and through the doors."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from catalog import api, schedule
from minishop.identity import Role
from tests.helpers import answer_of, http_event, staff
from tests.integration.catalog.samples import (
    WAREHOUSE,
    adjust,
    check_stock,
    create,
    hold,
    level,
    mug,
    products,
    release,
    rows,
    variant,
)
from tests.integration.conftest import Aws


@pytest.fixture
def stocked(shop: Aws) -> Aws:
    """Twenty red mugs."""
    create(mug("mug", variant("RED")))
    adjust("RED", 20)
    return shop


def set_buckets(count: Any, sku: str = "RED") -> dict[str, Any]:
    path = {"sku": sku}
    event = http_event("PUT /v1/admin/stock/{sku}/buckets", principal=WAREHOUSE, path=path, body={"count": count})
    response: dict[str, Any] = api.handler(event, None)
    return response


def test_buckets_are_made_and_closed_while_orders_hold(stocked: Aws) -> None:
    hold("ord_1", ("RED", 2))
    made = set_buckets(4)
    assert made["statusCode"] == 200, made["body"]
    assert [bucket["available"] for bucket in answer_of(made)["buckets"]] == [5, 5, 4, 4]
    assert answer_of(hold("ord_2", ("RED", 12)))["status"] == "held"
    assert level("RED") == (6, 14, 20)
    assert products()["items"][0]["variants"][0]["available"] == 6
    assert schedule.handler({"task": "settle_buckets"}, None) == {"settle_buckets": 1}
    check_stock(stocked)
    assert len(answer_of(set_buckets(1))["buckets"]) == 1
    assert release("ord_1")["statusCode"] == release("ord_2")["statusCode"] == 204
    assert level("RED") == (20, 0, 20)
    assert schedule.handler({"task": "settle_buckets"}, None) == {"settle_buckets": 0}
    check_stock(stocked)


def test_of_many_buyers_exactly_as_many_get_it_as_there_are(stocked: Aws) -> None:
    set_buckets(3)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: hold(f"ord_{number}", ("RED", 1)), range(30)))
    assert sorted(answer["statusCode"] for answer in answers) == [200] * 20 + [409] * 10
    assert {answer_of(answer)["code"] for answer in answers if answer["statusCode"] == 409} == {"insufficient_stock"}
    assert level("RED") == (0, 20, 20)
    check_stock(stocked)
    assert {row["number"] for row in rows(stocked)["catalog.bucket"]} == {1, 2}


@pytest.mark.parametrize("count", [0, 65, "4", None, 1.5])
def test_a_number_that_makes_no_sense_is_refused(stocked: Aws, count: Any) -> None:
    assert set_buckets(count)["statusCode"] == 422


def test_of_an_unknown_sku_there_are_no_buckets_and_not_everybody_sets_them(stocked: Aws) -> None:
    assert (set_buckets(4, "NOBODY")["statusCode"], answer_of(set_buckets(4, "NOBODY"))["code"]) == (404, "unknown_sku")
    event = http_event(
        "PUT /v1/admin/stock/{sku}/buckets", principal=staff(Role.SUPPORT), path={"sku": "RED"}, body={"count": 2}
    )
    assert api.handler(event, None)["statusCode"] == 403
