"""Buckets: made and closed while sales go on, kept even, gathered.

Each step is a conditional write that leaves every unit in one place, so that a run that ends half-way, or meets another
one, is made good by the next. What there is to be stands in the level itself.
"""

from collections.abc import Iterable, Sequence

from catalog.domain import buckets as domain
from catalog.domain.buckets import Shift
from catalog.domain.stock import StockLevel, UnknownSkuError
from catalog.use_cases.ports import Ports
from minishop.errors import ConcurrentUpdateError

ATTEMPTS = 5


def known_level(ports: Ports, sku: str) -> StockLevel:
    """A SKU's level. Raises UnknownSkuError."""
    level = ports.stock.level(sku)
    if level is None:
        raise UnknownSkuError("No product has this SKU.")
    return level


def set_buckets(ports: Ports, sku: str, count: int) -> StockLevel:
    """Has a SKU sold from so many buckets from now on; the level as it then is. Raises UnknownSkuError.

    Where sales are in the way of closing the last ones, the schedule does.
    """
    for _ in range(ATTEMPTS):
        level = known_level(ports, sku)
        try:
            if level.target != count:
                _resize(ports, level, target=count, count=min(level.count, count), items=max(len(level.buckets), count))
            return settle_buckets(ports, sku)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the buckets keep changing")


def _resize(ports: Ports, level: StockLevel, *, target: int, count: int, items: int) -> None:
    ports.buckets.resize(level, target=target, count=count, items=items)


def settle_buckets(ports: Ports, sku: str) -> StockLevel:
    """Brings a SKU to the buckets that it is to have, even ones; the level as it then is.

    Raises UnknownSkuError, ConcurrentUpdateError: somebody else changes them at this moment.
    """
    level = known_level(ports, sku)
    target = level.target
    if not level.settled:
        ports.buckets.open(sku, range(1, target), is_open=True)
        ports.buckets.open(sku, range(target, len(level.buckets)), is_open=False)
        _shift(ports, sku, domain.drain(level.buckets, target))
        level = known_level(ports, sku)
    _shift(ports, sku, domain.even_out(level.buckets, target))
    level = known_level(ports, sku)
    if level.target == target and not level.settled and not domain.drain(level.buckets, target):
        _resize(ports, level, target=target, count=target, items=target)
        level = known_level(ports, sku)
    ports.buckets.count(level, at=ports.clock.now())
    return level


def _shift(ports: Ports, sku: str, shifts: Iterable[Shift]) -> None:
    for shift in shifts:
        try:
            ports.buckets.shift(sku, shift, at=ports.clock.now())
        except ConcurrentUpdateError:
            continue  # they were sold, or come another way: what is left is seen at the next look


def gather_units(ports: Ports, sku: str) -> None:
    """Brings all units of a SKU that can be bought into its own item. Raises UnknownSkuError."""
    _shift(ports, sku, domain.gather(known_level(ports, sku).buckets))


def gather_allocated(ports: Ports, sku: str, quantity: int) -> None:
    """Has so many of the units that are held or sold counted in the SKU's own item. Raises UnknownSkuError."""
    _shift(ports, sku, domain.gather_allocated(known_level(ports, sku).buckets, quantity))


def bucketed_skus(ports: Ports) -> Sequence[str]:
    """SKUs that have several buckets, or are to have."""
    return ports.buckets.listed()
