"""The catalogue's stock on a table in memory: the real repositories, behind ports."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from catalog.bucket_table import BucketTable
from catalog.category_table import CategoryTable
from catalog.domain.stock import Wanted
from catalog.ledger_table import LedgerTable
from catalog.promotion_table import PromotionTable
from catalog.repository import ProductTable, StockTable
from catalog.use_cases.levels import adjust_stock
from catalog.use_cases.ports import Ports
from catalog.use_cases.stock import HoldRequest
from scripts.simulation.memory.client import TableClient, connected
from scripts.simulation.memory.values import plain
from tests.times import CountingIds, FixedClock
from tests.unit.catalog.fakes import FakeSearch, product, variant


class Stocked:
    """Ports over a table, with the table at hand."""

    def __init__(self, table: TableClient) -> None:
        self.table = table
        self.clock = FixedClock()
        self.ports = Ports(
            products=ProductTable(),
            search=FakeSearch(),
            stock=StockTable(),
            promotions=PromotionTable(),
            ledger=LedgerTable(),
            buckets=BucketTable(),
            categories=CategoryTable(),
            clock=self.clock,
            ids=CountingIds(),
            currency="EUR",
        )

    def sell(self, *skus: str, amount: int = 1290) -> None:
        """Puts a product of these SKUs on sale, each at this price."""
        number = len(self.table.items)
        made = product(*(variant(sku, amount) for sku in skus), id=f"prd_{number}", slug=f"mug-{number}")
        self.ports.products.insert(made, ())

    def adjust(self, sku: str, delta: int) -> None:
        """Takes stock in, or out."""
        key = str(len(self.table.items))  # which grows with each
        adjust_stock(self.ports, sku, delta, "delivery", actor="cus_w", key=key, fingerprint="f")

    def hold_request(
        self, order: str, *lines: Wanted, promotion: str | None = None, customer_id: str = "cus_ada"
    ) -> HoldRequest:
        """For a quarter of an hour, whatever it costs."""
        return HoldRequest(
            order_id=order,
            customer_id=customer_id,
            lines=lines,
            promotion=promotion,
            expected=None,
            hold_for=timedelta(minutes=15),
            correlation_id="correlation-1",
        )

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All rows as plain values, by the first part of the key, as the rules of the simulation read them."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for (pk, _), item in self.table.items.items():
            found[f"catalog.{pk.partition('#')[0]}"].append({name: plain(value) for name, value in item.items()})
        return found

    def level(self, sku: str) -> tuple[int, int]:
        """(available, allocated)"""
        level = self.ports.stock.level(sku)
        assert level
        return level.available, level.allocated

    def spread(self, sku: str) -> list[tuple[int, int]]:
        """(available, allocated) of each bucket."""
        level = self.ports.stock.level(sku)
        assert level
        return [(bucket.available, bucket.allocated) for bucket in level.buckets]


@contextmanager
def stocked() -> Iterator[Stocked]:
    """Nothing on sale yet."""
    table = TableClient("CatalogTable")
    with mock.patch.dict(os.environ, {"CATALOG_TABLE": table.name}), connected(table):
        yield Stocked(table)
