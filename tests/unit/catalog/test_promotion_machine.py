"""Promotions against a plain model: any order of holds, payments, cancellations, changes and hours, no difference."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from catalog.domain.promotions import Kind, PromotionNotApplicableError
from catalog.domain.stock import ReservationReleasedError, Wanted
from catalog.use_cases import promotions, stock
from minishop.correlation import Correlation
from minishop.observability import correlated
from scripts.simulation.memory.values import Item, plain
from tests.times import NOON
from tests.unit.catalog.fakes import promotion
from tests.unit.catalog.table import stocked

ORDERS = st.sampled_from(["ord_1", "ord_2", "ord_3", "ord_4", "ord_5"])
CODES = st.sampled_from(["TENTH", "FIXED", "SHIPS"])
LIMITS = st.none() | st.integers(1, 3)
CUSTOMERS = {"ord_1": "cus_ada", "ord_2": "cus_ada", "ord_3": "gst_1", "ord_4": "gst_1", "ord_5": "gst_2"}
PRICE = 999
HOLD = timedelta(minutes=15)


@dataclass
class Terms:
    """A promotion in the model."""

    limit_total: int | None = None
    limit_per_customer: int | None = None
    ends_at: datetime | None = None


@dataclass
class Held:
    """An order in the model."""

    code: str | None
    discount: int
    counted: bool
    by_customer: bool
    until: datetime
    status: str = "held"

    @property
    def counts(self) -> bool:
        """Whether its use counts at the moment."""
        return self.status in {"held", "committed"}


class Promotions(RuleBasedStateMachine):
    """The catalogue's use cases and repositories, on a table in memory, beside dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(correlated(Correlation("correlation-1", "cause-1", "cus_ada")))
        self.shop = self._stack.enter_context(stocked())
        self.shop.sell("RED", amount=PRICE)
        self.shop.adjust("RED", 1_000)
        self.terms = {"TENTH": Terms(), "FIXED": Terms(), "SHIPS": Terms()}
        self.orders: dict[str, Held] = {}
        kinds = {"TENTH": (Kind.PERCENTAGE, 10), "FIXED": (Kind.FIXED, 1500), "SHIPS": (Kind.FREE_SHIPPING, 0)}
        for code, (kind, value) in kinds.items():
            promotions.create_promotion(self.shop.ports, promotion(code=code, kind=kind, value=value))

    def teardown(self) -> None:
        self._stack.close()

    def _used(self, code: str, customer: str | None = None) -> int:
        own = [(order, held) for order, held in self.orders.items() if held.code == code and held.counts]
        if customer is None:
            return sum(held.counted for _, held in own)
        return sum(held.by_customer for order, held in own if CUSTOMERS[order] == customer)

    def _exhausted(self, code: str, customer: str) -> bool:
        terms = self.terms[code]
        return (terms.limit_total is not None and self._used(code) >= terms.limit_total) or (
            terms.limit_per_customer is not None and self._used(code, customer) >= terms.limit_per_customer
        )

    def _discount(self, code: str | None, quantity: int) -> int:
        worth = {"TENTH": (PRICE * quantity * 10 + 50) // 100, "FIXED": min(1500, PRICE * quantity)}
        return worth.get(code or "", 0)

    def _attempt(self, order: str, quantity: int, code: str | None) -> Any:
        asked = self.shop.hold_request(order, Wanted("RED", quantity), promotion=code, customer_id=CUSTOMERS[order])
        try:
            return stock.hold_stock(self.shop.ports, asked)
        except (PromotionNotApplicableError, ReservationReleasedError) as error:
            return type(error)

    def _take_again(self, order: str, held: Held) -> bool:
        """An expired hold in the model, if its promotion still has a use left for it."""
        if held.code is not None:
            if self._exhausted(held.code, CUSTOMERS[order]):
                return False
            terms = self.terms[held.code]
            held.counted, held.by_customer = terms.limit_total is not None, terms.limit_per_customer is not None
        return True

    @rule(order=ORDERS, quantity=st.integers(1, 3), code=st.none() | CODES)
    def hold(self, order: str, quantity: int, code: str | None) -> None:
        now, held = self.shop.clock.now(), self.orders.get(order)
        found = self._attempt(order, quantity, code)
        if held is None:
            terms = self.terms[code] if code else Terms()
            over = terms.ends_at is not None and now >= terms.ends_at
            if code and (over or self._exhausted(code, CUSTOMERS[order])):
                assert found is PromotionNotApplicableError
                return
            total, each = terms.limit_total is not None, terms.limit_per_customer is not None
            held = Held(code, self._discount(code, quantity), total, each, now + HOLD)
            self.orders[order] = held
        elif held.status == "released":
            assert found is ReservationReleasedError
            return
        elif held.status == "expired":
            if not self._take_again(order, held):
                assert found is PromotionNotApplicableError
                return
            held.status, held.until = "held", now + HOLD
        elif held.status == "held" and now >= held.until:
            held.until = now + HOLD
        assert found.quote.discount.amount == held.discount, "frozen at the first hold"

    @rule(order=ORDERS)
    def pay(self, order: str) -> None:
        held = self.orders.get(order)
        if held is None:
            return
        try:
            stock.commit_reservation(self.shop.ports, order)
        except PromotionNotApplicableError:
            assert held.status == "expired"
            assert not self._take_again(order, held)
            return
        if held.status == "expired":
            assert self._take_again(order, held)
        if held.status != "released":
            held.status = "committed"

    @rule(order=ORDERS)
    def cancel(self, order: str) -> None:
        stock.release_reservation(self.shop.ports, order, "correlation-1", restock=True)
        at = self.shop.clock.now()
        gone = self.orders.setdefault(order, Held(None, 0, counted=False, by_customer=False, until=at))
        gone.status = "released"

    @rule()
    def sweep(self) -> None:
        for due in list(stock.due_reservations(self.shop.ports)):
            stock.expire_reservation(self.shop.ports, due)
        for held in self.orders.values():
            if held.status == "held" and self.shop.clock.now() >= held.until:
                held.status = "expired"

    @rule(minutes=st.sampled_from([1, 7, 15, 60]))
    def pass_time(self, minutes: int) -> None:
        self.shop.clock.pass_time(minutes=minutes)

    @rule(code=CODES, total=LIMITS, each=LIMITS, minutes=st.none() | st.integers(0, 30))
    def change(self, code: str, total: int | None, each: int | None, minutes: int | None) -> None:
        ends_at = None if minutes is None else NOON + timedelta(minutes=minutes)
        self.terms[code] = Terms(total, each, ends_at)
        known = self.shop.ports.promotions.find(code)
        assert known
        promotions.change_promotion(
            self.shop.ports,
            code,
            lambda before: replace(before, limit_total=total, limit_per_customer=each, ends_at=ends_at),
            expected=known.version,
        )

    @invariant()
    def counts_are_those_of_the_model(self) -> None:
        items = self.shop.table.items
        for code in self.terms:
            assert _count(items.get((f"redemptions#{code}", "redemptions")), "redeemed") == self._used(code)
            for customer in set(CUSTOMERS.values()):
                own = items.get((f"redemptions#{code}#{customer}", "customer"))
                assert _count(own, "orders") == self._used(code, customer)

    @invariant()
    def reservations_are_those_of_the_model(self) -> None:
        found = Counter(row["status"] for row in self.shop.rows()["catalog.reservation"])
        assert found == Counter(held.status for held in self.orders.values())


def _count(item: Item | None, name: str) -> int:
    return int(plain(item[name])) if item else 0


TestPromotions = Promotions.TestCase
TestPromotions.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
