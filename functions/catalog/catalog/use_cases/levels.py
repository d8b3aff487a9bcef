"""Levels: looked at, adjusted, written off, restocked, each movement noted in the ledger."""

from collections.abc import Iterable

from catalog.domain import losses
from catalog.domain.buckets import Draw, parts, scattered
from catalog.domain.ledger import Movement, Moving, movements_of
from catalog.domain.losses import Restock, WriteOff
from catalog.domain.stock import (
    Adjustment,
    InsufficientStockError,
    StockLevel,
    Wanted,
    refuse_shortages,
    shortages,
    summed,
)
from catalog.use_cases.buckets import gather_allocated, gather_units, known_level
from catalog.use_cases.ports import Ports, Position
from catalog.use_cases.stock import ATTEMPTS
from minishop.contracts.catalog import StockLine
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError, IdempotencyKeyReusedError
from minishop.events import Metadata
from minishop.ids import derived_id


def get_level(
    ports: Ports, sku: str, limit: int, position: Position | None
) -> tuple[StockLevel, list[Movement], Position | None]:
    """A SKU's level and a page of its ledger. Raises UnknownSkuError."""
    level = known_level(ports, sku)
    entries, following = ports.ledger.entries(sku, limit, position)
    return level, entries, following


def adjust_stock(
    ports: Ports, sku: str, delta: int, reason: str, *, actor: str, key: str, fingerprint: str
) -> Adjustment:
    """Takes stock in, or out; once for an actor and a key.

    Raises UnknownSkuError, InsufficientStockError, IdempotencyKeyReusedError.
    """
    adjustment = Adjustment(
        id=derived_id("adj", actor, key),
        sku=sku,
        delta=delta,
        reason=reason,
        actor=actor,
        at=ports.clock.now(),
        fingerprint=fingerprint,
    )
    for _ in range(ATTEMPTS):
        try:
            ports.stock.adjust(adjustment)
        except AlreadyExistsError:
            return _first(ports, adjustment)
        except ConcurrentUpdateError:
            _refuse_adjustment(ports, adjustment)
            gather_units(ports, sku)
        else:
            return adjustment
    raise ConcurrentUpdateError("the level keeps changing")


def _first(ports: Ports, again: Adjustment) -> Adjustment:
    first = ports.stock.adjustment(again.id)
    if first is None or first.fingerprint != again.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key came with another request; use a fresh one.")
    return first


def _refuse_adjustment(ports: Ports, adjustment: Adjustment) -> None:
    level = known_level(ports, adjustment.sku)
    if level.available + adjustment.delta < 0:
        short = [{"sku": level.sku, "wanted": -adjustment.delta, "available": level.available}]
        raise InsufficientStockError("There is less than that to take out.", extra={"shortages": short})


def _in_order(lines: Iterable[Wanted]) -> tuple[StockLine, ...]:
    every = sorted(summed(lines), key=lambda line: line.sku)
    return tuple(StockLine(sku=line.sku, quantity=line.quantity) for line in every)


def write_off(ports: Ports, shipment_id: str, order_id: str, lines: Iterable[Wanted], *, replace: bool) -> WriteOff:
    """Writes off what was lost with a shipment, once; with `replace`, as much is taken from stock in its place.

    Raises NotSoldError, WriteOffDiffersError, InsufficientStockError.
    """
    wanted = WriteOff(
        shipment_id=shipment_id,
        order_id=order_id,
        lines=_in_order(lines),
        replace=replace,
        at=ports.clock.now(),
    )
    for _ in range(ATTEMPTS):
        first = ports.stock.written_off(shipment_id)
        if first is not None:
            losses.refuse_difference(first, wanted)
            return first
        reservation = losses.lose(ports.stock.reservation(order_id), wanted)
        try:
            taken = _replacement(ports, wanted) if replace else _sold_parts(ports, wanted)
            ports.stock.write_off(wanted, reservation, taken)
        except ConcurrentUpdateError:
            continue
        return wanted
    raise ConcurrentUpdateError("the order's stock keeps changing")


def _replacement(ports: Ports, write_off: WriteOff) -> list[Draw]:
    """What is taken in place of what was lost, all from the SKUs' own items. Raises InsufficientStockError."""
    offers = ports.stock.offers([line.sku for line in write_off.lines], consistent=True)
    refuse_shortages(shortages(write_off.lines, offers))
    for line in write_off.lines:
        if offers[line.sku].units[1:] and offers[line.sku].units[0] < line.quantity:
            gather_units(ports, line.sku)
    return [Draw(line.sku, 0, line.quantity) for line in write_off.lines]


def _sold_parts(ports: Ports, write_off: WriteOff) -> list[Draw]:
    """Where the lost units are counted as sold.

    Raises ConcurrentUpdateError when that was in more buckets than a transaction takes: now it is in fewer.
    """
    found: list[Draw] = []
    for line in write_off.lines:
        allocated = [bucket.allocated for bucket in known_level(ports, line.sku).buckets]
        found += parts(line.sku, line.quantity, allocated, 0)
    own = [Draw(line.sku, 0, line.quantity) for line in write_off.lines]  # is written in any case: it counts the loss
    skus = scattered((*own, *(part for part in found if part.bucket)))
    for line in write_off.lines:
        if line.sku in skus:
            gather_allocated(ports, line.sku, line.quantity)
    if skus:
        raise ConcurrentUpdateError("its stock was scattered over too many buckets")
    return found


def restock_return(ports: Ports, return_id: str, order_id: str, lines: Iterable[Wanted]) -> None:
    """What came back and was accepted can be bought again; once for a return. Raises ConcurrentUpdateError."""
    restock = Restock(return_id=return_id, order_id=order_id, lines=_in_order(lines), at=ports.clock.now())
    try:
        ports.stock.restock(restock)
    except AlreadyExistsError:
        return


def record_movements(ports: Ports, event: Moving, metadata: Metadata) -> None:
    """Writes the lines of the ledger that follow from an event."""
    ports.ledger.record(movements_of(event, metadata))
