"""Orders that meet on the same items, on a table that refuses what meets, in virtual time.

moto has no such conflicts, nor has anything else here that answers over HTTP.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from catalog.domain.promotions import Kind, PromotionNotApplicableError
from catalog.domain.stock import InsufficientStockError, Wanted
from catalog.use_cases.levels import adjust_stock
from catalog.use_cases.ports import Ports
from catalog.use_cases.promotions import create_promotion
from catalog.use_cases.stock import HoldRequest, hold_stock
from minishop.errors import ConcurrentUpdateError
from scripts.benchmarks.hot_sku import EPOCH, contended_shop
from scripts.simulation.contended_table import ContendedTable
from scripts.simulation.virtual_time import VirtualTime
from tests.unit.catalog.fakes import product, promotion, variant

OUTCOMES = (ConcurrentUpdateError, InsufficientStockError, PromotionNotApplicableError)
PATIENCE = 20  # times that a buyer is told to try again


def all_at_once(time: VirtualTime, ports: Ports, carts: list[tuple[str, ...]], code: str | None = None) -> Counter[str]:
    """Each cart is somebody's, who tries again while that is what the answer says; what came of them."""
    ends: Counter[str] = Counter()

    def buyer(number: int, skus: tuple[str, ...]) -> Callable[[], None]:
        request = HoldRequest(
            order_id=f"ord_{number}",
            customer_id=f"gst_{number}",
            lines=tuple(Wanted(sku, 1) for sku in skus),
            promotion=code,
            expected=None,
            hold_for=timedelta(minutes=15),
            correlation_id=f"request-{number}",
        )

        def buy() -> None:
            end = "bought"
            for _ in range(PATIENCE):
                try:
                    hold_stock(ports, request)
                except OUTCOMES as error:
                    end = type(error).__name__
                    if isinstance(error, ConcurrentUpdateError):
                        continue
                else:
                    end = "bought"
                break
            ends[end] += 1

        return buy

    for number, skus in enumerate(carts):
        time.start(buyer(number, skus), after=number / 10_000)
    time.run(until=float("inf"))
    return ends


def stock_up(ports: Ports, table: ContendedTable, units: int) -> None:
    ports.products.insert(product(variant("A"), variant("B"), created_at=EPOCH, updated_at=EPOCH), ())
    for sku in ("A", "B"):
        adjust_stock(ports, sku, units, "delivery", actor="cus_w", key=sku, fingerprint="f")
    create_promotion(ports, promotion(code="ONCE", kind=Kind.PERCENTAGE, value=10, limit_total=1))
    table.loaded = True


def levels(ports: Ports, table: ContendedTable) -> list[tuple[int, int]]:
    table.loaded = False
    found = [ports.stock.level(sku) for sku in ("A", "B")]
    return [(level.available, level.allocated) for level in found if level]


@pytest.mark.parametrize("seed", range(3))
def test_carts_of_the_same_in_another_order_all_finish(seed: int) -> None:
    with contended_shop(seed) as (time, table, ports):
        stock_up(ports, table, 50)
        assert all_at_once(time, ports, [("A", "B"), ("B", "A")] * 10) == {"bought": 20}
        assert table.counts["TransactionConflict"] > 20, "they did meet"
        assert levels(ports, table) == [(30, 20)] * 2


@pytest.mark.parametrize("seed", range(3))
def test_of_more_buyers_than_units_as_many_buy_as_there_are(seed: int) -> None:
    with contended_shop(seed) as (time, table, ports):
        stock_up(ports, table, 5)
        assert all_at_once(time, ports, [("A", "B")] * 20) == {"bought": 5, "InsufficientStockError": 15}
        assert levels(ports, table) == [(0, 5)] * 2


@pytest.mark.parametrize("seed", range(3))
def test_of_many_who_use_a_code_for_one_at_once_one_does(seed: int) -> None:
    with contended_shop(seed) as (time, table, ports):
        stock_up(ports, table, 50)
        ends = all_at_once(time, ports, [("A",), ("B",)] * 10, "ONCE")
        assert ends == {"bought": 1, "PromotionNotApplicableError": 19}
        assert sum(allocated for _, allocated in levels(ports, table)) == 1
        assert ports.promotions.redeemed(["ONCE"]) == {"ONCE": 1}
