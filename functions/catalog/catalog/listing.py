"""The listing: which published products there are, by word, category, age and price.

An inverted index in the table: one small entry for each term of a product (its words, its category, and one for
all), written in the product's own transaction. A page is one Query on the rarest term that was asked for, the
others are filters. Words are whole words.
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from catalog.domain.products import Product, listing_words
from catalog.items import CategoryItem, EntryItem, by_age
from catalog.use_cases.ports import CategoryCount, Found, ListingQuery, Position, Sort
from minishop.dynamodb import Transaction

ALL = "all"
CATEGORIES = "categories"
MAX_QUERIES = 5  # for one page, where filters leave gaps
PAGE = 100  # entries read at a time where there are filters
_HIGHEST = "~"


def _price_key(amount: int) -> str:
    return f"{amount:013d}"


def terms_of(product: Product) -> tuple[str, ...]:
    """The terms that a product is listed under: none unless it is published."""
    if not product.published:
        return ()
    return (ALL, f"category#{product.category}", *(f"word#{word}" for word in listing_words(product)))


def enlist_entries(
    transaction: Transaction, before: Product | None, old: tuple[str, ...], after: Product, new: tuple[str, ...]
) -> int:
    """Adds to a transaction what the listing needs when `before`, listed under `old`, becomes `after` under `new`.

    How many operations that were.
    """
    same = before is not None and _entry_values(before) == _entry_values(after)
    gone = [term for term in old if term not in new]
    fresh = [term for term in new if not same or term not in old]
    for term in gone:
        entry = EntryItem(f"product#{after.id}", term)
        leave = [EntryItem.listing_pk.remove(), EntryItem.listing_sk.remove(), EntryItem.price_sk.remove()]
        transaction.change(f"entry {term}", entry, leave)
    for term in fresh:
        transaction.change(f"entry {term}", EntryItem(f"product#{after.id}", term), _entry_actions(after, term))
    moved = _category_moves(before, after)
    for category, step in moved.items():
        actions = [CategoryItem.category.set(category), CategoryItem.products.add(step)]
        transaction.change(f"category {category}", CategoryItem(CATEGORIES, f"category#{category}"), actions)
    return len(gone) + len(fresh) + len(moved)


def _entry_values(product: Product) -> tuple[Any, ...]:
    return product.category, product.lowest_price.amount, listing_words(product), product.published


def _entry_actions(product: Product, term: str) -> list[Action]:
    amount = product.lowest_price.amount
    return [
        EntryItem.listing_pk.set(term),
        EntryItem.listing_sk.set(by_age(product)),
        EntryItem.price_sk.set(f"{_price_key(amount)}#{product.id}"),
        EntryItem.product_id.set(product.id),
        EntryItem.category.set(product.category),
        EntryItem.price.set(amount),
        EntryItem.words.set(list(listing_words(product))),
    ]


def _category_moves(before: Product | None, after: Product) -> dict[str, int]:
    moves: dict[str, int] = {}
    if before is not None and before.published:
        moves[before.category] = -1
    if after.published:
        moves[after.category] = moves.get(after.category, 0) + 1
    return {category: step for category, step in moves.items() if step}


def _leading(query: ListingQuery) -> tuple[str, list[Condition]]:
    """The term to query, and filters for the rest. The longest word is taken for the rarest."""
    if query.words:
        longest = max(query.words, key=len)
        filters: list[Condition] = [EntryItem.words.contains(word) for word in query.words if word != longest]
        if query.category is not None:
            filters.append(EntryItem.category == query.category)
        return f"word#{longest}", filters
    return (ALL if query.category is None else f"category#{query.category}"), []


class TableListing:
    """Implements `catalog.use_cases.ports.Listing` on the catalogue's table."""

    def find(self, query: ListingQuery, limit: int, position: Position | None) -> Found:
        """One Query, more where filters leave gaps."""
        term, filters = _leading(query)
        low, high = query.min_price, query.max_price
        by_price = query.sort is not Sort.NEWEST
        between = None
        if by_price and (low, high) != (None, None):
            highest = _HIGHEST if high is None else _price_key(high) + _HIGHEST
            between = EntryItem.price_sk.between(_price_key(low or 0), highest)
        elif (low, high) != (None, None):
            filters += [EntryItem.price >= low] if low is not None else []
            filters += [EntryItem.price <= high] if high is not None else []
        index = EntryItem.priced if by_price else EntryItem.listing
        result = index.query(
            term,
            range_key_condition=between,
            filter_condition=reduce(and_, filters) if filters else None,
            scan_index_forward=query.sort is Sort.PRICE_ASC,
            page_size=PAGE if filters else limit,
            last_evaluated_key=position,
        )
        return _first(result.page_iter, limit, "price_sk" if by_price else "listing_sk")

    def categories(self, words: tuple[str, ...]) -> tuple[CategoryCount, ...]:
        """One Query. With words it counts the entries themselves, of a common word only the newest few thousand."""
        if not words:
            items = CategoryItem.query(CATEGORIES)
            return _counts({item.category: int(item.products) for item in items})
        term, filters = _leading(ListingQuery(words=words))
        result = EntryItem.listing.query(
            term, filter_condition=reduce(and_, filters) if filters else None, scan_index_forward=False
        )
        counts: dict[str, int] = {}
        for page in islice(result.page_iter, 1):
            for raw in page["Items"]:
                category = raw["category"]["S"]
                counts[category] = counts.get(category, 0) + 1
        return _counts(counts)


def _counts(counts: dict[str, int]) -> tuple[CategoryCount, ...]:
    return tuple(CategoryCount(category, count) for category, count in sorted(counts.items()) if count > 0)


def _first(pages: Iterator[dict[str, Any]], limit: int, sort_key: str) -> Found:
    """The first `limit` entries of the pages, and the place behind them."""
    found: list[str] = []
    position: Position | None = None
    for page in islice(pages, MAX_QUERIES):
        position = page.get("LastEvaluatedKey")
        items: Iterable[dict[str, Any]] = page["Items"]
        for index, raw in enumerate(items):
            found.append(raw["product_id"]["S"])
            if len(found) == limit:
                last = index == len(page["Items"]) - 1
                cut = {name: raw[name] for name in ("pk", "sk", "listing_pk", sort_key)}
                return Found(tuple(found), position if last else cut)
    return Found(tuple(found), position)
