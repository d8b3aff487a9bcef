"""A DynamoDB table in memory, behind pynamodb: quick enough for a simulation, exact in what this shop asks of a table.

It stands where botocore's client stands, and takes the requests of the real repositories: conditions and updates are
read from their expressions and evaluated; a transaction happens as a whole or not at all. What it does not know, it
refuses with NotImplementedError.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.connection import Connection

from minishop import dynamodb

Typed = Mapping[str, Any]  # {"N": "1"}
Attributes = dict[str, Typed]
Key = tuple[str, str]
INDEXES = {
    "listing": ("listing_pk", "listing_sk"),
    "due": ("due_pk", "due_sk"),
    "changed": ("listing_pk", "changed_sk"),
}
_TOKENS = re.compile(r"[#:]\w+|\w+|<=|>=|<>|[=<>(),]")
_CLAUSES = re.compile(r"\b(SET|ADD|REMOVE|DELETE)\b")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: bool(one == other),
    "<>": lambda one, other: bool(one != other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}


def plain(typed: Typed) -> Any:
    """A value to compare: numbers as integers."""
    ((kind, value),) = typed.items()
    return int(value) if kind == "N" else value


class _Expression:
    """A condition, read by recursive descent and evaluated on the way."""

    def __init__(self, text: str, request: Mapping[str, Any], item: Mapping[str, Typed] | None) -> None:
        self._tokens = _TOKENS.findall(text)
        self._request = request
        self._item = item or {}

    def holds(self) -> bool:
        """Whether it is true of the item."""
        result = self._either()
        if self._tokens:
            raise NotImplementedError(f"a condition with {self._tokens}")
        return result

    def _take(self) -> str:
        return str(self._tokens.pop(0))

    def _skip(self, word: str) -> bool:
        if self._tokens and self._tokens[0] == word:
            self._take()
            return True
        return False

    def _either(self) -> bool:
        result = self._both()
        while self._skip("OR"):
            result = self._both() or result
        return result

    def _both(self) -> bool:
        result = self._single()
        while self._skip("AND"):
            result = self._single() and result
        return result

    def _single(self) -> bool:
        if self._skip("NOT"):
            return not self._single()
        if self._skip("("):
            result = self._either()
            self._take()
            return result
        if self._tokens[0] in {"attribute_exists", "attribute_not_exists"}:
            wanted = self._take() == "attribute_exists"
            _, name, _ = self._take(), self._take(), self._take()
            return (self._request["ExpressionAttributeNames"][name] in self._item) is wanted
        return self._comparison()

    def _comparison(self) -> bool:
        left = self._operand()
        how = self._take()
        if how == "BETWEEN":
            low, _, high = self._operand(), self._take(), self._operand()
            return left is not None and bool(low <= left <= high)
        right = self._operand()
        return left is not None and right is not None and _COMPARE[how](left, right)

    def _operand(self) -> Any:
        token = self._take()
        if token.startswith(":"):
            return plain(self._request["ExpressionAttributeValues"][token])
        typed = self._item.get(self._request["ExpressionAttributeNames"][token])
        return None if typed is None else plain(typed)


def condition_holds(request: Mapping[str, Any], item: Mapping[str, Typed] | None, name: str) -> bool:
    """Whether a request's condition, if it has one, holds for an item."""
    text = request.get(name)
    return text is None or _Expression(text, request, item).holds()


def _updated(request: Mapping[str, Any], item: Attributes) -> Attributes:
    names, values = request["ExpressionAttributeNames"], request.get("ExpressionAttributeValues", {})
    _, *pieces = _CLAUSES.split(request["UpdateExpression"])
    after = dict(item)
    for clause, body in zip(pieces[::2], pieces[1::2], strict=True):
        for action in body.strip().split(", "):
            match clause, action.replace("=", " ").split():
                case "SET", [name, value] if value in values:
                    after[names[name]] = values[value]
                case "ADD", [name, value]:
                    before = int(after.get(names[name], {"N": "0"})["N"])
                    after[names[name]] = {"N": str(before + int(values[value]["N"]))}
                case "REMOVE", [name]:
                    after.pop(names[name], None)
                case _:
                    raise NotImplementedError(f"{clause} {action}")
    return after


def key_of(attributes: Mapping[str, Typed]) -> Key:
    """The key of an item."""
    return attributes["pk"]["S"], attributes["sk"]["S"]


def _refusal(operation: str, code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)  # type: ignore[typeddict-item]


def cancelled(codes: list[str]) -> ClientError:
    """The refusal of a transaction, for these reasons."""
    reasons = [{"Code": code} for code in codes]
    return _refusal("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)


class TableModel:
    """A table. `items` is what is in it, as typed JSON."""

    _request_signer = None  # pynamodb looks whether its client has lost its credentials

    def __init__(self) -> None:
        self.items: dict[Key, Attributes] = {}

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        handlers = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "PutItem": self._write_one,
            "UpdateItem": self._write_one,
            "DeleteItem": self._write_one,
            "BatchWriteItem": self._batch_write_item,
            "Query": self._query,
            "TransactWriteItems": self._transact_write_items,
        }
        if operation not in handlers:
            raise NotImplementedError(operation)
        return handlers[operation](request)

    def _get_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self.items.get(key_of(request["Key"]))
        return {"Item": dict(found)} if found else {}

    def _batch_get_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        ((table, wanted),) = request["RequestItems"].items()
        found = [self.items[key_of(key)] for key in wanted["Keys"] if key_of(key) in self.items]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _batch_write_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        ((_, writes),) = request["RequestItems"].items()
        for write in writes:
            item = write["PutRequest"]["Item"]
            self.items[key_of(item)] = dict(item)
        return {"UnprocessedItems": {}}

    def _query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        _, order = INDEXES[request["IndexName"]] if "IndexName" in request else ("pk", "sk")
        found = [item for item in self.items.values() if condition_holds(request, item, "KeyConditionExpression")]
        found.sort(key=lambda item: plain(item[order]), reverse=not request.get("ScanIndexForward", True))
        found = found[: request.get("Limit")]
        return {"Items": found, "Count": len(found), "ScannedCount": len(found)}

    def _apply(self, write: Mapping[str, Any]) -> None:
        """Puts, changes or deletes an item, or does nothing (a check)."""
        if "Item" in write:
            self.items[key_of(write["Item"])] = dict(write["Item"])
        elif "UpdateExpression" in write:
            key = key_of(write["Key"])
            self.items[key] = _updated(write, self.items.get(key, dict(write["Key"])))
        elif not write.get("ConditionExpression"):
            self.items.pop(key_of(write["Key"]), None)

    def _write_one(self, request: Mapping[str, Any]) -> dict[str, Any]:
        key = key_of(request.get("Item") or request["Key"])
        if not condition_holds(request, self.items.get(key), "ConditionExpression"):
            raise _refusal("PutItem", "ConditionalCheckFailedException")
        self._apply(request)
        return {"Attributes": dict(self.items.get(key, {}))}

    def refusals(self, writes: list[Mapping[str, Any]]) -> list[str]:
        """Which conditions of a transaction do not hold: a code for each write."""
        return [
            "None"
            if condition_holds(write, self.items.get(key_of(write.get("Item") or write["Key"])), "ConditionExpression")
            else "ConditionalCheckFailed"
            for write in writes
        ]

    def _transact_write_items(self, request: Mapping[str, Any]) -> dict[str, Any]:
        writes = writes_of(request)
        codes = self.refusals(writes)
        if "ConditionalCheckFailed" in codes:
            raise cancelled(codes)
        for write in writes:
            self._apply(write)
        return {}


def writes_of(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The writes of a transaction. Raises ValueError when it is none that DynamoDB would take."""
    writes = [write for entry in request["TransactItems"] for write in entry.values()]
    keys = {key_of(write.get("Item") or write["Key"]) for write in writes}
    if len(writes) > 100 or len(keys) != len(writes):
        raise ValueError(f"a transaction of {len(writes)} writes on {len(keys)} items")
    return writes


@contextmanager
def connected(model: TableModel) -> Iterator[None]:
    """Repositories talk to this table meanwhile."""
    dynamodb.reset_connections()
    connection = Connection()
    client: Any = model  # pynamodb has no other way to be given one
    connection._client = client
    dynamodb._connections.append(connection)
    try:
        yield
    finally:
        dynamodb.reset_connections()
