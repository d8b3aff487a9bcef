"""Questions to the index: pages of products, and how many there are of which kind."""

from collections import Counter
from typing import Any

from catalog.domain import spelling
from catalog.search_expressions import anywhere, ranks
from catalog.search_index import BANDS, PRICE_BANDS, SearchIndex
from catalog.use_cases.ports import CategoryCount, Facets, ListingQuery, Position, PriceCount, Sort

MAX_CORRECTIONS = 3
Page = tuple[tuple[str, ...], Position | None]
"""Ids of products in their order, and where to read on."""

_LAST = 2**63 - 1
_CANDIDATES = "SELECT word, uses FROM vocabulary WHERE uses > 0 AND word IN (SELECT word FROM slips WHERE slip IN ({}))"


def meant(index: SearchIndex, word: str) -> tuple[str, ...]:
    """The word, if any word begins with it; else those that somebody may have meant, the likeliest first."""
    known = index.db.execute("SELECT 1 FROM text WHERE text MATCH ? LIMIT 1", (anywhere([(word,)], ()),)).fetchone()
    if known or not spelling.correctable(word):
        return (word,)
    slips = sorted(spelling.slips(word))
    found = index.db.execute(_CANDIDATES.format(", ".join("?" * len(slips))), slips)
    return spelling.closest(word, found, MAX_CORRECTIONS) or (word,)


def find(index: SearchIndex, query: ListingQuery, limit: int, position: Position | None) -> Page:
    """At most `limit` products behind `position`, and the position behind them."""
    words = [meant(index, word) for word in query.words]
    if query.sort is Sort.RELEVANCE and words:
        return _by_rank(index, query, ranks(words, query.categories), limit, position or {"rank": 0, "row": _LAST})
    if query.sort in {Sort.RELEVANCE, Sort.NEWEST}:
        rows = _newest(index, query, anywhere(words, query.categories) if words else None, limit, position)
        return (tuple(row[1] for row in rows), {"row": rows[-1][0]} if len(rows) == limit else None)
    rows = _priced(index, query, anywhere(words, query.categories) if words else None, limit, position)
    after = {"price": rows[-1][2], "row": rows[-1][0]} if len(rows) == limit else None
    return (tuple(row[1] for row in rows), after)


def _by_rank(
    index: SearchIndex, query: ListingQuery, expressions: tuple[str, ...], limit: int, position: Position
) -> Page:
    found: list[str] = []
    last = position["row"]
    for rank in range(position["rank"], len(expressions)):
        rows = _newest(index, query, expressions[rank], limit - len(found), {"row": last})
        found += [row[1] for row in rows]
        if len(found) == limit:
            return (tuple(found), {"rank": rank, "row": rows[-1][0]})
        last = _LAST
    return (tuple(found), None)


def _select(expression: str | None, query: ListingQuery) -> tuple[str, list[Any]]:
    """The rows that match, and the values that the statement so far needs."""
    low, high = query.min_price or 0, _LAST if query.max_price is None else query.max_price
    if expression is not None:
        joined = "SELECT row, product_id, price FROM text JOIN listed ON row = text.rowid WHERE text MATCH ?"
        return f"{joined} AND price BETWEEN ? AND ?", [expression, low, high]
    plain, values = "SELECT row, product_id, price FROM listed WHERE price BETWEEN ? AND ?", [low, high]
    if not query.categories:
        return plain, values
    return f"{plain} AND category IN ({', '.join('?' * len(query.categories))})", [*values, *query.categories]


def _newest(
    index: SearchIndex, query: ListingQuery, expression: str | None, limit: int, position: Position | None
) -> list[Any]:
    sql, values = _select(expression, query)
    key = "row" if expression is None else "text.rowid"
    ordered = f"{sql} AND {key} < ? ORDER BY {key} DESC LIMIT ?"
    return index.db.execute(ordered, (*values, position["row"] if position else _LAST, limit)).fetchall()


def _priced(
    index: SearchIndex, query: ListingQuery, expression: str | None, limit: int, position: Position | None
) -> list[Any]:
    sql, values = _select(expression, query)
    rising = query.sort is Sort.PRICE_ASC
    if position:
        sql += f" AND (price, row) {'>' if rising else '<'} (?, ?)"
        values += [position["price"], position["row"]]
    way = "ASC" if rising else "DESC"
    return index.db.execute(f"{sql} ORDER BY price {way}, row {way} LIMIT ?", (*values, limit)).fetchall()


def facets(index: SearchIndex, words: tuple[str, ...]) -> Facets:
    """How many products have these words, by category and by price."""
    source, values = "kinds", []
    if words:
        source = "text JOIN kinds ON row = text.rowid WHERE text MATCH ?"
        values = [anywhere([meant(index, word) for word in words], ())]
    names: dict[int, str] = dict(index.db.execute("SELECT number, category FROM categories"))
    categories: Counter[str] = Counter()
    bands: Counter[int] = Counter()
    for kind, count in index.db.execute(f"SELECT kind, count(*) FROM {source} GROUP BY kind", values):  # noqa: S608  no input in it
        number, band = divmod(kind, BANDS)
        categories[names[number]] += count
        bands[band] += count
    edges = (*PRICE_BANDS, None)
    return Facets(
        tuple(CategoryCount(category, count) for category, count in sorted(categories.items())),
        tuple(PriceCount(PRICE_BANDS[band], edges[band + 1], count) for band, count in sorted(bands.items())),
    )
