"""Stock: how much of a SKU there is, and what orders hold of it.

    (none) → held → committed
               ├──────┴→ released
               └→ expired → held (again, at the frozen prices)

A level has two counters: `available` can be bought, `allocated` is held or sold. A hold moves a quantity from the
first to the second, a release moves it back, and a commit moves nothing: that a hold became a sale stands in the
reservation alone. What is lost on its way to a customer and not sent again leaves `allocated` for `written_off`, and
what comes back from one is `restocked`. So, per SKU, at any moment:

    available + allocated + written_off = received + restocked, where received is the sum of all adjustments
    allocated = the lines of its held (that is: held) and committed (that is: sold) reservations, less what of them
    was lost
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from catalog.domain import buckets
from catalog.domain.buckets import BucketLevel, Draw
from catalog.domain.promotions import Outcome, Redemption
from minishop.contracts.catalog import ReservationExpired, StockCommitted, StockHeld, StockLine, StockReleased
from minishop.errors import ConflictError, NotFoundError
from minishop.events import Event
from minishop.money import Money, total, zero

MAX_LINES = 90  # with the reservation and a promotion's two counters they fit into one transaction of 100


RENEWAL = timedelta(seconds=60)  # a hold as near to its end as that goes on; more than the margin of who asks for it

LOW_STOCK = 5  # units: at so few, or fewer, the warehouse is told


class UnknownSkuError(NotFoundError):
    """No product has ever had this SKU."""

    code = "unknown_sku"
    title = "No such SKU"


class InsufficientStockError(ConflictError):
    """There is less of it than wanted; `shortages` says of what."""

    code = "insufficient_stock"
    title = "There is not enough in stock"


class TotalChangedError(ConflictError):
    """The merchandise costs something else than was expected."""

    code = "total_changed"
    title = "The total has changed"


class ReservationReleasedError(ConflictError):
    """The order's reservation was released for good."""

    code = "reservation_released"
    title = "The reservation was released"


class ReservationCommittedError(ConflictError):
    """The order's reservation is a sale already."""

    code = "reservation_committed"
    title = "The reservation is committed"


class ReservationNotFoundError(NotFoundError):
    """The order holds nothing."""

    code = "reservation_not_found"
    title = "No such reservation"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A SKU as it is sold now: all that a price and a hold depend on.

    Attributes:
        available: In all its buckets; PLENTY when they were not counted.
        buckets: So many a hold may draw from.
        units: What is in each bucket that may have something; empty when they were not counted.
    """

    sku: str
    product_id: str
    title: str
    category: str
    price: Money
    weight_grams: int
    on_sale: bool
    available: int = 0
    buckets: int = 1
    units: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StockLevel:
    """How much there is of a SKU.

    Attributes:
        version: Grows with each movement.
        buckets: All that may have something in them.
        count: Of those, so many are drawn from.
        target: So many there are to be.
        layout: Grows with each change of these numbers.
        elsewhere: What was available in all buckets but the first, when it was last counted.
    """

    sku: str
    received: int
    restocked: int
    written_off: int
    version: int
    buckets: tuple[BucketLevel, ...]
    count: int = 1
    target: int = 1
    layout: int = 0
    elsewhere: int = 0

    @property
    def available(self) -> int:
        """What can be bought, whichever bucket it is in."""
        return sum(bucket.available for bucket in self.buckets)

    @property
    def allocated(self) -> int:
        """What is held or sold."""
        return sum(bucket.allocated for bucket in self.buckets)

    @property
    def settled(self) -> bool:
        """Whether it has the buckets that it is to have, and no others."""
        return self.count == len(self.buckets) == self.target


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """What came in or went out, who said so and why."""

    id: str
    sku: str
    delta: int
    reason: str
    actor: str
    at: datetime
    fingerprint: str


@dataclass(frozen=True)
class Wanted:
    """A quantity of one SKU."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Shortage:
    """There is less than wanted."""

    sku: str
    wanted: int
    available: int


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A quantity of one SKU at a price. `discount` is off the whole line, `weight_grams` is one unit's."""

    sku: str
    product_id: str
    title: str
    category: str
    quantity: int
    unit_price: Money
    discount: Money
    weight_grams: int

    @property
    def line_total(self) -> Money:
        """What the line costs."""
        return self.unit_price * self.quantity - self.discount


@dataclass(frozen=True)
class Quote:
    """What can be bought, at which price, what is short, and how much there is of each SKU that has a line.

    `promotion` is what became of the code that was asked for, if one was.
    """

    lines: tuple[PricedLine, ...]
    shortages: tuple[Shortage, ...]
    currency: str
    available: Mapping[str, int] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    promotion: Outcome | None = None

    @property
    def redemption(self) -> Redemption | None:
        """The promotion's use, if one applies."""
        return self.promotion.redemption if self.promotion is not None else None

    @property
    def free_shipping(self) -> bool:
        """Whether the promotion pays for it."""
        return self.redemption is not None and self.redemption.free_shipping

    @property
    def subtotal(self) -> Money:
        """Of all lines, before discounts."""
        return total([line.unit_price * line.quantity for line in self.lines], self.currency)

    @property
    def discount(self) -> Money:
        """Of all lines."""
        return total([line.discount for line in self.lines], self.currency)


@dataclass(frozen=True)
class Expected:
    """What the caller believes the merchandise to cost."""

    subtotal: Money
    discount: Money
    free_shipping: bool = False


def summed(wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """The same quantities, each SKU once."""
    totals: dict[str, int] = {}
    for line in wanted:
        totals[line.sku] = totals.get(line.sku, 0) + line.quantity
    return tuple(Wanted(sku, quantity) for sku, quantity in totals.items())


def price(wanted: Iterable[Wanted], offers: Mapping[str, Offer], currency: str) -> Quote:
    """Prices each SKU once. What cannot be bought at all has no line, and is short with nothing available."""
    lines, shortages = [], []
    for line in summed(wanted):
        offer = offers.get(line.sku)
        if offer is None or not offer.on_sale:
            shortages.append(Shortage(line.sku, line.quantity, 0))
            continue
        if offer.available < line.quantity:
            shortages.append(Shortage(line.sku, line.quantity, offer.available))
        lines.append(
            PricedLine(
                sku=line.sku,
                product_id=offer.product_id,
                title=offer.title,
                category=offer.category,
                quantity=line.quantity,
                unit_price=offer.price,
                discount=zero(currency),
                weight_grams=offer.weight_grams,
            )
        )
    available = {line.sku: offers[line.sku].available for line in lines}
    return Quote(tuple(lines), tuple(shortages), currency, available, offers)


def fell_low(before: int, after: int) -> bool:
    """Whether a level became low by this movement; not again while it stays so."""
    return after <= LOW_STOCK < before


def shortages(lines: Iterable[StockLine], offers: Mapping[str, Offer]) -> tuple[Shortage, ...]:
    """Of which lines there is less than wanted."""
    return tuple(
        Shortage(line.sku, line.quantity, offers[line.sku].available)
        for line in lines
        if offers[line.sku].available < line.quantity
    )


def refuse_shortages(shortages: tuple[Shortage, ...]) -> None:
    """Raises InsufficientStockError when anything is short."""
    if shortages:
        found = [{"sku": short.sku, "wanted": short.wanted, "available": short.available} for short in shortages]
        raise InsufficientStockError("Take less of what is short.", extra={"shortages": found})


class ReservationStatus(StrEnum):
    """What became of a hold."""

    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


ALLOCATED = frozenset({ReservationStatus.HELD, ReservationStatus.COMMITTED})
"""In these states a reservation's lines are part of the levels' `allocated`."""


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What an order holds, at prices that stay as they were.

    Attributes:
        held_until: When the hold runs out.
        lost: What of its lines was lost with a parcel and not sent again: it does not come back to stock.
        correlation_id: Of the purchase: what the schedule does later belongs to it too.
        draws: Of SKUs in several buckets, what was taken from which.
        redemption: The use of a promotion that is counted while the lines are allocated.
        version: Of what is stored; 0 when nothing is.
    """

    order_id: str
    customer_id: str
    status: ReservationStatus
    lines: tuple[PricedLine, ...]
    currency: str
    held_until: datetime
    correlation_id: str
    redemption: Redemption | None = None
    lost: tuple[StockLine, ...] = ()
    draws: tuple[Draw, ...] = ()
    version: int = 0

    @property
    def quote(self) -> Quote:
        """The frozen lines, with their sums."""
        used = self.redemption
        return Quote(self.lines, (), self.currency, promotion=Outcome(used.code, used) if used else None)

    def holds_use_of(self, code: str) -> bool:
        """Whether a use of this promotion counts for it at the moment."""
        used = self.redemption
        return used is not None and used.code == code and self.status in ALLOCATED

    @property
    def quantities(self) -> tuple[StockLine, ...]:
        """What is held or sold, without prices and without what was lost."""
        lost = {line.sku: line.quantity for line in self.lost}
        left = {line.sku: line.quantity - lost.get(line.sku, 0) for line in self.lines}
        return tuple(StockLine(sku=sku, quantity=quantity) for sku, quantity in left.items() if quantity)

    @property
    def parts(self) -> tuple[Draw, ...]:
        """What is held or sold, bucket by bucket."""
        drawn = {draw.sku for draw in self.draws}
        own = [Draw(line.sku, 0, line.quantity) for line in self.quantities if line.sku not in drawn]
        return (*own, *self.draws)


@dataclass(frozen=True)
class Move:
    """What happens to a reservation, to the levels of its lines and its use of a promotion, and what there is to tell.

    `allocate` is +1 to take the lines and the use, -1 to give them back, 0 to leave both alone.
    """

    reservation: Reservation
    allocate: int
    events: tuple[Event, ...] = ()


def drawn(move: Move, offers: Mapping[str, Offer], start: int) -> Move:
    """The move with the buckets that it takes its lines from; they have enough, as far as they were counted."""
    draws: list[Draw] = []
    for line in move.reservation.quantities:
        offer = offers[line.sku]
        if len(offer.units) > 1:
            draws += buckets.parts(line.sku, line.quantity, offer.units, start)
        elif offer.buckets > 1:
            draws.append(Draw(line.sku, start % offer.buckets, line.quantity))
    return replace(move, reservation=replace(move.reservation, draws=tuple(draws)))


def given_back(move: Move, levels: Mapping[str, StockLevel], start: int) -> Move:
    """The move with buckets to give its lines back to, when those that they came from are not there any more."""
    draws: list[Draw] = []
    for line in move.reservation.quantities:
        allocated = [bucket.allocated for bucket in levels[line.sku].buckets]
        if len(allocated) > 1:
            draws += buckets.parts(line.sku, line.quantity, allocated, start)
    return replace(move, reservation=replace(move.reservation, draws=tuple(draws)))


def _held(reservation: Reservation, taken: int) -> Event:
    return StockHeld(
        order_id=reservation.order_id,
        lines=reservation.quantities,
        expires_at=reservation.held_until,
        taken=taken > 0,
    )


def hold(order_id: str, customer_id: str, quote: Quote, *, until: datetime, correlation_id: str) -> Move:
    """A new hold of a quote's lines. Raises InsufficientStockError when the quote is short of something."""
    refuse_shortages(quote.shortages)
    reservation = Reservation(
        order_id=order_id,
        customer_id=customer_id,
        status=ReservationStatus.HELD,
        lines=quote.lines,
        currency=quote.currency,
        held_until=until,
        correlation_id=correlation_id,
        redemption=quote.redemption,
    )
    return Move(reservation, +1, (_held(reservation, +1),))


def hold_again(before: Reservation, *, at: datetime, hold_for: timedelta) -> Move | None:
    """The hold for a while longer, if it has run out or is about to; None when it stands.

    Raises ReservationReleasedError.
    """
    if before.status is ReservationStatus.RELEASED:
        raise ReservationReleasedError("This order was given up; place another one.")
    if before.status is ReservationStatus.COMMITTED or (
        before.status is ReservationStatus.HELD and at + RENEWAL < before.held_until
    ):
        return None
    after = replace(before, status=ReservationStatus.HELD, held_until=at + hold_for)
    taken = 0 if before.status is ReservationStatus.HELD else +1  # not swept yet: still allocated
    return Move(after, taken, (_held(after, taken),))


def commit(before: Reservation) -> Move | None:
    """The hold becomes a sale; None when it is one, or was given up for good.

    A hold that ran out in the meantime is taken again, if there is enough.
    """
    if before.status in {ReservationStatus.COMMITTED, ReservationStatus.RELEASED}:
        return None
    after = replace(before, status=ReservationStatus.COMMITTED)
    taken = 0 if before.status is ReservationStatus.HELD else +1
    return Move(after, taken, (StockCommitted(order_id=after.order_id, lines=after.quantities, taken=taken > 0),))


def release(before: Reservation) -> Move | None:
    """The hold, or the sale, is given up and its lines go back; None when that has happened already."""
    if before.status is ReservationStatus.RELEASED:
        return None
    after = replace(before, status=ReservationStatus.RELEASED)
    if before.status not in ALLOCATED:
        return Move(after, 0)
    return Move(after, -1, (StockReleased(order_id=after.order_id, lines=after.quantities),))


def tombstone(order_id: str, *, at: datetime, currency: str, correlation_id: str) -> Reservation:
    """The reservation of an order that was given up before it held anything: a late hold finds it and is refused."""
    return Reservation(
        order_id=order_id,
        customer_id="",
        status=ReservationStatus.RELEASED,
        lines=(),
        currency=currency,
        held_until=at,
        correlation_id=correlation_id,
    )


def expire(before: Reservation, *, at: datetime) -> Move | None:
    """The hold runs out and its lines go back; None when it stands, or is no hold any more."""
    if before.status is not ReservationStatus.HELD or at < before.held_until:
        return None
    after = replace(before, status=ReservationStatus.EXPIRED)
    return Move(after, -1, (ReservationExpired(order_id=after.order_id, lines=after.quantities),))
