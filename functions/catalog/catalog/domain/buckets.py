"""Buckets: a level in several items, so that a SKU that many want at once is not as slow as one item.

DynamoDB lets one transaction at a time write an item, and 1,000 units a second be written to a partition. A SKU that
sells faster has its units in several buckets: number 0 is the SKU's own item, each further one an item on a partition
of its own. A hold takes from one bucket, as long as one has enough, and else from several at once: what is shown as
available can be bought, whichever buckets it lies in. It goes back to where it came from, or, where that bucket has
been closed since, to where the closed one's units went.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

MAX_BUCKETS = 64
MAX_PARTS = 96  # with the reservation, and a promotion's counts, they fit into one transaction of 100
PLENTY = 10**9  # what a level that was not counted is taken for
UNEVEN = 2  # a bucket is too full at this many times its share, and too empty at its share divided by that


@dataclass(frozen=True)
class Draw:
    """A quantity of a SKU in one bucket."""

    sku: str
    bucket: int
    quantity: int


@dataclass(frozen=True)
class BucketLevel:
    """How much there is in a bucket."""

    available: int
    allocated: int


@dataclass(frozen=True)
class Shift:
    """Units that move from a bucket to another."""

    source: int
    target: int
    available: int
    allocated: int = 0


def start_of(order_id: str, attempt: int) -> int:
    """Where an order begins to look for units: anywhere, elsewhere at each attempt, and the same again for the same."""
    return crc32(f"{order_id}#{attempt}".encode())


def parts(sku: str, quantity: int, levels: Sequence[int], start: int) -> tuple[Draw, ...]:
    """Which buckets give a quantity that all of them together have: the first that can alone, else the fullest ones."""
    around = [(start + step) % len(levels) for step in range(len(levels))]
    for bucket in around:
        if levels[bucket] >= quantity:
            return (Draw(sku, bucket, quantity),)
    found = []
    for bucket in sorted(around, key=lambda number: levels[number], reverse=True):
        part = min(quantity, levels[bucket])
        if part <= 0:
            break
        found.append(Draw(sku, bucket, part))
        quantity -= part
    return tuple(found)


def scattered(draws: Sequence[Draw]) -> tuple[str, ...]:
    """The SKUs that have to be gathered first, when there are more parts than a transaction takes: as few as will do.

    A SKU that has been gathered is one part.
    """
    over = len(draws) - MAX_PARTS
    found = []
    for sku, count in Counter(draw.sku for draw in draws).most_common():
        if over <= 0 or count == 1:
            break
        found.append(sku)
        over -= count - 1
    return tuple(found)


def without(draws: Iterable[Draw], sku: str, quantity: int) -> tuple[Draw, ...]:
    """The draws less a quantity of a SKU, whichever bucket it is in."""
    left = []
    for draw in draws:
        taken = min(quantity, draw.quantity) if draw.sku == sku else 0
        quantity -= taken
        if taken < draw.quantity:
            left.append(replace(draw, quantity=draw.quantity - taken))
    return tuple(left)


def drain(levels: Sequence[BucketLevel], count: int) -> tuple[Shift, ...]:
    """What empties the buckets from number `count` on."""
    return tuple(
        Shift(number, 0, level.available, level.allocated)
        for number, level in enumerate(levels)
        if number >= count and (level.available or level.allocated)
    )


def even_out(levels: Sequence[BucketLevel], count: int) -> tuple[Shift, ...]:
    """What makes the first `count` buckets alike again; nothing while none of them is far from its share."""
    units = [level.available for level in levels[:count]]
    share, more = divmod(sum(units), count)
    if max(units) <= UNEVEN * (share + 1) and min(units) * UNEVEN >= share:
        return ()
    wanted = [share + (number < more) for number in range(count)]
    surplus = [(number, units[number] - wanted[number]) for number in range(count) if units[number] > wanted[number]]
    shifts = []
    for target in range(count):
        lacking = wanted[target] - units[target]
        while lacking > 0:
            source, spare = surplus.pop()
            moved = min(spare, lacking)
            shifts.append(Shift(source, target, moved))
            lacking -= moved
            if spare > moved:
                surplus.append((source, spare - moved))
    return tuple(shifts)


def gather(levels: Sequence[BucketLevel]) -> tuple[Shift, ...]:
    """What brings all units that can be bought into the SKU's own item."""
    return tuple(Shift(number, 0, level.available) for number, level in enumerate(levels) if number and level.available)


def gather_allocated(levels: Sequence[BucketLevel], quantity: int) -> tuple[Shift, ...]:
    """What brings so many units that are held or sold into the SKU's own item, from the fullest buckets."""
    lacking = quantity - levels[0].allocated
    shifts = []
    for number in sorted(range(1, len(levels)), key=lambda number: levels[number].allocated, reverse=True):
        part = min(lacking, levels[number].allocated)
        if part <= 0:
            break
        shifts.append(Shift(number, 0, 0, part))
        lacking -= part
    return tuple(shifts)
