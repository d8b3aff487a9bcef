"""Cart's queue door."""

from collections import Counter

from cart.domain.promotions import Promotion
from cart.use_cases import carts, claims, facts
from cart.wiring import ports
from minishop.consumer import Consumer
from minishop.contracts.auth import UserErased
from minishop.contracts.catalog import (
    ProductArchived,
    ProductChanged,
    ProductPublished,
    PromotionChanged,
    PromotionUsageChanged,
    StockLevelChanged,
)
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
from minishop.events import Envelope

consumer = Consumer("cart")


def _learn(product: ProductPublished | ProductChanged, sequence: int) -> None:
    told = facts.Told(
        product_id=product.product_id,
        image=product.image,
        variants={variant.sku: (variant.title, variant.price) for variant in product.variants},
        gone=product.retired_skus,
    )
    facts.learn_product(ports(), told, sequence)


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
    gone = facts.Told(product_id=event.data.product_id, image="", variants={}, gone=event.data.skus)
    facts.learn_product(ports(), gone, event.metadata.sequence)


@consumer.on(StockLevelChanged)
def learn_level(event: Envelope[StockLevelChanged]) -> None:
    """There are more of a SKU, or less."""
    facts.learn_level(ports(), event.data.sku, event.data.available, event.metadata.sequence)


@consumer.on(PromotionChanged)
def learn_promotion(event: Envelope[PromotionChanged]) -> None:
    """A promotion is new, or different from before."""
    told = event.data
    promotion = Promotion(
        code=told.code,
        kind=told.kind,
        value=told.value,
        currency=told.currency,
        minimum=told.minimum,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
    )
    facts.learn_promotion(ports(), promotion, event.metadata.sequence)


@consumer.on(PromotionUsageChanged)
def learn_usage(event: Envelope[PromotionUsageChanged]) -> None:
    """All of a promotion's uses are taken, or there is one again."""
    facts.learn_usage(ports(), event.data.code, event.metadata.sequence, used_up=event.data.used_up)


@consumer.on(OrderConfirmed)
def settle(event: Envelope[OrderConfirmed]) -> None:
    """What was bought leaves the cart."""
    bought: Counter[str] = Counter()
    for line in event.data.lines:
        bought[line.sku] += line.quantity
    claims.settle_order(ports(), event.data.buyer or event.data.owner, event.data.order_id, bought)


@consumer.on(OrderCancelled)
def release(event: Envelope[OrderCancelled]) -> None:
    """The order's claim ends; its lines are still in the cart."""
    claims.release_cart(ports(), event.data.buyer or event.data.owner, event.data.order_id)


@consumer.on(UserErased)
def forget(event: Envelope[UserErased]) -> None:
    """The customer is forgotten, and so is the cart."""
    carts.forget_cart(ports(), event.data.customer_id)


handler = consumer.handler
