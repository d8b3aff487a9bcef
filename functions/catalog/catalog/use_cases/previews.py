"""What a message shows of goods."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.domain.stock import Offer
from catalog.use_cases.ports import Ports


@dataclass(frozen=True)
class Preview:
    """An offer, and the first picture's URL of its product (empty: it has none)."""

    offer: Offer
    image: str


def preview(ports: Ports, skus: Iterable[str]) -> list[Preview]:
    """Of the SKUs that there are, in their order; of those on sale and of those that are not any more."""
    wanted = tuple(dict.fromkeys(skus))
    offers = ports.stock.offers(wanted, consistent=False)
    products = ports.products.find_many({offer.product_id for offer in offers.values()})
    images = {product_id: product.images[0] for product_id, product in products.items() if product.images}
    return [Preview(offers[sku], images.get(offers[sku].product_id, "")) for sku in wanted if sku in offers]
