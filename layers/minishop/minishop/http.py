"""The HTTP door: one declaration per route, which the run time, the template's test and the OpenAPI document read.

API Gateway has matched the route already and says so in `routeKey`; nothing is matched a second time here.

    api = Api("orders")

    @api.post("/v1/orders", who=SHOPPERS, status=201, idempotent=True, errors=[CartEmptyError])
    def post_order(request: Request, body: PlaceOrderRequest) -> OrderAnswer:
        '''Places an order.'''

    handler = api.handler

A route function takes `request`, `body` (a `RequestModel`; `| None` where it may be left out), `query` (a `QueryModel`)
and its path parameters by name, and returns an `AnswerModel`, a `Reply`, or None for 204. Refusals are raised as
`ProblemError`s.
"""

import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import UnionType
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import quote

from pydantic import BaseModel
from snapshot_restore_py import register_before_snapshot

from minishop import clock, guard
from minishop.correlation import Correlation
from minishop.deadline import deadline_of
from minishop.errors import (
    AlreadyExistsError,
    ConcurrentUpdateError,
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    ProblemError,
    UnauthenticatedError,
    UnavailableError,
)
from minishop.identity import Principal, Role, from_context
from minishop.observability import correlated, logger

AnswerT = TypeVar("AnswerT")
RouteFunction = Callable[..., Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_ROLE_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(?P<account>\d{12}):assumed-role/(?P<role>[\w+=,.@-]+)/[\w+=,.@-]+\Z")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000",
    "Referrer-Policy": "no-referrer",
}
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"  # of what is not meant to be looked at; pages bring their own


@dataclass(frozen=True)
class Route:
    """One route, as declared.

    Attributes:
        key: API Gateway's route key, such as `POST /v1/orders`.
        function: What answers it.
        who: The roles that may call it; None: everybody, without a token.
        callers: For internal routes: `service-door` names of the functions that may call it.
        status: Of the answer when all is well.
        idempotent: Whether an Idempotency-Key is required.
        if_match: Whether If-Match is required.
        errors: The refusals of its own, for the document.
        produces: The answer's content type.
    """

    key: str
    function: RouteFunction
    who: frozenset[Role] | None
    callers: frozenset[str]
    status: int
    idempotent: bool
    if_match: bool
    errors: tuple[type[ProblemError], ...]
    produces: str
    parameters: Mapping[str, Any]

    @property
    def method(self) -> str:
        """`POST`, or `$default`."""
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        """`/v1/orders/{id}`."""
        return self.key.partition(" ")[2]

    @property
    def body(self) -> Any:
        """The model of its body; None when it takes none."""
        shape = self.parameters.get("body")
        return get_args(shape)[0] if self.body_is_optional else shape

    @property
    def body_is_optional(self) -> bool:
        """Whether its body may be left out."""
        return isinstance(self.parameters.get("body"), UnionType)


@dataclass(frozen=True)
class Request:
    """A request, as far as a route function needs to know it.

    Attributes:
        id: The correlation id.
        path: As sent.
        headers: By lower-case name.
        raw: The body.
        source_ip: The caller's address.
        idempotency_key: Empty where the route requires none.
        expected_version: From If-Match; 0 where the route requires none.
    """

    id: str
    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    source_ip: str
    caller: Principal | None
    idempotency_key: str = ""
    expected_version: int = 0

    @property
    def principal(self) -> Principal:
        """Who calls. Only for routes that require somebody."""
        if self.caller is None:
            raise UnauthenticatedError("Send a bearer token.")
        return self.caller

    @property
    def fingerprint(self) -> str:
        """A hash of what is asked: equal for the same path and the same JSON, however it is written."""
        value = json.dumps(guard.read_json(self.raw), sort_keys=True) if self.raw else ""
        return hashlib.sha256(f"{self.method} {self.path}\n{value}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Reply(Generic[AnswerT]):
    """An answer with more to it than a body: another status, headers, a version, another content type."""

    body: AnswerT
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    content_type: str | None = None


class Api:
    """A service's HTTP door. `handler` is the Lambda handler; `routes` is what it answers."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.routes: dict[str, Route] = {}
        register_before_snapshot(self.prepare)

    def prepare(self) -> None:
        """Builds the validators of all models, which are otherwise built when first needed."""
        for route in self.routes.values():
            for shape in route.parameters.values():
                for model in _models(shape):
                    model.model_rebuild()

    def route(
        self,
        key: str,
        *,
        who: frozenset[Role] | None = None,
        callers: frozenset[str] = frozenset(),
        status: int = 200,
        idempotent: bool = False,
        if_match: bool = False,
        errors: Sequence[type[ProblemError]] = (),
        produces: str = "application/json",
    ) -> Callable[[RouteFunction], RouteFunction]:
        """Declares a route by its route key."""

        def register(function: RouteFunction) -> RouteFunction:
            if key in self.routes:
                raise ValueError(f"{self.service} declares {key} twice")
            self.routes[key] = Route(
                key=key,
                function=function,
                who=who,
                callers=callers,
                status=status,
                idempotent=idempotent,
                if_match=if_match,
                errors=tuple(errors),
                produces=produces,
                parameters=function.__annotations__,
            )
            return function

        return register

    def get(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        """Declares `GET path`."""
        return self.route(f"GET {path}", **options)

    def post(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        """Declares `POST path`."""
        return self.route(f"POST {path}", **options)

    def put(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        """Declares `PUT path`."""
        return self.route(f"PUT {path}", **options)

    def patch(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        """Declares `PATCH path`."""
        return self.route(f"PATCH {path}", **options)

    def delete(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        """Declares `DELETE path`."""
        return self.route(f"DELETE {path}", **options)

    def handler(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Answers one request (payload format 2.0)."""
        started = time.perf_counter()
        request = _request(event)
        actor = request.caller.id if request.caller else "anonymous"
        with correlated(Correlation(request.id, request.id, actor)), deadline_of(context):
            code = None
            try:
                answer = self._answer(self.routes[event["routeKey"]], request, event)
            except Exception as error:  # noqa: BLE001  whatever happens, the caller gets a problem object
                problem = _as_problem(error)
                code = problem.code
                answer = _problem(problem, request)
            answer["headers"] |= {"X-Request-Id": request.id, **_SECURITY_HEADERS}
            if not str(answer["headers"].get("Content-Type", "")).startswith("text/html"):
                answer["headers"].setdefault("Content-Security-Policy", _NO_PAGE)
            logger().info(
                "request",
                route=event["routeKey"],
                status=answer["statusCode"],
                code=code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return answer

    def _answer(self, route: Route, request: Request, event: Mapping[str, Any]) -> dict[str, Any]:
        _admit(route, request, event)
        wanted = route.parameters
        arguments: dict[str, Any] = {
            name: guard.read_segment(value)
            for name, value in (event.get("pathParameters") or {}).items()
            if name in wanted
        }
        if route.idempotent or route.if_match:
            request = _with_preconditions(route, request)
        if "request" in wanted:
            arguments["request"] = request
        if "query" in wanted:
            guard.refuse_repeats(event.get("rawQueryString") or "")
            arguments["query"] = guard.read_query(wanted["query"], event.get("queryStringParameters") or {})
        if "body" in wanted:
            absent = route.body_is_optional and not request.raw
            arguments["body"] = None if absent else guard.read_body(route.body, request.raw)
        return _render(route, request, route.function(**arguments))


def _models(shape: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names: `Model`, `Model | None`, `Reply[Model]`."""
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        yield shape
    for part in get_args(shape):
        yield from _models(part)


def _request(event: Mapping[str, Any]) -> Request:
    # API Gateway sends lower-case names; `sam local start-api` sends them as the client wrote them.
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    context = event["requestContext"]
    offered = headers.get("x-request-id", "")
    body = event.get("body") or ""
    return Request(
        id=offered if _REQUEST_ID.match(offered) else str(context["requestId"]),
        method=context["http"]["method"],
        path=event["rawPath"],
        headers=headers,
        raw=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass"),
        source_ip=context["http"].get("sourceIp", ""),
        caller=from_context((context.get("authorizer") or {}).get("lambda") or {}),
    )


def _admit(route: Route, request: Request, event: Mapping[str, Any]) -> None:
    """Holds the caller against the route's declaration."""
    if route.callers:
        iam = (event["requestContext"].get("authorizer") or {}).get("iam") or {}
        account = event["requestContext"].get("accountId")
        caller = _ROLE_SESSION.match(str(iam.get("userArn", "")))
        prefix = os.environ["ROLE_PREFIX"]
        if (
            caller is None
            or account not in {None, caller["account"]}  # another account may have roles of the same names
            or caller["role"] not in {prefix + name for name in route.callers}
        ):
            raise ForbiddenError("This internal call is not for this caller.")
    elif route.who is not None:
        # The gateway keeps what the authorizer said for a while, longer than a token may have left to live.
        if 0 < request.principal.expires_at <= clock.system.now().timestamp():
            raise UnauthenticatedError("The token has expired; refresh it.")
        if request.principal.roles.isdisjoint(route.who):
            raise ForbiddenError("Your account may not do this.")


def _with_preconditions(route: Route, request: Request) -> Request:
    key = guard.read_idempotency_key(request.headers.get("idempotency-key")) if route.idempotent else ""
    version = guard.read_if_match(request.headers.get("if-match")) if route.if_match else 0
    return replace(request, idempotency_key=key, expected_version=version)


def _render(route: Route, request: Request, result: Any) -> dict[str, Any]:
    reply: Reply[Any] = result if isinstance(result, Reply) else Reply(result)
    headers = {"Cache-Control": "no-store", **reply.headers}
    content_type = reply.content_type or route.produces
    if reply.version is not None:
        headers["ETag"] = f'"{reply.version}"'
    unless = request.headers.get("if-none-match") if request.method == "GET" else None
    if "ETag" in headers and guard.matches_etag(unless, headers["ETag"]):
        # Without a type the gateway says text/plain, which a cache would then note for what it keeps.
        return {"statusCode": 304, "headers": {**headers, "Content-Type": content_type}, "body": ""}
    if reply.body is None:
        return {"statusCode": reply.status or (204 if route.status == 200 else route.status), "headers": headers}
    answer: dict[str, Any] = {"statusCode": reply.status or route.status, "headers": headers}
    headers["Content-Type"] = content_type
    if isinstance(reply.body, bytes):
        return {**answer, "body": base64.b64encode(reply.body).decode(), "isBase64Encoded": True}
    body = reply.body.model_dump_json() if isinstance(reply.body, BaseModel) else str(reply.body)
    return {**answer, "body": body}


def _as_problem(error: Exception) -> ProblemError:
    """Whatever was raised, as what the caller is told."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, (AlreadyExistsError, ConcurrentUpdateError)):
        return ConflictError("Somebody else changed this at the same moment; read it again and retry.")
    logger().exception("request failed")
    if type(error).__module__.startswith(("botocore.", "pynamodb.")):
        return UnavailableError("Something behind us does not answer; try again in a moment.")
    return ProblemError("The error is logged under this request id; try again, and tell us the id if it stays.")


def _problem(error: ProblemError, request: Request) -> dict[str, Any]:
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store", **error.headers}
    if isinstance(error, UnavailableError):
        headers.setdefault("Retry-After", "1")
    problem: dict[str, Any] = {
        "type": f"urn:minishop:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": quote(request.path, safe="/:@!$&'()*+,;=~"),  # the gateway has decoded it
        "code": error.code,
        **error.extra,
    }
    errors = error.errors
    if isinstance(error, InvalidError) and not errors:
        errors = (FieldError("", error.detail),)  # what is wrong is the request as a whole
    if errors:
        problem["errors"] = [{"pointer": entry.pointer, "detail": entry.detail} for entry in errors]
    return {"statusCode": error.status, "headers": headers, "body": json.dumps(problem)}
