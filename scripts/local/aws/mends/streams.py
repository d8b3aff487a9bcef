"""DynamoDB streams: records name their region, and iterators are forgotten."""

import functools
from collections.abc import Callable
from typing import Any

from moto.dynamodb.models.table import StreamRecord, Table
from moto.dynamodbstreams.models import DynamoDBStreamsBackend, ShardIterator

from scripts.local.aws.mends.patches import Patches

_ITERATORS_KEPT = 1000


def mend_streams(patches: Patches) -> None:
    """Every record says us-east-1, and every iterator ever given is kept: polling for a day would fill the memory."""
    patches.replace(StreamRecord, "__init__", _in_region(StreamRecord.__init__))
    for method in ("get_shard_iterator", "get_records"):
        patches.replace(DynamoDBStreamsBackend, method, _forgetful(getattr(DynamoDBStreamsBackend, method)))


def _in_region(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def mended(record: StreamRecord, table: Table, *args: Any, **kwargs: Any) -> None:
        init(record, table, *args, **kwargs)
        record.record["awsRegion"] = table.region_name

    return mended


def _forgetful(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def mended(backend: DynamoDBStreamsBackend, *args: Any, **kwargs: Any) -> Any:
        result = method(backend, *args, **kwargs)
        iterators: dict[str, ShardIterator] = backend.shard_iterators
        while len(iterators) > _ITERATORS_KEPT:
            del iterators[next(iter(iterators))]
        return result

    return mended
