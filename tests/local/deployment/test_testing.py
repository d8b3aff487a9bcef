"""The world of integration tests: the template's resources in process, and environments from the template."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mended
from scripts.local.deployment.testing import World, create_tables, create_world

TEMPLATE = Path(__file__).resolve().parents[1] / "fixtures" / "deploy" / "template.yaml"


@pytest.fixture
def world() -> Iterator[World]:
    with mended(), mock_aws():
        yield create_world(TEMPLATE, parameters={"Sender": "b@b.test"})


@pytest.fixture
def aws(world: World) -> Any:
    return clients(None, "eu-west-1")


def test_a_functions_environment_is_the_templates(world: World) -> None:
    environment = world.environment("ApiFunction")
    assert environment["TABLE"] == world.tables["Table"] == "minishop-Table"
    assert environment["GLOBAL"] == "b@b.test"
    assert environment["AWS_REGION"] == "eu-west-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "minishop-ApiFunction"
    assert environment["INTERNAL_URL"].startswith("http://127.0.0.1:")


def test_what_the_environment_names_is_there(world: World, aws: Any) -> None:
    environment = world.environment("ApiFunction")
    assert aws("dynamodb").describe_table(TableName=environment["TABLE"])
    assert aws("sqs").get_queue_attributes(QueueUrl=environment["QUEUE"])
    assert aws("kms").describe_key(KeyId=environment["KEY"])
    assert aws("secretsmanager").get_secret_value(SecretId=environment["SECRET"])
    assert aws("s3").head_bucket(Bucket=environment["BUCKET"])
    assert aws("events").describe_rule(Name="minishop-Rule", EventBusName=environment["BUS"])


def test_wiping_empties_all_and_keeps_keys_and_secrets(world: World, aws: Any) -> None:
    environment = world.environment("ApiFunction")
    secret = aws("secretsmanager").get_secret_value(SecretId=environment["SECRET"])["SecretString"]
    aws("dynamodb").put_item(TableName=environment["TABLE"], Item={"pk": {"S": "a"}})
    aws("sqs").send_message(QueueUrl=environment["QUEUE"], MessageBody="m")
    aws("s3").put_object(Bucket=environment["BUCKET"], Key="k", Body=b"b")
    world.wipe()
    assert aws("dynamodb").scan(TableName=environment["TABLE"])["Items"] == []
    assert "Messages" not in aws("sqs").receive_message(QueueUrl=environment["QUEUE"])
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=environment["BUCKET"])
    assert read_stream(aws, environment["TABLE"]) == []
    assert aws("secretsmanager").get_secret_value(SecretId=environment["SECRET"])["SecretString"] == secret


def test_the_stream_goes_on_after_wiping(world: World, aws: Any) -> None:
    table = world.tables["Table"]
    aws("dynamodb").put_item(TableName=table, Item={"pk": {"S": "before"}})
    world.wipe()
    aws("dynamodb").put_item(TableName=table, Item={"pk": {"S": "after"}})
    assert [record["dynamodb"]["Keys"] for record in read_stream(aws, table)] == [{"pk": {"S": "after"}}]


def test_tables_alone_can_be_asked_for() -> None:
    with mended(), mock_aws():
        assert create_tables(TEMPLATE) == {"Table": "minishop-Table"}


def read_stream(aws: Any, table: str) -> list[dict[str, Any]]:
    arn = aws("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = aws("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = aws("dynamodbstreams").get_shard_iterator(**request)["ShardIterator"]
    records: list[dict[str, Any]] = aws("dynamodbstreams").get_records(ShardIterator=iterator)["Records"]
    return records
