"""Stock: quoted, held, sold, given back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from catalog.domain import discounts, promotions
from catalog.domain import stock as domain
from catalog.domain.buckets import scattered, start_of
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
from catalog.use_cases.buckets import gather_allocated, gather_units, known_level
from catalog.use_cases.ports import Ports
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
    order_id: str | None = None,
    consistent: bool = False,
    counted: bool = True,
) -> Quote:
    """Prices lines as of now, with a promotion's discount if it applies; nothing is held.

    A promotion that this very order holds applies to it, also when that was its last use, or its end has come since.
    """
    wanted = domain.summed(lines)
    offers = ports.stock.offers([line.sku for line in wanted], consistent=consistent, counted=counted)
    priced = domain.price(wanted, offers, ports.currency)
    if promotion is None:
        return priced
    code = promotions.canonical(promotion)
    known = ports.promotions.find(code)
    usage = ports.promotions.usage(known, customer_id) if known is not None else Usage()
    quoted = discounts.apply(priced, code, known, usage, at=ports.clock.now())
    if quoted.redemption is None and known is not None and _holds_use(ports, order_id, code):
        return discounts.grant(priced, known)
    return quoted


def _holds_use(ports: Ports, order_id: str | None, code: str) -> bool:
    reservation = ports.stock.reservation(order_id) if order_id is not None else None
    return reservation is not None and reservation.holds_use_of(code)


def _again(attempt: Callable[[int], Reservation]) -> Reservation:
    """Decides and saves, anew when somebody else saved in between; `attempt` is told how often it was tried before."""
    for number in range(ATTEMPTS):
        try:
            return attempt(number)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the reservation or its stock keeps changing")


def _take(ports: Ports, move: Move, number: int) -> Reservation:
    """Saves a move that takes what was held before, if there still is enough. Raises InsufficientStockError."""
    if move.allocate > 0:
        lines = move.reservation.quantities
        offers = ports.stock.offers([line.sku for line in lines], consistent=True)
        domain.refuse_shortages(domain.shortages(lines, offers))
        move = domain.drawn(move, offers, start_of(move.reservation.order_id, number))
    return _save_whole(ports, move)


def _save_whole(ports: Ports, move: Move) -> Reservation:
    """Saves; what is scattered over more buckets than a transaction takes is gathered first, for the next attempt."""
    skus = scattered(move.reservation.parts)
    if not skus:
        return ports.stock.save(move, at=ports.clock.now())
    quantities = {line.sku: line.quantity for line in move.reservation.quantities}
    for sku in skus:
        if move.allocate > 0:
            gather_units(ports, sku)
        else:
            gather_allocated(ports, sku, quantities[sku])
    raise ConcurrentUpdateError("its stock was scattered over too many buckets")


def _give_back(ports: Ports, move: Move, number: int) -> Reservation:
    """Saves a move that gives back: to the buckets that it came from, and where that fails to those that there are."""
    if number and move.allocate < 0:
        levels = {line.sku: known_level(ports, line.sku) for line in move.reservation.quantities}
        move = domain.given_back(move, levels, start_of(move.reservation.order_id, number))
    return _save_whole(ports, move)


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


def hold_stock(ports: Ports, request: HoldRequest) -> Reservation:
    """Holds all of an order's lines, or none. Idempotent by the order: the same again is the same hold.

    A hold that has run out is held again at its frozen prices. Raises InsufficientStockError, TotalChangedError,
    ReservationReleasedError, PromotionNotApplicableError.
    """

    def attempt(number: int) -> Reservation:
        before = ports.stock.reservation(request.order_id)
        now = ports.clock.now()
        if before is not None:
            move = domain.hold_again(before, at=now, hold_for=request.hold_for)
            return before if move is None else _take(ports, _again_with_promotion(ports, move), number)
        counted = number > 0  # at first it is just tried, in any bucket of a SKU that has several
        priced = quote(ports, request.lines, request.promotion, request.customer_id, consistent=True, counted=counted)
        domain.refuse_shortages(priced.shortages)
        discounts.refuse_unexpected(priced, request.expected)
        fresh = domain.hold(
            request.order_id,
            request.customer_id,
            priced,
            until=now + request.hold_for,
            correlation_id=request.correlation_id,
        )
        return _save_whole(ports, domain.drawn(fresh, priced.offers, start_of(request.order_id, number)))

    return _again(attempt)


def commit_reservation(ports: Ports, order_id: str) -> Reservation:
    """The order is paid: its hold becomes a sale. The same again changes nothing.

    Raises ReservationNotFoundError; InsufficientStockError or PromotionNotApplicableError when the hold ran out and
    its stock was sold, or its promotion used up, elsewhere.
    """

    def attempt(number: int) -> Reservation:
        before = ports.stock.reservation(order_id)
        if before is None:
            raise ReservationNotFoundError("This order holds nothing.")
        move = domain.commit(before)
        return before if move is None else _take(ports, _again_with_promotion(ports, move), number)

    return _again(attempt)


def release_reservation(ports: Ports, order_id: str, correlation_id: str, *, restock: bool) -> Reservation:
    """The order is given up: what it holds goes back, and it can never hold again. The same again changes nothing.

    `restock` says that a sale goes back too; without it, ReservationCommittedError is raised for one.
    """

    def attempt(number: int) -> Reservation:
        before = ports.stock.reservation(order_id)
        if before is None:
            at = ports.clock.now()
            never = domain.tombstone(order_id, at=at, currency=ports.currency, correlation_id=correlation_id)
            return ports.stock.save(Move(never, 0), at=at)
        if before.status is ReservationStatus.COMMITTED and not restock:
            raise ReservationCommittedError("What is sold goes back by cancelling the order.")
        move = domain.release(before)
        return before if move is None else _give_back(ports, move, number)

    return _again(attempt)


def due_reservations(ports: Ports) -> Iterable[Reservation]:
    """Holds that seem to have run out."""
    return ports.stock.due(ports.clock.now())


def expire_reservation(ports: Ports, reservation: Reservation) -> bool:
    """Gives back a hold that has run out; whether it had, and nobody was quicker."""
    expired = False

    def attempt(number: int) -> Reservation:
        nonlocal expired
        before = ports.stock.reservation(reservation.order_id) if number else reservation
        assert before is not None  # reservations are never deleted
        move = domain.expire(before, at=ports.clock.now())
        if move is None:
            return before  # paid, released or held again since the index was read
        after = _give_back(ports, move, number)
        expired = True
        return after

    try:
        _again(attempt)
    except ConcurrentUpdateError:
        return False  # the next run tries again
    return expired
