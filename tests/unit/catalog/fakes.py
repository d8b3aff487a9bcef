"""Stand-ins for what the catalogue's use cases need."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.domain.buckets import BucketLevel, Draw, Shift
from catalog.domain.categories import Tree
from catalog.domain.ledger import Movement
from catalog.domain.losses import Restock, WriteOff
from catalog.domain.products import Product, Status, Variant
from catalog.domain.promotions import CodeTakenError, Kind, Promotion, Redemption, Usage
from catalog.domain.stock import Adjustment, Move, Offer, Reservation, StockLevel, Wanted
from catalog.use_cases.ports import CategoryCount, Facets, Found, ListingQuery, Ports, Position
from catalog.use_cases.stock import HoldRequest
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.money import Money
from tests.times import NOON, CountingIds, FixedClock


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def variant(sku: str = "RED", amount: int = 1290, **more: Any) -> Variant:
    return Variant(sku=sku, title=sku.lower(), price=eur(amount), weight_grams=400, **more)


def product(*variants: Variant, **more: Any) -> Product:
    plain: dict[str, Any] = {
        "id": "prd_1",
        "slug": "mug",
        "title": "Stoneware mug",
        "description": "",
        "category": "kitchen",
        "images": ("/media/mug.jpg",),
        "attributes": {"material": "Crème stone"},
        "status": Status.PUBLISHED,
        "variants": variants or (variant(),),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Product(**plain | more)


def promotion(code: str = "SUMMER", **more: Any) -> Promotion:
    plain: dict[str, Any] = {
        "code": code,
        "kind": Kind.PERCENTAGE,
        "value": 10,
        "currency": "EUR",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Promotion(**plain | more)


class FakeProducts:
    """Products in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Product] = {}
        self.events: list[Event] = []
        self.race = False  # somebody else saves first

    def find(self, product_id: str) -> Product | None:
        return self.stored.get(product_id)

    def find_by_slug(self, slug: str) -> Product | None:
        return next((each for each in self.stored.values() if each.slug == slug), None)

    def find_many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        return {identity: self.stored[identity] for identity in product_ids if identity in self.stored}

    def every(self) -> Iterable[Product]:
        return self.stored.values()

    def list_all(
        self, status: Status | None, limit: int, position: Position | None
    ) -> tuple[list[Product], Position | None]:
        return [each for each in self.stored.values() if status in {None, each.status}][:limit], None

    def insert(self, product: Product, events: tuple[Event, ...]) -> Product:
        self.stored[product.id] = replace(product, version=1)
        self.events.extend(events)
        return self.stored[product.id]

    def replace(self, before: Product, after: Product, events: tuple[Event, ...]) -> Product:
        if self.race:
            raise ConcurrentUpdateError(before.id)
        self.stored[after.id] = replace(after, version=before.version + 1)
        self.events.extend(events)
        return self.stored[after.id]


class FakeSearch:
    """Finds all ids that it was given, in their order."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def find(self, query: ListingQuery, limit: int, position: Position | None) -> Found:
        start = position["at"] if position else 0
        page = tuple(self.ids[start : start + limit])
        end = start + len(page)
        return Found(page, {"at": end} if end < len(self.ids) else None, self.facets())

    def facets(self) -> Facets:
        return Facets((CategoryCount("kitchen", len(self.ids)),), ())


class FakePromotions:
    """Promotions in memory, with the counts of their uses."""

    def __init__(self) -> None:
        self.stored: dict[str, Promotion] = {}
        self.totals: Counter[str] = Counter()
        self.customers: Counter[tuple[str, str]] = Counter()
        self.events: list[Event] = []
        self.race = False  # somebody else saves first

    def find(self, code: str) -> Promotion | None:
        return self.stored.get(code)

    def usage(self, promotion: Promotion, customer_id: str) -> Usage:
        return Usage(self.totals[promotion.code], self.customers[promotion.code, customer_id])

    def redeemed(self, codes: Sequence[str]) -> Mapping[str, int]:
        return {code: self.totals[code] for code in codes}

    def list_all(self, limit: int, position: Position | None) -> tuple[list[Promotion], Position | None]:
        return list(self.stored.values())[:limit], None

    def insert(self, promotion: Promotion, events: tuple[Event, ...]) -> Promotion:
        if promotion.code in self.stored:
            raise CodeTakenError(promotion.code)
        self.stored[promotion.code] = replace(promotion, version=1)
        self.events.extend(events)
        return self.stored[promotion.code]

    def replace(self, before: Promotion, after: Promotion, events: tuple[Event, ...]) -> Promotion:
        if self.race:
            raise ConcurrentUpdateError(before.code)
        self.stored[after.code] = replace(after, version=before.version + 1)
        self.events.extend(events)
        return self.stored[after.code]

    def count(self, used: Redemption, customer_id: str, step: int) -> None:
        """Takes a use, or gives it back. Raises ConcurrentUpdateError, and counts nothing then."""
        limit = self.stored[used.code].limit_total
        totals, orders = self.totals[used.code], self.customers[used.code, customer_id]
        full = used.counted and limit is not None and totals >= limit
        satisfied = used.limit_per_customer is not None and orders >= used.limit_per_customer
        if step > 0 and (full or satisfied):
            raise ConcurrentUpdateError(used.code)
        if used.counted:
            self.totals[used.code] += step
        if used.limit_per_customer is not None:
            self.customers[used.code, customer_id] += step


class FakeLedger:
    """The ledger in memory."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], Movement] = {}

    def entries(self, sku: str, limit: int, position: Position | None) -> tuple[list[Movement], Position | None]:
        return [line for line in self.lines.values() if line.sku == sku][:limit], None

    def record(self, movements: Sequence[Movement]) -> None:
        self.lines |= {(line.sku, line.id): line for line in movements}


class FakeCategories:
    """The tree in memory."""

    def __init__(self) -> None:
        self.stored = Tree()
        self.race = False  # somebody else saves first

    def tree(self) -> Tree:
        return self.stored

    def save(self, tree: Tree) -> Tree:
        if self.race:
            raise ConcurrentUpdateError("categories")
        self.stored = replace(tree, version=tree.version + 1)
        return self.stored


class NoBuckets:
    """Every SKU has one item; what is asked of buckets then is a mistake. Those with several are tried on a table."""

    def resize(self, level: StockLevel, *, target: int, count: int, items: int) -> None:
        raise AssertionError(level)

    def open(self, sku: str, numbers: Sequence[int], *, is_open: bool) -> None:
        raise AssertionError(sku)

    def shift(self, sku: str, shift: Shift, *, at: datetime) -> None:
        raise AssertionError(shift)

    def count(self, level: StockLevel, *, at: datetime) -> None:
        raise AssertionError(level)

    def listed(self) -> Sequence[str]:
        return ()


class FakeStock:
    """Levels and reservations in memory, with the table's conditions."""

    def __init__(self, promotions: FakePromotions) -> None:
        self.promotions = promotions
        self.sold: dict[str, Offer] = {}
        self.allocated: dict[str, int] = {}
        self.entries: dict[str, Adjustment] = {}
        self.write_offs: dict[str, WriteOff] = {}
        self.restocks: set[str] = set()
        self.restocked: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.reservations: dict[str, Reservation] = {}
        self.events: list[Event] = []
        self.races = 0  # so many writes find that somebody else was quicker

    def offer(self, sku: str, available: int, amount: int = 1290, *, on_sale: bool = True) -> None:
        self.sold[sku] = Offer(
            sku=sku,
            product_id="prd_1",
            title=f"Mug, {sku}",
            category="kitchen",
            price=eur(amount),
            weight_grams=400,
            on_sale=on_sale,
            available=available,
        )

    def offers(self, skus: Iterable[str], *, consistent: bool, counted: bool = True) -> Mapping[str, Offer]:
        return {sku: self.sold[sku] for sku in skus if sku in self.sold}

    def level(self, sku: str) -> StockLevel | None:
        if sku not in self.sold:
            return None
        available, allocated = self.sold[sku].available, self.allocated.get(sku, 0)
        restocked, lost = self.restocked[sku], self.lost[sku]
        return StockLevel(
            sku=sku,
            buckets=(BucketLevel(available, allocated),),
            received=available + allocated + lost - restocked,
            restocked=restocked,
            written_off=lost,
            version=1,
        )

    def adjustment(self, adjustment_id: str) -> Adjustment | None:
        return self.entries.get(adjustment_id)

    def adjust(self, adjustment: Adjustment) -> None:
        self._race()
        if adjustment.id in self.entries:
            raise AlreadyExistsError(adjustment.id)
        level = self.level(adjustment.sku)
        if level is None or level.available + adjustment.delta < 0:
            raise ConcurrentUpdateError(adjustment.sku)
        self._move(adjustment.sku, adjustment.delta)
        self.entries[adjustment.id] = adjustment

    def written_off(self, shipment_id: str) -> WriteOff | None:
        return self.write_offs.get(shipment_id)

    def write_off(self, write_off: WriteOff, reservation: Reservation, parts: Sequence[Draw]) -> None:
        self._race()
        stored = self.reservations[reservation.order_id]
        if write_off.shipment_id in self.write_offs or stored.version != reservation.version:
            raise ConcurrentUpdateError(write_off.shipment_id)
        taken = {line.sku: line.quantity for line in write_off.lines}
        if write_off.replace:
            if any(self.sold[sku].available < quantity for sku, quantity in taken.items()):
                raise ConcurrentUpdateError(write_off.shipment_id)
            for sku, quantity in taken.items():
                self._move(sku, -quantity)
        else:
            self.allocated = dict(Counter(self.allocated) - Counter(taken))
        self.lost.update(taken)
        self.write_offs[write_off.shipment_id] = write_off
        self.reservations[reservation.order_id] = replace(reservation, version=reservation.version + 1)
        self.events.append(write_off.event)

    def restock(self, restock: Restock) -> None:
        self._race()
        if restock.return_id in self.restocks:
            raise AlreadyExistsError(restock.return_id)
        for line in restock.lines:
            self._move(line.sku, line.quantity)
            self.restocked[line.sku] += line.quantity
        self.restocks.add(restock.return_id)
        self.events.append(restock.event)

    def reservation(self, order_id: str) -> Reservation | None:
        return self.reservations.get(order_id)

    def save(self, move: Move, *, at: datetime) -> Reservation:
        self._race()
        after = move.reservation
        stored = self.reservations.get(after.order_id)
        if (stored.version if stored else 0) != after.version:
            raise ConcurrentUpdateError(after.order_id)
        prices = {line.sku: line.unit_price for line in after.lines}
        steps = [(line, move.allocate * line.quantity) for line in after.quantities]
        for line, step in steps:
            offer = self.sold[line.sku]
            if offer.available < step or (not stored and offer.price != prices[line.sku]):
                raise ConcurrentUpdateError(line.sku)
        if move.allocate and after.redemption is not None:
            self.promotions.count(after.redemption, after.customer_id, move.allocate)
        for line, step in steps:
            self._move(line.sku, -step)
            self.allocated[line.sku] = self.allocated.get(line.sku, 0) + step
        self.reservations[after.order_id] = replace(after, version=after.version + 1)
        self.events.extend(move.events)
        return self.reservations[after.order_id]

    def due(self, at: datetime) -> Iterable[Reservation]:
        return [each for each in self.reservations.values() if each.held_until <= at]

    def _move(self, sku: str, step: int) -> None:
        self.sold[sku] = replace(self.sold[sku], available=self.sold[sku].available + step)

    def _race(self) -> None:
        if self.races:
            self.races -= 1
            raise ConcurrentUpdateError("somebody else was quicker")


class Shop:
    """Ports over the fakes, with the fakes at hand."""

    def __init__(self) -> None:
        self.products = FakeProducts()
        self.search = FakeSearch()
        self.promotions = FakePromotions()
        self.stock = FakeStock(self.promotions)
        self.ledger = FakeLedger()
        self.categories = FakeCategories()
        self.clock = FixedClock()
        self.ports = Ports(
            products=self.products,
            search=self.search,
            stock=self.stock,
            promotions=self.promotions,
            ledger=self.ledger,
            buckets=NoBuckets(),
            categories=self.categories,
            clock=self.clock,
            ids=CountingIds(),
            currency="EUR",
        )

    @property
    def told(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event in (*self.products.events, *self.stock.events)]

    def hold_request(self, *lines: tuple[str, int], order: str = "ord_1", **more: Any) -> HoldRequest:
        from datetime import timedelta

        plain: dict[str, Any] = {
            "order_id": order,
            "customer_id": "cus_ada",
            "lines": tuple(Wanted(sku, quantity) for sku, quantity in lines),
            "promotion": None,
            "expected": None,
            "hold_for": timedelta(minutes=15),
            "correlation_id": "correlation-1",
        }
        return HoldRequest(**plain | more)
