"""On-failure destinations of a stream: the object that Lambda puts into S3 for records it gave up.

Source: "Retain discarded records for a DynamoDB event source", AWS Lambda developer guide.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scripts.local.aws.moto_client import MotoClient
from scripts.local.template.model import Function, Outcome, StreamSource


@dataclass(frozen=True)
class Abandoned:
    """Records that were given up, and why: `RetryAttemptsExhausted` or `RecordAgeExceeded`."""

    source: StreamSource
    shard: str
    records: tuple[Mapping[str, Any], ...]
    condition: str
    attempts: int
    outcome: Outcome | None  # of the last attempt; None when there was none


class OnFailure:
    """Stores what was given up, one object each, under a mapping's id, its shard and the day."""

    def __init__(
        self,
        moto: MotoClient,
        functions: Mapping[str, Function],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._moto = moto
        self._functions = functions
        self._clock = clock
        self._new_id = new_id

    async def store(self, bucket: str, abandoned: Abandoned) -> None:
        """Put the object. Raises MotoError."""
        now = self._clock()
        arn = self._functions[abandoned.source.function].arn
        mapping = uuid.uuid5(uuid.NAMESPACE_URL, f"{arn} {abandoned.source.stream_arn}")
        name = f"{now:%Y-%m-%dT%H.%M.%S}-{self._new_id()}"
        key = f"aws/lambda/{mapping}/{abandoned.shard}/{now:%Y/%m/%d}/{name}"
        body = json.dumps(describe_abandoned(abandoned, arn, now)).encode()
        await self._moto.put_object(bucket, key, body, "application/json")


def describe_abandoned(abandoned: Abandoned, function_arn: str, now: datetime) -> dict[str, Any]:
    """The object's content; `payload` is the whole invocation event as a JSON string."""
    first, last = abandoned.records[0]["dynamodb"], abandoned.records[-1]["dynamodb"]
    document: dict[str, Any] = {
        "requestContext": {
            "requestId": abandoned.outcome.request_id if abandoned.outcome else "",
            "functionArn": function_arn,
            "condition": abandoned.condition,
            "approximateInvokeCount": abandoned.attempts,
        },
        "version": "1.0",
        "timestamp": _stamp(now.timestamp()),
        "DDBStreamBatchInfo": {
            "shardId": abandoned.shard,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _stamp(first["ApproximateCreationDateTime"]),
            "approximateArrivalOfLastRecord": _stamp(last["ApproximateCreationDateTime"]),
            "batchSize": len(abandoned.records),
            "streamArn": abandoned.source.stream_arn,
        },
        "payload": json.dumps({"Records": list(abandoned.records)}),
    }
    if abandoned.outcome:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
        if abandoned.outcome.function_error:
            context["functionError"] = "Unhandled"
        document["responseContext"] = context
    return document


def _stamp(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
