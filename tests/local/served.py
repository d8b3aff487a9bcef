"""A served HTTP API over functions of this process, and a client of it."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from scripts.local.front.server import Front, Server, serve_api
from scripts.local.template.model import Authorizer, Credentials, HttpApi, LogLine, Outcome, Route
from tests.local.hand_made import make_function, make_stack

HEADER_SOURCE = ("$request.header.Authorization",)


@dataclass
class FakeFunctions:
    """Functions in this process: what they return, and what they were sent."""

    results: dict[str, Callable[[Any], Any]]
    events: list[tuple[str, Any]] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    version: int = 1

    def log(self, line: LogLine) -> None:
        self.lines.append(line)

    async def invoke(self, function_id: str, payload: Any, *, trace: str = "") -> Outcome:
        self.events.append((function_id, payload))
        result = self.results[function_id](payload)
        if asyncio.isfuture(result):
            result = await result
        if isinstance(result, Outcome):
            return result
        return Outcome("request", result)

    def fingerprint(self, function_id: str) -> int:
        return self.version

    def sent_to(self, function_id: str) -> list[Any]:
        return [event for function, event in self.events if function == function_id]


def failure(message: str) -> Outcome:
    return Outcome("request", {"errorMessage": message, "errorType": "Exception"}, function_error=True)


def make_api(**changes: Any) -> HttpApi:
    values: dict[str, Any] = {
        "id": "PublicApi",
        "api_id": "abc",
        "port": 0,
        "routes": (
            Route("GET /open", "Shop", None),
            Route("POST /open", "Shop", None),
            Route("GET /things/{id}", "Shop", None),
            Route("GET /guarded", "Shop", "Bearer"),
            Route("GET /also-guarded", "Shop", "Bearer"),
            Route("ANY /internal/{proxy+}", "Shop", "AWS_IAM"),
        ),
        "authorizers": {"Bearer": Authorizer("Bearer", "Gatekeeper", HEADER_SOURCE, 300)},
        "cors": None,
        "throttle": None,
    }
    return HttpApi(**{**values, **changes})


class Client:
    """An HTTP client of a served API."""

    def __init__(self, server: Server, session: aiohttp.ClientSession, functions: FakeFunctions) -> None:
        self.port = server.port
        self.functions = functions
        self._session = session

    async def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, JSON (or text) and headers of an answer."""
        url = URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)
        async with self._session.request(method, url, headers=headers, data=body and io.BytesIO(body)) as response:
            text = await response.text()
            with contextlib.suppress(ValueError):
                return response.status, json.loads(text), response.headers
            return response.status, text, response.headers


def ok(_event: Any) -> Any:
    return {"statusCode": 200, "body": "{}"}


@contextlib.asynccontextmanager
async def serving(
    shop: Callable[[Any], Any] = ok,
    gatekeeper: Callable[[Any], Any] = lambda _event: {"isAuthorized": True},
    api: HttpApi | None = None,
    policy: tuple[Mapping[str, Any], ...] | None = None,
    **options: Any,
) -> AsyncIterator[Client]:
    api = api or make_api()
    functions = FakeFunctions({"Shop": shop, "Gatekeeper": gatekeeper})
    caller = make_function("Caller", credentials=Credentials("AK", "SK", "arn:aws:iam::1:role/CallerRole", "", policy))
    stack = make_stack(make_function("Shop"), make_function("Gatekeeper"), caller)
    server = await serve_api(api, stack, functions, front=Front(api, stack, functions, **options))
    try:
        async with aiohttp.ClientSession() as session:
            yield Client(server, session, functions)
    finally:
        await server.close()


async def exchange(port: int, data: bytes, *, end: bool = True) -> bytes:
    """Send bytes as they are; answer what comes back until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    if end and writer.can_write_eof():
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
