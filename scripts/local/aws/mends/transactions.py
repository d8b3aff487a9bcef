"""TransactWriteItems: without copying whole tables, and once for each ClientRequestToken."""

import copy
import functools
import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import moto.dynamodb.models
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from scripts.local.aws.mends.patches import Patches
from scripts.local.aws.mends.tables import Touched, whole

_TOKEN_LIFE = 600.0  # seconds, as in DynamoDB


class IdempotentParameterMismatchError(DynamodbException):
    """A ClientRequestToken came again with another request."""

    error_type = "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"

    def __init__(self) -> None:
        super().__init__(self.error_type, message="The request token was used with other parameters")


def mend_transactions(patches: Patches) -> None:
    """Snapshot the touched items only, leave the stream's shard in place, and honour ClientRequestToken."""
    # moto copies every table of a transaction, and puts the copies, streams and all, in place when it is cancelled.
    patches.replace(moto.dynamodb.models, "copy", SimpleNamespace(deepcopy=_copy_unless_table, copy=copy.copy))
    patches.replace(DynamoDBBackend, "transact_write_items", _whole(DynamoDBBackend.transact_write_items))
    patches.replace(DynamoHandler, "transact_write_items", _once_per_token(DynamoHandler.transact_write_items))


def _copy_unless_table(value: Any) -> Any:
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _whole(method: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(method)
    def mended(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        with whole(_touched(backend, transact_items)):
            method(backend, transact_items)

    return mended


def _touched(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> list[Touched]:
    """The items that well-formed operations touch; moto refuses the others before they write."""
    touched = []
    for each in transact_items:
        kind, operation = next(iter(each.items()))
        table = backend.tables.get(operation.get("TableName", ""))
        key = operation.get("Item" if kind == "Put" else "Key", {})
        if table is not None and all(name in key for name in table.table_key_attrs):
            touched.append(Touched(table, key))
    return touched


def _once_per_token(action: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(action)
    def mended(handler: DynamoHandler) -> Any:
        token = handler.body.get("ClientRequestToken")
        if not token:
            return action(handler)
        # Kept on the backend, so that a reset of moto forgets them.
        tokens: dict[str, tuple[float, str, Any]] = vars(handler.dynamodb_backend).setdefault("_mended_tokens", {})
        now = time.monotonic()
        for old in [name for name, (since, _, _) in tokens.items() if now - since > _TOKEN_LIFE]:
            del tokens[old]
        request = json.dumps(handler.body["TransactItems"], sort_keys=True, default=repr)
        if token not in tokens:
            tokens[token] = (now, request, action(handler))
        _, known, result = tokens[token]
        if known != request:
            raise IdempotentParameterMismatchError
        return result

    return mended
