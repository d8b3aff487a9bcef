"""Measures the search index: `scripts/bench search [--products 100000]`.

Prints what a build takes, how large the snapshot is, how long an environment needs to load it, the memory that it
then has, and how long questions take, facets included. All times are CPU time; nothing is asserted: machines differ.
PYTHONPATH needs the catalogue and the kernel, as in scripts/openapi.
"""

import argparse
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from catalog.domain.products import Product, Status, Variant, words
from catalog.search_index import SearchIndex
from catalog.search_queries import facets, find
from catalog.use_cases.ports import ListingQuery, Sort
from minishop.money import Money

SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "pe",
    "qui",
    "ro",
    "su",
    "ta",
    "ve",
    "wi",
    "zan",
]
KINDS = ["mug", "bowl", "lamp", "chair", "table", "shelf", "towel", "basket", "candle", "vase", "clock", "rug", "stool"]
COLOURS = ["red", "blue", "green", "black", "white", "grey", "yellow", "brown", "pink", "orange", "purple", "beige"]
QUESTIONS = ("mug", "red mug", "mu", "stnol", "zancorfen", "blue lamp gol", "baskte", "m")


def made_up(count: int, seed: int = 1) -> Iterator[Product]:
    """Products whose words are spread as in shops: a few everywhere, most in a handful of titles."""
    source = random.Random(seed)  # noqa: S311  not a secret
    names = ["".join(source.choices(SYLLABLES, k=source.randint(2, 4))) for _ in range(30_000)]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(count):
        kind, colour = source.choice(KINDS), source.choice(COLOURS)
        price = Money(source.randint(100, 40_000), "EUR")
        brand = names[int(30_000 * source.random() ** 3)]
        variants = tuple(
            Variant(sku=f"S{number}-{size}", title=f"{colour} {size}", price=price, weight_grams=100)
            for size in ("small", "large")
        )
        yield Product(
            id=f"prd_{number}",
            slug=f"product-{number}",
            title=f"{brand} {colour} {kind}",
            description=" ".join(source.choices(names, k=40)),
            category=f"{kind}s",
            images=(),
            attributes={"material": source.choice(names[:50])},
            status=Status.PUBLISHED,
            variants=variants,
            created_at=start + timedelta(seconds=number),
            updated_at=start + timedelta(seconds=number),
            version=1,
        )


def seconds(run: Callable[[], object]) -> float:
    """CPU time: other work on the machine does not count."""
    started = time.process_time()
    run()
    return time.process_time() - started


def resident() -> float:
    """The most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _median(run: Callable[[], object], times: int = 5) -> float:
    return statistics.median(seconds(run) for _ in range(times)) * 1000


def _ask(index: SearchIndex, text: str) -> None:
    asked = words(text)
    counting = _median(partial(facets, index, asked))
    for sort in (Sort.RELEVANCE, Sort.NEWEST, Sort.PRICE_ASC):
        page = _median(partial(find, index, ListingQuery(words=asked, sort=sort), 20, None))
        print(f"{text or '(none)':24} {sort.value:10} {page:10.1f} {counting:8.1f}")


def main(arguments: list[str]) -> int:
    """Builds, dumps, loads, asks."""
    parser = argparse.ArgumentParser(description="Measures the search index.")
    parser.add_argument("--products", type=int, default=100_000)
    count = parser.parse_args(arguments).products
    index = SearchIndex()
    built = seconds(lambda: index.put(made_up(count)))
    print(f"{count:,} products: built in {built:.1f} s ({count / built:,.0f} a second), {index.size / 1e6:.0f} MB")
    started = time.process_time()
    dump = index.dump()
    print(f"dump: {time.process_time() - started:.1f} s, {len(dump) / 1e6:.1f} MB in S3")
    print(f"load: {seconds(partial(SearchIndex, dump)):.2f} s; {resident():.0f} MB at most, for two indexes and a dump")
    print(f"{'question':24} {'sort':10} {'first page':>10} {'facets':>8}   milliseconds, median of 5")
    for text in ("", *QUESTIONS):
        _ask(index, text)
    first = next(made_up(1))
    versions = iter(range(2, 100))
    print(f"a change: {_median(lambda: index.put([replace(first, version=next(versions))])):.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
