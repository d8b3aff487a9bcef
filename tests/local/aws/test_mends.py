"""Mending moto and unmending it: neither leaves a trace, and large items come out as moto writes them."""

from collections.abc import Callable
from typing import Any

import pytest
from moto import mock_aws
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.sqs.models import SQSBackend

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mend, mended, plain

EVERY_TYPE: dict[str, Any] = {
    "pk": {"S": "a"},
    "text": {"S": "é"},
    "number": {"N": "1.50"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["x", "y"]},
    "numbers": {"NS": ["1", "2"]},
    "many_bytes": {"BS": [b"1", b"2"]},
    "hollow": {"M": {}},
    "none": {"L": []},
    "S": {"S": "an attribute that is called like a type"},
    "deep": {"M": {"L": {"L": [{"M": {"B": {"B": b"\x01"}}}, {"NULL": True}, {"SS": ["z"]}, {"S": ""}]}}},
}


def patched() -> tuple[Any, ...]:
    return (
        SQSBackend.receive_message,
        BaseJSONSerializer._serialize_type_structure,
        vars(DynamoType).get("__deepcopy__"),
    )


def answers() -> list[dict[str, Any]]:
    """What DynamoDB answers about an item with a value of every type, read and changed in every way."""
    with mock_aws():
        dynamodb = clients(None, "eu-west-1")("dynamodb")
        dynamodb.create_table(
            TableName="items",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        key: dict[str, Any] = {"TableName": "items", "Key": {"pk": EVERY_TYPE["pk"]}}
        change = {"UpdateExpression": "SET deep.more = :v", "ExpressionAttributeValues": {":v": EVERY_TYPE["deep"]}}
        found = [
            dynamodb.put_item(TableName="items", Item=EVERY_TYPE),
            dynamodb.get_item(**key),
            dynamodb.update_item(**key, **change, ReturnValues="ALL_NEW"),
            dynamodb.update_item(**key, UpdateExpression="REMOVE hollow", ReturnValues="ALL_OLD"),
            dynamodb.scan(TableName="items"),
            dynamodb.delete_item(**key, ReturnValues="ALL_OLD"),
        ]
    return [{name: value for name, value in answer.items() if name != "ResponseMetadata"} for answer in found]


def test_items_come_out_of_mended_moto_as_out_of_plain() -> None:
    with plain():
        expected = answers()
    with mended():
        assert answers() == expected
    assert expected[1] == {"Item": EVERY_TYPE}


@pytest.mark.parametrize("again", [mend, lambda: None])
def test_after_a_while_of_mended_moto_it_is_plain_again(again: Callable[[], None]) -> None:
    with plain():
        before = patched()
        with mended():
            again()
            during = patched()
            with plain():
                assert patched() == before
            assert all(one is not two for one, two in zip(before, during, strict=True))
        with plain():
            assert patched() == before
        assert patched() == before
