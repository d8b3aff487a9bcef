"""What the catalogue's use cases need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from catalog.domain.buckets import Draw, Shift
from catalog.domain.categories import Tree
from catalog.domain.exports import Export
from catalog.domain.images import AwaitedImage, ContentType
from catalog.domain.imports import Import, LineResult, ProductLine, Upload
from catalog.domain.ledger import Movement
from catalog.domain.losses import Restock, WriteOff
from catalog.domain.products import Product, Status
from catalog.domain.promotions import Promotion, Usage
from catalog.domain.stock import Adjustment, Move, Offer, Reservation, StockLevel
from minishop.clock import Clock
from minishop.events import Event
from minishop.ids import Ids

Position = dict[str, Any]
"""Where a list goes on."""


class Sort(StrEnum):
    """The order of a listing. Without words all are equally relevant, and the newest come first."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"


@dataclass(frozen=True, kw_only=True)
class ListingQuery:
    """Which published products, in which order. Each of `words` must begin one of theirs; prices are minor units.

    Without `categories` those of any.
    """

    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    sort: Sort = Sort.NEWEST


@dataclass(frozen=True)
class CategoryCount:
    """How many products a category has."""

    category: str
    count: int


@dataclass(frozen=True)
class PriceCount:
    """How many products cost at least `low` and less than `high`, in minor units; None is no limit."""

    low: int
    high: int | None
    count: int


@dataclass(frozen=True)
class Facets:
    """What kinds of products there are: categories by name, prices from the lowest."""

    categories: tuple[CategoryCount, ...]
    prices: tuple[PriceCount, ...]


@dataclass(frozen=True)
class Found:
    """Ids of products in their order, where to read on (None: that was all), and what has the query's words."""

    product_ids: tuple[str, ...]
    position: Position | None
    facets: Facets


class Search(Protocol):
    """Finds published products. The shop's own index stands behind it, or a search engine."""

    def find(self, query: ListingQuery, limit: int, position: Position | None) -> Found:
        """At most `limit` products behind a position that it gave out for the same query."""
        ...

    def facets(self) -> Facets:
        """Of all products."""
        ...


class Products(Protocol):
    """Where products are kept."""

    def find(self, product_id: str) -> Product | None:
        """By id."""
        ...

    def find_by_slug(self, slug: str) -> Product | None:
        """By slug."""
        ...

    def find_many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        """Those that are there, by id."""
        ...

    def list_all(
        self, status: Status | None, limit: int, position: Position | None
    ) -> tuple[list[Product], Position | None]:
        """Newest first, drafts too."""
        ...

    def every(self) -> Iterable[Product]:
        """In any state, newest first; what changes meanwhile is there as before or as after."""
        ...

    def insert(self, product: Product, events: tuple[Event, ...]) -> Product:
        """With its SKUs, at stock level 0. Raises SlugTakenError, SkuTakenError."""
        ...

    def replace(self, before: Product, after: Product, events: tuple[Event, ...]) -> Product:
        """Over the version of `before`. Raises ConcurrentUpdateError, SkuTakenError."""
        ...


class Ledger(Protocol):
    """Where the movements of stock are kept."""

    def entries(self, sku: str, limit: int, position: Position | None) -> tuple[list[Movement], Position | None]:
        """Of one SKU, newest first."""
        ...

    def record(self, movements: Sequence[Movement]) -> None:
        """Writes lines; one that is there already stays as it is."""
        ...


class Categories(Protocol):
    """Where the tree of categories is kept."""

    def tree(self) -> Tree:
        """As it is now."""
        ...

    def save(self, tree: Tree) -> Tree:
        """Over the version that was read. Raises ConcurrentUpdateError."""
        ...


class Buckets(Protocol):
    """How the level of a SKU that sells fast is kept in parts."""

    def resize(self, level: StockLevel, *, target: int, count: int, items: int) -> None:
        """Another layout, over the one that was read. Raises ConcurrentUpdateError."""
        ...

    def open(self, sku: str, numbers: Sequence[int], *, is_open: bool) -> None:
        """Says of these buckets whether anything new comes into them; makes those that are not there."""
        ...

    def shift(self, sku: str, shift: Shift, *, at: datetime) -> None:
        """Moves units. Raises ConcurrentUpdateError: they are gone, or the target was closed."""
        ...

    def count(self, level: StockLevel, *, at: datetime) -> None:
        """Notes what is in further buckets, for who looks at the first. Raises ConcurrentUpdateError."""
        ...

    def listed(self) -> Sequence[str]:
        """SKUs that have several, or are to have."""
        ...


class Stock(Protocol):
    """Where levels and reservations are kept."""

    def offers(self, skus: Iterable[str], *, consistent: bool, counted: bool = True) -> Mapping[str, Offer]:
        """Those that are there, by SKU; without counting what is in further buckets, if that is not wanted."""
        ...

    def level(self, sku: str) -> StockLevel | None:
        """Of one SKU."""
        ...

    def adjustment(self, adjustment_id: str) -> Adjustment | None:
        """By id."""
        ...

    def adjust(self, adjustment: Adjustment) -> None:
        """Moves the level and writes the ledger, both or neither.

        Raises AlreadyExistsError when there is one of that id, ConcurrentUpdateError when the level does not allow it.
        """
        ...

    def written_off(self, shipment_id: str) -> WriteOff | None:
        """What was written off for a shipment."""
        ...

    def write_off(self, write_off: WriteOff, reservation: Reservation, parts: Sequence[Draw]) -> None:
        """Notes it, the reservation over the version that was read, and takes the parts: all or none.

        Raises ConcurrentUpdateError: another version stands there, it is written off already, a level is too low.
        """
        ...

    def restock(self, restock: Restock) -> None:
        """Notes it and moves the levels, all or none. Raises AlreadyExistsError, ConcurrentUpdateError: no such SKU."""
        ...

    def reservation(self, order_id: str) -> Reservation | None:
        """Of one order."""
        ...

    def save(self, move: Move, *, at: datetime) -> Reservation:
        """The reservation over the version that was read, the levels of its lines and its promotion's use: all or none.

        Raises ConcurrentUpdateError: another version stands there, a level is too low, a new hold's price is another,
        or the promotion is used up.
        """
        ...

    def due(self, at: datetime) -> Iterable[Reservation]:
        """Holds that had run out at that time. May be a moment behind."""
        ...


class Promotions(Protocol):
    """Where promotions are kept, with the counts of their uses."""

    def find(self, code: str) -> Promotion | None:
        """By code."""
        ...

    def usage(self, promotion: Promotion, customer_id: str) -> Usage:
        """How often it is used by now, as far as it has limits."""
        ...

    def redeemed(self, codes: Sequence[str]) -> Mapping[str, int]:
        """How many orders use each of these."""
        ...

    def list_all(self, limit: int, position: Position | None) -> tuple[list[Promotion], Position | None]:
        """Newest first."""
        ...

    def insert(self, promotion: Promotion, events: tuple[Event, ...]) -> Promotion:
        """A new one. Raises CodeTakenError."""
        ...

    def replace(self, before: Promotion, after: Promotion, events: tuple[Event, ...]) -> Promotion:
        """Over the version of `before`. Raises ConcurrentUpdateError."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need."""

    products: Products
    search: Search
    stock: Stock
    promotions: Promotions
    ledger: Ledger
    buckets: Buckets
    categories: Categories
    clock: Clock
    ids: Ids
    currency: str


@dataclass(frozen=True)
class RawLine:
    """A line of a file as it was sent, without its end; `end` is where the next one begins, in bytes."""

    text: bytes
    end: int


@dataclass(frozen=True)
class UploadForm:
    """Where a browser or a script posts a file: a form's address, its fields, and until when it works."""

    url: str
    fields: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class Picture:
    """A picture's bytes, and what they are."""

    content: bytes
    content_type: str


class Images(Protocol):
    """Where it is kept which pictures are awaited."""

    def insert(self, image: AwaitedImage) -> None:
        """One more."""
        ...

    def awaited(self) -> Iterable[AwaitedImage]:
        """The oldest first."""
        ...

    def remove(self, image_id: str) -> None:
        """One less; it may be gone already."""
        ...


class Pictures(Protocol):
    """Where the pictures are."""

    def upload_form(self, image_id: str, content_type: ContentType) -> UploadForm:
        """For a picture of that kind."""
        ...

    def url(self, image_id: str) -> str:
        """Where shoppers see it."""
        ...

    def head(self, image_id: str) -> bytes | None:
        """Its first bytes; None when it is not there."""
        ...

    def read(self, image_id: str) -> Picture | None:
        """All of it."""
        ...

    def remove(self, image_id: str) -> None:
        """Away with it; it may be gone already."""
        ...


@dataclass(frozen=True)
class ImagePorts:
    """What pictures need."""

    shop: Ports
    images: Images
    pictures: Pictures


class Imports(Protocol):
    """Where imports are kept, with what came of their lines."""

    def find(self, import_id: str) -> Import | None:
        """By id."""
        ...

    def insert(self, job: Import) -> Import:
        """A new one."""
        ...

    def save(self, job: Import, results: Sequence[LineResult]) -> Import:
        """Over the version that was read, with further results. Raises ConcurrentUpdateError."""
        ...

    def results(
        self, import_id: str, limit: int, position: Position | None
    ) -> tuple[list[LineResult], Position | None]:
        """By line."""
        ...

    def unfinished(self) -> Iterable[Import]:
        """The oldest first."""
        ...


class Files(Protocol):
    """Where the files of imports are."""

    def upload_form(self, import_id: str) -> UploadForm:
        """For an import's file."""
        ...

    def find(self, import_id: str) -> Upload | None:
        """What was uploaded, if anything."""
        ...

    def lines(self, import_id: str, offset: int, etag: str) -> Iterable[RawLine] | None:
        """From a line's beginning on; None when there is no file of this mark any more."""
        ...


@dataclass(frozen=True)
class ImportPorts:
    """What imports need. `read_line` raises a ProblemError for a line that is no product."""

    shop: Ports
    imports: Imports
    files: Files
    read_line: Callable[[bytes], ProductLine]


@dataclass(frozen=True)
class Download:
    """Where a file is, and until when it can be fetched there."""

    url: str
    expires_at: datetime


class Exports(Protocol):
    """Where exports are kept."""

    def find(self, export_id: str) -> Export | None:
        """By id."""
        ...

    def insert(self, job: Export) -> Export:
        """A new one."""
        ...

    def replace(self, job: Export) -> Export:
        """Over the version that was read. Raises ConcurrentUpdateError."""
        ...

    def unfinished(self) -> Iterable[Export]:
        """The oldest first."""
        ...


class Shelf(Protocol):
    """Where the files of exports are."""

    def write(self, export_id: str, products: Iterable[Product]) -> int:
        """The file of an export; how many products are in it."""
        ...

    def download(self, export_id: str) -> Download:
        """Of a file that is there."""
        ...


@dataclass(frozen=True)
class ExportPorts:
    """What exports need."""

    shop: Ports
    exports: Exports
    shelf: Shelf
