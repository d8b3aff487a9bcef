"""Stand-ins for what orders' use cases need: they keep the promises that the real ones make."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.identity import Principal
from minishop.internal import ServiceUnavailableError
from minishop.money import Money, total
from orders.domain.checkout import (
    Cart,
    CartLine,
    Hold,
    Merchandise,
    Offer,
    PricedLine,
    Promotion,
    ShippingMethod,
    Shortage,
)
from orders.domain.errors import (
    CartEmptyError,
    CheckoutInProgressError,
    InsufficientStockError,
    PromotionNotApplicableError,
    ReservationReleasedError,
    ReturnNotFoundError,
    SaveUnansweredError,
    TotalChangedError,
)
from orders.domain.order import Address, Order
from orders.domain.progress import Origin, Status
from orders.domain.returns import Return, ReturnLabel
from orders.domain.taxes import CountryRates
from orders.use_cases.checkout import PlaceOrder
from orders.use_cases.ports import CheckoutPorts, LinkPorts, ReactionPorts, ReturnPorts
from tests.helpers import customer
from tests.times import FixedClock
from tests.unit.guests import FakeGuests

ADA = "cus_ada"
ADDRESS = Address("Ada Lovelace", "1 Analytical Way", "Berlin", "10115", "DE")
ORIGIN = Origin("cus_ada", "correlation-1")
HOLD = timedelta(minutes=15)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


class FakeOrders:
    """Orders in memory, with the table's conditions."""

    def __init__(self) -> None:
        self.stored: dict[str, Order] = {}
        self.events: list[Event] = []
        self.saves: list[Order] = []
        self.invoices = 0
        self.rival: Callable[[], object] | None = None  # gets its way just before the next write
        self.answer_lost: bool | None = None  # of the next insert: True when it was applied all the same

    def find(self, order_id: str) -> Order | None:
        return self.stored.get(order_id)

    def find_for(self, order_id: str, principal: Principal) -> Order | None:
        order = self.find(order_id)
        return order if order and order.is_visible_to(principal) else None

    def placed_in(
        self, status: Status | None, since: datetime, until: datetime, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Order], dict[str, Any] | None]:
        orders = [order for order in self.stored.values() if status in {None, order.status}]
        return [order for order in orders if since <= order.placed_at < until][:limit], position

    def find_by_return(self, return_id: str) -> Order:
        for order in self.stored.values():
            if return_id in {one.id for one in order.returns}:
                return order
        raise ReturnNotFoundError(return_id)

    def owned_by(
        self, owner: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Order], dict[str, Any] | None]:
        found = sorted((order for order in self.stored.values() if order.owner == owner), key=lambda order: order.id)
        found = [order for order in found if position is None or order.id > position["id"]]
        more = {"id": found[limit - 1].id} if len(found) > limit else None
        return found[:limit], more

    def insert(self, order: Order, events: tuple[Event, ...]) -> Order:
        self._let_rival()
        if order.id in self.stored:
            raise AlreadyExistsError(order.id)
        lost, self.answer_lost = self.answer_lost, None
        if lost is not False:
            self._store(replace(order, version=1), events)
        if lost is not None:
            raise SaveUnansweredError("no answer")
        return self.stored[order.id]

    def replace(self, before: Order, after: Order, events: tuple[Event, ...]) -> Order:
        self._let_rival()
        if self.stored[before.id].version != before.version:
            raise ConcurrentUpdateError(before.id)
        if after.awaits_invoice:
            self.invoices += 1
            after = replace(after, invoice_number=self.invoices)
        self._store(replace(after, version=before.version + 1), events)
        return self.stored[after.id]

    def _let_rival(self) -> None:
        rival, self.rival = self.rival, None
        if rival:
            rival()

    def _store(self, order: Order, events: tuple[Event, ...]) -> None:
        self.stored[order.id] = order
        self.saves.append(order)
        self.events.extend(events)


class FakeCarts:
    """Carts with claims."""

    def __init__(self) -> None:
        self.carts: dict[str, Cart] = {}
        self.claims: dict[str, str] = {}
        self.down = False

    def view(self, owner: str) -> Cart:
        return self.carts.get(owner, Cart(()))

    def claim(self, owner: str, order_id: str) -> Cart:
        if self.down:
            raise ServiceUnavailableError("down")
        if self.claims.get(owner, order_id) != order_id:
            raise CheckoutInProgressError("claimed")
        if not self.view(owner).lines:
            raise CartEmptyError("empty")
        self.claims[owner] = order_id
        return self.view(owner)

    def release(self, owner: str, order_id: str) -> None:
        if self.down:
            raise ServiceUnavailableError("down")
        if self.claims.get(owner) == order_id:
            del self.claims[owner]


@dataclass
class FakeReservation:
    """A hold with its frozen lines."""

    lines: tuple[PricedLine, ...]
    expires_at: datetime
    free_shipping: bool
    promotion: str | None
    status: str = "held"


@dataclass
class FakeCatalog:
    """Prices, stock and holds; a hold's prices are frozen, a released one is over."""

    clock: FixedClock
    prices: dict[str, int] = field(default_factory=dict)
    stock: dict[str, int] = field(default_factory=dict)
    discounts: dict[str, int] = field(default_factory=dict)
    free_shipping: bool = False  # by the promotion, where one is asked for
    refusal: str | None = None  # of the promotion
    reservations: dict[str, FakeReservation] = field(default_factory=dict)
    price_down: bool = False
    hold_lost: bool | None = None  # the next hold gets no answer: True when it was made all the same
    before_hold: Callable[[], None] = lambda: None

    def _line(self, line: CartLine) -> PricedLine:
        return PricedLine(
            sku=line.sku,
            product_id=f"prd_{line.sku.lower()}",
            title=f"The {line.sku}",
            quantity=line.quantity,
            unit_price=eur(self.prices[line.sku]),
            discount=eur(self.discounts.get(line.sku, 0)),
            weight_grams=400,
        )

    def price(
        self, lines: tuple[CartLine, ...], promotion: str | None, customer_id: str, order_id: str | None = None
    ) -> Merchandise:
        if self.price_down:
            raise ServiceUnavailableError("down")
        priced = tuple(self._line(line) for line in lines if line.sku in self.prices)
        short = tuple(
            Shortage(line.sku, line.quantity, self.stock.get(line.sku, 0))
            for line in lines
            if self.stock.get(line.sku, 0) < line.quantity
        )
        outcome = Promotion(promotion, self.refusal) if promotion else None
        return Merchandise(priced, short, *_sums(priced), self._ships_free(promotion), outcome)

    def _ships_free(self, promotion: str | None) -> bool:
        return promotion is not None and self.refusal is None and self.free_shipping

    def hold(
        self,
        order_id: str,
        lines: tuple[CartLine, ...],
        promotion: str | None,
        customer_id: str,
        *,
        expected: Merchandise | None,
    ) -> Hold:
        self.before_hold()
        lost, self.hold_lost = self.hold_lost, None
        if lost is False:
            raise ServiceUnavailableError("down")
        made = self._hold(order_id, lines, promotion, expected)
        if lost:
            raise ServiceUnavailableError("down")
        return Hold(made.lines, made.expires_at, made.free_shipping, made.promotion)

    def _hold(
        self, order_id: str, lines: tuple[CartLine, ...], promotion: str | None, expected: Merchandise | None
    ) -> FakeReservation:
        made = self.reservations.get(order_id)
        if made and made.status == "released":
            raise ReservationReleasedError("over")
        if made and made.status in {"held", "committed"}:
            return made
        priced = made.lines if made else tuple(self._line(line) for line in lines)
        free = self._ships_free(promotion)
        told = expected and (expected.subtotal, expected.discount, expected.free_shipping)
        if made is None and told != (*_sums(priced), free):
            if promotion and self.refusal:
                raise PromotionNotApplicableError("over", extra={"promotion": promotion, "reason": self.refusal})
            raise TotalChangedError("changed")
        short = [line for line in priced if self.stock.get(line.sku, 0) < line.quantity]
        if short:
            shortages = [{"sku": line.sku, "wanted": line.quantity, "available": 0} for line in short]
            raise InsufficientStockError("short", extra={"shortages": shortages})
        for line in priced:
            self.stock[line.sku] -= line.quantity
        until, used = self.clock.now() + HOLD, None if self.refusal else promotion
        self.reservations[order_id] = FakeReservation(priced, until, free, used)
        return self.reservations[order_id]

    def give_up(self, order_id: str, status: str) -> None:
        """The hold ends and its stock goes back."""
        made = self.reservations[order_id]
        if made.status == "held":
            for line in made.lines:
                self.stock[line.sku] += line.quantity
        made.status = status

    def release(self, order_id: str) -> None:
        self.give_up(order_id, "released")

    @property
    def held(self) -> list[str]:
        """The orders for which stock is held."""
        return [order_id for order_id, made in self.reservations.items() if made.status == "held"]


def _sums(lines: tuple[PricedLine, ...]) -> tuple[Money, Money]:
    subtotal = total([line.unit_price * line.quantity for line in lines], "EUR")
    return subtotal, total([line.discount for line in lines], "EUR")


class FakeShipping:
    """Two methods, up to 30 kg."""

    def __init__(self) -> None:
        self.down = False

    def rates(self, country: str, postal_code: str, weight_grams: int) -> tuple[Offer, ...]:
        if self.down:
            raise ServiceUnavailableError("down")
        if weight_grams > 30_000:
            return ()
        days = date(2026, 11, 24), date(2026, 11, 27)
        return (
            Offer(ShippingMethod("express", "sandbox", "express", eur(990)), *days),
            Offer(ShippingMethod("standard", "sandbox", "standard", eur(490)), *days),
        )


class FakeAddresses:
    """One address book."""

    def __init__(self) -> None:
        self.books: dict[tuple[str, str], Address] = {(ADA, "adr_home"): ADDRESS}

    def find(self, customer_id: str, address_id: str) -> Address | None:
        return self.books.get((customer_id, address_id))


class FakeTaxes:
    """Rates in memory."""

    def __init__(self) -> None:
        self.rates: dict[str, CountryRates] = {}

    def find(self, country: str) -> CountryRates | None:
        return self.rates.get(country)

    def all(self) -> list[tuple[str, CountryRates]]:
        return sorted(self.rates.items())

    def save(self, country: str, rates: CountryRates) -> None:
        self.rates[country] = rates


class FakeLinks:
    """Tokens that say what they are."""

    def mint(self, order_id: str, ends_at: datetime) -> str:
        return f"{order_id} {ends_at.isoformat()}"

    def read(self, token: str, now: datetime) -> str | None:
        order_id, _, ends = token.partition(" ")
        return order_id if now < datetime.fromisoformat(ends) else None


class FakeLabels:
    """One label for each return."""

    def __init__(self) -> None:
        self.down = False
        self.before: Callable[[], None] = lambda: None

    def make(self, one: Return) -> ReturnLabel:
        self.before()
        if self.down:
            raise ServiceUnavailableError("down")
        return ReturnLabel("shp_back", "sandbox", f"SBX-{one.id}")


class FakeRetryWindow:
    """Remembers which windows were opened."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, int]] = []
        self.down = False

    def open(self, order: Order, at: datetime) -> None:
        if self.down:
            raise ServiceUnavailableError("down")
        self.opened.append((order.id, order.payment.attempt))


class Shop:
    """Ports over the fakes, with the fakes at hand: one mug in Ada's cart, ten in stock."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.orders = FakeOrders()
        self.carts = FakeCarts()
        self.catalog = FakeCatalog(self.clock, {"MUG": 1299, "TEA": 499}, {"MUG": 10, "TEA": 10})
        self.shipping = FakeShipping()
        self.retry_window = FakeRetryWindow()
        self.guests = FakeGuests()
        self.carts.carts[ADA] = Cart((CartLine("MUG", 2),))
        self.tax_table = FakeTaxes()
        self.checkout = CheckoutPorts(
            orders=self.orders,
            clock=self.clock,
            carts=self.carts,
            catalog=self.catalog,
            shipping=self.shipping,
            addresses=FakeAddresses(),
            currency="EUR",
            tax_table=self.tax_table,
            tax_percent="20",
            prices_include_tax=False,
        )
        self.links = LinkPorts(orders=self.orders, clock=self.clock, links=FakeLinks())
        self.labels = FakeLabels()
        self.returns = ReturnPorts(
            orders=self.orders, clock=self.clock, labels=self.labels, return_window=timedelta(days=30)
        )
        self.reactions = ReactionPorts(
            orders=self.orders,
            clock=self.clock,
            stock=self.catalog,
            retry_window=self.retry_window,
            guests=self.guests,
        )

    @property
    def told(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event in self.orders.events]


def wish(**changes: Any) -> PlaceOrder:
    """Ada's wish to order two mugs by standard shipping: 2 at 12.99 + 4.90, and 20 % tax (5.20 + 0.98)."""
    values: dict[str, Any] = {
        "principal": customer(ADA),
        "key": "key-1",
        "fingerprint": "fingerprint-1",
        "shipping_address": ADDRESS,
        "shipping_method": "standard",
        "payment_method": "pm_card_visa",
        "expected_total": eur(2598 + 490 + 520 + 98),
        "email": None,
        "origin": ORIGIN,
    }
    return PlaceOrder(**(values | changes))
