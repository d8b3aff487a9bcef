"""The plumbing over a real moto: table → relay → bus → queue → consumer, dead letters, S3 and time to live."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from scripts.local.aws.clients import clients
from scripts.local.aws.moto_client import MotoClient, MotoError
from scripts.local.aws.moto_process import MotoProcess
from scripts.local.events.batches import Wiring
from scripts.local.events.plumbing import Plumbing
from scripts.local.template.model import LogLine, Outcome, QueueSource, Stack, StreamSource
from tests.local.event_fakes import FAILED, until
from tests.local.hand_made import make_function, make_stack

REGION = "eu-west-1"
ARN = f"arn:aws:sqs:{REGION}:123456789012:"
OUTBOX = {"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}}}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = MotoProcess(tmp_path_factory.mktemp("moto") / "moto.log")
    process.wait_until_ready()
    yield f"http://127.0.0.1:{process.port}"
    process.close()


@dataclass
class Shop:
    """A table with a stream, a bus with a rule, an inbox with dead letters; names are distinct for each test."""

    name: str
    client: Callable[[str], Any]
    stack: Stack
    functions: dict[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    seen: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)

    async def invoke(self, function: str, payload: Mapping[str, Any]) -> Outcome:
        self.seen.setdefault(function, []).append(payload)
        answer = await asyncio.to_thread(self.functions[function], payload)
        return answer if isinstance(answer, Outcome) else Outcome("request-1", answer)

    def put(self, key: str, **attributes: Any) -> None:
        self.client("dynamodb").put_item(TableName=self.name, Item={"pk": {"S": key}, **attributes})

    def relay(self, payload: Mapping[str, Any]) -> None:
        entries = [
            {
                "Source": "shop",
                "DetailType": "Saved",
                "EventBusName": f"{self.name}-bus",
                "Detail": json.dumps({"key": record["dynamodb"]["Keys"]["pk"]["S"]}),
            }
            for record in payload["Records"]
        ]
        self.client("events").put_events(Entries=entries)

    def depth(self, queue: str) -> int:
        url = self.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(answer["ApproximateNumberOfMessages"]) + int(answer["ApproximateNumberOfMessagesNotVisible"])


def open_shop(endpoint: str, name: str, *, tries: int = 5) -> Shop:
    client = clients(endpoint, REGION)
    sqs, events = client("sqs"), client("events")
    sqs.create_queue(QueueName=f"{name}-dead")
    redrive = json.dumps({"deadLetterTargetArn": f"{ARN}{name}-dead", "maxReceiveCount": tries})
    url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "180"})[
        "QueueUrl"
    ]
    table = client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    events.create_event_bus(Name=f"{name}-bus")
    events.put_rule(Name=name, EventBusName=f"{name}-bus", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule=name, EventBusName=f"{name}-bus", Targets=[{"Id": "inbox", "Arn": ARN + name}])
    client("s3").create_bucket(Bucket=f"{name}-failures", CreateBucketConfiguration={"LocationConstraint": REGION})
    stack = replace(
        make_stack(make_function("Relay"), make_function("Consumer")),
        endpoint=endpoint,
        region=REGION,
        queue_sources=(QueueSource("Consumer", url, ARN + name, 10, 0.0, report_failures=True, concurrency=5),),
        stream_sources=(
            StreamSource(
                "Relay", table["LatestStreamArn"], 100, (OUTBOX,), report_failures=True, bisect=True,
                max_record_age=21600, max_retries=0, on_failure_bucket=f"{name}-failures",
            ),
        ),
        time_to_live={name: "expires_at"},
    )  # fmt: skip
    shop = Shop(name, client, stack)
    shop.functions = {"Relay": shop.relay, "Consumer": lambda _: None}
    return shop


@contextlib.asynccontextmanager
async def plumbed(shop: Shop) -> AsyncIterator[Plumbing]:
    async with MotoClient(shop.stack.endpoint, REGION) as moto:
        plumbing = Plumbing(shop.stack, Wiring(moto, shop.invoke, shop.log.append, REGION, "123456789012"))
        plumbing.start()
        try:
            yield plumbing
        finally:
            await plumbing.close()


def handled(shop: Shop) -> list[str]:
    return [
        json.loads(record["body"])["detail"]["key"]
        for each in shop.seen.get("Consumer", [])
        for record in each["Records"]
    ]


def test_what_is_saved_is_published_and_consumed_once_and_quickly(endpoint: str) -> None:
    shop = open_shop(endpoint, "quick")

    async def scenario() -> None:
        async with plumbed(shop):
            for number in range(5):
                await asyncio.to_thread(shop.put, f"item-{number}", outbox={"S": "[]"})
                await asyncio.to_thread(shop.put, f"silent-{number}")
            # Faster than any tick: it can only be the wake-ups that move it.
            await until(lambda: len(handled(shop)) == 5, 1.5)
            await until(lambda: shop.depth("quick") == 0)
        assert sorted(handled(shop)) == [f"item-{number}" for number in range(5)]
        assert shop.log == []

    asyncio.run(scenario())


def test_a_poison_message_ends_in_the_dead_letters_and_its_neighbours_do_not(endpoint: str) -> None:
    shop = open_shop(endpoint, "poison", tries=2)

    def consume(payload: Mapping[str, Any]) -> Any:
        bad = [each["messageId"] for each in payload["Records"] if "poison" in each["body"]]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in bad]}

    shop.functions["Consumer"] = consume

    async def scenario() -> None:
        async with plumbed(shop):
            for key in ("good-1", "poison", "good-2"):
                await asyncio.to_thread(shop.put, key, outbox={"S": "[]"})
            await until(lambda: shop.depth("poison-dead") == 1, 15)
            assert shop.depth("poison") == 0
        assert handled(shop).count("poison") == 2
        assert handled(shop).count("good-1") == handled(shop).count("good-2") == 1

    asyncio.run(scenario())


def test_a_worker_that_dies_is_tried_again_within_seconds(endpoint: str) -> None:
    shop = open_shop(endpoint, "killed")
    answers = [FAILED]
    shop.functions["Consumer"] = lambda _: answers.pop() if answers else None

    async def scenario() -> None:
        async with plumbed(shop):
            await asyncio.to_thread(shop.put, "item", outbox={"S": "[]"})
            await until(lambda: len(handled(shop)) == 2)
            await until(lambda: shop.depth("killed") == 0)

    asyncio.run(scenario())


def test_a_record_that_is_given_up_lies_in_s3(endpoint: str) -> None:
    shop = open_shop(endpoint, "given-up")
    shop.functions["Relay"] = lambda _: FAILED

    def stored() -> list[dict[str, Any]]:
        return list(shop.client("s3").list_objects_v2(Bucket="given-up-failures").get("Contents", []))

    async def scenario() -> None:
        async with plumbed(shop):
            await asyncio.to_thread(shop.put, "item", outbox={"S": "[]"})
            await until(lambda: bool(stored()))
        body = shop.client("s3").get_object(Bucket="given-up-failures", Key=stored()[0]["Key"])["Body"].read()
        (record,) = json.loads(json.loads(body)["payload"])["Records"]
        assert record["dynamodb"]["NewImage"]["pk"] == {"S": "item"}

    asyncio.run(scenario())


def test_what_has_expired_is_deleted_and_its_record_says_by_whom(endpoint: str) -> None:
    shop = open_shop(endpoint, "expiry")
    source = replace(shop.stack.stream_sources[0], filters=({"eventName": ["REMOVE"]},))
    shop.stack = replace(shop.stack, stream_sources=(source,))
    shop.functions["Relay"] = lambda _: None
    past, future = int(time.time()) - 60, int(time.time()) + 3600
    shop.put("expired", expires_at={"N": str(past)})
    shop.put("alive", expires_at={"N": str(future)})
    shop.put("ancient", expires_at={"N": "86400"})
    shop.put("text", expires_at={"S": "yesterday"})
    shop.put("for ever")

    async def scenario() -> None:
        async with plumbed(shop) as plumbing:
            assert await plumbing.time_to_live.sweep() == 1, shop.log
            key = {"pk": {"S": "alive"}}
            await asyncio.to_thread(shop.client("dynamodb").delete_item, TableName="expiry", Key=key)
            await until(lambda: sum(len(each["Records"]) for each in shop.seen.get("Relay", [])) == 2)
        records = [record for each in shop.seen["Relay"] for record in each["Records"]]
        assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == ["expired", "alive"]
        assert records[0]["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        assert "userIdentity" not in records[1]

    asyncio.run(scenario())


def test_a_refusal_of_moto_carries_its_code_and_a_dead_moto_is_an_error(endpoint: str) -> None:
    async def scenario() -> None:
        async with MotoClient(endpoint, REGION) as moto:
            with pytest.raises(MotoError) as refused:
                await moto.call("dynamodb", "DescribeTable", {"TableName": "nobody"})
            assert refused.value.code == "ResourceNotFoundException"
        async with MotoClient("http://127.0.0.1:1", REGION) as nobody:
            with pytest.raises(MotoError, match="does not answer"):
                await nobody.call("sqs", "ListQueues", {})
            with pytest.raises(MotoError, match="does not answer"):
                await nobody.get_local("mailbox")

    asyncio.run(scenario())
