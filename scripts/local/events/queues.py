"""SQS event source mappings: receive, invoke, delete what succeeded.

Redrive to the dead-letter queue is the queue's own business (moto does it on receive). One thing differs
from AWS: there, a failed message stays invisible for the queue's visibility timeout; here the poller
shortens that to 1, 2, 4 … up to 30 seconds by the number of receives, so that a retry is not minutes away.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.local.aws.moto_client import MotoError, wait_for_wake
from scripts.local.events.batches import Wiring, failed_items, invoke_safely
from scripts.local.template.model import LogLine, QueueSource

Message = Mapping[str, Any]
_PER_CALL = 10  # SQS receives and deletes at most ten at a time
_TICK = 2.0  # seconds between looks when nothing tells of a message (delays, visibility timeouts)
_CONCURRENCY = 5  # as many batches as Lambda starts with; the template's limit may be lower
_LONGEST_BACK_OFF = 30


class QueuePoller:
    """Polls one queue for one function."""

    def __init__(self, source: QueueSource, wiring: Wiring, wake: asyncio.Event) -> None:
        self._source = source
        self._wiring = wiring
        self._moto = wiring.moto
        self._wake = wake
        self._slots = asyncio.Semaphore(max(1, min(source.concurrency, _CONCURRENCY)))
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                try:
                    await self._drain()
                except MotoError as error:
                    self._complain(f"cannot receive: {error}")
                await wait_for_wake(self._wake, _TICK)
        finally:
            for task in self._running:
                task.cancel()

    async def _drain(self) -> None:
        """Hand over batches until the queue shows no more."""
        batch: list[Message] = []
        while not batch or len(batch) == self._source.batch_size:
            await self._slots.acquire()
            batch = []
            try:
                batch = await self._gather_batch()
            finally:
                if not batch:
                    self._slots.release()
            if not batch:
                return
            task = asyncio.create_task(self._process(batch))
            self._running.add(task)
            task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()):
            self._complain(f"a batch was left to its visibility timeout: {error}")

    async def _gather_batch(self) -> list[Message]:
        """Up to a batch of messages, waiting at most the batching window for it to fill once there is one."""
        batch: list[Message] = []
        closes = 0.0
        while (missing := self._source.batch_size - len(batch)) > 0:
            more = await self._receive(missing)
            closes = closes if batch else time.monotonic() + self._source.window
            batch.extend(more)
            if len(more) < min(missing, _PER_CALL):
                left = closes - time.monotonic()
                if not batch or left <= 0:
                    break
                await wait_for_wake(self._wake, min(left, _TICK))
        return batch

    async def _receive(self, count: int) -> list[Message]:
        answer = await self._moto.call(
            "sqs",
            "ReceiveMessage",
            {
                "QueueUrl": self._source.queue_url,
                "MaxNumberOfMessages": min(count, _PER_CALL),
                "WaitTimeSeconds": 0,
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            },
        )
        return list(answer.get("Messages") or [])

    async def _process(self, batch: Sequence[Message]) -> None:
        records = [self._record(message) for message in batch]
        outcome = await invoke_safely(self._wiring.invoke, self._source.function, {"Records": records})
        known = {message["MessageId"] for message in batch}
        failed = failed_items(outcome, known, reports=self._source.report_failures)
        if failed is None:
            failed = known
            self._complain(f"a batch of {len(batch)} failed: {str(outcome.payload)[:300]}")
        await self._delete([message for message in batch if message["MessageId"] not in failed])
        await self._hold_back([message for message in batch if message["MessageId"] in failed])

    async def _delete(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), _PER_CALL):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + _PER_CALL])
            ]
            request = {"QueueUrl": self._source.queue_url, "Entries": entries}
            answer = await self._moto.call("sqs", "DeleteMessageBatch", request)
            if answer.get("Failed"):
                self._complain(f"not deleted, will be delivered again: {answer['Failed']}")

    async def _hold_back(self, messages: Sequence[Message]) -> None:
        for message in messages:
            seconds = back_off(_receives(message))
            await self._moto.call(
                "sqs",
                "ChangeMessageVisibility",
                {
                    "QueueUrl": self._source.queue_url,
                    "ReceiptHandle": message["ReceiptHandle"],
                    "VisibilityTimeout": seconds,
                },
            )
            # A little later than the back-off: moto compares whole milliseconds.
            asyncio.get_running_loop().call_later(seconds + 0.02, self._wake.set)

    def _record(self, message: Message) -> dict[str, Any]:
        """The record as Lambda shapes it."""
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": dict(message.get("Attributes") or {}),
            "messageAttributes": {
                name: _attribute(value) for name, value in (message.get("MessageAttributes") or {}).items()
            },
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.queue_arn,
            "awsRegion": self._wiring.region,
        }

    def _complain(self, text: str) -> None:
        queue = self._source.queue_arn.rpartition(":")[2]
        self._wiring.log(LogLine(self._source.function, f"{queue}: {text}", platform=True))


def back_off(receives: int) -> int:
    """Seconds until a message that failed is tried again, after so many receives."""
    return int(min(2 ** max(receives - 1, 0), _LONGEST_BACK_OFF))


def _receives(message: Message) -> int:
    return int((message.get("Attributes") or {}).get("ApproximateReceiveCount", 1))


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """A message attribute in an event: camelCase, with the two lists that are never filled."""
    shaped: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value.get("DataType")}
    if "StringValue" in value:
        shaped["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        shaped["binaryValue"] = value["BinaryValue"]
    return shaped
