"""DynamoDB streams on moto."""

from collections.abc import Callable
from typing import Any, Literal

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.dynamodbstreams.models import dynamodbstreams_backends

Client = Callable[[str], Any]
MakeIterator = Callable[[str], str]


def update(client: Client, expression: str, values: dict[str, Any]) -> None:
    client("dynamodb").update_item(
        TableName="gaps", Key={"pk": {"S": "a"}}, UpdateExpression=expression, ExpressionAttributeValues=values
    )


def read(client: Client, iterator: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = client("dynamodbstreams").get_records(ShardIterator=iterator)["Records"]
    return records


def test_a_put_that_changes_nothing_writes_no_record(
    client: Client, table: str, make_stream_iterator: MakeIterator
) -> None:
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    iterator = make_stream_iterator("LATEST")
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    assert read(client, iterator) == []


def test_an_update_that_changes_nothing_writes_no_record(
    client: Client, table: str, make_stream_iterator: MakeIterator
) -> None:
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    iterator = make_stream_iterator("LATEST")
    update(client, "SET n = :one", {":one": {"N": "1"}})
    assert read(client, iterator) == []


def test_an_update_that_creates_an_item_writes_one_record(
    client: Client, table: str, make_stream_iterator: MakeIterator
) -> None:
    iterator = make_stream_iterator("LATEST")
    update(client, "SET n = :one", {":one": {"N": "1"}})
    assert [record["dynamodb"]["NewImage"] for record in read(client, iterator)] == [
        {"pk": {"S": "a"}, "n": {"N": "1"}}
    ]


def test_an_update_that_fails_half_way_changes_nothing(client: Client, table: str) -> None:
    item = {"pk": {"S": "a"}, "s": {"S": "not a number"}}
    client("dynamodb").put_item(TableName=table, Item=item)
    with pytest.raises(ClientError):
        update(client, "SET n = :one ADD s :one", {":one": {"N": "1"}})
    assert client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"] == item


def test_a_record_names_its_region(client: Client, table: str, make_stream_iterator: MakeIterator) -> None:
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}})
    assert [record["awsRegion"] for record in read(client, make_stream_iterator("TRIM_HORIZON"))] == ["eu-west-1"]


def test_polling_for_a_day_does_not_fill_the_memory(
    client: Client, table: str, make_stream_iterator: MakeIterator
) -> None:
    backend = dynamodbstreams_backends["123456789012"]["eu-west-1"]
    iterator = make_stream_iterator("TRIM_HORIZON")
    for _ in range(1200):
        iterator = backend.get_records(iterator, 10)["NextShardIterator"]
    assert len(backend.shard_iterators) <= 1000


@pytest.mark.parametrize("mode", ["required", "preferred", "disabled"])
def test_streams_answer_where_endpoints_carry_the_account(
    plain_client: Client, mode: Literal["required", "preferred", "disabled"]
) -> None:
    # No gap any more: botocore sends requests for streams to the region's endpoint in every mode.
    session = botocore.session.Session()
    session.set_credentials("local", "local", account_id="123456789012")

    def make(service: str) -> Any:
        return session.create_client(service, "eu-west-1", config=Config(account_id_endpoint_mode=mode))

    table = make("dynamodb").create_table(
        TableName="gaps",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    stream = make("dynamodbstreams").describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]
    assert stream["TableName"] == "gaps"
