"""The catalogue's HTTP models."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from catalog.domain.products import MAX_VARIANTS, Product, ProductChanges, Status, Variant
from catalog.use_cases.ports import CategoryCount, Facets, ListingQuery, PriceCount, Sort
from catalog.use_cases.products import StockedProduct
from minishop.schemas import (
    MAX_AMOUNT,
    NO_CONTROL,
    AnswerModel,
    Line,
    MoneyAnswer,
    MoneyModel,
    Page,
    PageQuery,
    QueryInteger,
    RequestModel,
    Sku,
    Timestamp,
)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""Lower-case words with hyphens between them."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NO_CONTROL, strip_whitespace=True)]
"""Of an attribute or an option."""

Description = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")]
"""Text of several lines."""

ImageUrl = Annotated[str, StringConstraints(max_length=500, pattern=r'^(https?://[^/\s"<>]|/)[^\s"<>\\]*$')]
"""An absolute URL, or a path of the shop's own."""

Amount = Annotated[QueryInteger, Field(ge=0, le=MAX_AMOUNT, description="Minor units.")]


class VariantRequest(RequestModel):
    """A variant as it is sent."""

    sku: Sku
    title: Line
    price: MoneyModel
    weight_grams: Annotated[int, Field(ge=0, le=1_000_000, description="Grams, of one.")]
    options: Annotated[dict[Name, Line], Field(default_factory=dict, max_length=10)]
    compare_at_price: MoneyModel | None = None

    def to_variant(self) -> Variant:
        """The value object."""
        former = self.compare_at_price
        return Variant(
            sku=self.sku,
            title=self.title,
            price=self.price.to_money(),
            weight_grams=self.weight_grams,
            options=self.options,
            compare_at_price=former.to_money() if former else None,
        )


Variants = Annotated[list[VariantRequest], Field(min_length=1, max_length=MAX_VARIANTS)]
Images = Annotated[list[ImageUrl], Field(max_length=12)]
Attributes = Annotated[dict[Name, Line], Field(max_length=30)]


class CreateProductRequest(RequestModel):
    """A product to create. Stock comes by adjustment."""

    slug: Slug
    title: Line
    description: Description = ""
    category: Slug
    images: Annotated[Images, Field(default_factory=list)]
    attributes: Annotated[Attributes, Field(default_factory=dict)]
    status: Status = Status.DRAFT
    variants: Variants

    def to_product(self, at: datetime) -> Product:
        """As much of a product as was sent."""
        return Product(
            id="",
            slug=self.slug,
            title=self.title,
            description=self.description,
            category=self.category,
            images=tuple(self.images),
            attributes=self.attributes,
            status=self.status,
            variants=tuple(variant.to_variant() for variant in self.variants),
            created_at=at,
            updated_at=at,
        )


class ChangeProductRequest(RequestModel):
    """What of a product is to be different; what is not sent stays as it is. Lists and objects are replaced whole."""

    title: Annotated[Line, Field(default_factory=str)]
    description: Annotated[Description, Field(default_factory=str)]
    category: Annotated[Slug, Field(default_factory=str)]
    images: Annotated[Images, Field(default_factory=list)]
    attributes: Annotated[Attributes, Field(default_factory=dict)]
    status: Annotated[Status, Field(default_factory=lambda: Status.DRAFT)]
    variants: Annotated[Variants, Field(default_factory=list)]

    def to_changes(self) -> ProductChanges:
        """The fields that were sent."""
        changes: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if "images" in changes:
            changes["images"] = tuple(self.images)
        if "variants" in changes:
            changes["variants"] = tuple(variant.to_variant() for variant in self.variants)
        return ProductChanges(**changes)


class VariantAnswer(AnswerModel):
    """A variant, and how much of it there is."""

    sku: str
    title: str
    options: dict[str, str]
    price: MoneyAnswer
    compare_at_price: MoneyAnswer | None
    weight_grams: int
    available: int


class ProductAnswer(AnswerModel):
    """A product."""

    id: str
    slug: str
    title: str
    description: str
    category: str
    images: list[str]
    attributes: dict[str, str]
    status: Status
    variants: list[VariantAnswer]
    version: int
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, stocked: StockedProduct) -> "ProductAnswer":
        """From a product and its stock."""
        product = stocked.product
        return cls(
            id=product.id,
            slug=product.slug,
            title=product.title,
            description=product.description,
            category=product.category,
            images=list(product.images),
            attributes=product.attributes,
            status=product.status,
            variants=[_variant(variant, stocked.available[variant.sku]) for variant in product.variants],
            version=product.version,
            created_at=product.created_at,
            updated_at=product.updated_at,
        )


def _variant(variant: Variant, available: int) -> VariantAnswer:
    former = variant.compare_at_price
    return VariantAnswer(
        sku=variant.sku,
        title=variant.title,
        options=variant.options,
        price=MoneyAnswer.of(variant.price),
        compare_at_price=MoneyAnswer.of(former) if former else None,
        weight_grams=variant.weight_grams,
        available=available,
    )


class CategoryCountAnswer(AnswerModel):
    """A category in facets."""

    category: str
    count: int

    @classmethod
    def of(cls, counted: CategoryCount) -> "CategoryCountAnswer":
        """From a count."""
        return cls(category=counted.category, count=counted.count)


class PriceCountAnswer(AnswerModel):
    """Products that cost at least `low` and less than `high` (null: no limit), in minor units."""

    low: int
    high: int | None
    count: int

    @classmethod
    def of(cls, counted: PriceCount) -> "PriceCountAnswer":
        """From a count."""
        return cls(low=counted.low, high=counted.high, count=counted.count)


class FacetsAnswer(AnswerModel):
    """What the products that match `q` are, whatever else narrows the page."""

    categories: list[CategoryCountAnswer]
    prices: list[PriceCountAnswer]

    @classmethod
    def of(cls, facets: Facets) -> "FacetsAnswer":
        """From counts."""
        return cls(
            categories=[CategoryCountAnswer.of(counted) for counted in facets.categories],
            prices=[PriceCountAnswer.of(counted) for counted in facets.prices],
        )


class ProductsAnswer(Page[ProductAnswer]):
    """A page of published products."""

    facets: FacetsAnswer


class ProductsQuery(PageQuery):
    """Which published products; prices are minor units.

    Each word of `q` is a word of the product or begins one; a word that begins none stands for what it is a slip
    of. Without `sort` the most relevant come first, or the newest where there is no `q`.
    """

    q: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    category: Slug | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    in_stock: bool = False
    sort: Sort | None = None

    def to_query(self, words: tuple[str, ...], categories: tuple[str, ...]) -> ListingQuery:
        """What the listing is asked: `categories` are the one that is asked for and its descendants."""
        return ListingQuery(
            words=words,
            categories=categories,
            min_price=self.min_price,
            max_price=self.max_price,
            sort=self.sort or Sort.RELEVANCE,
        )


class AdminProductsQuery(PageQuery):
    """Which products."""

    status: Status | None = None
