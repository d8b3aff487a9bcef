"""What must hold of stock, whatever happened to it: rules as in `rules`, of the catalogue's table alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
ALLOCATED = {"held", "committed"}


def _sums(rows: Iterable[Row], amount: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["sku"]] += int(row.get(amount, 0))
    return sums


def _lines(rows: Iterable[Row], name: str = "lines") -> Counter[str]:
    return _sums((line for row in rows for line in row.get(name) or ()), "quantity")


def available(tables: Tables) -> Counter[str]:
    """What can be bought, by SKU, whichever bucket it is in."""
    levels = _sums(tables["catalog.sku"], "available")
    levels.update(_sums(tables["catalog.bucket"], "units"))
    return levels


def stock_is_conserved(tables: Tables) -> Iterator[str]:
    """Per SKU: initial + restocked = available + held + sold + written off, and nothing is below zero."""
    holding = [row for row in tables["catalog.reservation"] if row["status"] in ALLOCATED]
    taken = _lines(holding)
    taken.subtract(_lines(holding, "lost"))
    came_in = _sums(tables["catalog.adjustment"], "delta") + _lines(tables["catalog.restock"])
    lost = _lines(tables["catalog.write_off"])
    further = {name: _sums(tables["catalog.bucket"], name) for name in ("units", "allocated")}
    for level in tables["catalog.sku"]:
        sku, own = level["sku"], (int(level.get("available", 0)), int(level.get("allocated", 0)))
        if min(own) < 0:
            yield f"{sku}: {own[0]} available, {own[1]} allocated"
        units, allocated = own[0] + further["units"][sku], own[1] + further["allocated"][sku]
        if allocated != taken[sku]:
            yield f"{sku}: {allocated} allocated, but orders hold or bought {taken[sku]}"
        if came_in[sku] != units + allocated + lost[sku]:
            yield f"{sku}: {came_in[sku]} came in, but there are {units} + {allocated} + {lost[sku]}"
        counted = int(level.get("received", 0)) + int(level.get("restocked", 0)), int(level.get("written_off", 0))
        if counted != (came_in[sku], lost[sku]):
            yield f"{sku}: its level counts {counted}, but {came_in[sku]} came in and {lost[sku]} were lost"


def buckets_are_in_the_layout(tables: Tables) -> Iterator[str]:
    """No bucket is below zero, and none that its SKU does not count has anything in it."""
    counted = {level["sku"]: int(level.get("bucket_items", 1)) for level in tables["catalog.sku"]}
    for bucket in tables["catalog.bucket"]:
        holds = int(bucket["units"]), int(bucket["allocated"])
        if min(holds) < 0 or (any(holds) and bucket["number"] >= counted[bucket["sku"]]):
            yield f"{bucket['sku']}: bucket {bucket['number']} of {counted[bucket['sku']]} holds {holds}"


def ledgers_explain_levels(tables: Tables) -> Iterator[str]:
    """Per SKU: the changes of its ledger's lines sum to what can be bought, and each line says who and why."""
    changes = _sums(tables["catalog.ledger"], "change")
    for sku, units in available(tables).items():
        if changes[sku] != units:
            yield f"{sku}: its ledger makes {changes[sku]}, but {units} are available"
    kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in tables["catalog.ledger"]:
        if not (row.get("actor") and row.get("correlation_id") and row.get("reason")):
            yield f"{row['sku']}: {row['kind']} at {row['at']} says not who or why"
        kinds[row["sku"], row["reference"]][row["kind"]] += 1
    for (sku, reference), counts in kinds.items():
        if counts["committed"] > 1 or counts["released"] > 1:
            yield f"{sku}: {reference} was {dict(counts)}"


STOCK_RULES: tuple[Callable[[Tables], Iterator[str]], ...] = (
    stock_is_conserved,
    buckets_are_in_the_layout,
    ledgers_explain_levels,
)
