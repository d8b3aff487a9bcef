"""The Lambda Runtime API's host: what a function environment asks for its next invocation and tells the answer.

Each environment has a port of its own, so that AWS's official client can be used as it is.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import contextlib
import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

MAX_PAYLOAD = 6 * 1024 * 1024 + 100  # bytes, of a request and of a response: Lambda's limit for synchronous calls
_PREFIX = "/2018-06-01/runtime"
_MAX_HEADERS = 2 * 1024 * 1024  # the official client describes an exception in a header of up to 1 MiB


class EnvironmentLostError(Exception):
    """The environment will answer no more; `document` is the function error to give the caller."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(str(document.get("errorMessage")))
        self.document = document


@dataclass
class Invocation:
    """One event on its way through an environment."""

    request_id: str
    event: bytes
    function_arn: str
    trace: str
    timeout: float  # seconds
    answer: asyncio.Future[tuple[bool, Any]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    delivered: bool = False  # True once an environment took it: it may have had effects

    def again(self) -> "Invocation":
        """The same event, for another environment."""
        return Invocation(self.request_id, self.event, self.function_arn, self.trace, self.timeout)

    def settle(self, payload: Any, *, error: bool) -> None:
        """Set the outcome, unless there is one."""
        if not self.answer.done():
            self.answer.set_result((error, payload))


class Session:
    """The Runtime API as one environment sees it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.ready.add_done_callback(lambda future: future.cancelled() or future.exception())
        self.init_error: dict[str, Any] | None = None
        self._offered: asyncio.Queue[Invocation | None] = asyncio.Queue()  # None: no more
        self._current: Invocation | None = None

    def offer(self, invocation: Invocation) -> None:
        """Give the environment its next invocation."""
        self._offered.put_nowait(invocation)

    def lose(self, document: dict[str, Any]) -> None:
        """End the session: the environment's process is no more."""
        if not self.ready.done():
            self.ready.set_exception(EnvironmentLostError(self.init_error or document))
        self._offered.put_nowait(None)

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request of the environment."""
        path = request.path.removeprefix(_PREFIX)
        if request.method == "GET" and path == "/invocation/next":
            return await self._next(request)
        if request.method != "POST":
            return _error(404, "NotFound", request.path)
        if path == "/init/error":
            self.init_error = _document(await request.read())
            return _accepted()
        match path.split("/"):
            case ["", "invocation", request_id, "response" | "error" as kind]:
                return await self._settle(request, request_id, error=kind == "error")
        return _error(404, "NotFound", request.path)

    async def _next(self, request: web.BaseRequest) -> web.Response:
        if not self.ready.done():
            self.ready.set_result(None)
        invocation = self._current = await self._offered.get()
        if invocation is None:
            return _error(410, "Gone", "the environment was ended")
        await asyncio.sleep(0)  # the loop now knows of a connection that ended before the event was offered
        if request.transport is None or request.transport.is_closing():
            return _error(410, "Gone", "the environment went away while it waited")
        invocation.delivered = True
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace,
        }
        return web.Response(body=invocation.event, content_type="application/json", headers=headers)

    async def _settle(self, request: web.BaseRequest, request_id: str, *, error: bool) -> web.Response:
        invocation = self._current
        if invocation is None or invocation.request_id != request_id:
            return _error(400, "InvalidRequestID", "this invocation is not under way")
        try:
            body = await _read(request)
        except ValueError:
            message = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
            kind = "Function.ResponseSizeTooLarge"
            invocation.settle({"errorType": kind, "errorMessage": message}, error=True)
            return _error(413, "RequestEntityTooLarge", message)
        self._current = None
        invocation.settle(_document(body) if error else _payload(body), error=error)
        return _accepted()


class RuntimeApi:
    """One HTTP server with a port for each session."""

    def __init__(self) -> None:
        self._sessions: dict[int, Session] = {}
        self._listeners: dict[int, asyncio.Server] = {}
        self._server = web.Server(
            self._handle,
            access_log=None,
            max_line_size=_MAX_HEADERS,
            max_field_size=_MAX_HEADERS,
            auto_decompress=False,
        )

    async def open(self, session: Session) -> int:
        """Listen for one environment; answers the port."""
        listener = socket.create_server(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        self._listeners[port] = await asyncio.get_running_loop().create_server(self._server, sock=listener)
        self._sessions[port] = session
        return port

    def release(self, port: int) -> None:
        """Listen no more for an environment that ended."""
        self._sessions.pop(port, None)
        if listener := self._listeners.pop(port, None):
            listener.close()

    async def close(self) -> None:
        """End all connections."""
        for port in list(self._listeners):
            self.release(port)
        await self._server.shutdown(0.1)

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        transport = request.transport
        port = transport.get_extra_info("sockname")[1] if transport else None
        session = self._sessions.get(port) if port is not None else None
        if session is None:
            return _error(410, "Gone", "the environment was ended")
        with contextlib.suppress(ConnectionError):
            return await session.handle(request)
        return _error(400, "BadRequest", "the request was cut off")


async def _read(request: web.BaseRequest) -> bytes:
    """The body; ValueError when it is too large."""
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size <= MAX_PAYLOAD:
            chunks.append(chunk)
    if size > MAX_PAYLOAD:
        raise ValueError(size)
    return b"".join(chunks)


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _document(body: bytes) -> dict[str, Any]:
    payload = _payload(body)
    return payload if isinstance(payload, dict) else {"errorMessage": str(payload), "errorType": "Runtime.Unknown"}


def _accepted() -> web.Response:
    return web.json_response({"status": "OK"}, status=202)


def _error(status: int, kind: str, message: str) -> web.Response:
    return web.json_response({"errorType": kind, "errorMessage": message}, status=status)
