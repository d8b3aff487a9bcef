"""One attribute set to another's value, on moto."""

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]


def update(client: Client, expression: str, **values: Any) -> None:
    options = {"ExpressionAttributeValues": values} if values else {}
    client("dynamodb").update_item(TableName="gaps", Key={"pk": {"S": "x"}}, UpdateExpression=expression, **options)


def test_a_copied_map_stays_as_it_was_when_the_original_changes(client: Client, table: str) -> None:
    original = {"M": {"a": {"N": "1"}}}
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "x"}, "original": original})
    update(client, "SET taken = original")
    update(client, "SET original.a = :two", **{":two": {"N": "2"}})
    item = client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "x"}})["Item"]
    assert item["taken"] == original
