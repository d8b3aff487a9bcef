"""What a table is: its key, its indexes and its stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.simulation.memory.errors import ValidationError
from scripts.simulation.memory.values import Item, Value, kind_of, order

Key = tuple[Any, ...]  # the plain values of a key's attributes


@dataclass(frozen=True)
class Index:
    """A table's own order, or one of its global secondary indexes. `kept` None: every attribute is projected."""

    name: str
    attributes: tuple[str, ...]  # partition key, then sort key if there is one
    kept: frozenset[str] | None = None

    def place(self, item: Item) -> Key | None:
        """Where an item is in it; None when it is not, for lack of an attribute."""
        if any(name not in item for name in self.attributes):
            return None
        return tuple(order(item[name]) for name in self.attributes)

    def entry(self, item: Item, schema: "TableSchema") -> Item | None:
        """What it holds of an item; None when it does not."""
        if self.place(item) is None:
            return None
        if self.kept is None:
            return item
        shown = self.kept.union(self.attributes, schema.key.attributes)
        return {name: value for name, value in item.items() if name in shown}


@dataclass(frozen=True)
class TableSchema:
    """A table as `describe_table` tells of it."""

    name: str
    key: Index
    types: Mapping[str, str]  # of key attributes: S, N or B
    indexes: Mapping[str, Index]
    stream_arn: str | None

    def place(self, item: Mapping[str, Value]) -> Key:
        """The item's key. Raises ValidationError when it has none, or one that cannot be."""
        for name in self.key.attributes:
            if name not in item:
                raise ValidationError("One of the required keys was not given a value")
        self.check_keys(item)
        return tuple(order(item[name]) for name in self.key.attributes)

    def check_keys(self, item: Mapping[str, Value]) -> None:
        """Key attributes, where they are, have the right type and hold something. Raises ValidationError."""
        for name, type_ in self.types.items():
            value = item.get(name)
            if value is None:
                continue
            if kind_of(value) != type_:
                raise ValidationError(f"Type mismatch for key {name} expected: {type_} actual: {kind_of(value)}")
            if value[type_] == "":
                raise ValidationError(f"The AttributeValue for a key attribute cannot contain an empty string: {name}")

    def key_of(self, item: Item) -> Item:
        """The item's key attributes alone."""
        return {name: item[name] for name in self.key.attributes}


def read_schema(told: Mapping[str, Any]) -> TableSchema:
    """What `describe_table` says, under `Table`."""
    indexes = [_index(one) for one in told.get("GlobalSecondaryIndexes", [])]
    return TableSchema(
        name=told["TableName"],
        key=Index("", _attributes(told["KeySchema"])),
        types={one["AttributeName"]: one["AttributeType"] for one in told["AttributeDefinitions"]},
        indexes={index.name: index for index in indexes},
        stream_arn=told.get("LatestStreamArn"),
    )


def _index(told: Mapping[str, Any]) -> Index:
    projection = told["Projection"]
    kept = None if projection["ProjectionType"] == "ALL" else frozenset(projection.get("NonKeyAttributes", []))
    return Index(told["IndexName"], _attributes(told["KeySchema"]), kept)


def _attributes(schema: list[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(one["AttributeName"] for one in sorted(schema, key=lambda one: one["KeyType"]))  # HASH, then RANGE
