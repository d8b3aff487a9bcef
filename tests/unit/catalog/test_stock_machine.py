"""Stock against a plain model: whatever is done in whatever order, in however many buckets, both say the same."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from catalog.domain.losses import NotSoldError, WriteOffDiffersError
from catalog.domain.stock import (
    InsufficientStockError,
    ReservationCommittedError,
    ReservationNotFoundError,
    ReservationReleasedError,
    Wanted,
)
from catalog.use_cases import buckets, levels, stock
from minishop.correlation import Correlation
from minishop.errors import ProblemError
from minishop.observability import correlated
from scripts.simulation.stock_rules import buckets_are_in_the_layout, stock_is_conserved
from tests.unit.catalog.table import stocked

SKUS = ("A", "B")
Refusal = type[ProblemError] | None
HOLD = timedelta(minutes=15)
orders = st.sampled_from(["ord_1", "ord_2", "ord_3", "ord_4"])
skus = st.sampled_from(SKUS)
quantities = st.integers(1, 9)


@dataclass
class Order:
    """What the model knows of an order."""

    status: str
    lines: Counter[str]
    until: datetime
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def owned(self) -> Counter[str]:
        return self.lines - self.lost


class StockMachine(RuleBasedStateMachine):
    """Each rule does the same to the shop and to the model; the model says which refusal comes of it, if any."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(correlated(Correlation("correlation-1", "cause-1", "cus_ada")))
        self.shop = self._stack.enter_context(stocked())
        self.available: Counter[str] = Counter(dict.fromkeys(SKUS, 0))
        self.orders: dict[str, Order] = {}
        self.write_offs: dict[str, tuple[str, str, int, bool]] = {}
        self.returned: set[str] = set()

    def teardown(self) -> None:
        self._stack.close()

    def _refused(self, refusal: Refusal, act: Any) -> None:
        if refusal is None:
            act()
            return
        with pytest.raises(refusal):
            act()

    def _short(self, wanted: Counter[str]) -> bool:
        return any(self.available[sku] < quantity for sku, quantity in wanted.items())

    @initialize(opening=st.integers(0, 30), count=st.integers(1, 5))
    def open_the_shop(self, opening: int, count: int) -> None:
        self.shop.sell(*SKUS)
        for sku in SKUS:
            self.shop.adjust(sku, opening + 1)
            self.available[sku] = opening + 1
        buckets.set_buckets(self.shop.ports, SKUS[0], count)

    @rule(order=orders, lines=st.lists(st.tuples(skus, quantities), min_size=1, max_size=3))
    def hold(self, order: str, lines: list[tuple[str, int]]) -> None:
        request = self.shop.hold_request(order, *(Wanted(sku, quantity) for sku, quantity in lines))
        now = self.shop.clock.now()
        refusal: Refusal = None
        known = self.orders.get(order)
        fresh: Counter[str] = Counter()
        for sku, quantity in lines:
            fresh[sku] += quantity
        if known is None:
            refusal = InsufficientStockError if self._short(fresh) else None
            if refusal is None:
                self.orders[order] = Order("held", fresh, now + HOLD)
                self.available -= fresh
        elif known.status == "released":
            self._refused(ReservationReleasedError, lambda: stock.hold_stock(self.shop.ports, request))
            return
        elif known.status == "held" and now >= known.until:
            known.until = now + HOLD
        elif known.status == "expired":
            refusal = self._taken_again(known, "held", now + HOLD)
        self._refused(refusal, lambda: stock.hold_stock(self.shop.ports, request))

    def _taken_again(self, order: Order, status: str, until: datetime) -> Refusal:
        if self._short(order.owned):
            return InsufficientStockError
        self.available -= order.owned
        order.status, order.until = status, until
        return None

    @rule(order=orders)
    def commit(self, order: str) -> None:
        known = self.orders.get(order)
        refusal: Refusal = None
        if known is None or (known.status == "released" and not known.lines):
            refusal = ReservationNotFoundError if known is None else None
        elif known.status == "held":
            known.status = "committed"
        elif known.status == "expired":
            refusal = self._taken_again(known, "committed", known.until)
        self._refused(refusal, lambda: stock.commit_reservation(self.shop.ports, order))

    @rule(order=orders, restock=st.booleans())
    def release(self, order: str, *, restock: bool) -> None:
        known = self.orders.get(order)
        refusal: Refusal = None
        if known is None:
            self.orders[order] = Order("released", Counter(), self.shop.clock.now())
        elif known.status == "committed" and not restock:
            refusal = ReservationCommittedError
        else:
            if known.status in {"held", "committed"}:
                self.available += known.owned
            known.status = "released"
        self._refused(
            refusal, lambda: stock.release_reservation(self.shop.ports, order, "correlation-1", restock=restock)
        )

    @rule(minutes=st.sampled_from([1, 7, 15]))
    def time_passes_and_the_sweep_runs(self, minutes: int) -> None:
        self.shop.clock.pass_time(minutes=minutes)
        due = list(stock.due_reservations(self.shop.ports))
        swept = [stock.expire_reservation(self.shop.ports, one) for one in due]
        run_out = [one for one in self.orders.values() if one.status == "held" and one.until <= self.shop.clock.now()]
        assert swept == [True] * len(run_out)
        for order in run_out:
            order.status = "expired"
            self.available += order.owned

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes: int) -> None:
        self.shop.clock.pass_time(minutes=minutes)

    @rule(sku=skus, delta=st.integers(-20, 20).filter(bool))
    def adjust(self, sku: str, delta: int) -> None:
        short = self.available[sku] + delta < 0
        self._refused(InsufficientStockError if short else None, lambda: self.shop.adjust(sku, delta))
        self.available[sku] += 0 if short else delta

    @rule(
        order=orders, sku=skus, quantity=quantities, shipment=st.sampled_from(["s1", "s2", "s3"]), again=st.booleans()
    )
    def write_off(self, order: str, sku: str, quantity: int, shipment: str, *, again: bool) -> None:
        said = (order, sku, quantity, again)
        known = self.orders.get(order)
        refusal: Refusal = None
        if shipment in self.write_offs:
            refusal = None if self.write_offs[shipment] == said else WriteOffDiffersError
        elif known is None or known.status not in {"held", "committed"} or known.owned[sku] < quantity:
            refusal = NotSoldError
        elif again and self.available[sku] < quantity:
            refusal = InsufficientStockError
        else:
            self.write_offs[shipment] = said
            if again:
                self.available[sku] -= quantity
            else:
                known.lost[sku] += quantity
        wanted = [Wanted(sku, quantity)]
        self._refused(refusal, lambda: levels.write_off(self.shop.ports, shipment, order, wanted, replace=again))

    @rule(sku=skus, quantity=quantities, number=st.integers(1, 3))
    def restock(self, sku: str, quantity: int, number: int) -> None:
        levels.restock_return(self.shop.ports, f"ret_{number}", "ord_1", [Wanted(sku, quantity)])
        if f"ret_{number}" not in self.returned:
            self.returned.add(f"ret_{number}")
            self.available[sku] += quantity

    @rule(sku=skus, count=st.integers(1, 6))
    def set_buckets(self, sku: str, count: int) -> None:
        assert buckets.set_buckets(self.shop.ports, sku, count).settled

    @rule()
    def settle(self) -> None:
        for sku in buckets.bucketed_skus(self.shop.ports):
            buckets.settle_buckets(self.shop.ports, sku)

    @invariant()
    def the_model_agrees(self) -> None:
        if not self.shop.table.items:
            return
        for sku in SKUS:
            held = sum(one.owned[sku] for one in self.orders.values() if one.status in {"held", "committed"})
            assert self.shop.level(sku) == (self.available[sku], held)

    @invariant()
    def the_books_agree(self) -> None:
        tables = self.shop.rows()
        assert [*stock_is_conserved(tables), *buckets_are_in_the_layout(tables)] == []


StockMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=35, deadline=None, suppress_health_check=list(HealthCheck)
)
test_stock_is_as_the_model_says = StockMachine.TestCase
