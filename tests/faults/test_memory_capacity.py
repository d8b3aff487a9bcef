"""What requests cost, by DynamoDB's published rules; the sizes are the developer guide's."""

from typing import Any

import pytest

from scripts.simulation.memory.account import Account
from scripts.simulation.memory.capacity import Units
from scripts.simulation.memory.errors import TransactionError, ValidationError
from scripts.simulation.memory.schema import Index, TableSchema
from scripts.simulation.memory.values import item_size, size_of
from tests.times import NOON

SCHEMA = TableSchema(
    name="things",
    key=Index("", ("pk", "sk")),
    types={"pk": "S", "sk": "S", "g": "S"},
    indexes={"keys": Index("keys", ("g",), frozenset()), "whole": Index("whole", ("g",))},
    stream_arn=None,
)
KEY = {"pk": {"S": "p"}, "sk": {"S": "1"}}


@pytest.fixture
def account() -> Account:
    account = Account([SCHEMA], [], {}, account="1", region="eu-west-1", now=lambda: NOON, send=lambda *_: 0)
    account.dynamodb.metered = True
    return account


def used(account: Account, operation: str, **request: Any) -> Units:
    account.perform("dynamodb", operation, {"TableName": "things", **request})
    return account.dynamodb.used["things"]


def item(size: int, **attributes: Any) -> dict[str, Any]:
    """An item of so many bytes, `g` aside."""
    return {**KEY, "t": {"S": "x" * (size - item_size(KEY) - 1)}, **attributes}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "höchst"}, 7),
        ({"N": "27"}, 2),
        ({"N": "-27"}, 3),
        ({"N": "1000000"}, 2),
        ({"N": "12.345"}, 4),
        ({"B": "AAEC"}, 3),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {"ab": {"BOOL": True}}}, 3 + 1 + 2 + 1),
        ({"SS": ["a", "bc"]}, 3),
    ],
)
def test_values_have_the_published_sizes(value: Any, size: int) -> None:
    assert size_of(value) == size


def test_an_item_is_its_names_and_values() -> None:
    assert item_size({"pk": {"S": "abc"}, "n": {"N": "7"}}) == 2 + 3 + 1 + 2
    assert item_size(item(1000)) == 1000


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1024, 1), (1025, 2), (3000, 3)])
def test_a_write_takes_a_unit_for_each_begun_kilobyte(account: Account, size: int, units: int) -> None:
    assert used(account, "PutItem", Item=item(size)) == Units(writes=units)


def test_the_larger_of_before_and_after_counts(account: Account) -> None:
    used(account, "PutItem", Item=item(2500))
    assert used(account, "PutItem", Item=item(10 * 10)).writes == 3
    used(account, "PutItem", Item=item(2500))
    assert used(account, "UpdateItem", Key=KEY, UpdateExpression="REMOVE t").writes == 3
    used(account, "PutItem", Item=item(2500))
    assert used(account, "DeleteItem", Key=KEY).writes == 3
    assert used(account, "DeleteItem", Key=KEY).writes == 1


@pytest.mark.parametrize(("size", "eventual", "consistent"), [(4096, 0.5, 1), (4097, 1, 2)])
def test_a_read_takes_half_a_unit_for_each_begun_four_kilobytes(
    account: Account, size: int, eventual: float, consistent: float
) -> None:
    used(account, "PutItem", Item=item(size))
    assert used(account, "GetItem", Key=KEY).reads == eventual
    assert used(account, "GetItem", Key=KEY, ConsistentRead=True).reads == consistent
    account.perform("dynamodb", "TransactGetItems", {"TransactItems": [{"Get": {"TableName": "things", "Key": KEY}}]})
    assert account.dynamodb.used["things"].reads == 2 * consistent


def test_looking_for_what_is_not_there_takes_a_read_as_well(account: Account) -> None:
    assert used(account, "GetItem", Key=KEY, ConsistentRead=True).reads == 1


def test_a_query_is_measured_as_one_read_of_all_that_it_looks_at(account: Account) -> None:
    for number in range(3):
        used(account, "PutItem", Item={**item(1500), "sk": {"S": str(number)}})
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
    assert used(account, "Query", ConsistentRead=True, **query).reads == 2
    assert used(account, "Query", Limit=1, **query).reads == 0.5


def test_an_index_is_written_where_it_changes(account: Account) -> None:
    first = used(account, "PutItem", Item=item(1500, g={"S": "u"}))
    assert first.index_writes == {"keys": 1, "whole": 2}
    same = used(account, "UpdateItem", Key=KEY, UpdateExpression="SET g = g")
    assert same.index_writes == {}
    text = used(account, "UpdateItem", Key=KEY, UpdateExpression="SET w = pk")
    assert text.index_writes == {"whole": 2}
    moved = used(account, "PutItem", Item=item(1500, g={"S": "v"}))
    assert moved.index_writes == {"keys": 2, "whole": 4}
    gone = used(account, "UpdateItem", Key=KEY, UpdateExpression="REMOVE g")
    assert gone.index_writes == {"keys": 1, "whole": 2}
    assert gone.all_writes == gone.writes + 3


def test_a_transaction_takes_twice_as_much_but_for_indexes(account: Account) -> None:
    put = {"Put": {"TableName": "things", "Item": item(1500, g={"S": "u"})}}
    check = {
        "ConditionCheck": {
            "TableName": "things",
            "Key": {**KEY, "sk": {"S": "2"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
    units = used(account, "TransactWriteItems", TransactItems=[put, check])
    assert (units.writes, units.index_writes) == (4 + 2, {"keys": 1, "whole": 2})


def test_a_transaction_that_is_refused_names_the_reasons_and_changes_nothing(account: Account) -> None:
    put = {"Put": {"TableName": "things", "Item": item(100)}}
    other = {**KEY, "sk": {"S": "2"}}
    check = {"ConditionCheck": {"TableName": "things", "Key": other, "ConditionExpression": "attribute_exists(pk)"}}
    with pytest.raises(TransactionError) as caught:
        account.perform("dynamodb", "TransactWriteItems", {"TransactItems": [put, check]})
    assert [reason["Code"] for reason in caught.value.members["CancellationReasons"]] == [
        "None",
        "ConditionalCheckFailed",
    ]
    assert not account.dynamodb.tables["things"].items


def test_a_token_makes_a_transaction_happen_once(account: Account) -> None:
    update = {"UpdateExpression": "ADD n :1", "ExpressionAttributeValues": {":1": {"N": "1"}}}
    add = {"Update": {"TableName": "things", "Key": KEY, **update}}
    for _ in range(3):
        account.perform("dynamodb", "TransactWriteItems", {"TransactItems": [add], "ClientRequestToken": "once"})
    (held,) = account.dynamodb.tables["things"].items.values()
    assert held["n"] == {"N": "1"}


def test_one_item_twice_in_a_transaction_is_no_transaction(account: Account) -> None:
    delete = {"Delete": {"TableName": "things", "Key": KEY}}
    with pytest.raises(ValidationError):
        account.perform("dynamodb", "TransactWriteItems", {"TransactItems": [delete, delete]})
