"""Products and stock in the table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from catalog.bucket_table import BucketItem, bucket_change, bucket_key, further_keys, levels_of
from catalog.domain.buckets import Draw
from catalog.domain.ledger import adjusted
from catalog.domain.losses import Restock, WriteOff
from catalog.domain.products import (
    Product,
    SkuTakenError,
    SlugTakenError,
    Status,
    Variant,
)
from catalog.domain.stock import Adjustment, Move, Offer, Reservation, StockLevel
from catalog.items import (
    DUE_SHARDS,
    PRODUCTS,
    AdjustmentItem,
    ProductItem,
    ReservationItem,
    SkuItem,
    SlugItem,
    WriteOffItem,
    adjustment_item,
    adjustment_of,
    cause,
    offer_of,
    product_item,
    product_key,
    product_of,
    reservation_item,
    reservation_of,
    restock_item,
    sku_key,
    write_off_item,
    write_off_key,
    write_off_of,
)
from catalog.ledger_table import movement_item
from catalog.promotion_table import enlist_redemption
from catalog.search import Changed
from catalog.use_cases.ports import Position
from minishop import dynamodb
from minishop.clock import parse_rfc3339, rfc3339
from minishop.correlation import correlation
from minishop.dynamodb import Item, Transaction, TransactionRefusedError
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.money import Money

ItemT = TypeVar("ItemT", bound=Item)


def _batch(model: type[ItemT], keys: Iterable[tuple[str, str]], *, consistent: bool) -> list[ItemT]:
    wanted = list(dict.fromkeys(keys))
    return list(model.batch_get(wanted, consistent_read=consistent)) if wanted else []


def _offer_values(product: Product, variant: Variant) -> dict[str, Any]:
    return {
        "title": product.selling_title(variant),
        "category": product.category,
        "price": variant.price.amount,
        "currency": variant.price.currency,
        "weight_grams": variant.weight_grams,
        "on_sale": product.published,
    }


def _refusal(error: TransactionRefusedError) -> Exception:
    """What the conditions that did not hold mean."""
    if "product" in error.failed:
        return error
    skus = [label.removeprefix("sku ") for label in error.failed if label.startswith("sku ")]
    if "slug" in error.failed:
        return SlugTakenError("Another product has this slug; choose another one.")
    return SkuTakenError(f"Another product has {', '.join(skus)}.") if skus else error


class ProductTable:
    """Implements `catalog.use_cases.ports.Products` and `catalog.search.Changes`."""

    def find(self, product_id: str) -> Product | None:
        """One GetItem."""
        item = ProductItem.find(*product_key(product_id))
        return product_of(item) if item else None

    def find_by_slug(self, slug: str) -> Product | None:
        """Two GetItems."""
        link = SlugItem.find(f"slug#{slug}", "slug", consistent=False)
        return self.find(link.product_id) if link else None

    def find_many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        """One BatchGetItem for each hundred."""
        items = _batch(ProductItem, map(product_key, product_ids), consistent=False)
        return {item.product_id: product_of(item) for item in items}

    def list_all(
        self, status: Status | None, limit: int, position: Position | None
    ) -> tuple[list[Product], Position | None]:
        """One Query on listing, more where the status leaves gaps."""
        result = ProductItem.listing.query(
            PRODUCTS,
            filter_condition=None if status is None else ProductItem.status == status.value,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=position,
        )
        return [product_of(item) for item in result], result.last_evaluated_key

    def every(self) -> Iterator[Product]:
        """One Query on listing for each megabyte."""
        return map(product_of, ProductItem.listing.query(PRODUCTS, scan_index_forward=False))

    def changed_since(self, moment: datetime) -> Iterator[Changed]:
        """One Query on changed, of a few keys; more for each further megabyte."""
        result = ProductItem.changed.query(PRODUCTS, ProductItem.changed_sk >= rfc3339(moment))
        for page in result.page_iter:
            for raw in page["Items"]:
                at, _, product_id = raw["changed_sk"]["S"].partition("#")
                yield Changed(product_id, int(raw["version"]["N"]), parse_rfc3339(at))

    def insert(self, product: Product, events: tuple[Event, ...]) -> Product:
        """One transaction: product, slug, SKUs. Raises SlugTakenError, SkuTakenError."""
        item = product_item(product)
        item.version = 1
        transaction = Transaction()
        transaction.insert("product", item, events, at=product.updated_at)
        transaction.insert("slug", SlugItem(f"slug#{product.slug}", "slug", product_id=product.id))
        for variant in product.variants:
            self._enlist_new_sku(transaction, product, variant)
        try:
            transaction.commit()
        except TransactionRefusedError as error:
            raise _refusal(error) from error
        return product_of(item)

    def replace(self, before: Product, after: Product, events: tuple[Event, ...]) -> Product:
        """One transaction, of what differs: at most 81 items. Raises ConcurrentUpdateError, SkuTakenError.

        One BatchGetItem before, of its new SKUs, where it may have had one of them so long ago that it forgot.
        """
        item = product_item(after)
        transaction = Transaction()
        transaction.replace("product", item, events, expected=before.version, at=after.updated_at)
        self._enlist_skus(transaction, before, after)
        try:
            transaction.commit()
        except TransactionRefusedError as error:
            raise _refusal(error) from error
        return product_of(item)

    def _enlist_skus(self, transaction: Transaction, before: Product, after: Product) -> None:
        known = {*before.skus, *before.retired_skus}
        if before.may_have_had_more:
            known |= self._once_had(after, [sku for sku in after.skus if sku not in known])
        offered = {variant.sku: _offer_values(before, variant) for variant in before.variants}
        for variant in after.variants:
            values = _offer_values(after, variant)
            if variant.sku not in known:
                self._enlist_new_sku(transaction, after, variant)
            elif offered.get(variant.sku) != values:
                actions = [getattr(SkuItem, name).set(value) for name, value in values.items()]
                self._enlist_own_sku(transaction, after, variant.sku, actions)
        for sku in before.skus:
            if sku not in after.skus:
                self._enlist_own_sku(transaction, after, sku, [SkuItem.on_sale.set(False)])

    def _once_had(self, product: Product, skus: Sequence[str]) -> set[str]:
        items = _batch(SkuItem, map(sku_key, skus), consistent=True)
        return {item.sku for item in items if item.product_id == product.id}

    def _enlist_own_sku(self, transaction: Transaction, product: Product, sku: str, actions: list[Action]) -> None:
        owned = SkuItem.product_id == product.id
        transaction.change(f"sku {sku}", SkuItem(*sku_key(sku)), actions, condition=owned)

    def _enlist_new_sku(self, transaction: Transaction, product: Product, variant: Variant) -> None:
        scope = correlation()
        item = SkuItem(
            *sku_key(variant.sku),
            sku=variant.sku,
            product_id=product.id,
            moved_at=product.updated_at,
            moved_by=scope.actor,
            correlation_id=scope.id,
            **_offer_values(product, variant),
        )
        transaction.insert(f"sku {variant.sku}", item)


class StockTable:
    """Implements `catalog.use_cases.ports.Stock`."""

    def offers(self, skus: Iterable[str], *, consistent: bool, counted: bool = True) -> Mapping[str, Offer]:
        """One BatchGetItem for each hundred; the same for buckets, where there are any and they are counted."""
        items = _batch(SkuItem, map(sku_key, skus), consistent=consistent)
        further: dict[str, list[BucketItem]] = {}
        if counted:
            keys = [key for item in items for key in further_keys(item)]
            for bucket in _batch(BucketItem, keys, consistent=consistent):
                further.setdefault(bucket.sku, []).append(bucket)
        offers = {}
        for item in items:
            known = counted or item.bucket_items == 1
            levels = levels_of(item, further.get(item.sku, ())) if known else ()
            offers[item.sku] = offer_of(item, tuple(level.available for level in levels))
        return offers

    def level(self, sku: str) -> StockLevel | None:
        """One GetItem; one BatchGetItem for buckets, where there are any."""
        item = SkuItem.find(*sku_key(sku))
        if item is None:
            return None
        return StockLevel(
            sku=item.sku,
            received=int(item.received),
            restocked=int(item.restocked),
            written_off=int(item.written_off),
            version=int(item.version),
            buckets=levels_of(item, _batch(BucketItem, further_keys(item), consistent=True)),
            count=int(item.buckets),
            target=int(item.bucket_target),
            layout=int(item.layout),
            elsewhere=int(item.elsewhere),
        )

    def adjustment(self, adjustment_id: str) -> Adjustment | None:
        """One GetItem."""
        item = AdjustmentItem.find(f"adjustment#{adjustment_id}", "adjustment")
        return adjustment_of(item) if item else None

    def adjust(self, adjustment: Adjustment) -> None:
        """One transaction of three items. Raises AlreadyExistsError, ConcurrentUpdateError."""
        delta = adjustment.delta
        allowed = SkuItem.pk.exists() if delta > 0 else SkuItem.available >= -delta
        actions = [SkuItem.available.add(delta), SkuItem.received.add(delta), *cause(adjustment.at)]
        transaction, item = Transaction(), adjustment_item(adjustment)
        transaction.insert("adjustment", item)
        transaction.insert("ledger", movement_item(adjusted(adjustment, correlation().id)))
        transaction.change("level", SkuItem(*sku_key(adjustment.sku)), actions, condition=allowed)
        _commit_once(transaction, "adjustment", item)

    def reservation(self, order_id: str) -> Reservation | None:
        """One GetItem."""
        item = ReservationItem.find(f"reservation#{order_id}", "reservation")
        return reservation_of(item) if item else None

    def save(self, move: Move, *, at: datetime) -> Reservation:
        """One conditional Put; one transaction with levels and a promotion's counts where they move.

        Raises ConcurrentUpdateError.
        """
        item = reservation_item(move.reservation)
        before = move.reservation.version
        if not move.allocate:
            _save(item, move, before, at)
            return reservation_of(item)
        transaction = Transaction()
        if before:
            transaction.replace("reservation", item, move.events, expected=before, at=at)
        else:
            item.version = 1
            transaction.insert("reservation", item, move.events, at=at)
        self._enlist_levels(transaction, move, at)
        if used := move.reservation.redemption:
            enlist_redemption(transaction, used, move.reservation.customer_id, move.allocate, at=at)
        transaction.commit()
        return reservation_of(item)

    def _enlist_levels(self, transaction: Transaction, move: Move, at: datetime) -> None:
        prices = {line.sku: line.unit_price for line in move.reservation.lines}
        for part in move.reservation.parts:
            step = move.allocate * part.quantity
            actions: Sequence[Action]
            if part.bucket:
                actions, allowed = bucket_change(-step, step)
                item: Item = BucketItem(*bucket_key(part.sku, part.bucket))
            else:
                actions = (SkuItem.available.add(-step), SkuItem.allocated.add(step), *cause(at))
                allowed = _allowed(step, None if move.reservation.version else prices[part.sku])
                item = SkuItem(*sku_key(part.sku))
            transaction.change(f"level {part.sku} {part.bucket}", item, actions, condition=allowed)

    def written_off(self, shipment_id: str) -> WriteOff | None:
        """One GetItem."""
        item = WriteOffItem.find(*write_off_key(shipment_id))
        return write_off_of(item) if item else None

    def write_off(self, write_off: WriteOff, reservation: Reservation, parts: Sequence[Draw]) -> None:
        """One transaction of two items and the levels. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        transaction.insert("write-off", write_off_item(write_off), [write_off.event], at=write_off.at)
        transaction.replace("reservation", reservation_item(reservation), expected=reservation.version)
        taken = SkuItem.available if write_off.replace else SkuItem.allocated
        for line in write_off.lines:
            own = sum(part.quantity for part in parts if part.sku == line.sku and not part.bucket)
            actions = [taken.add(-own), SkuItem.written_off.add(line.quantity), *cause(write_off.at)]
            transaction.change(f"level {line.sku}", SkuItem(*sku_key(line.sku)), actions, condition=taken >= own)
        for part in parts:
            if part.bucket:
                less, allowed = bucket_change(0, -part.quantity)
                bucket = BucketItem(*bucket_key(part.sku, part.bucket))
                transaction.change(f"bucket {part.sku} {part.bucket}", bucket, less, condition=allowed)
        transaction.commit()

    def restock(self, restock: Restock) -> None:
        """One transaction of one item and the levels. Raises AlreadyExistsError, ConcurrentUpdateError."""
        transaction, item = Transaction(), restock_item(restock)
        transaction.insert("restock", item, [restock.event], at=restock.at)
        for line in restock.lines:
            back = [SkuItem.available.add(line.quantity), SkuItem.restocked.add(line.quantity), *cause(restock.at)]
            transaction.change(f"level {line.sku}", SkuItem(*sku_key(line.sku)), back, condition=SkuItem.pk.exists())
        _commit_once(transaction, "restock", item)

    def due(self, at: datetime) -> Iterable[Reservation]:
        """One Query for each shard of the due index, and for each further megabyte."""
        for shard in range(DUE_SHARDS):
            for item in ReservationItem.due.query(f"due#{shard}", ReservationItem.due_sk <= f"{rfc3339(at)}~"):
                yield reservation_of(item)


def _commit_once(transaction: Transaction, label: str, item: Item) -> None:
    """Raises AlreadyExistsError when that has happened before, ConcurrentUpdateError when it cannot.

    A refusal alone is not believed: stock hangs on the item's being there, which one GetItem tells.
    """
    try:
        transaction.commit()
    except TransactionRefusedError as error:
        if label in error.failed and type(item).find(str(item.pk), str(item.sk)):
            raise AlreadyExistsError(f"{item.pk}") from error
        raise


def _save(item: ReservationItem, move: Move, before: int, at: datetime) -> None:
    if before:
        dynamodb.replace(item, move.events, expected=before, at=at)
        return
    item.version = 1
    try:
        dynamodb.insert(item, move.events, at=at)
    except AlreadyExistsError as error:
        raise ConcurrentUpdateError(f"{item.order_id} has a reservation by now") from error


def _allowed(step: int, price: Money | None) -> Condition:
    """When a level may move: there is enough, and a new hold also sees the price that it was told."""
    if step < 0:
        return SkuItem.allocated >= -step
    enough: Condition = SkuItem.available >= step
    if price is None:
        return enough
    same_price: Condition = (SkuItem.price == price.amount) & (SkuItem.currency == price.currency)
    sold: Condition = SkuItem.on_sale == True  # noqa: E712  an expression, not a comparison
    same: Condition = enough & same_price & sold
    return same
