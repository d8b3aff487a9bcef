"""How often a second one SKU can be held, by the number of its buckets, in virtual time.

    scripts/bench hot-sku [--seconds 3] [--clients 400] [--seed 7] [--buckets 1 4 16 64] [--code]

The use case and repositories are those of the shop; the table under them is `scripts.simulation.contended_table`,
which says what it takes for granted. So many clients hold one unit after the other without a pause, each time for an
order of its own; with `--code`, each with a promotion whose uses are counted in total.
"""

import argparse
import os
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest import mock

from pynamodb.exceptions import TransactWriteError

from catalog.bucket_table import BucketTable
from catalog.category_table import CategoryTable
from catalog.domain.products import Product, Status, Variant
from catalog.domain.promotions import Kind, Promotion
from catalog.domain.stock import Wanted
from catalog.ledger_table import LedgerTable
from catalog.promotion_table import PromotionTable
from catalog.repository import ProductTable, StockTable
from catalog.search import IndexSearch
from catalog.snapshots import BucketSnapshots
from catalog.use_cases.buckets import set_buckets
from catalog.use_cases.levels import adjust_stock
from catalog.use_cases.ports import Ports
from catalog.use_cases.promotions import create_promotion
from catalog.use_cases.stock import HoldRequest, hold_stock
from minishop import dynamodb, ids
from minishop.clock import SystemClock
from minishop.correlation import Correlation, set_correlation
from minishop.errors import ConcurrentUpdateError
from minishop.money import Money
from scripts.simulation.contended_table import ContendedTable
from scripts.simulation.memory.client import connected
from scripts.simulation.virtual_time import VirtualTime

EPOCH = datetime(2026, 11, 27, 12, tzinfo=UTC)
SKU, CODE = "HOT", "HOT"
UNITS = 1_000_000
WARM_UP_SECONDS = 0.5


@dataclass(frozen=True)
class Result:
    """What was seen of so many buckets: rates a second, times in seconds, write units a hold."""

    buckets: int
    held: float
    gave_up: float
    conflicts: float
    median: float
    slowest: float  # of a hundred
    units: float


def _ports(time: VirtualTime) -> Ports:
    clock = SystemClock(time.moment)
    return Ports(
        products=ProductTable(),
        search=IndexSearch(ProductTable(), BucketSnapshots(), clock),
        stock=StockTable(),
        promotions=PromotionTable(),
        ledger=LedgerTable(),
        buckets=BucketTable(),
        categories=CategoryTable(),
        clock=clock,
        ids=ids.system,
        currency="EUR",
    )


def _set_the_scene(ports: Ports, buckets: int) -> None:
    variant = Variant(sku=SKU, title="Hot", price=Money(1999, "EUR"), weight_grams=300)
    product = Product(
        id="prd_hot",
        slug="hot",
        title="Hot",
        description="",
        category="things",
        images=(),
        attributes={},
        status=Status.PUBLISHED,
        variants=(variant,),
        created_at=EPOCH,
        updated_at=EPOCH,
    )
    ports.products.insert(product, ())
    adjust_stock(ports, SKU, UNITS, "delivery", actor="cus_admin", key="delivery", fingerprint="delivery")
    set_buckets(ports, SKU, buckets)
    promotion = Promotion(
        code=CODE,
        kind=Kind.PERCENTAGE,
        value=10,
        currency="EUR",
        limit_total=UNITS,
        created_at=EPOCH,
        updated_at=EPOCH,
    )
    create_promotion(ports, promotion)


def _client(
    ports: Ports, time: VirtualTime, name: int, code: str | None, note: Callable[[str, float], None]
) -> Callable[[], None]:
    def hold_one_after_the_other() -> None:
        number = 0
        while True:
            number += 1
            began = time.now
            request = HoldRequest(
                order_id=f"ord_{name}_{number}",
                customer_id=f"gst_{name}",
                lines=(Wanted(SKU, 1),),
                promotion=code,
                expected=None,
                hold_for=timedelta(minutes=15),
                correlation_id=f"request-{name}-{number}",
            )
            try:
                hold_stock(ports, request)
            except (ConcurrentUpdateError, TransactWriteError):
                note("gave up", began)
            else:
                note("held", began)

    return hold_one_after_the_other


@contextmanager
def contended_shop(seed: int) -> Iterator[tuple[VirtualTime, ContendedTable, Ports]]:
    """A shop on such a table, in virtual time, with nothing in it."""
    time = VirtualTime(EPOCH)
    table = ContendedTable(time, seed)
    with (
        mock.patch.dict(os.environ, {"CATALOG_TABLE": table.name}),
        mock.patch.object(dynamodb.Transaction.__init__, "__defaults__", (time.sleep,)),
        mock.patch.object(dynamodb, "random", random.Random(seed)),  # noqa: S311  jitter
        set_correlation(Correlation("bench", "bench", "cus_admin")),
        connected(table),
    ):
        table.loaded = False
        yield time, table, _ports(time)


def simulate(buckets: int, *, clients: int, seconds: float, seed: int, code: str | None = None) -> Result:
    """Runs it for so many virtual seconds after a warm-up. Raises AssertionError when the books do not agree."""
    seen: dict[str, list[float]] = {"held": [], "gave up": []}

    with contended_shop(seed) as (time, table, ports):

        def note(what: str, began: float) -> None:
            if began >= WARM_UP_SECONDS:
                seen[what].append(time.now - began)

        _set_the_scene(ports, buckets)
        table.loaded = True
        for name in range(clients):
            time.start(_client(ports, time, name, code, note), after=name * WARM_UP_SECONDS / clients)
        time.run(until=WARM_UP_SECONDS + seconds)
        table.loaded = False
        level = ports.stock.level(SKU)
        assert level is not None
        assert level.available + level.allocated == UNITS, level
        reservations = sum(key[1] == "reservation" for key in table.items)
        assert level.allocated == reservations, (level.allocated, reservations)
        uses = ports.promotions.redeemed([CODE])[CODE]
        assert uses == (reservations if code else 0), (uses, reservations)
    times = seen["held"] or [0.0]
    return Result(
        buckets=buckets,
        held=len(seen["held"]) / seconds,
        gave_up=len(seen["gave up"]) / seconds,
        conflicts=table.counts["TransactionConflict"] / max(1, table.counts["TransactWriteItems"]),
        median=statistics.median(times),
        slowest=statistics.quantiles(times, n=100)[-1] if len(times) > 1 else times[0],
        units=sum(table.used.values()) / max(1, reservations),
    )


def show(results: Sequence[Result]) -> str:
    """The table that the README has."""
    lines = [
        "| buckets | holds/s | refused/s | tries that conflict | median | p99 |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.buckets} | {one.held:,.0f} | {one.gave_up:,.0f} | {one.conflicts:.0%} "
        f"| {one.median * 1000:.0f} ms | {one.slowest * 1000:.0f} ms |"
        for one in results
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="virtual seconds that are measured")
    parser.add_argument("--clients", type=int, default=400, help="that hold at once")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--buckets", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--code", action="store_const", const=CODE, help="each hold uses a code that counts its uses")
    options = parser.parse_args(arguments)
    results = []
    for count in options.buckets:
        how = {"clients": options.clients, "seconds": options.seconds, "seed": options.seed, "code": options.code}
        results.append(simulate(count, **how))
        print(f"{count} buckets: {results[-1].held:,.0f} holds/s", flush=True)
    print(show(results))
    return 0


if __name__ == "__main__":
    main()
