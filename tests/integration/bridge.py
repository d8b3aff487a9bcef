"""Handlers behind a real HTTP port, as an HTTP API would put them there, for clients that speak HTTP."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from minishop.http import Api

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(key)) + r"\Z")


def _event(key: str, path: Mapping[str, str], request: BaseHTTPRequestHandler, body: bytes) -> dict[str, Any]:
    parts = urlsplit(request.path)
    return {
        "version": "2.0",
        "routeKey": key,
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "queryStringParameters": dict(parse_qsl(parts.query)),
        "pathParameters": dict(path),
        "requestContext": {"requestId": "bridged", "http": {"method": request.command, "sourceIp": "192.0.2.1"}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


class Bridge:
    """The port: `calls` is what was asked for; `down` breaks every connection, `lose_answer_of` one that asks so."""

    def __init__(self, apis: tuple[Api, ...]) -> None:
        self.calls: list[str] = []
        self.down = False
        self.lose_answer_of = ""
        self.routes = [(_pattern(key), key, api) for api in apis for key in api.routes]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        asked = f"{request.command} {urlsplit(request.path).path}"
        self.calls.append(asked)
        if self.down:
            request.close_connection = True
            return
        for pattern, key, api in self.routes:
            if match := pattern.match(asked):
                answer = api.handler(_event(key, match.groupdict(), request, body), None)
                if asked == self.lose_answer_of:
                    self.lose_answer_of = ""
                    request.close_connection = True
                    return
                self._send(request, answer)
                return
        self._send(request, {"statusCode": 404, "headers": {}})

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, answer: Mapping[str, Any]) -> None:
        raw = answer.get("body", "").encode()
        request.send_response(answer["statusCode"])
        for name, value in answer["headers"].items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)


@contextmanager
def serve(*apis: Api) -> Iterator[tuple[str, Bridge]]:
    """Runs the doors' routes on a free port: (URL, bridge)."""
    bridge = Bridge(apis)

    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            bridge.answer(self)

        def do_POST(self) -> None:
            bridge.answer(self)

        def do_DELETE(self) -> None:
            bridge.answer(self)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bridge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
