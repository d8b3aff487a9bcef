"""What a request costs: read and write request units by DynamoDB's published rules.

"DynamoDB read and write operations" and "Item sizes and formats", developer guide: a write takes one unit for each
begun KB of the larger of the item before and after, a read half a unit (one when consistent) for each begun 4 KB. In a
transaction it is twice that. An index is written when what it projects changes, twice when the item moves in it, and
never as part of the transaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from scripts.simulation.memory.schema import Index, TableSchema
from scripts.simulation.memory.values import Item, item_size

WRITE_BYTES = 1024
READ_BYTES = 4096


@dataclass
class Units:
    """What was consumed of one table, and of each of its indexes."""

    reads: float = 0.0
    writes: float = 0.0
    index_writes: dict[str, float] = field(default_factory=dict)

    def add(self, other: "Units") -> None:
        """Adds another's."""
        self.reads += other.reads
        self.writes += other.writes
        for name, units in other.index_writes.items():
            self.index_writes[name] = self.index_writes.get(name, 0.0) + units

    @property
    def all_writes(self) -> float:
        """Of the table and its indexes."""
        return self.writes + sum(self.index_writes.values())


@dataclass(frozen=True)
class Use:
    """What a request consumed of a table."""

    operation: str
    table: str
    units: Units


def begun(size: int, step: int) -> int:
    """How many steps are begun; one at least."""
    return max(1, -(-size // step))


def read_units(size: int, *, consistent: bool, transaction: bool = False) -> Units:
    """Of reading so many bytes at once."""
    factor = 2.0 if transaction else 1.0 if consistent else 0.5
    return Units(reads=factor * begun(size, READ_BYTES))


def write_units(schema: TableSchema, before: Item | None, after: Item | None, *, transaction: bool = False) -> Units:
    """Of a write that made `after` of `before`. A write that was refused, or a check, has both alike."""
    size = max(item_size(before), item_size(after))
    units = Units(writes=(2.0 if transaction else 1.0) * begun(size, WRITE_BYTES))
    for index in schema.indexes.values():
        if written := sum(begun(one, WRITE_BYTES) for one in _index_writes(schema, index, before, after)):
            units.index_writes[index.name] = float(written)
    return units


def _index_writes(schema: TableSchema, index: Index, before: Item | None, after: Item | None) -> Iterator[int]:
    """The sizes of what is written to an index."""
    old = index.entry(before, schema) if before else None
    new = index.entry(after, schema) if after else None
    if old == new:
        return
    if old and new and index.place(old) == index.place(new):
        yield max(item_size(old), item_size(new))
        return
    for entry in (old, new):
        if entry:
            yield item_size(entry)
