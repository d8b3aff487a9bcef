"""What a deployed stack is to the local cloud: plain data, read from the translated template.

`scripts.local.deployment` makes a `Stack`; `front`, `runtime` and `events` only ever read it.
Nothing here is listed by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Credentials:
    """What a function signs its calls with; one pair per role, so that a signature names its role."""

    access_key: str
    secret_key: str
    role_arn: str
    session_token: str = ""  # when set, a signed request without it is refused, as in the cloud
    policy: tuple[Mapping[str, Any], ...] | None = None  # the role's statements, resolved; None: not known, all allowed


@dataclass(frozen=True)
class Function:
    """One Lambda function."""

    id: str  # logical id, e.g. "OrdersApiFunction"
    name: str  # physical name
    arn: str
    handler: str  # "orders.api.handler"
    code: Path  # the CodeUri folder, live source
    layers: tuple[Path, ...]  # folders that go on the path after the code
    environment: Mapping[str, str]  # its own variables, resolved; those that Lambda reserves come from the runtime
    timeout: int  # seconds
    memory: int  # MB
    credentials: Credentials


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer of an HTTP API (REQUEST, payload 2.0, simple response)."""

    name: str
    function: str  # logical id of its function
    identity_sources: tuple[str, ...]  # e.g. ("$request.header.Authorization",)
    ttl: int  # seconds a result is kept


@dataclass(frozen=True)
class Route:
    """One route of an HTTP API. `key` is "POST /v1/orders" or "$default"."""

    key: str
    function: str  # logical id
    authorizer: str | None  # an Authorizer's name, "AWS_IAM", or None: open


@dataclass(frozen=True)
class Cors:
    """The CORS configuration of an HTTP API."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: int = 0
    allow_credentials: bool = False


@dataclass(frozen=True)
class Throttle:
    """Token bucket of a stage or a route: `rate` requests a second, up to `burst` at once. None: not throttled."""

    rate: float
    burst: int


@dataclass(frozen=True)
class HttpApi:
    """One AWS::ApiGatewayV2::Api with its default stage."""

    id: str  # logical id, e.g. "PublicApi"
    api_id: str  # physical id
    port: int  # where the local front serves it
    routes: tuple[Route, ...]
    authorizers: Mapping[str, Authorizer]
    cors: Cors | None
    throttle: Throttle | None
    route_throttles: Mapping[str, Throttle] = field(default_factory=dict)  # by route key, in place of the stage's


@dataclass(frozen=True)
class QueueSource:
    """An SQS event source mapping."""

    function: str
    queue_url: str
    queue_arn: str
    batch_size: int
    window: float  # MaximumBatchingWindowInSeconds
    report_failures: bool  # ReportBatchItemFailures
    concurrency: int  # at most so many batches at once


@dataclass(frozen=True)
class StreamSource:
    """A DynamoDB stream event source mapping."""

    function: str
    stream_arn: str
    batch_size: int
    filters: tuple[Mapping[str, Any], ...]  # FilterCriteria patterns, parsed
    report_failures: bool
    bisect: bool
    max_record_age: int  # seconds; -1: for ever
    max_retries: int  # -1: for ever
    on_failure_bucket: str | None  # S3 destination


@dataclass(frozen=True)
class Schedule:
    """A scheduled rule: `rate(1 minute)` or `cron(…)` that invokes a function with `input`."""

    id: str  # logical id of the rule, e.g. "CatalogScheduleFunctionExpireReservations"
    expression: str
    function: str
    input: Any  # parsed JSON; None: the scheduled-event envelope
    enabled: bool = True


@dataclass(frozen=True)
class Target:
    """Where a rule sends a matching event."""

    id: str
    queue_arn: str
    dead_letter_arn: str | None = None
    input: Any = None
    input_path: str | None = None


@dataclass(frozen=True)
class Rule:
    """An event pattern rule on a bus."""

    id: str
    bus: str  # physical name
    pattern: Mapping[str, Any]
    targets: tuple[Target, ...]
    enabled: bool = True


@dataclass(frozen=True)
class Stack:
    """The deployed stack."""

    name: str
    region: str
    account: str
    endpoint: str  # where moto listens, e.g. "http://127.0.0.1:43001"
    parameters: Mapping[str, str]
    functions: Mapping[str, Function]
    apis: Mapping[str, HttpApi]
    queue_sources: tuple[QueueSource, ...]
    stream_sources: tuple[StreamSource, ...]
    schedules: tuple[Schedule, ...]
    rules: tuple[Rule, ...]
    physical_ids: Mapping[str, str] = field(default_factory=dict)  # logical id → Ref
    time_to_live: Mapping[str, str] = field(default_factory=dict)  # table name → TTL attribute


@dataclass(frozen=True)
class LogLine:
    """One line that a function wrote, or that the local cloud says about it."""

    function: str  # logical id; "" when it is about none
    text: str
    request_id: str = ""  # of the invocation it was written in; "" outside of one
    platform: bool = False  # True: said by the runtime (time-outs, exits), not by the function


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended. `payload` is what the function returned, or Lambda's error document."""

    request_id: str
    payload: Any  # parsed JSON
    function_error: bool = False  # True: payload is {"errorMessage", "errorType", "stackTrace"?, "requestId"?}
    duration: float = 0.0  # seconds, from the hand-over to the function to its answer
