"""Products: found, shown, made and changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.domain import products as domain
from catalog.domain.products import Product, ProductChanges, ProductNotFoundError, Status
from catalog.use_cases.ports import Facets, ListingQuery, Ports, Position
from minishop.errors import ConcurrentUpdateError, StaleVersionError

ATTEMPTS = 5  # at a change that needs no version, when somebody else changes the product at that moment
MAX_ROUNDS = 20  # searches for one page, where the stock filter leaves gaps
WIDE = 100  # products that each of them but the first looks at
MAX_SKUS = 4000  # whose stock is looked at for one page: a product may have dozens


@dataclass(frozen=True)
class StockedProduct:
    """A product, and how much of each of its SKUs there is."""

    product: Product
    available: Mapping[str, int]

    @property
    def in_stock(self) -> bool:
        """Whether any of its variants can be bought."""
        return any(self.available[sku] > 0 for sku in self.product.skus)


@dataclass(frozen=True)
class ProductPage:
    """A page of published products, where to read on, and of which kinds there are how many."""

    products: tuple[StockedProduct, ...]
    position: Position | None
    facets: Facets


def _stocked(ports: Ports, products: Sequence[Product]) -> list[StockedProduct]:
    skus = [sku for product in products for sku in product.skus]
    offers = ports.stock.offers(skus, consistent=False)
    return [
        StockedProduct(product, {sku: offers[sku].available if sku in offers else 0 for sku in product.skus})
        for product in products
    ]


def search_products(
    ports: Ports, query: ListingQuery, *, in_stock: bool, limit: int, position: Position | None
) -> ProductPage:
    """A page of published products, full as long as there are any; `in_stock` leaves out what is sold out.

    Behind MAX_ROUNDS hundreds of products that are all sold out, or MAX_SKUS of their SKUs, the page ends early, and
    is followed by another.
    """
    shown: list[StockedProduct] = []
    wide, rounds, skus = limit, 0, 0
    while True:
        found = ports.search.find(query, wide, position)
        known = ports.products.find_many(found.product_ids)
        listed = [known[identity] for identity in found.product_ids if identity in known]
        stocked = _stocked(ports, [product for product in listed if product.published])
        fitting = [each for each in stocked if each.in_stock or not in_stock]
        missing = limit - len(shown)
        shown += fitting[:missing]
        if len(fitting) > missing or (len(fitting) == missing and wide > missing):
            upto = found.product_ids.index(shown[-1].product.id) + 1
            return ProductPage(tuple(shown), ports.search.find(query, upto, position).position, found.facets)
        position = found.position
        rounds, skus = rounds + 1, skus + sum(len(each.product.skus) for each in stocked)
        if position is None or len(shown) == limit or rounds == MAX_ROUNDS or skus >= MAX_SKUS:
            return ProductPage(tuple(shown), position, found.facets)
        wide = WIDE


def _known(product: Product | None) -> Product:
    if product is None:
        raise ProductNotFoundError("There is no such product.")
    return product


def get_published(ports: Ports, id_or_slug: str) -> StockedProduct:
    """A published product by id or slug. Raises ProductNotFoundError."""
    by_id = id_or_slug.startswith("prd_")  # no slug has an underscore
    product = _known(ports.products.find(id_or_slug) if by_id else ports.products.find_by_slug(id_or_slug))
    if not product.published:
        raise ProductNotFoundError("There is no such product.")
    return _stocked(ports, [product])[0]


def get_product(ports: Ports, product_id: str) -> StockedProduct:
    """A product in any state. Raises ProductNotFoundError."""
    return _stocked(ports, [_known(ports.products.find(product_id))])[0]


def list_products(
    ports: Ports, status: Status | None, limit: int, position: Position | None
) -> tuple[list[StockedProduct], Position | None]:
    """Products in any state, newest first."""
    products, following = ports.products.list_all(status, limit, position)
    return _stocked(ports, products), following


def create_product(ports: Ports, product: Product) -> StockedProduct:
    """Makes a product; `product` comes without id and times.

    Raises InvalidProductError, StatusNotPossibleError, SlugTakenError, SkuTakenError.
    """
    now = ports.clock.now()
    named = replace(product, id=ports.ids.new("prd"), created_at=now, updated_at=now)
    created, events = domain.create(named, ports.currency)
    stored = ports.products.insert(created, events)
    return StockedProduct(stored, dict.fromkeys(stored.skus, 0))


def change_product(ports: Ports, product_id: str, changes: ProductChanges, *, expected: int) -> StockedProduct:
    """Changes a product, if it is still at version `expected`.

    Raises ProductNotFoundError, StaleVersionError, InvalidProductError, StatusNotPossibleError, SkuTakenError.
    """
    before = _known(ports.products.find(product_id))
    after, events = domain.change(before, changes, expected=expected, currency=ports.currency, at=ports.clock.now())
    if after is before:
        return _stocked(ports, [before])[0]
    try:
        stored = ports.products.replace(before, after, events)
    except ConcurrentUpdateError as error:
        raise StaleVersionError("Somebody else changed the product at this moment; read it again.") from error
    return _stocked(ports, [stored])[0]


def archive_product(ports: Ports, product_id: str) -> None:
    """Takes a product out of the shop, whatever version it is at; one that is archived stays so.

    Raises ProductNotFoundError, and ConcurrentUpdateError when it keeps changing.
    """
    for _ in range(ATTEMPTS):
        version = _known(ports.products.find(product_id)).version
        try:
            change_product(ports, product_id, ProductChanges(status=Status.ARCHIVED), expected=version)
        except StaleVersionError:
            continue
        return
    raise ConcurrentUpdateError("the product keeps changing")
