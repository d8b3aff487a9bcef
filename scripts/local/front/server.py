"""The HTTP front: serves an HTTP API as API Gateway does, on a port of this machine."""

import asyncio
import errno
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.http_exceptions import BadHttpMessage

from scripts.local.front import cors, payload
from scripts.local.front.gate import Gate
from scripts.local.front.listener import Listener
from scripts.local.front.payload import Context, Request, Response, gateway_response
from scripts.local.front.routes import Match, RouteTable
from scripts.local.front.throttle import TokenBucket
from scripts.local.runtime.service import Functions, PayloadTooLargeError, RuntimeClosedError, new_trace
from scripts.local.template.model import HttpApi, LogLine, Stack

MAX_BODY = 10 * 1024 * 1024  # bytes
INTEGRATION_TIMEOUT = 30.0  # seconds
_MAX_HEADER = 10_240  # bytes, of the request line and of all header lines: the gateway's limit
_LOCAL = "/_local"

# aiohttp would write a stack trace for every request that is not HTTP; faults of ours go to the runtime's log.
_logger = logging.getLogger(__name__)
_logger.addHandler(logging.NullHandler())
_logger.propagate = False

LocalPages = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class PortInUseError(Exception):
    """Another program listens on the port."""


class _BodyTooLargeError(Exception):
    """More than MAX_BODY bytes came in."""


class _MalformedRequestError(Exception):
    """What came in is not an HTTP request that can be understood."""


class Front:
    """Answers the requests of one HTTP API."""

    def __init__(
        self,
        api: HttpApi,
        stack: Stack,
        runtime: Functions,
        *,
        local_pages: LocalPages | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        integration_timeout: float = INTEGRATION_TIMEOUT,
    ) -> None:
        self._api = api
        self._stack = stack
        self._runtime = runtime
        self._local_pages = local_pages
        self._now = now
        self._integration_timeout = integration_timeout
        self._routes = RouteTable(api.routes)
        self._gate = Gate(api, stack, runtime, clock=clock)
        self._bucket = TokenBucket(api.throttle, clock=clock) if api.throttle else None
        self._buckets = {key: TokenBucket(each, clock=clock) for key, each in api.route_throttles.items()}

    async def handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; never raises but when the connection is gone."""
        path = _split_target(incoming.raw_path)[0]
        if self._local_pages and (path == _LOCAL or path.startswith(_LOCAL + "/")):
            return await self._show(self._local_pages, incoming)
        started = time.perf_counter()
        request_id = uuid.uuid4().hex[:15] + "="
        origin = incoming.headers.get("Origin")
        try:
            request = await self._receive(incoming, request_id)
        except _BodyTooLargeError:
            response = gateway_response(413, "Request Entity Too Large")
        except _MalformedRequestError:
            response = gateway_response(400, "Bad Request")
        else:
            response = await self._answer(request)
        self._note(incoming.method, path, response, started)
        return self._send(response, request_id, origin)

    async def _show(self, pages: LocalPages, incoming: web.BaseRequest) -> web.StreamResponse:
        try:
            return await pages(incoming)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - the shop goes on without its local pages
            self._runtime.log(LogLine("", f"the page {incoming.path} failed: {error!r}", platform=True))
            return web.json_response({"message": "Internal Server Error"}, status=500)

    async def _receive(self, incoming: web.BaseRequest, request_id: str) -> Request:
        if incoming.version not in {HttpVersion10, HttpVersion11}:
            raise _MalformedRequestError
        path, query = _split_target(incoming.raw_path)
        headers = tuple((name.decode("latin-1"), _text(value)) for name, value in incoming.raw_headers)
        return Request(
            method=incoming.method,
            raw_path=path,
            raw_query=query,
            raw_headers=headers,
            body=await _read_body(incoming),
            source_ip=incoming.remote or "127.0.0.1",
            request_id=request_id,
            received_at=self._now(),
            protocol=f"HTTP/{incoming.version.major}.{incoming.version.minor}",
            trace=new_trace(),
        )

    async def _answer(self, request: Request) -> Response:
        settings = self._api.cors
        if settings and cors.is_preflight(request.method, request.headers):
            return Response(204, tuple(cors.preflight_headers(settings, request.headers["origin"]).items()))
        try:
            match = self._routes.match(request.method, request.path)
            bucket = self._buckets.get(match.route.key, self._bucket) if match else self._bucket
            if bucket and not bucket.take():
                return gateway_response(429, "Too Many Requests")
            return await self._pass(request, match)
        except (TimeoutError, RuntimeClosedError):
            return gateway_response(503, "Service Unavailable")
        except PayloadTooLargeError:
            return gateway_response(413, "Request Entity Too Large")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not look like the client's
            self._runtime.log(
                LogLine("", f"the front failed on {request.method} {request.path}: {error!r}", platform=True)
            )
            return gateway_response(500, "Internal Server Error")

    async def _pass(self, request: Request, match: Match | None) -> Response:
        if match is None:
            return gateway_response(404, "Not Found")
        context = Context(self._stack, self._api, match.route.key, match.parameters)
        admitted = await self._gate.admit(match.route.authorizer, request, context)
        if isinstance(admitted, Response):
            return admitted
        return await asyncio.wait_for(self._integrate(match, request, admitted), self._integration_timeout)

    async def _integrate(self, match: Match, request: Request, context: Context) -> Response:
        event = payload.build_event(request, context)
        outcome = await self._runtime.invoke(match.route.function, event, trace=request.trace)
        if outcome.function_error:
            return gateway_response(500, "Internal Server Error")
        try:
            return payload.build_response(outcome.payload)
        except payload.MalformedResponseError as error:
            text = f"what it returned is not a response: {error}"
            self._runtime.log(LogLine(match.route.function, text, outcome.request_id, platform=True))
            return gateway_response(500, "Internal Server Error")

    def _send(self, response: Response, request_id: str, origin: str | None) -> web.Response:
        sent = web.Response(status=response.status, body=response.body or None)
        sent.headers.pop("Content-Type", None)
        preflight = response.status == 204 and any(name in cors.HEADERS for name, _ in response.headers)
        for name, value in response.headers:
            if preflight or not self._api.cors or name not in cors.HEADERS:
                sent.headers.add(name, value)
        if self._api.cors and not preflight:
            sent.headers.update(cors.answer_headers(self._api.cors, origin))
        sent.headers["Apigw-Requestid"] = request_id
        return sent

    def _note(self, method: str, path: str, response: Response, started: float) -> None:
        took = (time.perf_counter() - started) * 1000
        line = f"{self._api.id} {method} {json.dumps(path)[1:-1]} {response.status} {took:.1f} ms"
        self._runtime.log(LogLine("", line))


class Server:
    """A served API."""

    def __init__(self, runner: web.ServerRunner, port: int) -> None:
        self._runner = runner
        self.port = port

    async def close(self) -> None:
        """Stop listening; requests under way have a moment to end."""
        await self._runner.cleanup()


async def serve_api(
    api: HttpApi,
    stack: Stack,
    runtime: Functions,
    local_pages: LocalPages | None = None,
    *,
    front: Front | None = None,
) -> Server:
    """Serve `api` on 127.0.0.1 at its port (0: any free one, see `Server.port`).

    `local_pages` answers what starts with `/_local`. Raises PortInUseError, ApiDefinitionError.
    """
    front = front or Front(api, stack, runtime, local_pages=local_pages)
    server = Listener(
        front.handle,
        access_log=None,
        logger=_logger,
        auto_decompress=False,
        max_line_size=_MAX_HEADER,
        max_field_size=_MAX_HEADER,
    )
    runner = web.ServerRunner(server, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", api.port).start()
    except OSError as error:
        await runner.cleanup()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(f"port {api.port} is in use by another program") from error
        raise
    return Server(runner, runner.addresses[0][1])


async def _read_body(incoming: web.BaseRequest) -> bytes:
    if (incoming.content_length or 0) > MAX_BODY:
        raise _BodyTooLargeError
    if incoming.headers.get("Expect", "").lower() == "100-continue":
        await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        incoming.writer.output_size = 0  # or the writer believes that the answer has begun
    chunks, size = [], 0
    try:
        async for chunk in incoming.content.iter_any():
            size += len(chunk)
            if size > MAX_BODY:
                raise _BodyTooLargeError
            chunks.append(chunk)
    except (web.RequestPayloadError, BadHttpMessage, ConnectionError) as error:
        raise _MalformedRequestError from error
    return b"".join(chunks)


def _split_target(target: str) -> tuple[str, str]:
    """Path and query of a request target, which may be a whole URL."""
    if not target.startswith("/"):
        rest = target.partition("://")[2]
        target = "/" + rest.partition("/")[2]
    path, _, query = target.partition("?")
    return path.partition("#")[0], query


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
