"""The lock's referee: threads buy the last pieces through the real server. With the lock nobody oversells.

Without it somebody must, or this test would say nothing about the lock: moto is made to yield where any thread may
lose its turn, between the check of a condition and the write.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import moto.dynamodb.models
import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.parsing.executors import UpdateExpressionExecutor

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mended, plain
from scripts.local.aws.server import make_server

PIECES = 5
BUYERS = 16
ROUNDS = 10
YIELD = 0.002  # seconds
LONG_YIELD = 0.05  # in which more buyers have looked than there are pieces, however busy the machine is


class YieldingExecutor(UpdateExpressionExecutor):
    """Writes a moment after the check, so that other threads get their turn."""

    seconds = YIELD

    def execute(self, node: Any = None) -> None:
        threading.Event().wait(self.seconds)
        super().execute(node)


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a moto that serves each request in a thread of its own."""
    monkeypatch.setattr(moto.dynamodb.models, "UpdateExpressionExecutor", YieldingExecutor)
    server = make_server(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    client = clients(f"http://127.0.0.1:{server.port}", "eu-west-1")("dynamodb")
    with closing(client):
        yield client
    server.shutdown()
    thread.join()
    server.server_close()


def by_update(client: Any, table: str) -> None:
    client.update_item(
        TableName=table,
        Key={"pk": {"S": "sku"}},
        UpdateExpression="ADD available :less",
        ConditionExpression="available >= :one",
        ExpressionAttributeValues={":less": {"N": "-1"}, ":one": {"N": "1"}},
    )


def by_transaction(client: Any, table: str) -> None:
    update = {
        "TableName": table,
        "Key": {"pk": {"S": "sku"}},
        "UpdateExpression": "ADD available :less",
        "ConditionExpression": "available >= :one",
        "ExpressionAttributeValues": {":less": {"N": "-1"}, ":one": {"N": "1"}},
    }
    client.transact_write_items(TransactItems=[{"Update": update}])


Buy = Callable[[Any, str], None]
both_ways = pytest.mark.parametrize("buy", [by_update, by_transaction])


def sell_out(client: Any, buy: Buy) -> tuple[int, int]:
    """Let all buyers buy at once; how many were told that they have one, and what is left by the table's account."""
    table = f"stock-{uuid.uuid4()}"
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    client.put_item(TableName=table, Item={"pk": {"S": "sku"}, "available": {"N": str(PIECES)}})
    start = threading.Barrier(BUYERS)

    def try_to_buy(_: int) -> bool:
        start.wait(60)
        try:
            buy(client, table)
        except ClientError as error:
            if "ConditionalCheckFailed" not in str(error):
                raise
            return False
        return True

    with ThreadPoolExecutor(BUYERS) as buyers:
        sold = sum(buyers.map(try_to_buy, range(BUYERS)))
    left = int(client.get_item(TableName=table, Key={"pk": {"S": "sku"}})["Item"]["available"]["N"])
    client.delete_table(TableName=table)
    return sold, left


@both_ways
def test_with_the_lock_nobody_oversells(dynamodb: Any, buy: Buy) -> None:
    with mended():
        assert {sell_out(dynamodb, buy) for _ in range(ROUNDS)} == {(PIECES, 0)}


@both_ways
def test_without_the_lock_somebody_oversells(dynamodb: Any, buy: Buy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(YieldingExecutor, "seconds", LONG_YIELD)
    with mended(lock=False):
        assert any(sell_out(dynamodb, buy) != (PIECES, 0) for _ in range(ROUNDS))


def test_plain_moto_oversells(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(YieldingExecutor, "seconds", LONG_YIELD)
    with plain():
        assert any(sell_out(dynamodb, by_update) != (PIECES, 0) for _ in range(ROUNDS))
