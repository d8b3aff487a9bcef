"""Queue pollers hand batches over and take them back as Lambda's SQS event source does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from scripts.local.aws.moto_client import MotoError
from scripts.local.events.queues import QueuePoller, back_off
from scripts.local.template.model import LogLine, Outcome, QueueSource
from tests.local.event_fakes import FAILED, FakeFunction, FakeMoto, identifiers, pages_of, until, wire

URL = "http://127.0.0.1:1/123456789012/inbox"
ARN = "arn:aws:sqs:eu-west-1:123456789012:inbox"


def source(**changes: Any) -> QueueSource:
    values: dict[str, Any] = {
        "function": "Consumer",
        "queue_url": URL,
        "queue_arn": ARN,
        "batch_size": 10,
        "window": 0.0,
        "report_failures": True,
        "concurrency": 2,
    }
    return QueueSource(**(values | changes))


def message(name: str, receives: int = 1) -> dict[str, Any]:
    return {
        "MessageId": name,
        "ReceiptHandle": f"receipt-{name}",
        "Body": f"body of {name}",
        "MD5OfBody": "0" * 32,
        "Attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": "1795348800000"},
    }


@contextlib.asynccontextmanager
async def polling(
    moto: FakeMoto, function: Any, polled: QueueSource | None = None, log: list[LogLine] | None = None
) -> AsyncIterator[asyncio.Event]:
    wake = asyncio.Event()
    task = asyncio.create_task(QueuePoller(polled or source(), wire(moto, function, log=log), wake).run())
    try:
        yield wake
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def moto_with(*batches: list[dict[str, Any]]) -> FakeMoto:
    return FakeMoto({"sqs.ReceiveMessage": pages_of(batches, "Messages")})


def deleted(moto: FakeMoto) -> list[str]:
    return [entry["ReceiptHandle"] for request in moto.requests("DeleteMessageBatch") for entry in request["Entries"]]


def held_back(moto: FakeMoto) -> dict[str, int]:
    return {each["ReceiptHandle"]: each["VisibilityTimeout"] for each in moto.requests("ChangeMessageVisibility")}


def test_a_record_has_the_shape_that_lambda_gives_it() -> None:
    sent = message("m1") | {
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
    }

    async def scenario() -> None:
        function = FakeFunction(None)
        moto = moto_with([sent])
        async with polling(moto, function):
            await until(lambda: bool(deleted(moto)))
        assert function.payloads == [
            {
                "Records": [
                    {
                        "messageId": "m1",
                        "receiptHandle": "receipt-m1",
                        "body": "body of m1",
                        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795348800000"},
                        "messageAttributes": {
                            "kind": {
                                "stringValue": "x",
                                "stringListValues": [],
                                "binaryListValues": [],
                                "dataType": "String",
                            }
                        },
                        "md5OfBody": "0" * 32,
                        "eventSource": "aws:sqs",
                        "eventSourceARN": ARN,
                        "awsRegion": "eu-west-1",
                    }
                ]
            }
        ]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "reports", "failed"),
    [
        (None, True, set()),
        ({}, True, set()),
        ({"batchItemFailures": []}, True, set()),
        ({"batchItemFailures": None}, True, set()),
        (identifiers("b"), True, {"b"}),
        (identifiers("b", "b"), True, {"b"}),
        (identifiers("a", "b", "c"), True, {"a", "b", "c"}),
        # what Lambda takes for the failure of the whole batch
        (FAILED, True, {"a", "b", "c"}),
        (RuntimeError("the runtime is gone"), True, {"a", "b", "c"}),
        (identifiers("b", "nobody"), True, {"a", "b", "c"}),
        (identifiers(""), True, {"a", "b", "c"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, True, {"a", "b", "c"}),
        ({"batchItemFailures": [{"id": "b"}]}, True, {"a", "b", "c"}),
        ({"batchItemFailures": ["b"]}, True, {"a", "b", "c"}),
        ({"batchItemFailures": "b"}, True, {"a", "b", "c"}),
        ("fine", True, {"a", "b", "c"}),
        # without ReportBatchItemFailures the answer says nothing
        (identifiers("b"), False, set()),
        (FAILED, False, {"a", "b", "c"}),
    ],
)
def test_what_succeeded_is_deleted_and_what_failed_comes_again(answer: Any, reports: bool, failed: set[str]) -> None:
    async def scenario() -> None:
        moto = moto_with([message("a"), message("b"), message("c")])
        async with polling(moto, FakeFunction(answer), source(report_failures=reports)):
            await until(lambda: len(deleted(moto)) + len(held_back(moto)) == 3)
        assert set(held_back(moto)) == {f"receipt-{name}" for name in failed}
        assert set(deleted(moto)) == {f"receipt-{name}" for name in {"a", "b", "c"} - failed}

    asyncio.run(scenario())


def test_a_message_that_fails_again_waits_longer_and_never_too_long() -> None:
    assert [back_off(receives) for receives in (1, 2, 3, 4, 5, 6, 99)] == [1, 2, 4, 8, 16, 30, 30]

    async def scenario() -> None:
        moto = moto_with([message("a", receives=1), message("b", receives=3)])
        async with polling(moto, FakeFunction(FAILED)):
            await until(lambda: len(held_back(moto)) == 2)
        assert held_back(moto) == {"receipt-a": 1, "receipt-b": 4}

    asyncio.run(scenario())


def test_no_more_batches_run_at_once_than_the_mapping_allows() -> None:
    async def scenario() -> None:
        running, most, gate = 0, 0, asyncio.Event()

        async def function(_name: str, _payload: Mapping[str, Any]) -> Outcome:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await gate.wait()
            running -= 1
            return Outcome("r", None)

        moto = moto_with(*[[message(str(number))] for number in range(5)])
        async with polling(moto, function, source(batch_size=1, concurrency=2)):
            await until(lambda: running == 2)
            gate.set()
            await until(lambda: len(deleted(moto)) == 5)
        assert most == 2

    asyncio.run(scenario())


def test_a_batch_larger_than_one_receive_is_gathered_and_deleted_in_tens() -> None:
    async def scenario() -> None:
        messages = [message(str(number)) for number in range(25)]
        moto = moto_with(messages[:10], messages[10:20], messages[20:])
        function = FakeFunction(None)
        async with polling(moto, function, source(batch_size=25)):
            await until(lambda: len(deleted(moto)) == 25)
        assert [len(payload["Records"]) for payload in function.payloads] == [25]
        assert [len(request["Entries"]) for request in moto.requests("DeleteMessageBatch")] == [10, 10, 5]
        assert [request["MaxNumberOfMessages"] for request in moto.requests("ReceiveMessage")][:3] == [10, 10, 5]

    asyncio.run(scenario())


def test_a_queue_that_cannot_be_read_is_told_and_tried_again() -> None:
    async def scenario() -> None:
        log: list[LogLine] = []
        broken = True

        def receive(_request: Mapping[str, Any]) -> dict[str, Any]:
            if broken:
                raise MotoError("moto does not answer")
            return {"Messages": [message("a")] if len(moto.requests("ReceiveMessage")) == 2 else []}

        moto = FakeMoto({"sqs.ReceiveMessage": receive})
        async with polling(moto, FakeFunction(None), log=log) as wake:
            await until(lambda: bool(log))
            broken = False
            wake.set()  # or two seconds later by itself
            await until(lambda: deleted(moto) == ["receipt-a"])
        assert "inbox: cannot receive" in log[0].text

    asyncio.run(scenario())


def test_a_duplicate_is_handed_over_like_any_other_message() -> None:
    async def scenario() -> None:
        moto = moto_with([message("a")], [message("a", receives=2)])
        function = FakeFunction(None)
        async with polling(moto, function, source(batch_size=1)):
            await until(lambda: len(deleted(moto)) == 2)
        assert len(function.payloads) == 2

    asyncio.run(scenario())
