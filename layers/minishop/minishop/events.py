"""Events: what happened, told to whoever wants to know, in an envelope that every service understands.

On the bus an event is `source: minishop.orders`, `detail-type: OrderPlaced` and `detail: {metadata, data}`.
`data` is a contract class of `minishop.contracts`; readers ignore fields that they do not know.
A contract is a plain frozen dataclass; msgspec reads and writes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

import msgspec

from minishop.clock import rfc3339
from minishop.correlation import Correlation, correlation
from minishop.errors import UnreadableMessageError
from minishop.ids import derived_id

SOURCE_PREFIX = "minishop."


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of every contract. `VERSION` counts breaking changes; additions within a version are free."""

    VERSION: ClassVar[int] = 1

    @classmethod
    def upcast(cls, version: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data of an older version in the present version's shape. Overridden by whoever breaks a contract."""
        if version != cls.VERSION:
            raise UnreadableMessageError(f"{cls.__name__} version {version} is not known here (this is {cls.VERSION})")
        return data

    @classmethod
    def publisher(cls) -> str:
        """The service that publishes it: the contract module's name."""
        return cls.__module__.rpartition(".")[2]


@dataclass(frozen=True)
class Metadata:
    """What is known about an event apart from its data.

    Attributes:
        event_id: The same at every delivery.
        version: Of the contract.
        occurred_at: RFC 3339.
        correlation_id: Shared by all that follows from one request.
        causation_id: The event or request that caused this one.
        actor: Who is behind it.
        aggregate_id: What it happened to.
        sequence: Grows with each change of that aggregate; SQS drops order, this keeps it.
    """

    event_id: str
    version: int
    occurred_at: str
    correlation_id: str
    causation_id: str
    actor: str
    aggregate_id: str
    sequence: int


E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Envelope(Generic[E]):
    """An event as it was received; `received` counts its deliveries, this one included."""

    metadata: Metadata
    data: E
    received: int = 1


@dataclass(frozen=True)
class Entry:
    """An event as it waits in an item's outbox: all that PutEvents needs but the bus."""

    source: str
    detail_type: str
    detail: Mapping[str, Any]


def derived_entry(event: Event, *, aggregate_id: str, sequence: int, at: datetime, scope: Correlation) -> Entry:
    """An event that the relay makes of a table's images, outside any request."""
    return _entry(event, aggregate_id=aggregate_id, sequence=sequence, index=0, at=at, scope=scope)


def _entry(event: Event, *, aggregate_id: str, sequence: int, index: int, at: datetime, scope: Correlation) -> Entry:
    name = type(event).__name__
    source = SOURCE_PREFIX + event.publisher()
    metadata = Metadata(
        event_id=derived_id("evt", source, aggregate_id, str(sequence), str(index), name),
        version=event.VERSION,
        occurred_at=rfc3339(at),
        correlation_id=scope.id,
        causation_id=scope.cause,
        actor=scope.actor,
        aggregate_id=aggregate_id,
        sequence=sequence,
    )
    return Entry(source, name, {"metadata": metadata, "data": event})


def encode_outbox(events: Iterable[Event], *, aggregate_id: str, sequence: int, at: datetime) -> str | None:
    """The events of one save as the item's `outbox` string; None when there are none.

    `sequence` is the aggregate's version after the save: together with the position it makes the
    event's id, so that a save that is tried again tells the same event and not a second one.
    """
    scope = correlation()
    entries = [
        _entry(event, aggregate_id=aggregate_id, sequence=sequence, index=index, at=at, scope=scope)
        for index, event in enumerate(events)
    ]
    return msgspec.json.encode(entries).decode() if entries else None


def decode_outbox(text: str) -> list[Entry]:
    """The entries of an `outbox` string. Raises UnreadableMessageError when it is not one."""
    try:
        return msgspec.json.decode(text, type=list[Entry])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise UnreadableMessageError(f"not an outbox: {error}") from error


def encode_message(event: Event, *, aggregate_id: str, sequence: int, at: datetime, source: str) -> str:
    """An event in the shape in which EventBridge puts it into a queue: for a message to one's own inbox."""
    entry = _entry(event, aggregate_id=aggregate_id, sequence=sequence, index=0, at=at, scope=correlation())
    body = {"detail-type": entry.detail_type, "source": source, "detail": entry.detail}
    return msgspec.json.encode(body).decode()


class _Detail(msgspec.Struct):
    metadata: Metadata
    data: dict[str, Any]


class _Wire(msgspec.Struct, rename={"detail_type": "detail-type"}):
    source: str
    detail_type: str
    detail: _Detail


@dataclass(frozen=True)
class Message:
    """An event off a queue, before its data is read."""

    source: str
    detail_type: str
    metadata: Metadata
    data: Mapping[str, Any]

    @classmethod
    def parse(cls, body: str) -> Self:
        """Reads EventBridge's JSON. Raises UnreadableMessageError when it is not of that shape."""
        try:
            wire = msgspec.json.decode(body, type=_Wire)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise UnreadableMessageError(f"not an event: {error}") from error
        return cls(wire.source, wire.detail_type, wire.detail.metadata, wire.detail.data)

    def read(self, contract: type[E]) -> Envelope[E]:
        """The data as `contract`. Raises UnreadableMessageError when it does not fit."""
        try:
            data = contract.upcast(self.metadata.version, self.data)
            return Envelope(self.metadata, msgspec.convert(data, contract))
        except msgspec.ValidationError as error:
            raise UnreadableMessageError(f"{self.detail_type}: {error}") from error
