"""Calls between services, against a server of the test's own."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from minishop import aws, internal
from minishop.breaker import Breaker
from minishop.deadline import OutOfTimeError, deadline_of
from minishop.errors import ConflictError, FieldError, UnavailableError
from minishop.internal import Internal, RefusedError, ServiceUnavailableError, relayed, segment
from tests.times import FixedClock

Logged = Callable[[], list[dict[str, Any]]]
PROBLEM = {"code": "cart_empty", "detail": "Put something in.", "status": 409}


class Neighbour:
    """Answers as it is told, request by request; the last answer goes on."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = [(200, b"{}")]
        self.headers: dict[str, str] = {}
        self.requests: list[dict[str, Any]] = []
        self.silent = threading.Event()
        self.released = threading.Event()

    def answer(self, *answers: tuple[int, Any]) -> None:
        self.answers = [
            (status, body if isinstance(body, bytes) else json.dumps(body).encode()) for status, body in answers
        ]


SILENT_SECONDS = 60.0


class Server(ThreadingHTTPServer):
    """HTTP on a free port."""

    daemon_threads = True

    def __init__(self, neighbour: Neighbour) -> None:
        self.neighbour = neighbour
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _take(self) -> None:
        neighbour = self.server.neighbour
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        neighbour.requests.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers.items()),
                "body": raw,
                "from": self.client_address,
            }
        )
        if neighbour.silent.is_set():
            neighbour.released.wait(SILENT_SECONDS)
            self.close_connection = True
            return
        status, body = neighbour.answers.pop(0) if len(neighbour.answers) > 1 else neighbour.answers[0]
        self.send_response(status)
        for name, value in neighbour.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _take  # noqa: N815  http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the terminal."""


@pytest.fixture
def neighbour(monkeypatch: pytest.MonkeyPatch) -> Iterator[Neighbour]:
    neighbour = Neighbour()
    server = Server(neighbour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("INTERNAL_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    aws.session.cache_clear()
    internal._pool.cache_clear()
    yield neighbour
    neighbour.released.set()
    internal._pool().clear()
    internal._pool.cache_clear()
    aws.session.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_is_a_json_object(neighbour: Neighbour) -> None:
    neighbour.answer((200, {"items": [1, "ä"]}))
    assert Internal("cart").call("GET", "/internal/carts/gst_1") == {"items": [1, "ä"]}
    (request,) = neighbour.requests
    assert (request["method"], request["path"], request["body"]) == ("GET", "/internal/carts/gst_1", b"")


def test_no_content_is_an_empty_object(neighbour: Neighbour) -> None:
    neighbour.answer((204, b""))
    assert Internal("cart").call("DELETE", "/internal/carts/gst_1/claim/ord_1") == {}


def test_a_call_is_signed_by_the_function_s_role_and_carries_the_correlation_id(neighbour: Neighbour) -> None:
    Internal("catalog").call("PUT", "/internal/reservations/ord_1", {"lines": [{"sku": "MUG", "quantity": 2}]})
    (request,) = neighbour.requests
    headers = request["headers"]
    assert json.loads(request["body"]) == {"lines": [{"sku": "MUG", "quantity": 2}]}
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-Id"] == "correlation-1"
    assert headers["X-Amz-Security-Token"] == "session-token"
    algorithm, credential, signed, signature = headers["Authorization"].split(" ")
    assert algorithm == "AWS4-HMAC-SHA256"
    assert credential.startswith("Credential=AKIDTEST/")
    assert credential.endswith("/eu-central-1/execute-api/aws4_request,")
    assert {"host", "x-amz-date", "x-request-id", "x-amz-security-token"} <= set(
        signed[len("SignedHeaders=") : -1].split(";")
    )
    assert len(signature.removeprefix("Signature=")) == 64


def test_a_body_that_was_altered_has_another_signature(neighbour: Neighbour) -> None:
    client = Internal("catalog")
    for body in ({"a": 1}, {"a": 2}, None):
        client.call("POST", "/internal/quotes", body)
    assert len({request["headers"]["Authorization"].split("Signature=")[1] for request in neighbour.requests}) == 3


def test_connections_are_kept(neighbour: Neighbour) -> None:
    for callee in ("cart", "catalog"):
        Internal(callee).call("GET", "/internal/x")
    assert len({request["from"] for request in neighbour.requests}) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_told_as_it_was_received_and_not_tried_again(neighbour: Neighbour, status: int) -> None:
    neighbour.answer((status, PROBLEM))
    with pytest.raises(RefusedError) as caught:
        Internal("cart").call("PUT", "/internal/carts/gst_1/claim", {"order_id": "ord_1"})
    assert (caught.value.status, caught.value.code, caught.value.problem) == (status, "cart_empty", PROBLEM)
    assert len(neighbour.requests) == 1


def test_a_refusal_of_the_gateway_has_no_code(neighbour: Neighbour) -> None:
    neighbour.answer((403, {"message": "Forbidden"}))
    with pytest.raises(RefusedError) as caught:
        Internal("cart").call("GET", "/internal/x")
    assert caught.value.code == ""


def test_refusals_do_not_open_the_circuit(neighbour: Neighbour) -> None:
    neighbour.answer((404, PROBLEM))
    client = Internal("cart")
    for _ in range(20):
        with pytest.raises(RefusedError):
            client.call("GET", "/internal/x")
    assert len(neighbour.requests) == 20


@pytest.mark.parametrize(
    "first",
    [
        (500, PROBLEM),
        (502, b"<html>"),
        (503, b""),
        (504, {}),
        (429, PROBLEM),
        (200, b"garbage"),
        (200, [1]),
        (200, b"\xff"),
        (404, b"<html>"),
    ],
)
def test_what_may_have_been_a_moment_s_weakness_is_tried_once_more(
    neighbour: Neighbour, first: tuple[int, Any], logged: Logged
) -> None:
    neighbour.answer(first, (200, {"well": True}))
    assert Internal("cart").call("GET", "/internal/x") == {"well": True}
    assert len(neighbour.requests) == 2
    (line,) = logged()
    assert (line["message"], line["callee"], line["attempt"]) == ("internal call failed", "cart", 1)


@pytest.mark.parametrize(
    "answer", [(500, PROBLEM), (429, PROBLEM), (200, b"garbage"), (200, b'"text"'), (302, b"{}"), (304, b"")]
)
def test_what_fails_twice_is_unavailable(neighbour: Neighbour, answer: tuple[int, Any]) -> None:
    neighbour.headers = {"Location": "/elsewhere"} if answer[0] == 302 else {}
    neighbour.answer(answer)
    with pytest.raises(ServiceUnavailableError) as caught:
        Internal("cart").call("GET", "/internal/x")
    assert (caught.value.status, caught.value.code) == (503, "service_unavailable")
    assert isinstance(caught.value, UnavailableError)
    assert [request["path"] for request in neighbour.requests] == ["/internal/x"] * 2


def test_silence_is_waited_for_twice_and_no_longer(neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal, "READ_SECONDS", 0.1)
    internal._pool.cache_clear()
    neighbour.silent.set()
    with pytest.raises(ServiceUnavailableError, match="ReadTimeoutError"):
        Internal("cart").call("GET", "/internal/x")
    heard = time.monotonic() + SILENT_SECONDS  # of the last try, which may have been given up before it was read
    while len(neighbour.requests) < 2 and time.monotonic() < heard:
        time.sleep(0.01)
    assert len(neighbour.requests) == 2


class Context:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.mark.parametrize(("left", "connect", "read"), [(29.0, 1.0, 4.0), (6.5, 1.0, 2.5), (4.6, 0.6, 0.6)])
def test_every_call_has_a_time_limit_and_no_more_than_the_request_has_left(
    neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch, left: float, connect: float, read: float
) -> None:
    given: list[urllib3.Timeout] = []
    pool = internal._pool()
    request = pool.request

    def spy(*arguments: Any, timeout: urllib3.Timeout, **options: Any) -> Any:
        given.append(timeout)
        return request(*arguments, timeout=timeout, **options)

    monkeypatch.setattr(pool, "request", spy)
    with deadline_of(Context(left)):
        Internal("cart").call("GET", "/internal/x")
    (timeout,) = given
    assert timeout.connect_timeout == pytest.approx(connect, abs=0.2)
    assert timeout.read_timeout == pytest.approx(read, abs=0.2)
    assert pool.connection_pool_kw["retries"].total is False


def test_a_request_without_time_makes_no_call_and_blames_no_neighbour(neighbour: Neighbour) -> None:
    client = Internal("cart")
    for _ in range(20):
        with deadline_of(Context(4)), pytest.raises(OutOfTimeError):
            client.call("GET", "/internal/x")
    assert neighbour.requests == []
    client.call("GET", "/internal/x")


def test_a_connection_that_is_refused_is_unavailable(neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("INTERNAL_URL", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ServiceUnavailableError, match="NewConnectionError"):
            Internal("cart").call("GET", "/internal/x")


def test_a_neighbour_that_keeps_failing_is_left_alone_for_a_while(neighbour: Neighbour) -> None:
    clock = FixedClock()
    client, other = Internal("cart"), Internal("catalog")
    client._breaker = Breaker(threshold=5, pause=timedelta(seconds=10), clock=clock)
    neighbour.answer((500, {}))
    for _ in range(8):
        with pytest.raises(ServiceUnavailableError):
            client.call("GET", "/internal/x")
    assert len(neighbour.requests) == 5 * 2
    neighbour.answer((200, {}))
    assert other.call("GET", "/internal/x") == {}
    clock.pass_time(seconds=10)
    assert client.call("GET", "/internal/x") == {}


def test_without_credentials_nothing_is_sent(neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws.session(), "get_credentials", lambda: None)
    with pytest.raises(ServiceUnavailableError, match="no credentials"):
        Internal("cart").call("GET", "/internal/x")
    assert neighbour.requests == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("ord_1", "ord_1"), ("a/b", "a%2Fb"), ("..", ".."), ("a?b#c", "a%3Fb%23c"), ("ä ", "%C3%A4%20")],
)
def test_a_segment_stays_one(text: str, quoted: str) -> None:
    assert segment(text) == quoted


def test_another_service_s_refusal_can_be_passed_on() -> None:
    class ShortageError(ConflictError):
        code = "insufficient_stock"

    problem = PROBLEM | {"shortages": [{"sku": "MUG"}], "type": "t", "errors": [{"pointer": "/a", "detail": "no"}]}
    passed = relayed(RefusedError(409, problem), ShortageError)
    assert isinstance(passed, ShortageError)
    assert passed.detail == "Put something in."
    assert passed.extra == {"shortages": [{"sku": "MUG"}]}
    assert passed.errors == (FieldError("/a", "no"),)


@pytest.mark.parametrize("problem", [{}, {"errors": None}, {"detail": None, "errors": []}])
def test_a_refusal_that_says_little_is_passed_on_too(problem: dict[str, Any]) -> None:
    assert relayed(RefusedError(409, problem), ConflictError).errors == ()
