"""Payload format 2.0: a request as the event of a function, and a function's result as a response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from scripts.local.template.model import HttpApi, Stack

_TEXT = re.compile(r"(text/.*|application/(json|xml|javascript|.+\+(json|xml)))", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[^\x00\r\n]*")
_HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"})


class MalformedResponseError(Exception):
    """What the function returned is not a response; the client gets a 500."""


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came in."""

    method: str
    raw_path: str  # as sent, percent-encoded
    raw_query: str  # as sent, without "?"
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    request_id: str
    received_at: datetime
    protocol: str = "HTTP/1.1"
    trace: str = ""

    @cached_property
    def path(self) -> str:
        """The decoded path. The gateway loses what follows a `?` that was encoded."""
        return unquote(self.raw_path, errors="replace").partition("?")[0]

    @cached_property
    def headers(self) -> dict[str, str]:
        """Names in lower case; the values of one name joined with commas; cookies are apart."""
        joined: dict[str, str] = {}
        for name, value in self.raw_headers:
            lower = name.lower()
            if lower != "cookie":
                joined[lower] = f"{joined[lower]},{value}" if lower in joined else value
        return joined

    @cached_property
    def cookies(self) -> list[str]:
        """Each cookie as `name=value`."""
        values = [value for name, value in self.raw_headers if name.lower() == "cookie"]
        return [cookie.strip() for value in values for cookie in value.split(";") if cookie.strip()]

    @cached_property
    def query(self) -> dict[str, str]:
        """Decoded; the values of one name joined with commas."""
        joined: dict[str, str] = {}
        for name, value in parse_qsl(self.raw_query, keep_blank_values=True, errors="replace"):
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined


@dataclass(frozen=True)
class Response:
    """What goes back to the client. Header names are in lower case and may repeat (`set-cookie`)."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Context:
    """What the event says about where the request arrived and who sent it."""

    stack: Stack
    api: HttpApi
    route_key: str
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    authorizer: Mapping[str, Any] | None = None  # {"lambda": {…}} or {"iam": {…}}


def build_event(request: Request, context: Context) -> dict[str, Any]:
    """The event of an integration."""
    event = _common(request, context)
    body, encoded = _encode_body(request)
    if body is not None:
        event["body"] = body
    event["isBase64Encoded"] = encoded
    return event


def build_authorizer_event(request: Request, context: Context, identity: list[str]) -> dict[str, Any]:
    """The event of a Lambda authorizer (REQUEST, 2.0)."""
    common = _common(request, context)
    return {"type": "REQUEST", "routeArn": route_arn(request, context), "identitySource": identity, **common}


def route_arn(request: Request, context: Context) -> str:
    """The ARN that `execute-api:Invoke` is about."""
    where = f"{context.stack.region}:{context.stack.account}:{context.api.api_id}"
    return f"arn:aws:execute-api:{where}/$default/{request.method}{request.path}"


def gateway_response(status: int, message: str) -> Response:
    """What the gateway itself has to say."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Response(status, (("content-type", "application/json"),), body)


def build_response(payload: Any) -> Response:
    """Map what a function returned. Raises MalformedResponseError."""
    if not isinstance(payload, dict) or "statusCode" not in payload:
        body = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        return Response(200, (("content-type", "application/json"),), _utf8(body))
    headers = _response_headers(payload)
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return Response(_status(payload["statusCode"]), tuple(headers), _response_body(payload))


def _common(request: Request, context: Context) -> dict[str, Any]:
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": context.route_key,
        "rawPath": request.path,
        "rawQueryString": request.raw_query,
        "headers": _event_headers(request),
        "requestContext": _request_context(request, context),
    }
    optional = {
        "cookies": request.cookies,
        "queryStringParameters": request.query,
        "pathParameters": dict(context.path_parameters),
    }
    return {**event, **{name: value for name, value in optional.items() if value}}


def _event_headers(request: Request) -> dict[str, str]:
    headers = dict(request.headers)
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip
    headers["x-forwarded-proto"] = "http"
    headers["x-forwarded-port"] = headers.get("host", "").rpartition(":")[2] or "80"
    headers["x-amzn-trace-id"] = request.trace.partition(";")[0]
    return headers


def _request_context(request: Request, context: Context) -> dict[str, Any]:
    host = request.headers.get("host", "")
    domain = host if _HOST.fullmatch(host) else f"127.0.0.1:{context.api.port}"
    received = request.received_at.astimezone(UTC)
    result: dict[str, Any] = {
        "accountId": context.stack.account,
        "apiId": context.api.api_id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.request_id,
        "routeKey": context.route_key,
        "stage": "$default",
        "time": received.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(received.timestamp() * 1000),
    }
    if context.authorizer is not None:
        result["authorizer"] = dict(context.authorizer)
    return result


def _encode_body(request: Request) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    kind = request.headers.get("content-type", "text/plain").partition(";")[0].strip()
    if _TEXT.fullmatch(kind):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass  # says that it is text and is not: passed on byte for byte
    return base64.b64encode(request.body).decode(), True


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 200 <= value <= 599:
        raise MalformedResponseError(f"statusCode {value!r}")
    return value


def _response_headers(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers, cookies = payload.get("headers") or {}, payload.get("cookies") or []
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise MalformedResponseError("headers must be an object and cookies a list")
    pairs = [(str(name).lower(), _scalar(value)) for name, value in headers.items()]
    pairs = [pair for pair in pairs if pair[0] not in _HOP_BY_HOP]
    pairs += [("set-cookie", _scalar(cookie)) for cookie in cookies]
    for name, value in pairs:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise MalformedResponseError(f"header {name!r}")
    return pairs


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MalformedResponseError(f"a header of type {type(value).__name__}")


def _response_body(payload: Mapping[str, Any]) -> bytes:
    body, encoded = payload.get("body"), payload.get("isBase64Encoded", False)
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponseError(f"a body of type {type(body).__name__}")
    if encoded is not True:
        return _utf8(body)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedResponseError("the body is not base64") from error


def _utf8(text: str) -> bytes:
    return text.encode(errors="replace")
