"""Search on an index of the shop's own: no server, nothing to look after, and nothing to pay for while nobody asks.

Each environment of the API has the index in memory. It starts from the snapshot in S3 and, at each question, reads
from the table's index `changed` what has changed since: one Query of a few keys, mostly none, and the products
behind them. So a product is found as soon as it is published, and the table is never scanned. A schedule writes
the next snapshot when enough has changed; two that do so at once are told apart by the snapshot's ETag.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from catalog.domain.products import Product
from catalog.search_index import SearchIndex
from catalog.search_queries import facets, find
from catalog.use_cases.ports import Facets, Found, ListingQuery, Position
from minishop.clock import Clock
from minishop.errors import ConcurrentUpdateError

LAG = timedelta(seconds=30)  # a change can be seen that long after the time that it bears: a request's, and the index's
BUSY = 200  # changes within LAG from which on they are read only every PAUSE
PAUSE = timedelta(seconds=1)
BATCH = 100  # products read at a time
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
MAX_REMEMBERED = 64  # facets, between changes


@dataclass(frozen=True)
class Changed:
    """That a product has had this version since `at`."""

    product_id: str
    version: int
    at: datetime


class Changes(Protocol):
    """Where products are."""

    def changed_since(self, moment: datetime) -> Iterator[Changed]:
        """From the oldest change on."""
        ...

    def find_many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        """Those that are there, by id."""
        ...


class Snapshots(Protocol):
    """Where the index is kept."""

    def load(self) -> tuple[bytes, str] | None:
        """The last one, and its ETag."""
        ...

    def save(self, dump: bytes, *, over: str | None) -> str:
        """The next one, over that of this ETag; its ETag. Raises ConcurrentUpdateError when another one is there."""
        ...


class IndexSearch:
    """Implements `catalog.use_cases.ports.Search`."""

    def __init__(self, changes: Changes, snapshots: Snapshots, clock: Clock) -> None:
        self._changes = changes
        self._snapshots = snapshots
        self._clock = clock
        self._index: SearchIndex | None = None
        self._etag: str | None = None
        self._saved = 0  # the index's changes when it was loaded or saved
        self._rest_until = BEGINNING
        self._facets: dict[tuple[str, ...], Facets] = {}
        self._facets_at = -1

    def find(self, query: ListingQuery, limit: int, position: Position | None) -> Found:
        """In the index as it is now."""
        index = self._fresh()
        return Found(*find(index, query, limit, position), self._counted(index, query.words))

    def facets(self) -> Facets:
        """In the index as it is now."""
        return self._counted(self._fresh(), ())

    def _counted(self, index: SearchIndex, words: tuple[str, ...]) -> Facets:
        """Once between two changes."""
        if self._facets_at != index.changes or len(self._facets) > MAX_REMEMBERED:
            self._facets, self._facets_at = {}, index.changes
        if words not in self._facets:
            self._facets[words] = facets(index, words)
        return self._facets[words]

    def save_snapshot(self, *, at_least: int, at_most: int) -> int:
        """Writes the next snapshot if so many products changed since the last one; how many it has, or 0.

        It takes in at most `at_most` of them, so that a first one is made step by step. Raises ConcurrentUpdateError
        when another process was quicker; the next call starts from that one's.
        """
        index = self._loaded()
        self._refresh(index, at_most)
        if index.changes - self._saved < max(1, at_least):
            return 0
        try:
            self._etag = self._snapshots.save(index.dump(), over=self._etag)
        except ConcurrentUpdateError:
            self._index = None
            raise
        self._saved = index.changes
        return len(index)

    def _loaded(self) -> SearchIndex:
        if self._index is None:
            stored = self._snapshots.load()
            dump, self._etag = stored or (None, None)
            try:
                self._index = SearchIndex(dump)
            except ValueError:  # of an older release: made anew from the table, and saved over it
                self._index = SearchIndex()
            self._saved = self._index.changes
        return self._index

    def _fresh(self) -> SearchIndex:
        index = self._loaded()
        if self._clock.now() >= self._rest_until:
            self._refresh(index, None)
        return index

    def _refresh(self, index: SearchIndex, at_most: int | None) -> None:
        """Takes in what changed, up to so many products, and says of what time the index then is."""
        started = self._clock.now()
        changes = self._changes.changed_since(index.as_of or BEGINNING)
        read = 0
        taken = 0
        while batch := list(islice(changes, BATCH)):
            read += len(batch)
            unknown = [change.product_id for change in batch if index.version(change.product_id) < change.version]
            if unknown:
                index.put(self._changes.find_many(unknown).values())
                taken += len(unknown)
            if at_most is not None and taken >= at_most:
                index.as_of = min(batch[-1].at, started - LAG)
                return
        index.as_of = started - LAG
        self._rest_until = started + PAUSE if read > BUSY else started
