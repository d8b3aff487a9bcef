"""What stock costs: calls, and write units as DynamoDB counts them, on a table in memory."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from catalog.domain.stock import Wanted
from catalog.use_cases import buckets, levels, stock
from scripts.simulation.contended_table import KILOBYTE, size_of_item
from scripts.simulation.table_model import TableModel, key_of, writes_of
from tests.unit.catalog.table import Stocked, stocked


class MeteredTable(TableModel):
    """A table that notes calls, and the write units of its items; those of indexes are not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.units = 0

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(operation)
        answer = super()._make_api_call(operation, request)
        if operation == "TransactWriteItems":
            self.units += 2 * sum(self._size(write) for write in writes_of(request))
        elif operation in {"PutItem", "UpdateItem"}:
            self.units += self._size(request)
        elif operation == "BatchWriteItem":
            ((_, writes),) = request["RequestItems"].items()
            self.units += sum(self._size(write["PutRequest"]) for write in writes)
        return answer

    def _size(self, write: Mapping[str, Any]) -> int:
        stored = self.items[key_of(write.get("Item") or write["Key"])]
        return -(-size_of_item(stored) // KILOBYTE)


@pytest.fixture
def table() -> MeteredTable:
    return MeteredTable()


@pytest.fixture
def shop(table: MeteredTable) -> Iterator[Stocked]:
    """Four SKUs with a hundred units of each."""
    with stocked(table) as shop:
        shop.sell("A", "B", "C", "D")
        for sku in "ABCD":
            shop.adjust(sku, 100)
        yield shop


def measured(table: MeteredTable) -> tuple[list[str], int]:
    """The calls and write units since the last time."""
    seen = table.calls, table.units
    table.calls, table.units = [], 0
    return seen


def hold(shop: Stocked, order: str, skus: str) -> None:
    request = stock.HoldRequest(
        order_id=order,
        customer_id="cus_ada",
        lines=tuple(Wanted(sku, 1) for sku in skus),
        promotion=None,
        expected=None,
        hold_for=timedelta(minutes=15),
        correlation_id="correlation-1",
    )
    stock.hold_stock(shop.ports, request)


@pytest.mark.parametrize("count", [1, 2])
def test_a_hold_is_one_transaction_of_two_units_for_each_sku_and_the_reservation(
    shop: Stocked, table: MeteredTable, count: int
) -> None:
    measured(table)
    hold(shop, "ord_1", "ABCD"[:count])
    assert measured(table) == (["GetItem", "BatchGetItem", "TransactWriteItems"], 2 * (count + 1))


def test_a_reservation_of_more_than_a_kilobyte_costs_its_kilobytes(shop: Stocked, table: MeteredTable) -> None:
    measured(table)
    hold(shop, "ord_1", "ABCD")
    kilobytes = -(-size_of_item(table.items["reservation#ord_1", "reservation"]) // KILOBYTE)
    assert measured(table)[1] == 2 * (4 + kilobytes)
    assert kilobytes == 2


def test_a_sale_writes_one_item_and_giving_back_costs_what_holding_did(shop: Stocked, table: MeteredTable) -> None:
    hold(shop, "ord_1", "A")
    measured(table)
    stock.commit_reservation(shop.ports, "ord_1")
    assert measured(table) == (["GetItem", "PutItem"], 1)
    stock.release_reservation(shop.ports, "ord_1", "correlation-1", restock=True)
    assert measured(table) == (["GetItem", "TransactWriteItems"], 4)


def test_a_hold_from_a_bucket_costs_the_same_and_nothing_is_counted_for_it(shop: Stocked, table: MeteredTable) -> None:
    buckets.set_buckets(shop.ports, "A", 64)
    measured(table)
    hold(shop, "ord_1", "A")
    assert measured(table) == (["GetItem", "BatchGetItem", "TransactWriteItems"], 4)


def test_an_adjustment_writes_its_line_of_the_ledger_with_the_level(shop: Stocked, table: MeteredTable) -> None:
    measured(table)
    shop.adjust("A", 5)
    assert measured(table) == (["TransactWriteItems"], 6)


def test_a_write_off_and_a_return_are_one_transaction_each(shop: Stocked, table: MeteredTable) -> None:
    hold(shop, "ord_1", "A")
    measured(table)
    levels.write_off(shop.ports, "shp_1", "ord_1", [Wanted("A", 1)], replace=True)
    assert measured(table) == (["GetItem", "GetItem", "BatchGetItem", "TransactWriteItems"], 6)
    levels.restock_return(shop.ports, "ret_1", "ord_1", [Wanted("A", 1)])
    assert measured(table) == (["TransactWriteItems"], 4)
