"""The network of a recorded invocation: every answer comes from the recording. Imported in the measured process.

Stands in for urllib3's pool, under botocore and under the shop's own calls alike, and for redis-py's commands; so all
that a client does to ask and to read is done, but for sockets and encryption.
"""

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Exchange = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What Lambda gives a handler beside its event."""

    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 20_000


def stub(exchanges: Sequence[Exchange], now: float) -> None:
    """Answers come from here from now on, in this order."""
    kinds = {exchange["kind"] for exchange in exchanges}
    pending = iter(exchanges)
    if kinds & {"aws", "http"}:
        _stub_http(pending)
    if "redis" in kinds:
        _stub_redis(pending)
    from minishop import clock

    at = datetime.fromtimestamp(now, UTC)
    clock.system.source = lambda: at


def _stub_http(pending: Iterator[Exchange]) -> None:
    import urllib3

    def urlopen(_pool: Any, method: str, url: str, *_: Any, **__: Any) -> urllib3.HTTPResponse:
        exchange = next(pending)
        assert exchange["kind"] in {"aws", "http"}, f"{method} {url} comes where {exchange['kind']} was recorded"
        body = io.BytesIO(base64.b64decode(exchange["body"]))
        return urllib3.HTTPResponse(
            body, headers=exchange["headers"], status=exchange["status"], preload_content=False, request_method=method
        )

    urllib3.connectionpool.HTTPConnectionPool.urlopen = urlopen  # type: ignore[assignment,method-assign]


def _stub_redis(pending: Iterator[Exchange]) -> None:
    import redis

    def execute(_client: Any, *_command: Any, **_: Any) -> Any:
        body = next(pending)["body"]
        return [one and base64.b64decode(one) for one in body] if isinstance(body, list) else body

    redis.Redis.execute_command = execute  # type: ignore[assignment,method-assign]


def check(answer: Any) -> None:
    """A handler that failed was not measured. Raises AssertionError."""
    status = answer.get("statusCode", 200) if isinstance(answer, Mapping) else 200
    failures = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    assert status < 400, answer
    assert not failures, answer


def boto3_get_item() -> Callable[[], None]:
    """A warm boto3 client's get_item of an order-like item, the network stubbed alike."""
    import boto3

    item = {"pk": {"S": "order#1"}, "sk": {"S": "order"}, "status": {"S": "confirmed"}, "version": {"N": "3"}}
    body = base64.b64encode(json.dumps({"Item": item}).encode()).decode()
    exchange = {"kind": "aws", "status": 200, "headers": {"Content-Type": "application/x-amz-json-1.0"}, "body": body}
    client = boto3.client("dynamodb")

    def get_item() -> None:
        _stub_http(iter([exchange]))
        client.get_item(TableName="orders", Key={"pk": {"S": "order#1"}, "sk": {"S": "order"}})

    get_item()
    return get_item
