"""Events as AWS shapes them, for tests that knock at a door."""

import json
from collections.abc import Mapping
from typing import Any

from minishop.correlation import Correlation
from minishop.events import Envelope, Event, Metadata, encode_message
from minishop.identity import Principal, Role, to_context
from minishop.ids import derived_id
from minishop.observability import correlated
from tests.times import NOON

ROLE_PREFIX = "minishop-"


def customer(identity: str = "cus_ada", **options: Any) -> Principal:
    """A registered customer."""
    return Principal(identity, frozenset({Role.CUSTOMER}), **options)


def guest(identity: str = "gst_1") -> Principal:
    """A guest."""
    return Principal(identity, frozenset({Role.GUEST}))


def staff(*roles: Role, identity: str = "cus_staff") -> Principal:
    """A customer with further roles."""
    return Principal(identity, frozenset({Role.CUSTOMER, *roles}))


def http_event(
    route_key: str,
    *,
    principal: Principal | None = None,
    path: Mapping[str, str] | None = None,
    body: Any = None,
    raw: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    caller: str | None = None,
) -> dict[str, Any]:
    """A request as an HTTP API hands it on (payload 2.0).

    `body` is sent as JSON, `raw` as it is; `caller` is the `<service>-<door>` that signed an internal call.
    """
    method, _, template = route_key.partition(" ")
    raw_path = template
    for name, value in (path or {}).items():
        raw_path = raw_path.replace("{" + name + "}", value)
    authorizer: dict[str, Any] = {}
    if principal:
        authorizer["lambda"] = to_context(principal)
    if caller:
        role = f"arn:aws:sts::123456789012:assumed-role/{ROLE_PREFIX}{caller}/function"
        authorizer["iam"] = {"userArn": role}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "requestId": "request-1",
            "http": {"method": method, "path": raw_path, "sourceIp": "192.0.2.1", "userAgent": "tests"},
            "authorizer": authorizer,
        },
        "isBase64Encoded": False,
    }
    if path:
        event["pathParameters"] = dict(path)
    if query:
        event["queryStringParameters"] = dict(query)
    if body is not None or raw is not None:
        event["body"] = raw if raw is not None else json.dumps(body)
    return event


def answer_of(response: Mapping[str, Any]) -> Any:
    """The JSON body of a handler's response; None when there is none."""
    return json.loads(response["body"]) if response.get("body") else None


def bus_message(event: Event, *, aggregate_id: str = "aggregate", sequence: int = 1) -> str:
    """An event as EventBridge puts it into a queue."""
    with correlated(Correlation("correlation-1", "cause-1", "cus_ada")):
        source = f"minishop.{event.publisher()}"
        return encode_message(event, aggregate_id=aggregate_id, sequence=sequence, at=NOON, source=source)


def sqs_event(*bodies: str) -> dict[str, Any]:
    """A batch of SQS messages as Lambda receives it."""
    return {
        "Records": [
            {"messageId": f"message-{index}", "body": body, "eventSource": "aws:sqs", "receiptHandle": f"r{index}"}
            for index, body in enumerate(bodies)
        ]
    }


def envelope(event: Event, *, sequence: int = 1) -> Envelope[Any]:
    """An event as a reaction receives it."""
    metadata = Metadata(
        event_id=derived_id("evt", type(event).__name__, str(sequence)),
        version=1,
        occurred_at="2026-11-22T12:00:00.000Z",
        correlation_id="correlation-1",
        causation_id="cause-1",
        actor="cus_ada",
        aggregate_id="aggregate",
        sequence=sequence,
    )
    return Envelope(metadata, event)
