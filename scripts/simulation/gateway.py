"""API Gateway's part: which function a request goes to, and the event that it becomes."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from scripts.local.template.model import HttpApi
from scripts.simulation.network import query_of


@dataclass(frozen=True)
class Routed:
    """A request that has found its route."""

    api: str
    key: str
    function: str
    parameters: Mapping[str, str]  # of the path


class Gateway:
    """The HTTP APIs of the stack, each on its port. `aliases`: further ports, by the API's id."""

    def __init__(self, apis: Iterable[HttpApi], aliases: Mapping[str, int]) -> None:
        self._ports = {api.port: api.id for api in apis}
        self._ports |= {port: id_ for id_, port in aliases.items()}
        self._routes = {api.id: _patterns(api) for api in apis}

    def url(self, api: str, path: str) -> str:
        """Where a path of an API is."""
        port = next(port for port, id_ in self._ports.items() if id_ == api)
        return f"http://127.0.0.1:{port}{path}"

    def route(self, method: str, url: str) -> Routed:
        """The route of a request. Raises AssertionError when there is none: what runs here asks for no such thing."""
        parts = urlsplit(url)
        api = self._ports[parts.port or 80]
        for pattern, key, function in self._routes[api]:
            if found := pattern.match(f"{method} {parts.path}"):
                return Routed(api, key, function, {name: unquote(one) for name, one in found.groupdict().items()})
        raise AssertionError(f"{api} has no route for {method} {parts.path}")

    def name_of(self, method: str, url: str) -> str:
        """What a request is called: its API and route."""
        routed = self.route(method, url)
        return f"{routed.api} {routed.key}"


def _patterns(api: HttpApi) -> list[tuple[re.Pattern[str], str, str]]:
    found = [
        (
            re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route.key)) + r"\Z"),
            route.key,
            route.function,
        )
        for route in api.routes
        if route.key != "$default"
    ]
    return sorted(found, key=lambda entry: entry[1].count("{"))


def event_of(
    method: str, url: str, routed: Routed, headers: Mapping[str, Any], body: bytes, request_id: str
) -> dict[str, Any]:
    """The request as its function receives it (payload 2.0), but for who calls."""
    parts = urlsplit(url)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": routed.key,
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name.lower(): _text(value) for name, value in headers.items()},
        "requestContext": {
            "requestId": request_id,
            "domainName": parts.netloc,
            "http": {"method": method, "path": parts.path, "sourceIp": "192.0.2.1", "userAgent": "simulation"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    if routed.parameters:
        event["pathParameters"] = dict(routed.parameters)
    if parts.query:
        event["queryStringParameters"] = query_of(url)
    return event


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
