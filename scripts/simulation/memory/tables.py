"""A table in memory: items by key, and the stream of what changed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scripts.simulation.memory.errors import ValidationError
from scripts.simulation.memory.schema import Index, Key, TableSchema
from scripts.simulation.memory.values import Item, item_size

MAX_ITEM_BYTES = 400 * 1024
Record = Mapping[str, Any]


class Table:
    """Items are replaced and never changed, so that a copy of the table shares them."""

    def __init__(self, schema: TableSchema, region: str) -> None:
        self.schema = schema
        self.items: dict[Key, Item] = {}
        self.records: list[Record] = []
        self._region = region

    def check(self, item: Item) -> None:
        """Whether the table takes it. Raises ValidationError."""
        self.schema.check_keys(item)
        if item_size(item) > MAX_ITEM_BYTES:
            raise ValidationError("Item size has exceeded the maximum allowed size")

    def write(self, key: Key, after: Item | None, at: datetime, number: int) -> None:
        """Puts the item in its place, or takes it away; one stream record when that changes something."""
        before = self.items.get(key)
        if after is None:
            self.items.pop(key, None)
        else:
            self.items[key] = after
        if before != after and self.schema.stream_arn:
            self.records.append(self._record(before, after, at, number))

    def _record(self, before: Item | None, after: Item | None, at: datetime, number: int) -> Record:
        item = after if after is not None else before
        assert item is not None
        name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        changed: dict[str, Any] = {
            "ApproximateCreationDateTime": int(at.timestamp()),
            "Keys": self.schema.key_of(item),
            "SequenceNumber": f"{number:021d}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        if after is not None:
            changed["NewImage"] = after
        if before is not None:
            changed["OldImage"] = before
        return {
            "eventID": f"{number:032x}",
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self._region,
            "dynamodb": changed,
        }

    def index(self, name: str | None) -> Index:
        """The index, or the table's own order. Raises ValidationError."""
        if name is None:
            return self.schema.key
        if name not in self.schema.indexes:
            raise ValidationError(f"The table does not have the specified index: {name}")
        return self.schema.indexes[name]

    def in_order(self, index: Index, partition: Any, *, forward: bool) -> Iterator[tuple[tuple[Any, ...], Item]]:
        """The entries of a partition by their sort key, each with its place: sort key, then the item's own key."""
        found = []
        for key, item in self.items.items():
            place = key if index is self.schema.key else index.place(item)
            if place is not None and place[0] == partition:
                found.append(((place[1:], key), item))
        found.sort(key=lambda entry: entry[0], reverse=not forward)
        for place, item in found:
            entry = index.entry(item, self.schema)
            assert entry is not None
            yield place, entry
