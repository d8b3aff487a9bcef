"""What catalog publishes."""

from dataclasses import dataclass
from datetime import datetime

from minishop.events import Event
from minishop.money import Money


@dataclass(frozen=True, kw_only=True)
class VariantData:
    """What others need to know of a variant."""

    sku: str
    title: str
    price: Money


@dataclass(frozen=True, kw_only=True)
class ProductPublished(Event):
    """A product can be bought. `image` is the first picture's URL, or empty.

    A variant's title is complete (`Mug, red`). `retired_skus` were variants of this product and are no longer.
    """

    product_id: str
    slug: str
    title: str
    image: str
    variants: tuple[VariantData, ...]
    retired_skus: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductChanged(Event):
    """A published product is different from before; all of it is told again."""

    product_id: str
    slug: str
    title: str
    image: str
    variants: tuple[VariantData, ...]
    retired_skus: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductArchived(Event):
    """A product can no longer be bought."""

    product_id: str
    skus: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PriceChanged(Event):
    """A variant of a published product costs something else than before."""

    product_id: str
    sku: str
    before: Money
    after: Money


@dataclass(frozen=True, kw_only=True)
class StockLine:
    """A quantity of one SKU."""

    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class StockHeld(Event):
    """Stock is held for an order until `expires_at`.

    `taken` is false when a hold that had run out, or was about to, goes on before its stock went back.
    """

    order_id: str
    lines: tuple[StockLine, ...]
    expires_at: datetime
    taken: bool = True


@dataclass(frozen=True, kw_only=True)
class StockCommitted(Event):
    """A hold became a sale. `taken` is true when it had run out, and its stock was taken a second time."""

    order_id: str
    lines: tuple[StockLine, ...]
    taken: bool = False


@dataclass(frozen=True, kw_only=True)
class StockReleased(Event):
    """A hold, or a cancelled sale, went back to stock."""

    order_id: str
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, kw_only=True)
class ReservationExpired(Event):
    """A hold ran out and went back to stock."""

    order_id: str
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, kw_only=True)
class StockRestocked(Event):
    """What a customer sent back can be bought again."""

    return_id: str
    order_id: str
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, kw_only=True)
class StockWrittenOff(Event):
    """A lost shipment's units are written off; with `replaced`, as many were taken from stock in their place."""

    shipment_id: str
    order_id: str
    lines: tuple[StockLine, ...]
    replaced: bool


@dataclass(frozen=True, kw_only=True)
class StockLevelChanged(Event):
    """How many of a SKU can be bought. Told only while it matters to a cart: 100 stands for 100 or more."""

    sku: str
    available: int


@dataclass(frozen=True, kw_only=True)
class StockLow(Event):
    """A SKU's stock has fallen to `threshold` or below it: somebody should order more."""

    sku: str
    available: int
    threshold: int


@dataclass(frozen=True, kw_only=True)
class PromotionChanged(Event):
    """A promotion is new, or different from before; all of it is told again.

    `kind` is `percentage`, `fixed` or `free_shipping`; `value` is percent, or minor units of `currency`. It holds for
    merchandise of at least `minimum`, from `starts_at` until just before `ends_at`; None is no such bound.
    """

    code: str
    kind: str
    value: int
    currency: str
    minimum: Money | None
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PromotionUsageChanged(Event):
    """All the uses that a promotion allows are taken (`used_up`), or there is one again."""

    code: str
    used_up: bool
