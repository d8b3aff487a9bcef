"""An index of published products in memory: SQLite's full-text search, which every Python runtime has.

The ranking goes by where the words are, and among equals the newest is first:

    0  they are the whole title
    1  all are words of the title
    2  all begin words of the title
    3  all begin words of the title, category, variants, attributes or SKUs
    4  all begin words of these or of the description

No statistics of the corpus are in it, so a product's place depends on the product and the question alone: pages
follow on without gap or repetition, whichever environments answer them and whatever is published in between.
A row's number is made of its product's age, which lets SQLite read a rank in its order and stop at the page's end.
"""

import hashlib
import sqlite3
import zlib
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from catalog.domain import spelling
from catalog.domain.products import Product, words
from minishop.clock import parse_rfc3339, rfc3339

FORMAT = "2"  # of the dump; another one is not read
MAX_DESCRIPTION_WORDS = 100
PRICE_BANDS = (0, 1000, 2500, 5000, 10000, 25000)  # minor units, each up to the next
BANDS = 8  # a kind is a category's number times this, plus the number of a price band
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_SEED_BITS = 22  # of a row's number, below the milliseconds

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE seen (product_id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE listed (
    row INTEGER PRIMARY KEY, category TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, tags TEXT NOT NULL,
    body TEXT NOT NULL, product_id TEXT NOT NULL UNIQUE, price INTEGER NOT NULL
);
CREATE INDEX listed_by_category ON listed (category);
CREATE INDEX listed_by_category_and_price ON listed (category, price);
CREATE INDEX listed_by_price ON listed (price);
CREATE TABLE categories (number INTEGER PRIMARY KEY, category TEXT NOT NULL UNIQUE);
CREATE TABLE kinds (row INTEGER PRIMARY KEY, kind INTEGER NOT NULL);
CREATE INDEX kinds_by_kind ON kinds (kind);
CREATE VIRTUAL TABLE text USING fts5 (
    category, name, title, tags, body,
    content='listed', content_rowid='row', columnsize=0, detail=column, prefix='2', tokenize="ascii tokenchars '-'"
);
CREATE TABLE vocabulary (word TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE slips (slip TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (slip, word)) WITHOUT ROWID;
"""
_FORGET = (
    "INSERT INTO text (text, rowid, category, name, title, tags, body) "
    "SELECT 'delete', row, category, name, title, tags, body FROM listed WHERE row = ?"
)
_INDEX = (
    "INSERT INTO text (rowid, category, name, title, tags, body) "
    "SELECT row, category, name, title, tags, body FROM listed WHERE row = ?"
)
_COUNT = "INSERT INTO vocabulary VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET uses = uses + excluded.uses"


class SearchIndex:
    """Published products and where they are found; one connection, for one thread."""

    def __init__(self, dump: bytes | None = None) -> None:
        """An empty index, or the one that `dump` wrote. Raises ValueError when it is none of this format."""
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.changes = 0  # products put here since
        if dump is None:
            self.db.executescript(_SCHEMA)
            self._note("format", FORMAT)
            return
        try:
            self.db.deserialize(zlib.decompress(dump))
            known = self._noted("format")
        except (zlib.error, sqlite3.Error) as error:
            raise ValueError("not an index") from error
        if known != FORMAT:
            raise ValueError(f"an index of format {known}, not {FORMAT}")

    def dump(self) -> bytes:
        """All of it, compressed."""
        self.db.execute("INSERT INTO text (text, rank) VALUES ('merge', 500)")  # pages; all of it would take too long
        return zlib.compress(self.db.serialize(), 1)

    def __del__(self) -> None:
        self.db.close()

    def __len__(self) -> int:
        count: int = self._one("SELECT count(*) FROM listed") or 0
        return count

    @property
    def size(self) -> int:
        """Bytes of memory that it takes."""
        pages, page = self._one("PRAGMA page_count"), self._one("PRAGMA page_size")
        size: int = pages * page
        return size

    @property
    def as_of(self) -> datetime | None:
        """All that changed before that time is in it; None when nobody has said so."""
        text = self._noted("as_of")
        return None if text is None else parse_rfc3339(text)

    @as_of.setter
    def as_of(self, moment: datetime) -> None:
        self._note("as_of", rfc3339(moment))

    def version(self, product_id: str) -> int:
        """Of the product as it was last put here; 0 when it never was."""
        return self._one("SELECT version FROM seen WHERE product_id = ?", product_id) or 0

    def put(self, products: Iterable[Product]) -> None:
        """Lists them as they are now, all or none. One that is not published is not listed, an older one is nothing."""
        self.db.execute("BEGIN")
        try:
            for product in products:
                if self.version(product.id) < product.version:
                    self._put(product)
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def _put(self, product: Product) -> None:
        self.changes += 1
        self.db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (product.id, product.version))
        row = self._one("SELECT row FROM listed WHERE product_id = ?", product.id)
        if row is not None:
            self._count_words(row, -1)
            self.db.execute(_FORGET, (row,))
            self.db.execute("DELETE FROM listed WHERE row = ?", (row,))
            self.db.execute("DELETE FROM kinds WHERE row = ?", (row,))
        if product.published:
            row = self._free_row(product) if row is None else row
            values = (row, product.category, *_texts(product), product.id, product.lowest_price.amount)
            self.db.execute("INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            self.db.execute(_INDEX, (row,))
            self.db.execute("INSERT INTO kinds VALUES (?, ?)", (row, self._kind(product)))
            self._count_words(row, +1)

    def _free_row(self, product: Product) -> int:
        """Greater for newer products, and the same wherever it is computed, but for one in millions."""
        age = max(0, int((product.created_at - _EPOCH).total_seconds() * 1000))
        seed = int.from_bytes(hashlib.sha256(product.id.encode()).digest()[:4], "big") >> (32 - _SEED_BITS)
        row = (age << _SEED_BITS) + seed
        while self._one("SELECT 1 FROM listed WHERE row = ?", row):
            row += 1
        return row

    def _kind(self, product: Product) -> int:
        """Category and price in one small number, which facets count by."""
        self.db.execute("INSERT OR IGNORE INTO categories (category) VALUES (?)", (product.category,))
        number: int = self._one("SELECT number FROM categories WHERE category = ?", product.category)
        return number * BANDS + bisect_right(PRICE_BANDS, product.lowest_price.amount) - 1

    def _count_words(self, row: int, step: int) -> None:
        """Keeps how often each word is used, and by which slips a new one is found."""
        text: str = self._one("SELECT title || ' ' || tags FROM listed WHERE row = ?", row)
        known = {word for word in text.split() if spelling.correctable(word)}
        fresh = [word for word in known if not self._one("SELECT 1 FROM vocabulary WHERE word = ?", word)]
        self.db.executemany(_COUNT, [(word, step) for word in known])
        pairs = chain.from_iterable(((slip, word) for slip in spelling.slips(word)) for word in fresh)
        self.db.executemany("INSERT INTO slips VALUES (?, ?)", pairs)

    def _one(self, sql: str, *values: Any) -> Any:
        row = self.db.execute(sql, values).fetchone()
        return row[0] if row else None

    def _note(self, name: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _noted(self, name: str) -> str | None:
        value: str | None = self._one("SELECT value FROM meta WHERE name = ?", name)
        return value


def _texts(product: Product) -> tuple[str, str, str, str]:
    """The title as one word, and the words of title, tags and description, as they are looked for."""
    title = words(product.title)
    variants = chain.from_iterable((each.title, *each.options.values(), each.sku) for each in product.variants)
    tags = words(" ".join((product.category, *product.attributes.values(), *variants)))
    body = words(product.description)[:MAX_DESCRIPTION_WORDS]
    return "".join(title), " ".join(title), " ".join(tags), " ".join(body)
