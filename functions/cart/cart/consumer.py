"""Cart's queue door."""

from collections import Counter

from cart import use_cases
from cart.wiring import ports
from minishop.consumer import Consumer
from minishop.contracts.catalog import ProductArchived, ProductChanged, ProductPublished, StockLevelChanged
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
from minishop.events import Envelope

consumer = Consumer("cart")


def _learn(product: ProductPublished | ProductChanged, sequence: int) -> None:
    told = use_cases.Told(
        product_id=product.product_id,
        image=product.image,
        variants={variant.sku: (variant.title, variant.price) for variant in product.variants},
        gone=product.retired_skus,
    )
    use_cases.learn_product(ports(), told, sequence)


@consumer.on(ProductPublished)
def learn_published(event: Envelope[ProductPublished]) -> None:
    """A product can be put into carts."""
    _learn(event.data, event.metadata.sequence)


@consumer.on(ProductChanged)
def learn_changed(event: Envelope[ProductChanged]) -> None:
    """A product is different from before."""
    _learn(event.data, event.metadata.sequence)


@consumer.on(ProductArchived)
def learn_archived(event: Envelope[ProductArchived]) -> None:
    """A product is not on sale any more."""
    gone = use_cases.Told(product_id=event.data.product_id, image="", variants={}, gone=event.data.skus)
    use_cases.learn_product(ports(), gone, event.metadata.sequence)


@consumer.on(StockLevelChanged)
def learn_level(event: Envelope[StockLevelChanged]) -> None:
    """There are more of a SKU, or less."""
    use_cases.learn_level(ports(), event.data.sku, event.data.available, event.metadata.sequence)


@consumer.on(OrderConfirmed)
def settle(event: Envelope[OrderConfirmed]) -> None:
    """What was bought leaves the cart."""
    bought: Counter[str] = Counter()
    for line in event.data.lines:
        bought[line.sku] += line.quantity
    use_cases.settle_order(ports(), event.data.owner, event.data.order_id, bought)


@consumer.on(OrderCancelled)
def release(event: Envelope[OrderCancelled]) -> None:
    """The order's claim ends; its lines are still in the cart."""
    use_cases.release_cart(ports(), event.data.owner, event.data.order_id)


handler = consumer.handler
