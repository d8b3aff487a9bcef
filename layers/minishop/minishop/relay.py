"""The relay: what a table's stream says happened, put on the bus.

Entries of all records are packed into as few PutEvents as the limits allow, in stream order. The first
record that could not be sent whole is reported as the batch's failure: Lambda then delivers it and all
that follows again, which may publish an event twice (readers do not mind) but never skips one.
What no retry can mend, an outbox that is not one or an entry that PutEvents will never take, is set aside in
the failures bucket at once, so that it does not hold up the events behind it.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from minishop import aws
from minishop.errors import UnreadableMessageError
from minishop.events import Entry, decode_outbox
from minishop.observability import logger

MAX_ENTRIES = 10  # of one PutEvents request
MAX_BYTES = 1024 * 1024  # of one PutEvents request, and so of one entry
HOPELESS = {"InvalidArgument", "MalformedDetail"}  # an entry's own faults: refused the same way at every try

Derive = Callable[[Mapping[str, Any]], Iterable[Entry]]


@dataclass(frozen=True)
class _Sendable:
    """One PutEvents entry, its size as AWS counts it, and where it came from: which entry of which record."""

    sequence_number: str
    index: int
    entry: Entry
    request: dict[str, Any]
    size: int

    def set_aside(self, reason: str) -> None:
        """Keeps it as an outbox of its own, so that a replay reads it like any other."""
        outbox = msgspec.json.encode([self.entry]).decode()
        _set_aside(f"{self.sequence_number}-{self.index}", reason, {"outbox": outbox})


def _sendable(entry: Entry, sequence_number: str, index: int) -> _Sendable:
    request = {
        "EventBusName": os.environ["EVENT_BUS"],
        "Source": entry.source,
        "DetailType": entry.detail_type,
        "Detail": msgspec.json.encode(entry.detail).decode(),
    }
    if trace := os.environ.get("_X_AMZN_TRACE_ID"):
        request["TraceHeader"] = trace
    size = sum(len(request[key].encode()) for key in ("Source", "DetailType", "Detail"))
    return _Sendable(sequence_number, index, entry, request, size)


def _set_aside(name: str, reason: str, held: Mapping[str, Any]) -> None:
    logger().error("event set aside", name_in_bucket=name, reason=reason)
    key = f"{os.environ['POWERTOOLS_SERVICE_NAME']}/unsendable/{name}.json"
    body = json.dumps({"reason": reason, **held})
    aws.client("s3").put_object(Bucket=os.environ["FAILURES_BUCKET"], Key=key, Body=body.encode())


def _entries(record: Mapping[str, Any], derive: Derive) -> Iterator[Entry]:
    """What a record tells. A half of it that cannot be read is set aside with the record; the other half goes out."""
    images = record["dynamodb"]
    outbox = images.get("NewImage", {}).get("outbox", {}).get("S", "[]")
    readers: tuple[Callable[[], Iterable[Entry]], ...] = (lambda: decode_outbox(outbox), lambda: derive(record))
    for read in readers:
        try:
            found = list(read())
        except UnreadableMessageError as error:
            _set_aside(images["SequenceNumber"], str(error), {"record": images})
        else:
            yield from found


def _sendables(records: list[Mapping[str, Any]], derive: Derive) -> Iterator[_Sendable]:
    for record in records:
        for index, entry in enumerate(_entries(record, derive)):
            sendable = _sendable(entry, record["dynamodb"]["SequenceNumber"], index)
            if sendable.size > MAX_BYTES:
                sendable.set_aside("larger than PutEvents takes")
            else:
                yield sendable


def _batches(sendables: Iterator[_Sendable]) -> Iterator[list[_Sendable]]:
    batch: list[_Sendable] = []
    size = 0
    for sendable in sendables:
        if batch and (len(batch) == MAX_ENTRIES or size + sendable.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(sendable)
        size += sendable.size
    if batch:
        yield batch


def _first_failure(batch: list[_Sendable]) -> str | None:
    """Sends the batch; the sequence number of the first record that was not taken whole, if any."""
    try:
        answer = aws.client("events").put_events(Entries=[sendable.request for sendable in batch])
    except Exception:  # noqa: BLE001  whatever it was, these records come again
        logger().exception("PutEvents failed")
        return batch[0].sequence_number
    if not answer["FailedEntryCount"]:
        return None
    for sendable, result in zip(batch, answer["Entries"], strict=True):
        code = result.get("ErrorCode")
        if code in HOPELESS:
            sendable.set_aside(code)
        elif code:
            logger().warning("PutEvents refused an entry", code=code)
            return sendable.sequence_number
    named = any("ErrorCode" in result for result in answer["Entries"])
    return None if named else batch[0].sequence_number


def relay(derive: Derive = lambda _record: ()) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """The Lambda handler of a service's relay door.

    `derive` makes further events from a record's OldImage and NewImage: what follows from values that a
    transaction does not return, such as a stock level that has fallen.
    """

    def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        for batch in _batches(_sendables(event["Records"], derive)):
            if failed := _first_failure(batch):
                return {"batchItemFailures": [{"itemIdentifier": failed}]}
        return {"batchItemFailures": []}

    return handler
