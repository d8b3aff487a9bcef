"""What gave up is sent again: messages into the inbox, records through their relay, each kept until it is taken."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from minishop.contracts.orders import RefundRequested
from minishop.correlation import Correlation
from minishop.events import encode_outbox
from minishop.money import Money
from minishop.observability import correlated
from minishop.relay import relay
from scripts.redriving import Invoke, RelayFailedError, Stack, count, failures, move, queues_of, replay
from tests.helpers import bus_message
from tests.integration.conftest import Aws
from tests.times import NOON

REFUND = RefundRequested(
    order_id="ord_1", owner="cus_ada", reference="ret_1", amount=Money(100, "EUR"), reason="return"
)


@pytest.fixture
def shop(aws: Aws) -> Aws:
    aws.use("OrdersRelayFunction")
    return aws


@pytest.fixture
def stack(shop: Aws) -> Stack:
    ids = ("OrdersInbox", "OrdersDeadLetters", "OrdersUndelivered", "RelayFailuresBucket")
    return Stack({**{id_: shop.world.physical_id(id_) for id_ in ids}, "OrdersRelayFunction": "minishop-orders-relay"})


def by_the_relay(seen: list[str]) -> Invoke:
    """Calls the real relay, as Lambda would."""
    handler = relay()

    def invoke(function: str, event: str) -> Mapping[str, Any]:
        seen.append(function)
        return handler(json.loads(event), None)

    return invoke


def outbox(event: Any, sequence: int = 3) -> str:
    with correlated(Correlation("correlation-1", "cause-1", "cus_ada")):
        text = encode_outbox([event], aggregate_id="ord_1", sequence=sequence, at=NOON)
    assert text is not None
    return text


def record(text: str, sequence: str = "300") -> dict[str, Any]:
    return {"SequenceNumber": sequence, "NewImage": {"outbox": {"S": text}}}


def keep(shop: Aws, stack: Stack, key: str, held: Mapping[str, Any]) -> str:
    body = json.dumps(held).encode()
    shop.client("s3").put_object(Bucket=stack.resources["RelayFailuresBucket"], Key=key, Body=body)
    return key


def try_again(shop: Aws, stack: Stack, key: str, invoke: Invoke) -> list[str]:
    """The keys that are left."""
    bucket = stack.resources["RelayFailuresBucket"]
    replay(stack, shop.client("s3"), bucket, key, invoke)
    return failures(shop.client("s3"), bucket)


def inbox(shop: Aws) -> list[str]:
    return [json.loads(message["Body"])["detail-type"] for message in shop.messages("PaymentsInbox")]


def test_dead_letters_and_undelivered_events_come_into_the_inbox_again(shop: Aws, stack: Stack) -> None:
    sqs, bodies = shop.client("sqs"), [bus_message(REFUND, sequence=number) for number in range(1, 13)]
    queues = dict(queues_of(stack, "Orders"))
    assert list(queues) == ["dead letters", "undelivered"]
    for body in bodies:
        sqs.send_message(QueueUrl=queues["dead letters"], MessageBody=body)
    sqs.send_message(QueueUrl=queues["undelivered"], MessageBody=bodies[0])
    assert [count(sqs, url) for url in queues.values()] == [12, 1]
    assert [move(sqs, url, stack.resources["OrdersInbox"], wait_seconds=0) for url in queues.values()] == [12, 1]
    assert [count(sqs, url) for url in queues.values()] == [0, 0]
    found = [message["Body"] for _ in range(2) for message in shop.messages("OrdersInbox")]
    assert sorted(found) == sorted([*bodies, bodies[0]])


def test_what_has_failed_again_meanwhile_stays_among_the_dead() -> None:
    class FailsAtOnce:
        """A queue whose consumer gives up before anybody looks again."""

        def __init__(self) -> None:
            self.dead = [{"MessageId": "m1", "Body": "b", "ReceiptHandle": "r"}]

        def receive_message(self, **_: Any) -> dict[str, Any]:
            return {"Messages": list(self.dead)}

        def send_message(self, **_: Any) -> dict[str, Any]:
            self.dead.append({"MessageId": "m2", "Body": "b", "ReceiptHandle": "r2"})
            return {"MessageId": "m2"}

        def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803  as botocore has it
            self.dead = [message for message in self.dead if message["ReceiptHandle"] != ReceiptHandle]

    queue = FailsAtOnce()
    assert move(queue, "dead", "inbox") == 1
    assert [message["MessageId"] for message in queue.dead] == ["m2"]


def test_records_that_lambda_gave_up_are_published_by_the_function_that_had_them(shop: Aws, stack: Stack) -> None:
    payload = json.dumps({"Records": [{"dynamodb": record(outbox(REFUND))}]})
    held = {"requestContext": {"functionArn": "arn:aws:lambda:eu-west-1:1:function:relay"}, "payload": payload}
    key = keep(shop, stack, "aws/lambda/mapping/shard/2026/11/23/one", held)
    seen: list[str] = []
    assert try_again(shop, stack, key, by_the_relay(seen)) == []
    assert (seen, inbox(shop)) == (["arn:aws:lambda:eu-west-1:1:function:relay"], ["RefundRequested"])


@pytest.mark.parametrize(
    "held", [lambda: {"reason": "larger", "outbox": outbox(REFUND)}, lambda: {"record": record(outbox(REFUND))}]
)
def test_what_a_relay_set_aside_is_published_by_it(
    shop: Aws, stack: Stack, held: Callable[[], Mapping[str, Any]]
) -> None:
    key = keep(shop, stack, "orders/unsendable/300-0.json", held())
    seen: list[str] = []
    assert try_again(shop, stack, key, by_the_relay(seen)) == []
    assert (seen, inbox(shop)) == (["minishop-orders-relay"], ["RefundRequested"])


def test_what_is_set_aside_anew_is_not_lost(shop: Aws, stack: Stack) -> None:
    key = keep(shop, stack, "orders/unsendable/300.json", {"reason": "?", "record": record("no outbox")})
    (left,) = try_again(shop, stack, key, by_the_relay([]))
    assert left == "orders/unsendable/300r.json"
    assert try_again(shop, stack, left, by_the_relay([])) == ["orders/unsendable/300rr.json"]


def test_what_the_relay_does_not_take_stays(shop: Aws, stack: Stack) -> None:
    first = keep(shop, stack, "orders/unsendable/1.json", {"outbox": outbox(REFUND)})

    def fails(function: str, event: str) -> Mapping[str, Any]:
        raise RelayFailedError("it timed out")

    for invoke in (fails, lambda *_: {"batchItemFailures": [{"itemIdentifier": "1r"}]}):
        with pytest.raises(RelayFailedError):
            try_again(shop, stack, first, invoke)
    assert failures(shop.client("s3"), stack.resources["RelayFailuresBucket"]) == [first]


def test_services_are_those_with_a_relay_and_some_have_no_inbox(stack: Stack) -> None:
    assert stack.services == ["Orders"]
    assert list(queues_of(stack, "Auth")) == []
