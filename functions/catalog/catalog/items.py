"""The catalogue's items.

pk                   sk              what
product#<id>         product         a product, its variants in it; indexes listing (by age) and changed
                                     (by last change: what search reads), both under `products`
slug#<slug>          slug            which product has this slug, for good
sku#<sku>            sku             a SKU: whose it is, its offer and its level
adjustment#<id>      adjustment      that a level was adjusted
write_off#<shipment> write_off       what was lost with a shipment
restock#<return>     restock         what came back
reservation#<order>  reservation     what an order holds; index due while it is a hold that can run out
promotion#…          …               see `catalog.promotion_table`
ledger#…              …               see `catalog.ledger_table`
bucket#…, buckets#…   …               see `catalog.bucket_table`
"""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from catalog.domain.buckets import PLENTY, Draw
from catalog.domain.losses import Restock, WriteOff
from catalog.domain.products import Product, Status, Variant
from catalog.domain.promotions import Redemption
from catalog.domain.stock import Adjustment, Offer, PricedLine, Reservation, ReservationStatus
from minishop.clock import rfc3339
from minishop.contracts.catalog import StockLine
from minishop.correlation import correlation
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.ids import derived_id
from minishop.money import Money

PRODUCTS = "products"
DUE_SHARDS = 8  # of the due index, so that a busy hour does not write to one partition
TABLE = FromEnvironment("CATALOG_TABLE")


class ListedProducts(GlobalSecondaryIndex["ProductItem"]):
    """All products, by age."""

    class Meta(TableMeta):
        index_name = "listing"
        projection = AllProjection()

    listing_pk = UnicodeAttribute(hash_key=True)
    listing_sk = UnicodeAttribute(range_key=True)


class ChangedProducts(GlobalSecondaryIndex["ProductItem"]):
    """Ids and versions of all products, by last change."""

    class Meta(TableMeta):
        index_name = "changed"
        projection = IncludeProjection(["version"])

    listing_pk = UnicodeAttribute(hash_key=True)
    changed_sk = UnicodeAttribute(range_key=True)


class ProductItem(Item):
    """A product."""

    class Meta(TableMeta):
        table_name = TABLE

    listing = ListedProducts()
    changed = ChangedProducts()

    listing_pk = UnicodeAttribute()
    listing_sk = UnicodeAttribute()
    changed_sk = UnicodeAttribute()
    product_id = UnicodeAttribute()
    slug = UnicodeAttribute()
    title = UnicodeAttribute()
    description = UnicodeAttribute()
    category = UnicodeAttribute()
    images = DocumentAttribute[tuple[str, ...]](tuple[str, ...])
    attributes = DocumentAttribute[dict[str, str]](dict[str, str])
    status = UnicodeAttribute()
    variants = DocumentAttribute[tuple[Variant, ...]](tuple[Variant, ...])
    retired_skus = DocumentAttribute[tuple[str, ...]](tuple[str, ...])
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The product's id."""
        return self.product_id


class SlugItem(Item):
    """Which product has a slug."""

    class Meta(TableMeta):
        table_name = TABLE

    product_id = UnicodeAttribute()


class SkuItem(Item):
    """A SKU: whose it is, what it costs, how much there is."""

    class Meta(TableMeta):
        table_name = TABLE

    sku = UnicodeAttribute()
    product_id = UnicodeAttribute()
    title = UnicodeAttribute()
    category = UnicodeAttribute()
    price = NumberAttribute()
    currency = UnicodeAttribute()
    weight_grams = NumberAttribute()
    on_sale = BooleanAttribute()
    available = NumberAttribute(default=0)
    allocated = NumberAttribute(default=0)
    received = NumberAttribute(default=0)
    restocked = NumberAttribute(default=0)
    buckets = NumberAttribute(default=1)  # that holds draw from; this item is the first
    bucket_items = NumberAttribute(default=1)  # that may have something in them
    bucket_target = NumberAttribute(default=1)  # how many of both there are to be
    layout = NumberAttribute(default=0)  # grows with each change of these three
    elsewhere = NumberAttribute(default=0)  # units in further buckets, when they were last counted
    written_off = NumberAttribute(default=0)
    moved_at = TimeAttribute()
    moved_by = UnicodeAttribute()
    correlation_id = UnicodeAttribute()


class AdjustmentItem(Item):
    """That a level was adjusted."""

    class Meta(TableMeta):
        table_name = TABLE

    adjustment_id = UnicodeAttribute()
    sku = UnicodeAttribute()
    delta = NumberAttribute()
    reason = UnicodeAttribute()
    actor = UnicodeAttribute()
    at = TimeAttribute()
    fingerprint = UnicodeAttribute()


class WriteOffItem(Item):
    """What was lost with a shipment."""

    class Meta(TableMeta):
        table_name = TABLE

    shipment_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    lines = DocumentAttribute[tuple[StockLine, ...]](tuple[StockLine, ...])
    replace = BooleanAttribute()
    at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The shipment's id."""
        return self.shipment_id


class RestockItem(Item):
    """What came back."""

    class Meta(TableMeta):
        table_name = TABLE

    return_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    lines = DocumentAttribute[tuple[StockLine, ...]](tuple[StockLine, ...])
    at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The return's id."""
        return self.return_id


class DueReservations(GlobalSecondaryIndex["ReservationItem"]):
    """Holds, by when they run out."""

    class Meta(TableMeta):
        index_name = "due"
        projection = AllProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class ReservationItem(Item):
    """What an order holds."""

    class Meta(TableMeta):
        table_name = TABLE

    due = DueReservations()

    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)
    order_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    status = UnicodeAttribute()
    lines = DocumentAttribute[tuple[PricedLine, ...]](tuple[PricedLine, ...])
    currency = UnicodeAttribute()
    held_until = TimeAttribute()
    correlation_id = UnicodeAttribute()
    redemption = DocumentAttribute[Redemption](Redemption, null=True)
    lost = DocumentAttribute[tuple[StockLine, ...]](tuple[StockLine, ...], null=True)
    draws = DocumentAttribute[tuple[Draw, ...]](tuple[Draw, ...], null=True)

    @property
    def aggregate_id(self) -> str:
        """The order's id."""
        return self.order_id


def product_key(product_id: str) -> tuple[str, str]:
    """Of a ProductItem."""
    return f"product#{product_id}", "product"


def sku_key(sku: str) -> tuple[str, str]:
    """Of a SkuItem."""
    return f"sku#{sku}", "sku"


def cause(at: datetime) -> list[Action]:
    """Who moved a level, for the events that the relay derives from it."""
    scope = correlation()
    return [
        SkuItem.version.add(1),
        SkuItem.moved_at.set(at),
        SkuItem.moved_by.set(scope.actor),
        SkuItem.correlation_id.set(scope.id),
    ]


def product_item(product: Product) -> ProductItem:
    """The item of a product."""
    return ProductItem(
        *product_key(product.id),
        listing_pk=PRODUCTS,
        listing_sk=f"{rfc3339(product.created_at)}#{product.id}",
        changed_sk=f"{rfc3339(product.updated_at)}#{product.id}",
        product_id=product.id,
        slug=product.slug,
        title=product.title,
        description=product.description,
        category=product.category,
        images=product.images,
        attributes=product.attributes,
        status=product.status.value,
        variants=product.variants,
        retired_skus=product.retired_skus,
        created_at=product.created_at,
        updated_at=product.updated_at,
        version=product.version,
    )


def product_of(item: ProductItem) -> Product:
    """The product of an item."""
    return Product(
        id=item.product_id,
        slug=item.slug,
        title=item.title,
        description=item.description,
        category=item.category,
        images=item.images,
        attributes=item.attributes,
        status=Status(item.status),
        variants=item.variants,
        retired_skus=item.retired_skus,
        created_at=item.created_at,
        updated_at=item.updated_at,
        version=int(item.version),
    )


def offer_of(item: SkuItem, units: tuple[int, ...]) -> Offer:
    """The offer of a SKU's item, with what is in each of its buckets; () when those were not counted."""
    return Offer(
        sku=item.sku,
        product_id=item.product_id,
        title=item.title,
        category=item.category,
        price=Money(int(item.price), item.currency),
        weight_grams=int(item.weight_grams),
        on_sale=item.on_sale,
        available=sum(units) if units else PLENTY,
        buckets=int(item.buckets),
        units=units,
    )


def adjustment_item(adjustment: Adjustment) -> AdjustmentItem:
    """The item of an adjustment."""
    return AdjustmentItem(
        f"adjustment#{adjustment.id}",
        "adjustment",
        adjustment_id=adjustment.id,
        sku=adjustment.sku,
        delta=adjustment.delta,
        reason=adjustment.reason,
        actor=adjustment.actor,
        at=adjustment.at,
        fingerprint=adjustment.fingerprint,
    )


def adjustment_of(item: AdjustmentItem) -> Adjustment:
    """The adjustment of an item."""
    return Adjustment(
        id=item.adjustment_id,
        sku=item.sku,
        delta=int(item.delta),
        reason=item.reason,
        actor=item.actor,
        at=item.at,
        fingerprint=item.fingerprint,
    )


def write_off_key(shipment_id: str) -> tuple[str, str]:
    """Of a WriteOffItem."""
    return f"write_off#{shipment_id}", "write_off"


def write_off_item(write_off: WriteOff) -> WriteOffItem:
    """The item of a write-off."""
    return WriteOffItem(
        *write_off_key(write_off.shipment_id),
        shipment_id=write_off.shipment_id,
        order_id=write_off.order_id,
        lines=write_off.lines,
        replace=write_off.replace,
        at=write_off.at,
        version=1,
    )


def write_off_of(item: WriteOffItem) -> WriteOff:
    """The write-off of an item."""
    return WriteOff(
        shipment_id=item.shipment_id, order_id=item.order_id, lines=item.lines, replace=item.replace, at=item.at
    )


def restock_item(restock: Restock) -> RestockItem:
    """The item of a restock."""
    return RestockItem(
        f"restock#{restock.return_id}",
        "restock",
        return_id=restock.return_id,
        order_id=restock.order_id,
        lines=restock.lines,
        at=restock.at,
        version=1,
    )


def due_shard(order_id: str) -> str:
    """The partition of the due index that an order's hold is in."""
    number = sum(derived_id("due", order_id).encode()) % DUE_SHARDS
    return f"due#{number}"


def reservation_item(reservation: Reservation) -> ReservationItem:
    """The item of a reservation."""
    item = ReservationItem(
        f"reservation#{reservation.order_id}",
        "reservation",
        order_id=reservation.order_id,
        customer_id=reservation.customer_id,
        status=reservation.status.value,
        lines=reservation.lines,
        currency=reservation.currency,
        held_until=reservation.held_until,
        correlation_id=reservation.correlation_id,
        redemption=reservation.redemption,
        lost=reservation.lost or None,
        draws=reservation.draws or None,
        version=reservation.version,
    )
    if reservation.status is ReservationStatus.HELD:
        item.due_pk = due_shard(reservation.order_id)
        item.due_sk = f"{rfc3339(reservation.held_until)}#{reservation.order_id}"
    return item


def reservation_of(item: ReservationItem) -> Reservation:
    """The reservation of an item."""
    return Reservation(
        order_id=item.order_id,
        customer_id=item.customer_id,
        status=ReservationStatus(item.status),
        lines=item.lines,
        currency=item.currency,
        held_until=item.held_until,
        correlation_id=item.correlation_id,
        redemption=item.redemption,
        lost=item.lost or (),
        draws=item.draws or (),
        version=int(item.version),
    )
