"""Stock: quoted, held, sold, given back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from catalog.domain import discounts, promotions
from catalog.domain import stock as domain
from catalog.domain.promotions import Usage
from catalog.domain.stock import (
    Expected,
    Move,
    Quote,
    Reservation,
    ReservationCommittedError,
    ReservationNotFoundError,
    ReservationStatus,
    Wanted,
)
from catalog.use_cases.ports import Ports
from minishop.contracts.catalog import StockLine
from minishop.errors import ConcurrentUpdateError

ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class HoldRequest:
    """What an order wants held, for how long, and what it believes it to cost."""

    order_id: str
    customer_id: str
    lines: tuple[Wanted, ...]
    promotion: str | None
    expected: Expected | None
    hold_for: timedelta
    correlation_id: str


def quote(
    ports: Ports,
    lines: Iterable[Wanted],
    promotion: str | None,
    customer_id: str,
    *,
    consistent: bool = False,
) -> Quote:
    """Prices lines as of now, with a promotion's discount if it applies; nothing is held."""
    wanted = domain.summed(lines)
    offers = ports.stock.offers([line.sku for line in wanted], consistent=consistent)
    priced = domain.price(wanted, offers, ports.currency)
    if promotion is None:
        return priced
    code = promotions.canonical(promotion)
    known = ports.promotions.find(code)
    usage = ports.promotions.usage(known, customer_id) if known is not None else Usage()
    return discounts.apply(priced, code, known, usage, at=ports.clock.now())


def _again(attempt: Callable[[], Reservation]) -> Reservation:
    """Decides and saves, anew when somebody else saved in between."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the reservation or its stock keeps changing")


def _save_or_refuse(ports: Ports, move: Move) -> Reservation:
    """Saves; when it cannot be, because levels are too low for it or its promotion is used up, raises what says so."""
    try:
        return ports.stock.save(move, at=ports.clock.now())
    except ConcurrentUpdateError:
        if move.allocate > 0:
            refuse_what_is_short(ports, move.reservation.quantities)
        raise


def _again_with_promotion(ports: Ports, move: Move) -> Move:
    """The move of a hold that is taken again, its promotion's use counted by the limits that it has now.

    Raises PromotionNotApplicableError when one of them is reached. The discount stays as it was.
    """
    used = move.reservation.redemption
    if move.allocate <= 0 or used is None:
        return move
    promotion = ports.promotions.find(used.code)
    assert promotion is not None  # promotions are never deleted
    if reason := promotions.exhausted(promotion, ports.promotions.usage(promotion, move.reservation.customer_id)):
        raise discounts.not_applicable(used.code, reason)
    counted = replace(promotions.redeem(promotion), free_shipping=used.free_shipping)
    return replace(move, reservation=replace(move.reservation, redemption=counted))


def refuse_what_is_short(ports: Ports, lines: Sequence[StockLine]) -> None:
    """Raises InsufficientStockError when there is less than that."""
    offers = ports.stock.offers([line.sku for line in lines], consistent=True)
    domain.refuse_shortages(domain.shortages(lines, offers))


def hold_stock(ports: Ports, request: HoldRequest) -> Reservation:
    """Holds all of an order's lines, or none. Idempotent by the order: the same again is the same hold.

    A hold that has run out is held again at its frozen prices. Raises InsufficientStockError, TotalChangedError,
    ReservationReleasedError, PromotionNotApplicableError.
    """

    def attempt() -> Reservation:
        before = ports.stock.reservation(request.order_id)
        now = ports.clock.now()
        if before is not None:
            move = domain.hold_again(before, at=now, hold_for=request.hold_for)
            return before if move is None else _save_or_refuse(ports, _again_with_promotion(ports, move))
        priced = quote(ports, request.lines, request.promotion, request.customer_id, consistent=True)
        domain.refuse_shortages(priced.shortages)
        discounts.refuse_unexpected(priced, request.expected)
        fresh = domain.hold(
            request.order_id,
            request.customer_id,
            priced,
            until=now + request.hold_for,
            correlation_id=request.correlation_id,
        )
        return _save_or_refuse(ports, fresh)

    return _again(attempt)


def commit_reservation(ports: Ports, order_id: str) -> Reservation:
    """The order is paid: its hold becomes a sale. The same again changes nothing.

    Raises ReservationNotFoundError; InsufficientStockError or PromotionNotApplicableError when the hold ran out and
    its stock was sold, or its promotion used up, elsewhere.
    """

    def attempt() -> Reservation:
        before = ports.stock.reservation(order_id)
        if before is None:
            raise ReservationNotFoundError("This order holds nothing.")
        move = domain.commit(before)
        return before if move is None else _save_or_refuse(ports, _again_with_promotion(ports, move))

    return _again(attempt)


def release_reservation(ports: Ports, order_id: str, correlation_id: str, *, restock: bool) -> Reservation:
    """The order is given up: what it holds goes back, and it can never hold again. The same again changes nothing.

    `restock` says that a sale goes back too; without it, ReservationCommittedError is raised for one.
    """

    def attempt() -> Reservation:
        before = ports.stock.reservation(order_id)
        if before is None:
            at = ports.clock.now()
            never = domain.tombstone(order_id, at=at, currency=ports.currency, correlation_id=correlation_id)
            return ports.stock.save(Move(never, 0), at=at)
        if before.status is ReservationStatus.COMMITTED and not restock:
            raise ReservationCommittedError("What is sold goes back by cancelling the order.")
        move = domain.release(before)
        return before if move is None else ports.stock.save(move, at=ports.clock.now())

    return _again(attempt)


def due_reservations(ports: Ports) -> Iterable[Reservation]:
    """Holds that seem to have run out."""
    return ports.stock.due(ports.clock.now())


def expire_reservation(ports: Ports, reservation: Reservation) -> bool:
    """Gives back a hold that has run out; whether it had, and nobody was quicker."""
    move = domain.expire(reservation, at=ports.clock.now())
    if move is None:
        return False
    try:
        ports.stock.save(move, at=ports.clock.now())
    except ConcurrentUpdateError:
        return False  # paid, released or held again since the index was read
    return True
