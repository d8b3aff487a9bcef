"""Writes to DynamoDB tables: one at a time, whole or not at all, one stream record for each that changes something."""

import copy
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.executors import SetExecutor
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from scripts.local.aws.mends.patches import Patches

_ONE_AT_A_TIME = threading.RLock()


class Touched:
    """One item that a write may touch, as it was before."""

    def __init__(self, table: Table, key: dict[str, Any]) -> None:
        self.table = table
        self._hash = DynamoType(key[table.hash_key_attr])
        self._range = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
        self._before: Item | None = copy.deepcopy(self._current())

    def restore(self) -> None:
        """Put the item back as it was."""
        siblings: dict[Any, Any] = self.table.items if self._range is None else self.table.items[self._hash]
        key = self._hash if self._range is None else self._range
        if self._before is None:
            siblings.pop(key, None)
        else:
            siblings[key] = self._before

    def record(self) -> None:
        """Write one stream record when the item has changed."""
        after = self._current()
        if self.table.stream_shard is not None and _image(self._before) != _image(after):
            self.table.stream_shard.add(self._before, after)

    def _current(self) -> Item | None:
        return self.table.get_item(self._hash, self._range)


@contextmanager
def whole(touched: list[Touched]) -> Iterator[None]:
    """All of a write's changes, with a stream record each; or none, when it raises."""
    shards = {id(each.table): (each.table, each.table.stream_shard) for each in touched}
    for table, _ in shards.values():
        table.stream_shard = None  # moto's own records are of steps, not of writes
    try:
        yield
    except BaseException:
        for each in touched:
            each.restore()
        raise
    finally:
        for table, shard in shards.values():
            table.stream_shard = shard
    for each in touched:
        each.record()


def mend_races(patches: Patches) -> None:
    """Take one lock for all requests: moto checks a condition and writes without, so that threads oversell."""
    for handler in (DynamoHandler, DynamoDBStreamsHandler):
        patches.replace(handler, "call_action", _locked(handler.call_action))


def mend_writes(patches: Patches) -> None:
    """Make a write one change, or none.

    In moto an update that creates an item emits two INSERTs, a write that changes nothing emits a MODIFY, and an
    update that fails half-way leaves what it had done.
    """
    for method in ("put_item", "update_item", "delete_item"):
        patches.replace(DynamoDBBackend, method, _whole(getattr(DynamoDBBackend, method)))


def mend_copies(patches: Patches) -> None:
    """Make `SET a = b` a copy: in moto both are one object from then on, and change together."""
    original = SetExecutor.get_action_value
    patches.replace(SetExecutor, "get_action_value", lambda executor: copy.deepcopy(original(executor)))


def _locked(action: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(action)
    def locked(handler: Any) -> Any:
        with _ONE_AT_A_TIME:
            return action(handler)

    return locked


def _whole(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def mended(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        table = backend.get_table(table_name)
        if any(name not in key for name in table.table_key_attrs):
            return method(backend, table_name, key, *args, **kwargs)  # moto refuses it, in its words
        with whole([Touched(table, key)]):
            return method(backend, table_name, key, *args, **kwargs)

    return mended


def _image(item: Item | None) -> Any:
    return item.to_json() if item is not None else None
