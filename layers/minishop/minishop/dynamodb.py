"""Items of a service's table: conditional writes, and the outbox that rides on every one of them.

Every write of an aggregate goes through here, because every write must set or remove `outbox`: an update
that left the last save's events standing would publish them again.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

import msgspec
from botocore.session import Session
from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import LIST, MAP
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite
from snapshot_restore_py import register_before_snapshot

from minishop import aws
from minishop.clock import parse_rfc3339, rfc3339
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event, encode_outbox

T = TypeVar("T")
CONDITION_FAILED = "ConditionalCheckFailedException"
TRANSIENT = {  # reasons of a cancelled transaction that botocore does not try again for
    "TransactionConflict",
    "TransactionConflictException",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}


class FromEnvironment:
    """A class attribute that is an environment variable, read when it is needed and not at import."""

    def __init__(self, variable: str) -> None:
        self.variable = variable

    def __get__(self, instance: object, owner: type | None = None) -> str:
        return os.environ[self.variable]


class TableMeta:
    """Base of every item's Meta: time limits and retries as in `minishop.aws`."""

    connect_timeout_seconds = aws.CONNECT_TIMEOUT_SECONDS
    read_timeout_seconds = aws.READ_TIMEOUT_SECONDS
    max_retry_attempts = aws.TOTAL_ATTEMPTS - 1


def _to_wire(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB's typed JSON."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [_to_wire(element) for element in value]}
        case dict():
            return {"M": {str(key): _to_wire(element) for key, element in value.items()}}
    raise TypeError(f"{type(value).__name__} has no place in an item")


def _from_wire(typed: dict[str, Any]) -> Any:
    """The plain value of DynamoDB's typed JSON."""
    ((kind, value),) = typed.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "NULL":
            return None
        case "L":
            return [_from_wire(element) for element in value]
        case "M":
            return {key: _from_wire(element) for key, element in value.items()}
    raise TypeError(f"an item holds {kind}, which nothing here writes")


class DocumentAttribute(Attribute[T], Generic[T]):
    """A value object, or a list or mapping of them, as a native map or list.

    `shape` is what msgspec reads and writes: a dataclass, `list[Line]`, `dict[str, str]`. Fields that an
    old item lacks take the dataclass's defaults; fields that it no longer has are ignored.
    """

    def __init__(self, shape: Any, **options: Any) -> None:
        super().__init__(**options)
        self.shape = shape
        self.attr_type = LIST if getattr(shape, "__origin__", None) in {list, tuple} else MAP

    def serialize(self, value: T) -> Any:
        """Typed JSON, without the outermost type."""
        ((_, wire),) = _to_wire(msgspec.to_builtins(value)).items()
        return wire

    def deserialize(self, value: Any) -> T:
        """The value object. Raises msgspec.ValidationError when the item holds something else."""
        result: T = msgspec.convert(_from_wire({self.attr_type: value}), self.shape)
        return result


class TimeAttribute(Attribute[datetime]):
    """A moment, as fixed-width RFC 3339 text: sorts as time does, and people can read it."""

    attr_type = "S"

    def serialize(self, value: datetime) -> str:
        """`2026-11-22T12:00:00.000Z`."""
        return rfc3339(value)

    def deserialize(self, value: str) -> datetime:
        """The moment, in UTC."""
        return parse_rfc3339(value)


class _Connection(Connection):
    """pynamodb's connection, on the process's session: what one has read of models and credentials both have."""

    @property
    def session(self) -> Session:
        """The process's."""
        return aws.session()


_connections: list[Connection] = []
_tables: dict[type[Model], TableConnection] = {}


def connection() -> Connection:
    """The process's pynamodb connection: the one that transactions run on, and whose client all items share."""
    if not _connections:
        made = _Connection(
            connect_timeout_seconds=aws.CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=aws.READ_TIMEOUT_SECONDS,
            max_retry_attempts=aws.TOTAL_ATTEMPTS - 1,
        )
        aws.adopt(made.client)
        _connections.append(made)
    return _connections[0]


register_before_snapshot(connection)  # the client is most of what a first request waits for


def reset_connections() -> None:
    """Forgets clients and table names, between tests."""
    _connections.clear()
    _tables.clear()


class Item(Model):
    """Base of every item: its key, its version and its outbox."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(default=0)
    outbox = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    @property
    def aggregate_id(self) -> str:
        """What events about this item call it; an item class that tells events says its own."""
        return str(self.pk)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls not in _tables:
            cls._connection = None
            table = super()._get_connection()
            # pynamodb makes a client for each class of item; making one costs more than all that it is used for.
            table.connection._client = connection().client  # noqa: SLF001
            _tables[cls] = table
        return _tables[cls]

    @classmethod
    def find(cls, pk: str, sk: str, *, consistent: bool = True) -> Self | None:
        """The item with this key, or None. One GetItem: 1 RRU per 4 KB (half when not consistent)."""
        try:
            return cls.get(pk, sk, consistent_read=consistent)
        except cls.DoesNotExist:
            return None


ItemT = TypeVar("ItemT", bound=Item)


def _remember(item: Item, events: Iterable[Event], at: datetime | None) -> None:
    told = tuple(events)
    if not told:
        item.outbox = None
        return
    if at is None:
        raise ValueError("events need the time at which they happened")
    item.outbox = encode_outbox(told, aggregate_id=item.aggregate_id, sequence=int(item.version), at=at)


def insert(item: Item, events: Iterable[Event] = (), *, at: datetime | None = None) -> None:
    """Writes a new item, and with it the events of its making. One conditional Put.

    Raises AlreadyExistsError when the key is taken.
    """
    _remember(item, events, at)
    try:
        item.save(condition=Item.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code == CONDITION_FAILED:
            raise AlreadyExistsError(f"{item.pk} {item.sk}") from error
        raise


def replace(item: Item, events: Iterable[Event] = (), *, expected: int, at: datetime | None = None) -> None:
    """Writes the item over its version `expected`, as version `expected + 1`, with the events of the change.

    One conditional Put. Raises ConcurrentUpdateError when another version stands there (or none).
    """
    item.version = expected + 1
    _remember(item, events, at)
    try:
        item.save(condition=Item.version == expected)
    except PutError as error:
        if error.cause_response_code == CONDITION_FAILED:
            raise ConcurrentUpdateError(f"{item.pk} {item.sk} is not at version {expected}") from error
        raise


def change(item: ItemT, actions: Sequence[Action], *, condition: Condition | None = None) -> ItemT:
    """Updates parts of an item in place, telling no event; the item then holds what is stored. One UpdateItem.

    Without a condition it makes the item when there is none. The version stays as it is: what `replace` writes
    too needs `Item.version.add(1)` among the actions, or the older copy wins.
    Raises ConcurrentUpdateError when the condition does not hold.
    """
    try:
        item.update(actions=[*actions, Item.outbox.remove()], condition=condition)
    except UpdateError as error:
        if error.cause_response_code == CONDITION_FAILED:
            raise ConcurrentUpdateError(f"{item.pk} {item.sk}: the condition does not hold") from error
        raise
    return item


def jittered(attempt: int, base: float, cap: float) -> float:
    """Seconds to wait after try `attempt`, from 0: any length up to twice as much each time (full jitter)."""
    return random.uniform(0, min(cap, base * 2**attempt))  # noqa: S311  not a secret


class TransactionRefusedError(ConcurrentUpdateError):
    """A transaction was cancelled because conditions did not hold.

    Attributes:
        failed: The labels of the operations whose condition did not hold.
    """

    def __init__(self, failed: tuple[str, ...]) -> None:
        super().__init__(f"refused: {', '.join(failed)}")
        self.failed = failed


@dataclass(frozen=True)
class _Operation:
    label: str
    rank: int  # pynamodb sends checks, deletes, puts and updates in this order
    enlist: Callable[[TransactWrite], None]


class Transaction:
    """Writes of several items of one table, all or none.

    Operations are labelled, so that a refusal says which condition failed. A conflict with another
    transaction, or a throttled item, is tried again with full jitter; a failed condition never is.
    """

    ATTEMPTS = 6
    BASE_SECONDS = 0.02
    CAP_SECONDS = 0.4

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._operations: list[_Operation] = []
        self._sleep = sleep

    def insert(self, label: str, item: Item, events: Iterable[Event] = (), *, at: datetime | None = None) -> None:
        """A new item; its key must be free."""
        _remember(item, events, at)
        self._operations.append(
            _Operation(label, 2, lambda write: write.save(item, condition=Item.pk.does_not_exist()))
        )

    def replace(
        self, label: str, item: Item, events: Iterable[Event] = (), *, expected: int, at: datetime | None = None
    ) -> None:
        """The item over its version `expected`, as the next version."""
        item.version = expected + 1
        _remember(item, events, at)
        self._operations.append(
            _Operation(label, 2, lambda write: write.save(item, condition=Item.version == expected))
        )

    def change(self, label: str, item: Item, actions: Sequence[Action], *, condition: Condition | None = None) -> None:
        """Parts of an item; tells no event."""
        every = [*actions, Item.outbox.remove()]
        self._operations.append(
            _Operation(label, 3, lambda write: write.update(item, actions=every, condition=condition))
        )

    def delete(self, label: str, item: Item) -> None:
        """An item less; one that is not there is no failure. What must be told is not deleted but replaced."""
        self._operations.append(_Operation(label, 1, lambda write: write.delete(item)))

    def check(self, label: str, model: type[Item], pk: str, sk: str, condition: Condition) -> None:
        """A condition on an item that is not written."""
        self._operations.append(
            _Operation(label, 0, lambda write: write.condition_check(model, pk, sk, condition=condition))
        )

    def commit(self) -> None:
        """Runs it: 2 WRU per item and KB.

        Raises TransactionRefusedError when a condition does not hold, ConcurrentUpdateError when other
        transactions stay in the way, and pynamodb's TransactWriteError when the table does not keep up.
        """
        operations = sorted(self._operations, key=lambda operation: operation.rank)
        for attempt in range(self.ATTEMPTS):
            try:
                with TransactWrite(connection=connection()) as write:
                    for operation in operations:
                        operation.enlist(write)
            except TransactWriteError as error:
                codes = [reason.code if reason else "None" for reason in error.cancellation_reasons]
                failed = tuple(
                    operation.label
                    for operation, code in zip(operations, codes, strict=False)
                    if code == "ConditionalCheckFailed"
                )
                if failed:
                    raise TransactionRefusedError(failed) from error
                if not TRANSIENT.intersection((*codes, error.cause_response_code)):
                    raise
                if attempt == self.ATTEMPTS - 1:
                    if "TransactionConflict" not in codes:
                        raise
                    raise ConcurrentUpdateError("other transactions stay in the way") from error
                self._sleep(jittered(attempt, self.BASE_SECONDS, self.CAP_SECONDS))
            else:
                return
