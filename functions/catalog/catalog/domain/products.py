"""The product: what is sold, in which variants, at what price.

    draft → published ⇄ archived
      └───────────────────→┘

Only a published product can be seen and bought. A SKU belongs to the product that first had it, for good: one
that is taken out of a product is retired, and may come back there but nowhere else.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

from minishop.contracts.catalog import PriceChanged, ProductArchived, ProductChanged, ProductPublished, VariantData
from minishop.errors import ConflictError, FieldError, InvalidError, NotFoundError, StaleVersionError
from minishop.events import Event
from minishop.money import Money

MAX_VARIANTS = 40
MAX_RETIRED = 100  # so many are told with each change, though one retires at most as many as there were variants
_WORD = re.compile(r"[^\W_]{1,32}")


class Status(StrEnum):
    """Whether a product can be bought."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


_MOVES = {
    Status.DRAFT: {Status.PUBLISHED, Status.ARCHIVED},
    Status.PUBLISHED: {Status.ARCHIVED},
    Status.ARCHIVED: {Status.PUBLISHED},
}


class ProductNotFoundError(NotFoundError):
    """There is no such product, or it is not published."""

    code = "product_not_found"
    title = "No such product"


class SlugTakenError(ConflictError):
    """Another product has this slug."""

    code = "slug_taken"
    title = "The slug is taken"


class SkuTakenError(ConflictError):
    """Another product has one of these SKUs."""

    code = "sku_taken"
    title = "A SKU is taken"


class StatusNotPossibleError(ConflictError):
    """The product's status does not allow this move."""

    code = "status_not_possible"
    title = "The product cannot get this status"


class InvalidProductError(InvalidError):
    """The product makes no sense."""

    code = "invalid_product"
    title = "The product is not valid"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What is put into a cart. `compare_at_price` is a former price that is shown struck through."""

    sku: str
    title: str
    price: Money
    weight_grams: int
    options: dict[str, str] = field(default_factory=dict)
    compare_at_price: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product.

    Attributes:
        id: `prd_…`.
        slug: Its name in addresses; given once.
        category: A slug.
        images: URLs, the first is the one that lists and carts show.
        retired_skus: SKUs that it had and no longer has, of many the latest.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    slug: str
    title: str
    description: str
    category: str
    images: tuple[str, ...]
    attributes: dict[str, str]
    status: Status
    variants: tuple[Variant, ...]
    created_at: datetime
    updated_at: datetime
    retired_skus: tuple[str, ...] = ()
    version: int = 0

    @property
    def published(self) -> bool:
        """Whether it can be seen and bought."""
        return self.status is Status.PUBLISHED

    @property
    def may_have_had_more(self) -> bool:
        """Whether it may have had SKUs that are not remembered."""
        return len(self.retired_skus) >= MAX_RETIRED

    @property
    def skus(self) -> tuple[str, ...]:
        """Of its variants, in their order."""
        return tuple(variant.sku for variant in self.variants)

    @property
    def lowest_price(self) -> Money:
        """Of its variants."""
        return min((variant.price for variant in self.variants), key=lambda price: price.amount)

    def selling_title(self, variant: Variant) -> str:
        """What a cart or an invoice calls the variant."""
        return self.title if variant.title == self.title else f"{self.title}, {variant.title}"


@dataclass(frozen=True, kw_only=True)
class ProductChanges:
    """What of a product is to be different; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    category: str | None = None
    images: tuple[str, ...] | None = None
    attributes: dict[str, str] | None = None
    status: Status | None = None
    variants: tuple[Variant, ...] | None = None


def words(text: str) -> tuple[str, ...]:
    """The distinct words of a text in their order, in lower case and without accents, in any script."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return tuple(dict.fromkeys(_WORD.findall(bare)))


def _problems(product: Product, currency: str) -> list[FieldError]:
    found = []
    seen: set[str] = set()
    for index, variant in enumerate(product.variants):
        at = f"/variants/{index}"
        if variant.sku in seen:
            found.append(FieldError(f"{at}/sku", "Another variant has the same SKU."))
        seen.add(variant.sku)
        if variant.price.currency != currency:
            found.append(FieldError(f"{at}/price/currency", f"The shop sells in {currency} only."))
        former = variant.compare_at_price
        if former is not None and former.currency != currency:
            found.append(FieldError(f"{at}/compare_at_price/currency", f"The shop sells in {currency} only."))
        elif former is not None and former.amount <= variant.price.amount:
            found.append(FieldError(f"{at}/compare_at_price", "A former price is higher than the present one."))
    return found


def _checked(product: Product, currency: str) -> Product:
    if problems := _problems(product, currency):
        raise InvalidProductError("Correct the fields named in errors.", errors=tuple(problems))
    return product


def _told(kind: type[ProductPublished] | type[ProductChanged], product: Product) -> Event:
    return kind(
        product_id=product.id,
        slug=product.slug,
        title=product.title,
        image=product.images[0] if product.images else "",
        variants=tuple(
            VariantData(sku=variant.sku, title=product.selling_title(variant), price=variant.price)
            for variant in product.variants
        ),
        retired_skus=product.retired_skus,
    )


Change = tuple[Product, tuple[Event, ...]]
"""A product after a change, and what there is to tell."""


def create(product: Product, currency: str) -> Change:
    """A new product, as draft or published at once. Raises InvalidProductError, StatusNotPossibleError."""
    if product.status is Status.ARCHIVED:
        raise StatusNotPossibleError("Create it as draft or published; it can be archived later.")
    created = _checked(product, currency)
    return created, (_told(ProductPublished, created),) if created.published else ()


def _price_changes(before: Product, after: Product) -> Iterator[Event]:
    former = {variant.sku: variant.price for variant in before.variants}
    for variant in after.variants:
        price = former.get(variant.sku, variant.price)
        if price != variant.price:
            yield PriceChanged(product_id=after.id, sku=variant.sku, before=price, after=variant.price)


def _events(before: Product, after: Product) -> tuple[Event, ...]:
    if after.published and before.published:
        return (_told(ProductChanged, after), *_price_changes(before, after))
    if after.published:
        return (_told(ProductPublished, after),)
    if before.published:
        return (ProductArchived(product_id=after.id, skus=before.skus),)
    return ()


def change(before: Product, changes: ProductChanges, *, expected: int, currency: str, at: datetime) -> Change:
    """The product with `changes`, if it is still at version `expected`; itself when nothing differs.

    Raises StaleVersionError, InvalidProductError, StatusNotPossibleError.
    """
    if before.version != expected:
        raise StaleVersionError(f"The product is at version {before.version}; read it again.")
    wanted = {item.name: getattr(changes, item.name) for item in fields(changes)}
    after = replace(before, **{name: value for name, value in wanted.items() if value is not None})
    if after == before:
        return before, ()
    if after.status is not before.status and after.status not in _MOVES[before.status]:
        raise StatusNotPossibleError(f"A product that is {before.status} cannot become {after.status}.")
    every = dict.fromkeys((*before.retired_skus, *before.skus))
    retired = tuple(sku for sku in every if sku not in after.skus)[-MAX_RETIRED:]
    after = _checked(replace(after, retired_skus=retired, updated_at=at), currency)
    return after, _events(before, after)
