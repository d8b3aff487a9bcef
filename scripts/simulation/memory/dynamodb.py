"""DynamoDB's operations, over tables in memory. What they take and give is what goes over the wire.

Not here, because nothing asks for it: pages of a megabyte, local indexes, PartiQL, scans, collections' sizes.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from scripts.simulation.memory.capacity import Units, Use, read_units, write_units
from scripts.simulation.memory.errors import (
    ConditionError,
    NotFoundError,
    TokenMismatchError,
    TransactionError,
    ValidationError,
)
from scripts.simulation.memory.expressions import Expressions
from scripts.simulation.memory.grammar import Tree
from scripts.simulation.memory.schema import Index, Key, TableSchema
from scripts.simulation.memory.tables import Table
from scripts.simulation.memory.values import Item, Value, canonical, item_size, order

Request = Mapping[str, Any]
MAX_TRANSACTION = 100
MAX_BATCH = 25
TOKEN_LIFE = timedelta(minutes=10)
_KINDS = ("Put", "Update", "Delete", "ConditionCheck")


class DynamoDB:
    """The tables of an account, and the operations on them.

    Attributes:
        tables: By name.
        version: Counts changes, for those who keep what they have read.
        operations: By name.
        used: What the last request consumed, by table, where requests are metered.
        uses: What all have, since somebody began to count.
    """

    def __init__(self, schemas: Iterable[TableSchema], region: str, now: Callable[[], datetime]) -> None:
        self.tables = {schema.name: Table(schema, region) for schema in schemas}
        self.version = 0
        self.metered = False
        self.used: dict[str, Units] = {}
        self.uses: list[Use] = []
        self.tokens: dict[str, tuple[datetime, str]] = {}
        self._now = now
        self.operations: Mapping[str, Callable[[Request], dict[str, Any]]] = {
            "GetItem": self._get,
            "BatchGetItem": self._get_batch,
            "TransactGetItems": self._get_all,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "DeleteItem": self._delete,
            "Query": self._query,
            "BatchWriteItem": self._write_batch,
            "TransactWriteItems": self._transact,
        }

    def perform(self, operation: str, request: Request) -> dict[str, Any]:
        """Does one of `operations`. Raises AwsError."""
        self.used = {}
        try:
            return self.operations[operation](request)
        finally:
            self.uses += [Use(operation, table, units) for table, units in self.used.items()]

    def table(self, name: str) -> Table:
        """The table. Raises NotFoundError."""
        if name not in self.tables:
            raise NotFoundError("Requested resource not found")
        return self.tables[name]

    def _note(self, table: Table, units: Units) -> None:
        self.used.setdefault(table.schema.name, Units()).add(units)

    def _use_read(self, table: Table, size: int, request: Request, *, transaction: bool = False) -> None:
        if self.metered:
            units = read_units(size, consistent=bool(request.get("ConsistentRead")), transaction=transaction)
            self._note(table, units)

    def _use_write(self, table: Table, before: Item | None, after: Item | None, *, transaction: bool = False) -> None:
        if self.metered:
            units = write_units(table.schema, before, after, transaction=transaction)
            self._note(table, units)

    # ── reads ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, table: Table, request: Request, *, transaction: bool = False) -> Item | None:
        expressions = Expressions(request)
        item = table.items.get(table.schema.place(_canonical(request["Key"])))
        self._use_read(table, item_size(item) if self.metered else 0, request, transaction=transaction)
        return expressions.projected(item) if item is not None else None

    def _get(self, request: Request) -> dict[str, Any]:
        found = self._read(self.table(request["TableName"]), request)
        return {"Item": dict(found)} if found is not None else {}

    def _get_batch(self, request: Request) -> dict[str, Any]:
        answers: dict[str, list[Item]] = {}
        for name, wanted in request["RequestItems"].items():
            options = {key: value for key, value in wanted.items() if key != "Keys"}
            table = self.table(name)
            places = [table.schema.place(_canonical(key)) for key in wanted["Keys"]]
            if len(set(places)) != len(places):
                raise ValidationError("Provided list of item keys contains duplicates")
            found = [self._read(table, {**options, "Key": key}) for key in wanted["Keys"]]
            answers[name] = [dict(item) for item in found if item is not None]
        return {"Responses": answers, "UnprocessedKeys": {}}

    def _get_all(self, request: Request) -> dict[str, Any]:
        asked = [one["Get"] for one in request["TransactItems"]]
        found = [self._read(self.table(one["TableName"]), one, transaction=True) for one in asked]
        return {"Responses": [{"Item": dict(item)} if item is not None else {} for item in found]}

    def _query(self, request: Request) -> dict[str, Any]:
        table, expressions = self.table(request["TableName"]), Expressions(request)
        index, limit = table.index(request.get("IndexName")), request.get("Limit")
        partition = _partition(expressions.key, index, expressions.values)
        forward = bool(request.get("ScanIndexForward", True))
        start = request.get("ExclusiveStartKey")
        after = _position(_canonical(start), index, table) if start else None
        found: list[Item] = []
        last, size, looked_at = None, 0, 0
        for place, entry in table.in_order(index, partition, forward=forward):
            passed = after is not None and (place <= after if forward else place >= after)
            if passed or not expressions.hold(expressions.key, entry):
                continue
            if limit is not None and looked_at == limit:
                break
            looked_at, last = looked_at + 1, entry
            size += item_size(entry) if self.metered else 0
            if expressions.hold(expressions.filter, entry):
                found.append(dict(expressions.projected(entry)))
        self._use_read(table, size, request)
        answer: dict[str, Any] = {"Count": len(found), "ScannedCount": looked_at}
        if request.get("Select") != "COUNT":
            answer["Items"] = found
        if limit is not None and looked_at == limit and last is not None:
            names = dict.fromkeys((*table.schema.key.attributes, *index.attributes))
            answer["LastEvaluatedKey"] = {name: last[name] for name in names}
        return answer

    # ── writes ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, request: Request) -> dict[str, Any]:
        return self._write("Put", request)

    def _update(self, request: Request) -> dict[str, Any]:
        return self._write("Update", request)

    def _delete(self, request: Request) -> dict[str, Any]:
        return self._write("Delete", request)

    def _write_batch(self, request: Request) -> dict[str, Any]:
        for name, asked in request["RequestItems"].items():
            table = self.table(name)
            if len(asked) > MAX_BATCH:
                raise ValidationError("Too many items requested for the BatchWriteItem call")
            kinds = ["Put" if "PutRequest" in one else "Delete" for one in asked]
            writes = [one.get("PutRequest") or one["DeleteRequest"] for one in asked]
            if len({self._find(table, *one)[0] for one in zip(kinds, writes, strict=True)}) != len(asked):
                raise ValidationError("Provided list of item keys contains duplicates")
            for kind, write in zip(kinds, writes, strict=True):
                self._write(kind, {"TableName": name, **write})
        return {"UnprocessedItems": {}}

    def _write(self, kind: str, request: Request) -> dict[str, Any]:
        table = self.table(request["TableName"])
        key, before = self._find(table, kind, request)
        try:
            after = _outcome(kind, request, Expressions(request), before, table)
        except ConditionError as error:
            self._use_write(table, before, before)
            if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before is not None:
                error.members = {"Item": before}
            raise
        self._use_write(table, before, after)
        self._change(table, key, after)
        wanted = request.get("ReturnValues", "NONE")
        shown = after if wanted == "ALL_NEW" else before if wanted == "ALL_OLD" else None
        if wanted not in {"NONE", "ALL_NEW", "ALL_OLD"}:
            raise NotImplementedError(f"ReturnValues {wanted}")
        return {"Attributes": dict(shown)} if shown is not None else {}

    def _find(self, table: Table, kind: str, request: Request) -> tuple[Key, Item | None]:
        key = table.schema.place(_canonical(request["Item" if kind == "Put" else "Key"]))
        return key, table.items.get(key)

    def _change(self, table: Table, key: Key, after: Item | None) -> None:
        self.version += 1
        table.write(key, after, self._now(), self.version)

    def _transact(self, request: Request) -> dict[str, Any]:
        token, asked = request.get("ClientRequestToken"), json.dumps(request["TransactItems"], sort_keys=True)
        known = self.tokens.get(token or "")
        if known and self._now() - known[0] <= TOKEN_LIFE:
            if known[1] != asked:
                raise TokenMismatchError("The request token was used with other parameters")
            return {}
        self._commit(request["TransactItems"])
        if token:
            self.tokens[token] = (self._now(), asked)
        return {}

    def _commit(self, operations: list[Mapping[str, Request]]) -> None:
        if not 0 < len(operations) <= MAX_TRANSACTION:
            raise ValidationError(f"a transaction of {len(operations)} operations")
        outcomes: dict[tuple[str, Key], tuple[Table, str, Item | None]] = {}
        reasons: list[Mapping[str, Any]] = []
        for operation in operations:
            ((kind, request),) = operation.items()
            if kind not in _KINDS:
                raise ValidationError(f"a transaction cannot {kind}")
            table = self.table(request["TableName"])
            key, before = self._find(table, kind, request)
            if (table.schema.name, key) in outcomes:
                raise ValidationError("Transaction request cannot include multiple operations on one item")
            after, reason = _tried(kind, request, before, table)
            reasons.append(reason)
            outcomes[table.schema.name, key] = (table, kind, after)
            self._use_write(table, before, after, transaction=True)
        if any(reason["Code"] != "None" for reason in reasons):
            raise TransactionError(reasons)
        for (_, key), (table, kind, after) in outcomes.items():
            if kind != "ConditionCheck":
                self._change(table, key, after)


def _tried(kind: str, request: Request, before: Item | None, table: Table) -> tuple[Item | None, Mapping[str, Any]]:
    """What an operation of a transaction would make of its item, and why it cannot."""
    expressions = Expressions(request)
    try:
        return _outcome(kind, request, expressions, before, table), {"Code": "None"}
    except ConditionError as error:
        reason = {"Code": "ConditionalCheckFailed", "Message": str(error)}
        if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before is not None:
            return before, {**reason, "Item": before}
        return before, reason
    except ValidationError as error:
        return before, {"Code": "ValidationError", "Message": str(error)}


def _outcome(kind: str, request: Request, expressions: Expressions, before: Item | None, table: Table) -> Item | None:
    """What stands there afterwards. Raises ConditionError, and ValidationError."""
    if not expressions.hold(expressions.condition, before):
        raise ConditionError
    if kind == "Delete":
        return None
    if kind == "ConditionCheck":
        return before
    if kind == "Put":
        after: Item = _canonical(request["Item"])
    else:
        if any(action[1][1][0] in table.schema.key.attributes for action in expressions.update):
            raise ValidationError("Cannot update attribute. This attribute is part of the key")
        after = expressions.updated(before if before is not None else _canonical(request["Key"]))
    table.check(after)
    return after


def _canonical(item: Mapping[str, Value]) -> Item:
    return {name: canonical(value) for name, value in item.items()}


def _partition(tree: Tree | None, index: Index, values: Mapping[str, Value]) -> Any:
    """The partition that a key condition names. Raises ValidationError when it names none."""
    pending = [tree]
    while pending:
        part = pending.pop()
        if part and part[0] == "and":
            pending += part[1:]
        elif part and part[:3] == ("compare", "=", ("path", (index.attributes[0],))):
            return order(values[part[3][1]])
    raise ValidationError(f"Query condition missed key schema element: {index.attributes[0]}")


def _position(start: Item, index: Index, table: Table) -> tuple[Any, ...]:
    """Where a query goes on: after this place. Raises ValidationError."""
    place = index.place(start)
    if place is None:
        raise ValidationError("The provided starting key is invalid")
    return (place[1:], table.schema.place(start))
