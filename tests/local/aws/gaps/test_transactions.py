"""TransactWriteItems on moto."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import Item

Client = Callable[[str], Any]


def put(pk: str, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "gaps", "Item": {"pk": {"S": pk}}, **more}}


def add_one(pk: str) -> dict[str, Any]:
    values = {":one": {"N": "1"}}
    update = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": values}
    return {"Update": {"TableName": "gaps", "Key": {"pk": {"S": pk}}, **update}}


def cancel_a_transaction(client: Client) -> None:
    with pytest.raises(ClientError, match="TransactionCanceled"):
        client("dynamodb").transact_write_items(
            TransactItems=[put("other"), put("there", ConditionExpression="attribute_not_exists(pk)")]
        )


def test_a_transaction_copies_only_the_items_that_it_touches(
    client: Client, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        client("dynamodb").put_item(TableName=table, Item={"pk": {"S": f"item {number}"}})
    copies: list[Item] = []
    original = Item.__deepcopy__

    def counting(item: Item, memo: dict[int, Any]) -> Item:
        copies.append(item)
        return original(item, memo)

    monkeypatch.setattr(Item, "__deepcopy__", counting)
    client("dynamodb").transact_write_items(TransactItems=[put("item 1"), put("item 2")])
    assert len(copies) <= 8


def test_a_cancelled_transaction_leaves_the_stream_as_it_was(
    client: Client, table: str, make_stream_iterator: Callable[[str], str]
) -> None:
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "there"}})
    iterator = make_stream_iterator("LATEST")
    cancel_a_transaction(client)
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "after"}})
    records = client("dynamodbstreams").get_records(ShardIterator=iterator)["Records"]
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == ["after"]


def test_the_same_request_token_writes_once(client: Client, table: str) -> None:
    for _ in range(2):
        client("dynamodb").transact_write_items(TransactItems=[add_one("counter")], ClientRequestToken="token")
    item = client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "counter"}})["Item"]
    assert item["n"] == {"N": "1"}


def test_a_request_token_with_another_request_is_refused(client: Client, table: str) -> None:
    dynamodb = client("dynamodb")
    dynamodb.transact_write_items(TransactItems=[add_one("counter")], ClientRequestToken="token")
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=[add_one("other")], ClientRequestToken="token")


@pytest.mark.parametrize("client", ["mended"], indirect=True)
def test_a_cancelled_transaction_leaves_nothing_behind(
    client: Client, table: str, make_stream_iterator: Callable[[str], str]
) -> None:
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "there"}, "n": {"N": "7"}})
    iterator = make_stream_iterator("LATEST")
    with pytest.raises(ClientError) as raised:
        client("dynamodb").transact_write_items(
            TransactItems=[
                put("fresh"),
                add_one("upserted"),
                add_one("there"),
                put("also", ConditionExpression="attribute_exists(pk)"),
            ]
        )
    reasons = raised.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "None", "None", "ConditionalCheckFailed"]
    items = client("dynamodb").scan(TableName=table)["Items"]
    assert items == [{"pk": {"S": "there"}, "n": {"N": "7"}}]
    assert client("dynamodbstreams").get_records(ShardIterator=iterator)["Records"] == []


@pytest.mark.parametrize("client", ["mended"], indirect=True)
def test_a_refused_transaction_may_be_tried_again_with_its_token(client: Client, table: str) -> None:
    transaction = [put("new", ConditionExpression="attribute_not_exists(pk)")]
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "new"}})
    with pytest.raises(ClientError, match="TransactionCanceled"):
        client("dynamodb").transact_write_items(TransactItems=transaction, ClientRequestToken="token")
    client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "new"}})
    client("dynamodb").transact_write_items(TransactItems=transaction, ClientRequestToken="token")
    assert client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "new"}})["Item"] == {"pk": {"S": "new"}}


@pytest.mark.parametrize("client", ["mended"], indirect=True)
def test_a_transaction_writes_a_stream_record_for_each_item(
    client: Client, table: str, make_stream_iterator: Callable[[str], str]
) -> None:
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "old"}})
    iterator = make_stream_iterator("LATEST")
    delete = {"Delete": {"TableName": table, "Key": {"pk": {"S": "old"}}}}
    client("dynamodb").transact_write_items(TransactItems=[add_one("counter"), put("new"), delete])
    records = client("dynamodbstreams").get_records(ShardIterator=iterator)["Records"]
    told = [(record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"]) for record in records]
    assert told == [("INSERT", "counter"), ("INSERT", "new"), ("REMOVE", "old")]
