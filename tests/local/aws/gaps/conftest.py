"""Each gap of moto has one test, which says what AWS does. It runs on plain moto, where it must fail, and on ours.

An upgrade of moto that mends a gap turns its `plain` test into an unexpected pass, which fails: the mend can go then.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mended, plain

REGION = "eu-west-1"
Client = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)


@pytest.fixture(params=[pytest.param("plain", marks=pytest.mark.xfail(strict=True, reason="moto's gap")), "mended"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """Clients of plain moto, where the test fails, and then of moto mended."""
    with plain() if request.param == "plain" else mended(), mock_aws():
        yield clients(None, REGION)


@pytest.fixture
def plain_client() -> Iterator[Client]:
    """Clients of plain moto, for gaps that the shop goes round rather than mends."""
    with plain(), mock_aws():
        yield clients(None, REGION)


@pytest.fixture
def table(client: Client) -> str:
    """A table with a stream, in the moto under test."""
    return make_table(client)


@pytest.fixture
def make_stream_iterator(client: Client) -> Callable[[str], str]:
    """An iterator over a table's stream: `make_stream_iterator("TRIM_HORIZON")`."""

    def make(kind: str) -> str:
        arn = client("dynamodb").describe_table(TableName="gaps")["Table"]["LatestStreamArn"]
        shard = client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind}
        return str(client("dynamodbstreams").get_shard_iterator(**request)["ShardIterator"])

    return make


def make_table(client: Client) -> str:
    client("dynamodb").create_table(
        TableName="gaps",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return "gaps"
