"""Stream pollers keep the order, retry, bisect and give up as Lambda's DynamoDB event source does."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.local.events.destinations import OnFailure
from scripts.local.events.streams import StreamPoller
from scripts.local.template.model import Credentials, Function, LogLine, StreamSource
from tests.local.event_fakes import FAILED, FakeFunction, FakeMoto, FakeTime, identifiers, until, wire

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-22T12:00:00.000"
NOW = FakeTime().now
OUTBOX = {"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}}}


def source(**changes: Any) -> StreamSource:
    values: dict[str, Any] = {
        "function": "Relay",
        "stream_arn": ARN,
        "batch_size": 100,
        "filters": (),
        "report_failures": True,
        "bisect": False,
        "max_record_age": -1,
        "max_retries": -1,
        "on_failure_bucket": None,
    }
    return StreamSource(**(values | changes))


def record(number: int, *, outbox: bool = True, age: float = 0.0) -> dict[str, Any]:
    image: dict[str, Any] = {"pk": {"S": f"item-{number}"}}
    if outbox:
        image["outbox"] = {"S": "[]"}
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventVersion": "1.0",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": datetime.fromtimestamp(NOW - age, UTC).isoformat(),
            "Keys": {"pk": {"S": f"item-{number}"}},
            "NewImage": image,
        },
    }


class FakeStream(FakeMoto):
    """A stream of one shard, read by fresh iterators."""

    def __init__(self, *records: dict[str, Any]) -> None:
        super().__init__(
            {
                "streams.DescribeStream": lambda _: {"StreamDescription": {"Shards": [{"ShardId": "shard-1"}]}},
                "streams.GetShardIterator": lambda request: {"ShardIterator": request.get("SequenceNumber", "0")},
                "streams.GetRecords": self._read,
            }
        )
        self.records = list(records)

    def _read(self, request: Mapping[str, Any]) -> dict[str, Any]:
        after = int(request["ShardIterator"])
        return {"Records": [each for each in self.records if int(each["dynamodb"]["SequenceNumber"]) > after]}


FUNCTION = Function(
    "Relay", "relay", "arn:aws:lambda:eu-west-1:123456789012:function:relay", "m.handler", Path(), (), {}, 3, 128,
    Credentials("a", "s", "arn:aws:iam::123456789012:role/r"),
)  # fmt: skip


@contextlib.asynccontextmanager
async def polling(
    stream: FakeStream, function: FakeFunction, polled: StreamSource, time: FakeTime | None = None
) -> AsyncIterator[asyncio.Event]:
    wake = asyncio.Event()
    on_failure = OnFailure(
        stream,
        {"Relay": FUNCTION},
        clock=lambda: datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
        new_id=lambda: "the-id",
    )
    log: list[LogLine] = []
    poller = StreamPoller(polled, wire(stream, function, time, log), wake, on_failure=on_failure)
    task = asyncio.create_task(poller.run())
    try:
        yield wake
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def handed_over(function: FakeFunction) -> list[list[int]]:
    return [[int(each["dynamodb"]["SequenceNumber"]) for each in payload["Records"]] for payload in function.payloads]


def fails_on(*poison: int) -> Callable[[Mapping[str, Any]], Any]:
    bad = {str(number) for number in poison}
    return lambda payload: (
        FAILED if any(each["dynamodb"]["SequenceNumber"] in bad for each in payload["Records"]) else None
    )


def run_until(
    stream: FakeStream, function: FakeFunction, polled: StreamSource, condition: Callable[[], bool]
) -> FakeTime:
    time = FakeTime()

    async def scenario() -> None:
        async with polling(stream, function, polled, time):
            await until(condition)

    asyncio.run(scenario())
    return time


def test_a_record_has_the_shape_that_lambda_gives_it() -> None:
    function = FakeFunction(None)
    run_until(FakeStream(record(1)), function, source(), lambda: bool(function.payloads))
    (shaped,) = function.payloads[0]["Records"]
    assert shaped["eventSourceARN"] == ARN
    assert shaped["awsRegion"] == "eu-west-1"
    assert shaped["dynamodb"]["ApproximateCreationDateTime"] == NOW
    assert shaped["dynamodb"]["SequenceNumber"] == "1"
    json.dumps(shaped)


def test_records_come_in_order_in_batches_of_the_asked_size_and_filtered() -> None:
    function = FakeFunction(None)
    stream = FakeStream(record(1), record(2, outbox=False), record(3), record(4))
    run_until(stream, function, source(batch_size=2, filters=(OUTBOX,)), lambda: len(function.payloads) == 2)
    assert handed_over(function) == [[1, 3], [4]]


def test_what_was_read_is_never_read_again_and_what_is_new_is() -> None:
    async def scenario() -> None:
        function = FakeFunction(None)
        stream = FakeStream(record(1))
        async with polling(stream, function, source()) as wake:
            await until(lambda: len(function.payloads) == 1)
            stream.records.append(record(2))
            wake.set()
            await until(lambda: len(function.payloads) == 2)
        assert handed_over(function) == [[1], [2]]
        kinds = {request["ShardIteratorType"] for request in stream.requests("GetShardIterator")[1:]}
        assert kinds == {"AFTER_SEQUENCE_NUMBER"}

    asyncio.run(scenario())


def test_a_failing_batch_holds_its_shard_until_it_succeeds() -> None:
    function = FakeFunction(FAILED, FAILED, None)
    time = run_until(
        FakeStream(record(1), record(2)), function, source(batch_size=1), lambda: len(function.payloads) == 4
    )
    assert handed_over(function) == [[1], [1], [1], [2]]
    assert time.naps == [0.5, 1.0]


def test_a_partial_answer_retries_from_the_first_failure() -> None:
    function = FakeFunction(identifiers("3", "2"), None)
    run_until(FakeStream(record(1), record(2), record(3)), function, source(), lambda: len(function.payloads) == 2)
    assert handed_over(function) == [[1, 2, 3], [2, 3]]


def test_an_unknown_identifier_fails_the_whole_batch() -> None:
    function = FakeFunction(identifiers("99"), None)
    run_until(FakeStream(record(1), record(2)), function, source(), lambda: len(function.payloads) == 2)
    assert handed_over(function) == [[1, 2], [1, 2]]


def test_bisecting_finds_the_poison_and_saves_the_rest_in_order() -> None:
    function = FakeFunction(fails_on(3))
    stream = FakeStream(*(record(number) for number in range(1, 5)))
    polled = source(bisect=True, max_retries=0, on_failure_bucket="failures")
    run_until(stream, function, polled, lambda: bool(stream.objects) and handed_over(function)[-1] == [4])
    assert handed_over(function) == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]
    (stored,) = stream.objects
    payload = json.loads(json.loads(stored[2])["payload"])
    assert [each["eventID"] for each in payload["Records"]] == ["event-3"]


def test_a_first_record_that_is_named_is_set_apart() -> None:
    function = FakeFunction(identifiers("1"), FAILED, None)
    stream = FakeStream(record(1), record(2), record(3))
    polled = source(bisect=True, max_retries=0, on_failure_bucket="failures")
    run_until(stream, function, polled, lambda: len(function.payloads) == 3)
    assert handed_over(function) == [[1, 2, 3], [1], [2, 3]]


def test_what_is_given_up_lies_in_s3_as_lambda_documents_it() -> None:
    function = FakeFunction(FAILED)
    stream = FakeStream(record(1), record(2))
    run_until(stream, function, source(max_retries=2, on_failure_bucket="failures"), lambda: bool(stream.objects))
    assert len(function.payloads) == 3
    ((bucket, key, body),) = stream.objects
    document = json.loads(body)
    assert bucket == "failures"
    assert key.startswith("aws/lambda/")
    assert key.endswith("/shard-1/2026/11/22/2026-11-22T12.30.00-the-id")
    assert document["requestContext"] == {
        "requestId": "request-1",
        "functionArn": FUNCTION.arn,
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 3,
    }
    assert document["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert document["version"] == "1.0"
    assert document["timestamp"] == "2026-11-22T12:30:00.000Z"
    assert document["DDBStreamBatchInfo"] | {
        "approximateArrivalOfFirstRecord": "",
        "approximateArrivalOfLastRecord": "",
    } == {
        "shardId": "shard-1",
        "startSequenceNumber": "1",
        "endSequenceNumber": "2",
        "approximateArrivalOfFirstRecord": "",
        "approximateArrivalOfLastRecord": "",
        "batchSize": 2,
        "streamArn": ARN,
    }
    assert json.loads(document["payload"]) == function.payloads[0]


def test_a_record_that_grew_too_old_is_given_up_and_the_next_goes_on() -> None:
    function = FakeFunction(None)
    stream = FakeStream(record(1, age=100.0), record(2))
    polled = source(max_record_age=60, on_failure_bucket="failures")
    run_until(stream, function, polled, lambda: bool(function.payloads))
    assert handed_over(function) == [[2]]
    document = json.loads(stream.objects[0][2])
    assert document["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in document
