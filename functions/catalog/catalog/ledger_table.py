"""The ledger in the catalogue's table.

pk                      sk          what
ledger#<sku>#<shard>    <at>#<id>   a movement

A SKU's lines are spread over a few partitions, so that one that sells a thousand times a second is not slowed down by
its own books.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from catalog.domain.ledger import Movement, MovementKind
from catalog.items import TABLE
from catalog.use_cases.ports import Position
from minishop.clock import rfc3339
from minishop.dynamodb import Item, TableMeta, TimeAttribute

SHARDS = 4


class MovementItem(Item):
    """A line of a SKU's ledger."""

    class Meta(TableMeta):
        table_name = TABLE

    movement_id = UnicodeAttribute()
    sku = UnicodeAttribute()
    kind = UnicodeAttribute()
    quantity = NumberAttribute()
    change = NumberAttribute()
    reason = UnicodeAttribute()
    reference = UnicodeAttribute()
    actor = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    at = TimeAttribute()


def _partition(sku: str, shard: int) -> str:
    return f"ledger#{sku}#{shard}"


def movement_item(movement: Movement) -> MovementItem:
    """The item of a movement."""
    shard = sum(movement.id.encode()) % SHARDS
    return MovementItem(
        _partition(movement.sku, shard),
        f"{rfc3339(movement.at)}#{movement.id}",
        movement_id=movement.id,
        sku=movement.sku,
        kind=movement.kind.value,
        quantity=movement.quantity,
        change=movement.change,
        reason=movement.reason,
        reference=movement.reference,
        actor=movement.actor,
        correlation_id=movement.correlation_id,
        at=movement.at,
    )


def _movement(item: MovementItem) -> Movement:
    return Movement(
        id=item.movement_id,
        sku=item.sku,
        kind=MovementKind(item.kind),
        quantity=int(item.quantity),
        change=int(item.change),
        reason=item.reason,
        reference=item.reference,
        actor=item.actor,
        correlation_id=item.correlation_id,
        at=item.at,
    )


class LedgerTable:
    """Implements `catalog.use_cases.ports.Ledger`."""

    def entries(self, sku: str, limit: int, position: Position | None) -> tuple[list[Movement], Position | None]:
        """One Query for each shard."""
        before = MovementItem.sk < position["before"] if position else None
        shards = [
            MovementItem.query(_partition(sku, shard), before, scan_index_forward=False, limit=limit + 1)
            for shard in range(SHARDS)
        ]
        newest = list(islice(merge(*shards, key=lambda item: item.sk, reverse=True), limit + 1))
        following = {"before": newest[limit - 1].sk} if len(newest) > limit else None
        return [_movement(item) for item in newest[:limit]], following

    def record(self, movements: Sequence[Movement]) -> None:
        """One BatchWriteItem for each 25."""
        with MovementItem.batch_write() as batch:
            for movement in movements:
                batch.save(movement_item(movement))
