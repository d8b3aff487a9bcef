"""Buckets in the catalogue's table.

pk                    sk         what
bucket#<sku>#<n>      bucket     the n-th part of a SKU's level; the first part is the SKU's own item
buckets#<sku>         buckets    that the SKU has several; index due under `buckets`
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from catalog.domain.buckets import BucketLevel, Shift
from catalog.domain.stock import StockLevel
from catalog.items import TABLE, SkuItem, cause, sku_key
from minishop import dynamodb
from minishop.dynamodb import Item, TableMeta, Transaction

SEVERAL = "buckets"


class BucketItem(Item):
    """A part of a SKU's level: `units` can be bought. A closed one takes nothing more in, but from who held of it."""

    class Meta(TableMeta):
        table_name = TABLE

    sku = UnicodeAttribute()
    number = NumberAttribute()
    units = NumberAttribute()
    allocated = NumberAttribute()
    open = BooleanAttribute()


class SkusInBuckets(GlobalSecondaryIndex["InBucketsItem"]):
    """SKUs that have several buckets."""

    class Meta(TableMeta):
        index_name = "due"
        projection = AllProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class InBucketsItem(Item):
    """That a SKU has several buckets."""

    class Meta(TableMeta):
        table_name = TABLE

    due = SkusInBuckets()

    due_pk = UnicodeAttribute()
    due_sk = UnicodeAttribute()


def bucket_key(sku: str, number: int) -> tuple[str, str]:
    """Of a BucketItem."""
    return f"bucket#{sku}#{number}", "bucket"


def further_keys(item: SkuItem) -> list[tuple[str, str]]:
    """Of the buckets of a SKU besides its own item."""
    return [bucket_key(item.sku, number) for number in range(1, int(item.bucket_items))]


def levels_of(item: SkuItem, further: Iterable[BucketItem]) -> tuple[BucketLevel, ...]:
    """Of all its buckets, by number."""
    own = BucketLevel(int(item.available), int(item.allocated))
    found = {int(bucket.number): BucketLevel(int(bucket.units), int(bucket.allocated)) for bucket in further}
    return own, *(found.get(number, BucketLevel(0, 0)) for number in range(1, int(item.bucket_items)))


def bucket_change(available: int, allocated: int) -> tuple[Sequence[Action], Condition]:
    """What moves a further bucket, and when it may: nothing falls below zero, nothing new comes into a closed one."""
    actions: list[Action] = [BucketItem.units.add(available), BucketItem.allocated.add(allocated)]
    allowed: Condition = BucketItem.units >= max(0, -available)
    if allocated < 0:
        allowed &= BucketItem.allocated >= -allocated
    elif available > 0:
        allowed &= BucketItem.open == True  # noqa: E712  an expression, not a comparison
    return actions, allowed


class BucketTable:
    """Implements `catalog.use_cases.ports.Buckets`."""

    def resize(self, level: StockLevel, *, target: int, count: int, items: int) -> None:
        """One transaction of two items. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        listed = InBucketsItem(f"buckets#{level.sku}", "buckets")
        if items > 1:
            where = [InBucketsItem.due_pk.set(SEVERAL), InBucketsItem.due_sk.set(level.sku)]
            transaction.change("listed", listed, where)
        else:
            transaction.delete("listed", listed)
        layout = [
            SkuItem.bucket_target.set(target),
            SkuItem.buckets.set(count),
            SkuItem.bucket_items.set(items),
            SkuItem.layout.add(1),
        ]
        unchanged = SkuItem.layout == level.layout
        transaction.change("level", SkuItem(*sku_key(level.sku)), layout, condition=unchanged)
        transaction.commit()

    def open(self, sku: str, numbers: Sequence[int], *, is_open: bool) -> None:
        """One UpdateItem for each."""
        for number in numbers:
            actions = [
                BucketItem.sku.set(sku),
                BucketItem.number.set(number),
                BucketItem.open.set(is_open),
                BucketItem.units.add(0),
                BucketItem.allocated.add(0),
            ]
            dynamodb.change(BucketItem(*bucket_key(sku, number)), actions)

    def shift(self, sku: str, shift: Shift, *, at: datetime) -> None:
        """One transaction of two items. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        for number, sign in ((shift.source, -1), (shift.target, +1)):
            available, allocated = sign * shift.available, sign * shift.allocated
            if number:
                actions, allowed = bucket_change(available, allocated)
                transaction.change(f"bucket {number}", BucketItem(*bucket_key(sku, number)), actions, condition=allowed)
                continue
            own = [
                SkuItem.available.add(available),
                SkuItem.allocated.add(allocated),
                SkuItem.elsewhere.add(-available),
            ]
            enough = SkuItem.available >= -available
            transaction.change("own", SkuItem(*sku_key(sku)), [*own, *cause(at)], condition=enough)
        transaction.commit()

    def count(self, level: StockLevel, *, at: datetime) -> None:
        """One UpdateItem, where the count differs. Raises ConcurrentUpdateError."""
        elsewhere = sum(bucket.available for bucket in level.buckets[1:])
        if elsewhere == level.elsewhere:
            return
        unchanged = (SkuItem.layout == level.layout) & (SkuItem.elsewhere == level.elsewhere)
        dynamodb.change(
            SkuItem(*sku_key(level.sku)), [SkuItem.elsewhere.set(elsewhere), *cause(at)], condition=unchanged
        )

    def listed(self) -> list[str]:
        """One Query on due."""
        return [item.due_sk for item in InBucketsItem.due.query(SEVERAL)]
