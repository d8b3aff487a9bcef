"""Stand-ins for AWS, and for the contracts of services."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from minishop.errors import UnreadableMessageError
from minishop.events import Event
from minishop.money import Money


@dataclass(frozen=True, kw_only=True)
class Line:
    """A value object in an event."""

    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class ThingHappened(Event):
    """An event with every kind of field."""

    thing_id: str
    amount: Money
    lines: tuple[Line, ...] = ()
    due: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class ThingRenamed(Event):
    """A contract that was broken once: `title` was `name`."""

    VERSION: ClassVar[int] = 2

    title: str

    @classmethod
    def upcast(cls, version: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
        if version == 1:
            return {"title": data["name"]}
        return super().upcast(version, data)


class FakeBus:
    """EventBridge: takes what it is given, unless told otherwise."""

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.refusals: dict[int, str] = {}  # index in the request → error code
        self.error: Exception | None = None
        self.failed_count: int | None = None

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  botocore's name
        self.requests.append(Entries)
        if self.error:
            raise self.error
        results = [
            {"ErrorCode": self.refusals[index], "ErrorMessage": "no"} if index in self.refusals else {"EventId": "e"}
            for index in range(len(Entries))
        ]
        failed = len(self.refusals) if self.failed_count is None else self.failed_count
        return {"FailedEntryCount": failed, "Entries": results}

    @property
    def told(self) -> Iterator[str]:
        """The names of the events that were asked to be published, in order."""
        return (entry["DetailType"] for request in self.requests for entry in request)


class FakeBucket:
    """S3."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.error: Exception | None = None

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803  botocore's names
        if self.error:
            raise self.error
        assert Bucket == "failures"
        assert Key not in self.objects, "something that was set aside is overwritten"
        self.objects[Key] = json.loads(Body)


class FakeQueue:
    """SQS."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


class FakeSecrets:
    """Secrets Manager."""

    def __init__(self) -> None:
        self.values = {"cursors": "k" * 32}
        self.reads = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803  botocore's name
        self.reads += 1
        return {"SecretString": self.values[SecretId]}


class Unreadable:
    """A `derive` that never understands anything."""

    def __call__(self, record: Mapping[str, Any]) -> list[Any]:
        raise UnreadableMessageError("not an item")
