"""The catalogue's stock on a table in memory: the real repositories, behind ports."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from catalog.bucket_table import BucketTable
from catalog.category_table import CategoryTable
from catalog.ledger_table import LedgerTable
from catalog.repository import ProductTable, StockTable
from catalog.use_cases.levels import adjust_stock
from catalog.use_cases.ports import Ports
from scripts.simulation.table_model import TableModel, connected
from tests.times import CountingIds, FixedClock
from tests.unit.catalog.fakes import FakePromotions, FakeSearch, product, variant


class Stocked:
    """Ports over a table, with the table at hand."""

    def __init__(self, model: TableModel) -> None:
        self.model = model
        self.clock = FixedClock()
        self.ports = Ports(
            products=ProductTable(),
            search=FakeSearch(),
            stock=StockTable(),
            promotions=FakePromotions(),
            ledger=LedgerTable(),
            buckets=BucketTable(),
            categories=CategoryTable(),
            clock=self.clock,
            ids=CountingIds(),
            currency="EUR",
        )
        self._keys = 0

    def sell(self, *skus: str) -> None:
        """Puts a product of these SKUs on sale."""
        number = len(self.model.items)
        made = product(*map(variant, skus), id=f"prd_{number}", slug=f"mug-{number}")
        self.ports.products.insert(made, ())

    def adjust(self, sku: str, delta: int) -> None:
        """Takes stock in, or out."""
        self._keys += 1
        adjust_stock(self.ports, sku, delta, "delivery", actor="cus_w", key=str(self._keys), fingerprint="f")

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
def stocked(model: TableModel | None = None) -> Iterator[Stocked]:
    """Nothing on sale yet."""
    table = model or TableModel()
    with mock.patch.dict(os.environ, {"CATALOG_TABLE": "catalog"}), connected(table):
        yield Stocked(table)
