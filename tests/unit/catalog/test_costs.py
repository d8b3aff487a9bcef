"""What stock costs: calls, and write units as DynamoDB counts them, on a table in memory."""

from collections.abc import Iterator

import pytest

from catalog.domain.stock import Wanted
from catalog.use_cases import buckets, levels, stock
from scripts.simulation.memory.capacity import WRITE_BYTES, begun
from scripts.simulation.memory.values import item_size
from tests.unit.catalog.table import Stocked, stocked


@pytest.fixture
def shop() -> Iterator[Stocked]:
    """Four SKUs with a hundred units of each, from now on metered."""
    with stocked() as shop:
        shop.sell("A", "B", "C", "D")
        for sku in "ABCD":
            shop.adjust(sku, 100)
        shop.table.database.metered = True
        yield shop


def measured(shop: Stocked) -> tuple[list[str], float]:
    """The calls since the last time, and their write units without those of indexes."""
    uses = shop.table.database.uses
    seen = [use.operation for use in uses], sum(use.units.writes for use in uses)
    uses.clear()
    return seen


def hold(shop: Stocked, order: str, skus: str) -> None:
    stock.hold_stock(shop.ports, shop.hold_request(order, *(Wanted(sku, 1) for sku in skus)))


@pytest.mark.parametrize("count", [1, 2])
def test_a_hold_is_one_transaction_of_two_units_for_each_sku_and_the_reservation(shop: Stocked, count: int) -> None:
    measured(shop)
    hold(shop, "ord_1", "ABCD"[:count])
    assert measured(shop) == (["GetItem", "BatchGetItem", "TransactWriteItems"], 2 * (count + 1))


def test_a_reservation_of_more_than_a_kilobyte_costs_its_kilobytes(shop: Stocked) -> None:
    measured(shop)
    hold(shop, "ord_1", "ABCD")
    kilobytes = begun(item_size(shop.table.items["reservation#ord_1", "reservation"]), WRITE_BYTES)
    assert measured(shop)[1] == 2 * (4 + kilobytes)
    assert kilobytes == 2


def test_a_sale_writes_one_item_and_giving_back_costs_what_holding_did(shop: Stocked) -> None:
    hold(shop, "ord_1", "A")
    measured(shop)
    stock.commit_reservation(shop.ports, "ord_1")
    assert measured(shop) == (["GetItem", "PutItem"], 1)
    stock.release_reservation(shop.ports, "ord_1", "correlation-1", restock=True)
    assert measured(shop) == (["GetItem", "TransactWriteItems"], 4)


def test_a_hold_from_a_bucket_costs_the_same_and_nothing_is_counted_for_it(shop: Stocked) -> None:
    buckets.set_buckets(shop.ports, "A", 64)
    measured(shop)
    hold(shop, "ord_1", "A")
    assert measured(shop) == (["GetItem", "BatchGetItem", "TransactWriteItems"], 4)


def test_an_adjustment_writes_its_line_of_the_ledger_with_the_level(shop: Stocked) -> None:
    measured(shop)
    shop.adjust("A", 5)
    assert measured(shop) == (["TransactWriteItems"], 6)


def test_a_write_off_and_a_return_are_one_transaction_each(shop: Stocked) -> None:
    hold(shop, "ord_1", "A")
    measured(shop)
    levels.write_off(shop.ports, "shp_1", "ord_1", [Wanted("A", 1)], replace=True)
    assert measured(shop) == (["GetItem", "GetItem", "BatchGetItem", "TransactWriteItems"], 6)
    levels.restock_return(shop.ports, "ret_1", "ord_1", [Wanted("A", 1)])
    assert measured(shop) == (["TransactWriteItems"], 4)
