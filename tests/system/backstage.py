"""Behind the running shop's scenes: what no client can do, and what only its tables and streams tell.

Here time goes by for a single order, the bus keeps an event to itself and tells it late or again, the provider's
dashboard is open, and all that has ever been written is read back.
"""

import contextlib
import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import stripe
from boto3.dynamodb.types import TypeDeserializer

from scripts.local.aws.clients import clients
from tests.system.shop import Shop

REGION = "eu-west-1"
AT_ONCE = 10  # entries of a PutEvents
Row = dict[str, Any]
Event = Mapping[str, Any]
_plain = TypeDeserializer().deserialize


def client(shop: Shop, service: str) -> Any:
    """A client of the account that the shop runs in, with nobody's role."""
    (endpoint,) = re.findall(r"moto is up at (http://\S+?)(?:,|$)", "\n".join(shop.lines), re.MULTILINE)
    return _clients(endpoint)(service)


@functools.cache
def _clients(endpoint: str) -> Callable[[str], Any]:
    return clients(endpoint, REGION)


def named(names: Sequence[str], part: str) -> str:
    """The one name that has this part."""
    (found,) = (name for name in names if part in name)
    return found


def table(shop: Shop, part: str) -> str:
    """A table's name, by its logical id."""
    return named(client(shop, "dynamodb").list_tables()["TableNames"], part)


def let_the_hold_run_out(shop: Shop, order_id: str) -> None:
    """A quarter of an hour goes by, for this order alone: its hold ended long ago."""
    dynamodb, past = client(shop, "dynamodb"), {"S": "2026-01-01T00:00:00.000Z"}
    for name, kind, attributes in (
        ("OrdersTable", "order", ("hold_expires_at",)),
        ("CatalogTable", "reservation", ("held_until", "due_sk")),
    ):
        dynamodb.update_item(
            TableName=table(shop, name),
            Key={"pk": {"S": f"{kind}#{order_id}"}, "sk": {"S": kind}},
            UpdateExpression="SET " + ", ".join(f"{one} = :past" for one in attributes) + " REMOVE outbox",
            ConditionExpression=f"attribute_exists({attributes[-1]})",
            ExpressionAttributeValues={":past": past},
        )


def run_schedule(shop: Shop, task: str) -> None:
    """The minute of a schedule has come, which is named by a part of its id."""
    identity = named([one["id"] for one in shop.get("/_local/schedules")["items"]], task)
    shop.post(f"/_local/schedules/{identity}/run")


@contextlib.contextmanager
def unheard(shop: Shop, rule: str, kind: str) -> Iterator[None]:
    """While the body runs, a rule of the bus lets events of this type go by; afterwards they are told, late."""
    events = client(shop, "events")
    bus = named([one["Name"] for one in events.list_event_buses()["EventBuses"]], "-bus")
    (found,) = (one for one in events.list_rules(EventBusName=bus)["Rules"] if rule in one["Name"])
    where = {"Name": found["Name"], "EventBusName": bus}
    pattern = json.loads(found["EventPattern"])
    others = {**pattern, "detail-type": [one for one in pattern["detail-type"] if one != kind]}
    known = {event["id"] for event in told(shop, type=kind)}
    events.put_rule(**where, EventPattern=json.dumps(others))
    try:
        yield
    finally:
        events.put_rule(**where, EventPattern=found["EventPattern"])
        tell_again(shop, [event for event in told(shop, type=kind) if event["id"] not in known])


def told(shop: Shop, **which: str) -> list[Event]:
    """What went over the bus: of a `type`, or about what has an `id`."""
    found: list[Event] = shop.get("/_local/events", **which)["items"]
    return found


def tell_again(shop: Shop, told: Sequence[Event]) -> None:
    """Puts events on the bus once more, in this order."""
    for start in range(0, len(told), AT_ONCE):
        entries = [
            {
                "EventBusName": event["bus"],
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Detail": json.dumps(event["detail"]),
            }
            for event in told[start : start + AT_ONCE]
        ]
        answer = client(shop, "events").put_events(Entries=entries)
        assert not answer["FailedEntryCount"], answer


def provider(shop: Shop, url: str) -> stripe.StripeClient:
    """The provider's API at this address with the shop's key, as the provider's dashboard has it."""
    secrets = client(shop, "secretsmanager")
    name = named([one["Name"] for one in secrets.list_secrets()["SecretList"]], "ProviderSecret")
    key = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])["api_key"]
    return stripe.StripeClient(key, base_addresses={"api": url})


def rows(shop: Shop, part: str) -> list[Row]:
    """All rows of a table."""
    pages = client(shop, "dynamodb").get_paginator("scan").paginate(TableName=table(shop, part), ConsistentRead=True)
    return [_row(item) for page in pages for item in page["Items"]]


def changes(shop: Shop, part: str) -> Iterator[tuple[Row, Row]]:
    """Each change of a table's items since the shop was started: before (empty where there was nothing) and after."""
    arn = client(shop, "dynamodb").describe_table(TableName=table(shop, part))["Table"]["LatestStreamArn"]
    streams = client(shop, "dynamodbstreams")
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        position: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
        while True:
            where = {"StreamArn": arn, "ShardId": shard["ShardId"], **position}
            iterator = streams.get_shard_iterator(**where)["ShardIterator"]
            records = streams.get_records(ShardIterator=iterator, Limit=1000)["Records"]
            for record in records:
                change = record["dynamodb"]
                yield _row(change.get("OldImage", {})), _row(change.get("NewImage", {}))
            if not records:
                break
            last = records[-1]["dynamodb"]["SequenceNumber"]
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}


def _row(item: Mapping[str, Any]) -> Row:
    return {name: _plain(value) for name, value in item.items()}
