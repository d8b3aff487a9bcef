"""EventBridge on moto."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:inbox"
DEAD_ARN = "arn:aws:sqs:eu-west-1:123456789012:dead"
NOWHERE_ARN = "arn:aws:sqs:eu-west-1:123456789012:nowhere"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"
DETAIL = {"order": "ord_1", "lines": [{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 2}]}


@pytest.fixture(autouse=True)
def _queues(client: Client) -> None:
    for name in ("inbox", "dead"):
        client("sqs").create_queue(QueueName=name)
    client("events").create_event_bus(Name="bus")


def make_rule(client: Client, *targets: dict[str, Any], detail: Any = None, state: str = "ENABLED") -> None:
    pattern = {"source": ["shop"], **({"detail": detail} if detail else {})}
    client("events").put_rule(Name="rule", EventBusName="bus", EventPattern=json.dumps(pattern), State=state)
    listed = [{"Id": f"target {number}".replace(" ", "-"), **target} for number, target in enumerate(targets)]
    client("events").put_targets(Rule="rule", EventBusName="bus", Targets=listed)


def publish(client: Client) -> dict[str, Any]:
    entry = {"Source": "shop", "DetailType": "Sold", "Detail": json.dumps(DETAIL), "EventBusName": "bus"}
    answer: dict[str, Any] = client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    return answer


def receive(client: Client, queue: str = "inbox") -> list[Any]:
    url = client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_a_queue_gets_the_whole_envelope(client: Client) -> None:
    make_rule(client, {"Arn": QUEUE_ARN})
    event_id = publish(client)["Entries"][0]["EventId"]
    (body,) = receive(client)
    time = body.pop("time")
    assert len(time) == len("2026-01-01T00:00:00Z")
    assert time.endswith("Z")
    assert body == {
        "version": "0",
        "id": event_id,
        "detail-type": "Sold",
        "source": "shop",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": [],
        "detail": DETAIL,
    }


def test_a_target_with_an_input_gets_that(client: Client) -> None:
    make_rule(client, {"Arn": QUEUE_ARN, "Input": '{"task": "sweep"}'})
    publish(client)
    assert receive(client) == [{"task": "sweep"}]


def test_a_target_with_an_input_path_gets_that_part(client: Client) -> None:
    make_rule(client, {"Arn": QUEUE_ARN, "InputPath": "$.detail"})
    publish(client)
    assert receive(client) == [DETAIL]


def test_a_pattern_matches_inside_an_array_of_objects(client: Client) -> None:
    make_rule(client, {"Arn": QUEUE_ARN}, detail={"lines": {"sku": ["c"]}})
    publish(client)
    assert receive(client) == []
    make_rule(client, {"Arn": QUEUE_ARN}, detail={"lines": {"sku": ["b"]}})
    publish(client)
    assert len(receive(client)) == 1


def test_a_disabled_rule_delivers_nothing(client: Client) -> None:
    make_rule(client, {"Arn": QUEUE_ARN}, state="DISABLED")
    publish(client)
    assert receive(client) == []


def test_a_scheduled_rule_hears_no_events(client: Client) -> None:
    client("events").put_rule(Name="clock", ScheduleExpression="rate(1 minute)")
    client("events").put_targets(Rule="clock", Targets=[{"Id": "queue", "Arn": QUEUE_ARN}])
    client("events").put_events(Entries=[{"Source": "shop", "DetailType": "Sold", "Detail": "{}"}])
    assert receive(client) == []


def test_a_function_among_the_targets_does_not_fail_the_call(client: Client) -> None:
    make_rule(client, {"Arn": FUNCTION_ARN}, {"Arn": QUEUE_ARN})
    publish(client)
    assert len(receive(client)) == 1


def test_what_cannot_be_delivered_goes_to_the_targets_dead_letters(client: Client) -> None:
    make_rule(client, {"Arn": NOWHERE_ARN, "DeadLetterConfig": {"Arn": DEAD_ARN}}, {"Arn": QUEUE_ARN})
    publish(client)
    assert [body["detail"] for body in receive(client, "dead")] == [DETAIL]
    assert len(receive(client)) == 1
