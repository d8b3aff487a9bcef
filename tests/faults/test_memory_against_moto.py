"""The in-memory DynamoDB and moto, asked the same: they answer alike, hold the same items and tell the same stream."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mended
from scripts.local.deployment.testing import _backend
from scripts.simulation.memory.account import Account
from scripts.simulation.memory.schema import read_schema
from tests.times import NOON

REGION = "eu-west-1"
TABLE = "things"
INDEXED = {"g": "S", "r": "N"}
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": type_} for name, type_ in {"pk": "S", "sk": "S", **INDEXED}.items()
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
            "Projection": projection,
        }
        for name, projection in {
            "whole": {"ProjectionType": "ALL"},
            "keys": {"ProjectionType": "KEYS_ONLY"},
            "part": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]},
        }.items()
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}

numbers = st.integers(-3, 12).map(lambda value: {"N": str(value)})
texts = st.sampled_from(["a", "ab", "b", "ä"]).map(lambda value: {"S": value})
flags = st.booleans().map(lambda value: {"BOOL": value})
plain = numbers | texts | flags | st.just({"NULL": True})
lists = st.lists(plain, max_size=3).map(lambda value: {"L": value})
maps = st.dictionaries(st.sampled_from(["x", "y"]), plain | lists, max_size=2).map(lambda value: {"M": value})
anything = plain | lists | maps
keys = st.fixed_dictionaries(
    {
        "pk": st.sampled_from(["p", "q"]).map(lambda value: {"S": value}),
        "sk": st.sampled_from(["1", "2", "3"]).map(lambda value: {"S": value}),
    }
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "n": numbers,
        "t": texts,
        "l": lists,
        "m": maps,
        "w": anything,
        "g": st.sampled_from(["u", "v"]).map(lambda value: {"S": value}),
        "r": numbers,
    },
)
paths = st.sampled_from(["n", "t", "l", "m", "w", "m.x", "m.y", "l[0]", "l[1]", "nothing"])
something = numbers | texts | flags | lists | maps  # in moto, nothing is equal to NULL
TYPES = {"n": numbers, "t": texts, "m.x": something, "w": something}


class Written:
    """An expression with its values, in the order in which they stand in it."""

    def __init__(self, text: str, *values: Any) -> None:
        self.text, self.values = text, values

    def __repr__(self) -> str:
        return f"{self.text} {self.values}"


def written(text: str, *values: Any) -> Any:
    """A strategy: the text's `?`s are values, of these strategies."""
    return st.tuples(*values).map(lambda drawn: Written(text, *drawn))


def joined(text: str, *parts: Written) -> Written:
    for part in parts:
        text = text.replace("§", part.text, 1)
    return Written(text, *(value for part in parts for value in part.values))


# `size` is asked of what is there: of nothing, moto cannot.
simple = st.one_of(
    paths.map(lambda path: Written(f"attribute_exists({path})")),
    paths.map(lambda path: Written(f"attribute_not_exists({path})")),
    st.tuples(st.sampled_from(["n", "t"]), st.sampled_from(["<", "<=", ">", ">="])).flatmap(
        lambda drawn: written(f"{drawn[0]} {drawn[1]} ?", TYPES[drawn[0]])
    ),
    st.tuples(st.sampled_from(sorted(TYPES)), st.sampled_from(["=", "<>"])).flatmap(
        lambda drawn: written(f"{drawn[0]} {drawn[1]} ?", TYPES[drawn[0]])
    ),
    st.sampled_from(["l", "m", "t"]).flatmap(
        lambda path: written(f"(attribute_exists({path}) AND size({path}) > ?)", numbers)
    ),
    written("begins_with(t, ?)", texts),
    written("contains(t, ?)", texts),
    written("contains(l, ?)", plain),
    st.tuples(st.integers(-3, 5), st.integers(0, 5)).map(
        lambda drawn: Written("n BETWEEN ? AND ?", {"N": str(drawn[0])}, {"N": str(drawn[0] + drawn[1])})
    ),
    written("t IN (?, ?)", texts, texts),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        inner.map(lambda one: joined("(NOT §)", one)),
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner).map(
            lambda drawn: joined(f"(§ {drawn[0]} §)", drawn[1], drawn[2])
        ),
    ),
    max_leaves=4,
)
sets = {
    "n": st.one_of(
        written("n = ?", numbers), written("n = n + ?", numbers), written("n = if_not_exists(n, ?)", numbers)
    ),
    "t": st.one_of(written("t = ?", texts), written("t = w")),
    "l": st.one_of(written("l = list_append(l, ?)", lists), written("l = ?", lists), written("l[1] = ?", plain)),
    "m": st.one_of(written("m.x = ?", plain), written("m.x = ?, m.y = if_not_exists(m.y, ?)", plain, plain)),
    "g": written("g = ?", st.sampled_from(["u", "v"]).map(lambda value: {"S": value})),
    "r": written("r = ?", numbers),
}
removals = st.lists(
    st.sampled_from(["n", "t", "l", "g", "r", "m.x", "l[0]"]), min_size=1, max_size=3, unique_by=lambda path: path[0]
)


@st.composite
def updates(draw: Any) -> Written:
    """SET, REMOVE and ADD, no attribute twice."""
    free = {"n", "t", "l", "m", "g", "r"}
    parts: list[Written] = []
    if names := sorted(draw(st.sets(st.sampled_from(sorted(sets)), max_size=3))):
        found = [draw(sets[name]) for name in names]
        parts.append(joined("SET " + ", ".join("§" for _ in found), *found))
        free -= set(names)
    if gone := sorted(path for path in draw(removals) if path[0] in free):
        parts.append(Written("REMOVE " + ", ".join(gone)))
        free -= {path[0] for path in gone}
    if "n" in free and (not parts or draw(st.booleans())):
        parts.append(draw(written("ADD n ?", numbers)))
    return joined(" ".join("§" for _ in parts), *parts) if parts else Written("REMOVE t")


def request_of(**expressions: Written | None) -> dict[str, Any]:
    """A request's expressions, with placeholders for what they hold."""
    request: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, expression in expressions.items():
        if expression is None:
            continue
        text = expression.text
        for value in expression.values:
            placeholder = f":v{len(values)}"
            values[placeholder] = value
            text = text.replace("?", placeholder, 1)
        request[name] = text
    return {**request, "ExpressionAttributeValues": values} if values else request


maybe = st.none() | conditions
puts = st.builds(
    lambda key, rest, when: {"Item": {**rest, **key}, **request_of(ConditionExpression=when)}, keys, attributes, maybe
)
changes = st.builds(
    lambda key, update, when: {"Key": key, **request_of(UpdateExpression=update, ConditionExpression=when)},
    keys,
    updates(),
    maybe,
)
deletes = st.builds(lambda key, when: {"Key": key, **request_of(ConditionExpression=when)}, keys, maybe)
checks = st.builds(lambda key, when: {"Key": key, **request_of(ConditionExpression=when)}, keys, conditions)


def named(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"TableName": TABLE, **request}


operations = st.one_of(
    puts.map(lambda one: ("PutItem", named(one))),
    changes.map(lambda one: ("UpdateItem", {**named(one), "ReturnValues": "ALL_NEW"})),
    deletes.map(lambda one: ("DeleteItem", {**named(one), "ReturnValues": "ALL_OLD"})),
    keys.map(lambda key: ("GetItem", {"TableName": TABLE, "Key": key, "ConsistentRead": True})),
    st.lists(
        st.one_of(
            st.builds(lambda key, rest: {"PutRequest": {"Item": {**rest, **key}}}, keys, attributes),
            keys.map(lambda key: {"DeleteRequest": {"Key": key}}),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda one: json.dumps(_key(next(iter(one.values())))),
    ).map(lambda asked: ("BatchWriteItem", {"RequestItems": {TABLE: asked}})),
    st.lists(keys, min_size=1, max_size=4, unique_by=lambda one: json.dumps(_key({"Key": one}))).map(
        lambda asked: ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": asked, "ConsistentRead": True}}})
    ),
    st.lists(
        st.one_of(
            puts.map(lambda one: {"Put": named(one)}),
            changes.map(lambda one: {"Update": named(one)}),
            deletes.map(lambda one: {"Delete": named(one)}),
            checks.map(lambda one: {"ConditionCheck": named(one)}),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda one: json.dumps(_key(next(iter(one.values())))),
    ).map(lambda items: ("TransactWriteItems", {"TransactItems": items})),
)


def _key(request: Mapping[str, Any]) -> list[Any]:
    held = request.get("Key") or request["Item"]
    return [held["pk"], held["sk"]]


@pytest.fixture(scope="module")
def moto_client() -> Iterator[Any]:
    with mock_aws(), mended():
        client = clients(None, REGION)("dynamodb")
        client.create_table(**DEFINITION)
        yield client


def open_memory(client: Any) -> Account:
    schema = read_schema(client.describe_table(TableName=TABLE)["Table"])
    return Account([schema], [], {}, account="1", region=REGION, now=lambda: NOON, send=lambda *_: 0)


def wipe(table: Any) -> None:
    table.items.clear()
    table.stream_shard.items.clear()


def moto_answer(client: Any, operation: str, request: dict[str, Any]) -> Any:
    try:
        answer = client._make_api_call(operation, request)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        return (error.response["Error"]["Code"], [reason["Code"] for reason in reasons])
    return comparable(answer)


def memory_answer(memory: Account, operation: str, request: dict[str, Any]) -> Any:
    wire = memory.answer("dynamodb", operation, request)
    assert wire is not None
    status, headers, text = wire
    told = json.loads(text)
    if status != 200:
        reasons = [reason["Code"] for reason in told.get("CancellationReasons", [])]
        if "ValidationError" in reasons:  # moto names no reasons then
            return ("ValidationException", [])
        return (headers["x-amzn-ErrorType"], reasons)
    return comparable(told)


def comparable(answer: Mapping[str, Any]) -> Any:
    kept = {
        name: value for name, value in answer.items() if name in {"Item", "Attributes", "Items", "Count", "Responses"}
    }
    return json.loads(json.dumps({name: value for name, value in kept.items() if value}, sort_keys=True))


def stream_of(records: list[Any]) -> list[Any]:
    """What records tell, by item: a stream keeps the order of each item's changes, and a batch has none."""
    told = [(record["eventName"], record["dynamodb"]) for record in records]
    found = [
        (name, {part: change.get(part) for part in ("Keys", "NewImage", "OldImage") if change.get(part)})
        for name, change in told
    ]
    return sorted(found, key=lambda entry: repr(_key({"Key": entry[1]["Keys"]})))


def page_through(answer: Any, index: str | None, request: Mapping[str, Any]) -> list[Any]:
    """All items of a query, page by page."""
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        told = answer("Query", {**request, **({"IndexName": index} if index else {}), **more})
        found += told["Items"]
        if not told.get("LastEvaluatedKey"):
            return found
        more = {"ExclusiveStartKey": told["LastEvaluatedKey"]}


def queries() -> Iterator[tuple[str | None, dict[str, Any]]]:
    value = {"S": "p"}
    for forward in (True, False):
        base = {"TableName": TABLE, "ScanIndexForward": forward, "Limit": 2}
        for key in (
            "pk = :p",
            "pk = :p AND sk >= :s",
            "pk = :p AND begins_with(sk, :s)",
            "pk = :p AND sk BETWEEN :s AND :s",
        ):
            values = {":p": value, **({":s": {"S": "2"}} if ":s" in key else {})}
            yield None, {**base, "KeyConditionExpression": key, "ExpressionAttributeValues": values}
        for index in ("whole", "keys", "part"):
            values = {":g": {"S": "u"}, ":r": {"N": "9"}}
            yield index, {**base, "KeyConditionExpression": "g = :g AND r < :r", "ExpressionAttributeValues": values}
    filtered = {"KeyConditionExpression": "pk = :p", "FilterExpression": "attribute_exists(n) AND n > :n"}
    values = {":p": value, ":n": {"N": "2"}}
    yield None, {"TableName": TABLE, **filtered, "ExpressionAttributeValues": values}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(history=st.lists(operations, min_size=1, max_size=12))
def test_any_history_ends_alike(moto_client: Any, history: list[tuple[str, dict[str, Any]]]) -> None:
    memory = open_memory(moto_client)
    table = _backend("dynamodb", REGION).tables[TABLE]
    wipe(table)
    for operation, request in history:
        assert memory_answer(memory, operation, request) == moto_answer(moto_client, operation, request)
    mine = memory.dynamodb.tables[TABLE]
    theirs = [item.to_json()["Attributes"] for item in table.all_items()]
    assert sorted(map(_sorted, mine.items.values())) == sorted(map(_sorted, theirs))
    assert stream_of(list(mine.records)) == stream_of([record.to_json() for record in table.stream_shard.items])
    for index, request in queries():
        assert page_through(
            lambda operation, asked: json.loads(_text(memory, operation, asked)), index, request
        ) == page_through(moto_client._make_api_call, index, request)


def _text(memory: Account, operation: str, request: dict[str, Any]) -> str:
    wire = memory.answer("dynamodb", operation, request)
    assert wire is not None
    return wire[2]


def _sorted(item: Mapping[str, Any]) -> str:
    return json.dumps(item, sort_keys=True)
