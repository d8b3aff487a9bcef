"""Stand-ins for what cart's use cases need."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from cart.domain.carts import MAX_LINES, Cart, Claim, ClaimedLine, Line, as_of
from cart.domain.promotions import Promotion
from cart.domain.showing import Facts
from cart.use_cases.ports import Ports
from minishop.errors import ConcurrentUpdateError
from minishop.events import Event
from minishop.money import Money
from tests.times import FixedClock


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


class FakeCarts:
    """Carts in memory, with the table's conditions. What is in `races` happens just before the next writes."""

    def __init__(self) -> None:
        self.stored: dict[str, Cart] = {}
        self.events: list[Event] = []
        self.races: list[Callable[[], None]] = []

    def find(self, owner: str) -> Cart | None:
        return self.stored.get(owner)

    def delete(self, owner: str) -> None:
        self.stored.pop(owner, None)

    def put_line(self, owner: str, sku: str, line: Line) -> Cart:
        cart = self._alive(owner, line.put_at)
        if sku not in cart.lines and len(cart.lines) >= MAX_LINES:
            raise ConcurrentUpdateError(owner)
        kept = replace(line, added_at=cart.lines[sku].added_at) if sku in cart.lines else line
        lines = cart.lines | {sku: kept}
        return self._save(replace(cart, lines=lines, updated_at=line.put_at, abandoned=False))

    def remove_line(self, owner: str, sku: str, at: datetime) -> Cart:
        cart = self._alive(owner, at)
        if sku not in cart.lines:
            raise ConcurrentUpdateError(owner)
        lines = {name: line for name, line in cart.lines.items() if name != sku}
        return self._save(replace(cart, lines=lines, updated_at=at, abandoned=False))

    def put_promotion(self, owner: str, code: str | None, at: datetime) -> Cart:
        cart = self._alive(owner, at)
        return self._save(replace(cart, promotion=code, updated_at=at, abandoned=False))

    def save(self, cart: Cart, events: tuple[Event, ...] = (), *, at: datetime | None = None) -> Cart:
        self._race()
        self._check(cart)
        assert at or not events
        self.events.extend(events)
        return self._save(cart)

    def idle(self, since: datetime) -> Iterable[str]:
        return [owner for owner, cart in self.stored.items() if cart.updated_at and cart.updated_at <= since]

    def merge(self, guest: Cart, customer: Cart, events: tuple[Event, ...]) -> tuple[Cart, Cart]:
        self._race()
        self._check(guest)
        self._check(customer)
        self.events.extend(events)
        return self._save(guest), self._save(customer)

    def claim(self, owner: str, order_id: str, *, at: datetime, until: datetime) -> Cart:
        cart = self._alive(owner, at)
        if not cart.lines or cart.is_claimed_for(order_id) or cart.claimed_by(at) is not None:
            raise ConcurrentUpdateError(owner)
        lines = {sku: ClaimedLine(quantity=line.quantity, put_at=line.put_at) for sku, line in cart.lines.items()}
        claim = Claim(order_id=order_id, until=until, lines=lines, promotion=cart.promotion)
        return self._save(replace(cart, claim=claim))

    def prolong(self, owner: str, order_id: str, *, until: datetime) -> Cart:
        self._race()
        cart = self.stored[owner]
        if cart.claim is None or cart.claim.order_id != order_id:
            raise ConcurrentUpdateError(owner)
        return self._save(replace(cart, claim=replace(cart.claim, until=until)))

    def release(self, owner: str, order_id: str) -> None:
        self._race()
        cart = self.stored.get(owner)
        if cart is None or not cart.is_claimed_for(order_id):
            raise ConcurrentUpdateError(owner)
        self._save(replace(cart, claim=None))

    def _alive(self, owner: str, at: datetime) -> Cart:
        self._race()
        cart = self.stored.get(owner)
        if cart is None or as_of(cart, at) is not cart:
            raise ConcurrentUpdateError(owner)
        return cart

    def touch(self, owner: str) -> None:
        """Somebody saves the cart as it is."""
        self._save(self.stored[owner])

    def _check(self, cart: Cart) -> None:
        stored = self.stored.get(cart.owner)
        if (stored.version if stored else 0) != cart.version:
            raise ConcurrentUpdateError(cart.owner)

    def _save(self, cart: Cart) -> Cart:
        self.stored[cart.owner] = replace(cart, version=cart.version + 1)
        return self.stored[cart.owner]

    def _race(self) -> None:
        if self.races:
            self.races.pop(0)()


class FakeFacts:
    """Facts in memory, with the sequences."""

    def __init__(self) -> None:
        self.stored: dict[str, Facts] = {}
        self.promotions: dict[str, Promotion] = {}
        self.used_up: set[str] = set()
        self.sequences: dict[tuple[str, str], int] = {}
        self.asked: list[str] = []

    def find_many(self, skus: Iterable[str]) -> Mapping[str, Facts]:
        wanted = list(skus)
        self.asked += wanted
        return {sku: self.stored[sku] for sku in wanted if sku in self.stored}

    def promotion(self, code: str) -> Promotion | None:
        self.asked.append(code)
        known = self.promotions.get(code)
        return replace(known, used_up=code in self.used_up) if known else None

    def learn_promotion(self, promotion: Promotion, sequence: int) -> None:
        if self._news("terms", promotion.code, sequence):
            self.promotions[promotion.code] = promotion

    def learn_usage(self, code: str, sequence: int, *, used_up: bool) -> None:
        if self._news("usage", code, sequence):
            (self.used_up.add if used_up else self.used_up.discard)(code)

    def learn(self, facts: Facts, sequence: int) -> None:
        if self._news("facts", facts.sku, sequence):
            self.stored[facts.sku] = replace(facts, available=self._known(facts.sku).available)

    def withdraw(self, sku: str, sequence: int) -> None:
        if self._news("facts", sku, sequence):
            self.stored[sku] = replace(self._known(sku), on_sale=False)

    def learn_level(self, sku: str, available: int, sequence: int) -> None:
        if self._news("level", sku, sequence):
            self.stored[sku] = replace(self._known(sku), available=available)

    def _known(self, sku: str) -> Facts:
        return self.stored.get(sku, Facts(sku=sku))

    def _news(self, kind: str, sku: str, sequence: int) -> bool:
        news = sequence > self.sequences.get((kind, sku), -1)
        if news:
            self.sequences[kind, sku] = sequence
        return news


class FakeCache:
    """A cache that never forgets."""

    def __init__(self) -> None:
        self.held: dict[str, Cart] = {}

    def get(self, owner: str) -> Cart | None:
        return self.held.get(owner)

    def put(self, cart: Cart) -> None:
        self.held[cart.owner] = cart


class Shop:
    """Ports over the fakes, with the fakes at hand."""

    def __init__(self) -> None:
        self.carts = FakeCarts()
        self.facts = FakeFacts()
        self.cache = FakeCache()
        self.clock = FixedClock()
        self.ports = Ports(self.carts, self.facts, self.cache, self.clock, "EUR")
        for sku, amount, available in (("RED", 1290, 10), ("BLUE", 1590, 1)):
            self.offer(sku, amount, available)

    def offer(self, sku: str, amount: int, available: int = 10) -> None:
        self.facts.stored[sku] = Facts(
            sku=sku,
            product_id="prd_1",
            title=f"Mug, {sku.lower()}",
            image="/media/mug.jpg",
            price=eur(amount),
            on_sale=True,
            available=available,
        )
