"""Carts against a plain model: any order of shopping, claims, payments, merges, prices and days, no difference."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cart.domain.carts import CartEmptyError, CheckoutInProgressError
from cart.domain.promotions import Promotion
from cart.use_cases import carts, claims, facts
from tests.unit.cart.fakes import Shop, eur

OWNERS = st.sampled_from(["cus_ada", "gst_1"])
SKUS = st.sampled_from(["RED", "BLUE", "GREEN"])
ORDERS = st.sampled_from(["ord_1", "ord_2", "ord_3"])
HOLD = timedelta(minutes=15)
KEPT = timedelta(days=90)


@dataclass
class Wish:
    """A line in the model: how many, how many of them the claim has, and whether it was asked for since."""

    quantity: int
    claimed: int = 0
    again: bool = False

    def left(self, bought: int) -> int:
        """How many stay when so many are bought of the claimed ones."""
        if not self.claimed or (self.again and self.quantity <= bought):
            return self.quantity
        return self.quantity - bought


@dataclass
class Basket:
    """A cart in the model."""

    wishes: dict[str, Wish] = field(default_factory=dict)
    code: str | None = None
    order: str | None = None
    until: datetime | None = None
    took: dict[str, int] = field(default_factory=dict)
    took_code: str | None = None
    settled: set[str] = field(default_factory=set)
    touched: datetime | None = None

    def free(self) -> None:
        """The claim ends."""
        self.order = self.until = self.took_code = None
        self.took = {}
        for wish in self.wishes.values():
            wish.claimed, wish.again = 0, False


class Carts(RuleBasedStateMachine):
    """Cart's use cases beside dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.prices = {"RED": 1290, "BLUE": 1590, "GREEN": 333}
        self.shop.offer("GREEN", 333)
        tenth = Promotion(code="TENTH", kind="percentage", value=10, currency="EUR")
        facts.learn_promotion(self.shop.ports, tenth, 1)
        self.baskets = {"cus_ada": Basket(), "gst_1": Basket()}
        self.sequence = 1

    @property
    def now(self) -> datetime:
        """The time."""
        return self.shop.clock.now()

    def _basket(self, owner: str) -> Basket:
        """As it is now: one that has expired is empty."""
        basket = self.baskets[owner]
        if basket.touched is not None and self.now >= basket.touched + KEPT:
            basket = self.baskets[owner] = Basket(settled=basket.settled)
        return basket

    def _tick(self) -> None:
        self.shop.clock.pass_time(seconds=1)

    @rule(owner=OWNERS, sku=SKUS, quantity=st.integers(1, 5))
    def put(self, owner: str, sku: str, quantity: int) -> None:
        self._tick()
        basket = self._basket(owner)
        carts.put_item(self.shop.ports, owner, sku, quantity)
        wish = basket.wishes.get(sku)
        basket.wishes[sku] = Wish(quantity, wish.claimed if wish else 0, again=True)
        basket.touched = self.now

    @rule(owner=OWNERS, sku=SKUS)
    def remove(self, owner: str, sku: str) -> None:
        self._tick()
        basket = self._basket(owner)
        carts.remove_item(self.shop.ports, owner, sku)
        if basket.wishes.pop(sku, None):
            basket.touched = self.now

    @rule(owner=OWNERS)
    def clear(self, owner: str) -> None:
        self._tick()
        basket = self._basket(owner)
        carts.clear_cart(self.shop.ports, owner)
        if basket.wishes or basket.code:
            basket.touched, basket.code = self.now, None
            basket.wishes.clear()

    @rule(owner=OWNERS, wanted=st.booleans())
    def code(self, owner: str, *, wanted: bool) -> None:
        self._tick()
        basket = self._basket(owner)
        if wanted:
            carts.put_promotion(self.shop.ports, owner, "tenth")
            basket.code, basket.touched = "TENTH", self.now
        else:
            carts.remove_promotion(self.shop.ports, owner)
            basket.code = None
            basket.touched = self.now if basket.touched else None

    @rule(owner=OWNERS, order=ORDERS)
    def claim(self, owner: str, order: str) -> None:
        self._tick()
        basket = self._basket(owner)
        if order in basket.settled or self._elsewhere(owner, order):
            return  # orders asks for no such thing
        stands = basket.order is not None and basket.until is not None and self.now < basket.until
        try:
            found = claims.claim_cart(self.shop.ports, owner, order, HOLD)
        except CheckoutInProgressError:
            assert stands
            assert basket.order != order
            return
        except CartEmptyError:
            assert not basket.wishes
            assert basket.order != order
            return
        if basket.order != order:
            assert not stands
            basket.free()
            basket.order, basket.took_code = order, basket.code
            basket.took = {sku: wish.quantity for sku, wish in basket.wishes.items()}
            for wish in basket.wishes.values():
                wish.claimed, wish.again = wish.quantity, False
            basket.until = self.now + HOLD
        elif not stands:
            basket.until = self.now + HOLD
        assert found.claim is not None
        assert (found.claim.quantities, found.claim.promotion) == (basket.took, basket.took_code)

    def _elsewhere(self, owner: str, order: str) -> bool:
        return any(each.order == order or order in each.settled for name, each in self.baskets.items() if name != owner)

    @rule(owner=OWNERS, order=ORDERS)
    def give_up(self, owner: str, order: str) -> None:
        basket = self._basket(owner)
        if self._elsewhere(owner, order):
            return
        claims.release_cart(self.shop.ports, owner, order)
        if basket.order == order:
            basket.free()

    @rule(owner=OWNERS)
    def pay(self, owner: str) -> None:
        basket = self._basket(owner)
        if basket.order is None:
            return
        self._tick()
        order, took = basket.order, dict(basket.took)
        for _ in range(2):
            claims.settle_order(self.shop.ports, owner, order, took)
        if basket.code == basket.took_code:
            basket.code = None
        left = {sku: wish.left(took.get(sku, 0)) for sku, wish in basket.wishes.items()}
        basket.wishes = {sku: Wish(quantity) for sku, quantity in left.items() if quantity > 0}
        basket.free()
        basket.settled.add(order)
        basket.touched = self.now

    @rule()
    def merge(self) -> None:
        self._tick()
        guest, mine = self._basket("gst_1"), self._basket("cus_ada")
        if guest.order or mine.order:
            return  # the claims that move are a test of their own
        for _ in range(2):
            carts.merge_carts(self.shop.ports, "cus_ada", "gst_1")
        if guest.wishes:
            for sku, wish in guest.wishes.items():
                own = mine.wishes.get(sku, Wish(0))
                mine.wishes[sku] = Wish(min(99, wish.quantity + own.quantity))
            mine.code, guest.code = mine.code or guest.code, None
            guest.wishes = {}
            guest.touched = mine.touched = self.now

    @rule(sku=SKUS, amount=st.integers(1, 5000))
    def reprice(self, sku: str, amount: int) -> None:
        self.prices[sku] = amount
        self.sequence += 1
        self.shop.facts.learn(replace(self.shop.facts.stored[sku], price=eur(amount)), self.sequence)

    @rule(duration=st.sampled_from([timedelta(minutes=1), HOLD, timedelta(days=45), KEPT]))
    def pass_time(self, duration: timedelta) -> None:
        self.shop.clock.at += duration

    @invariant()
    def carts_are_those_of_the_model(self) -> None:
        for owner in self.baskets:
            basket = self._basket(owner)
            self.shop.cache.held.clear()  # orders change the table, and the cache forgets within seconds
            shown = carts.get_cart(self.shop.ports, owner)
            wanted = {sku: wish.quantity for sku, wish in basket.wishes.items()}
            assert {line.sku: line.quantity for line in shown.lines} == wanted
            subtotal = sum(self.prices[sku] * quantity for sku, quantity in wanted.items())
            assert shown.subtotal == eur(subtotal)
            assert shown.discount == eur((subtotal * 10 + 50) // 100 if basket.code else 0)
            assert shown.cart.promotion == basket.code
            assert claims.read_cart(self.shop.ports, owner).quantities == wanted


TestCarts = Carts.TestCase
TestCarts.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
