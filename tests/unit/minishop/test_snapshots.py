"""What is made ready before a snapshot is taken, and what is renewed when a function is restored from it."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import BaseModel
from snapshot_restore_py import get_after_restore, get_before_snapshot

from minishop import aws, dynamodb, internal, secrets
from minishop.http import Api, Reply
from minishop.schemas import AnswerModel, RequestModel


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], bytes]) -> Iterator[tuple[str, list[Any]]]:
    """An HTTP server that keeps connections: its address, and a list of those that were made."""
    connections: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            connections.append(self.client_address)
            super().setup()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = answer(self)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815  the server's name for it

        def log_message(self, *_: object) -> None:
            """Nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    serving = threading.Thread(target=listening.serve_forever, args=(0.01,))
    serving.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", connections
    finally:
        listening.shutdown()
        serving.join()
        listening.server_close()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A process that has no client and no session yet."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for kept in (aws.session, aws.client):
        kept.cache_clear()
    yield monkeypatch
    for kept in (aws.session, aws.client):
        kept.cache_clear()


def hooks(registered: list[Any]) -> list[Any]:
    return [function for function, _, _ in registered]


def test_what_is_kept_in_memory_is_renewed_after_a_restore() -> None:
    assert {aws.reconnect, secrets.forget, internal._pool.cache_clear} <= {*hooks(get_after_restore())}


def test_the_client_of_dynamodb_is_made_before_the_snapshot() -> None:
    assert dynamodb.connection in hooks(get_before_snapshot())


def test_a_restored_function_s_clients_connect_anew(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_ACCESS_KEY_ID", "key")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with server(lambda _: b'{"QueueUrls": []}') as (url, connections):
        bare.setenv("AWS_ENDPOINT_URL", url)
        client = aws.client("sqs")
        for _ in range(2):
            client.list_queues()
        assert len(connections) == 1
        aws.reconnect()
        client.list_queues()
        assert len(connections) == 2


def test_functions_that_were_restored_from_one_snapshot_wait_for_different_times() -> None:
    snapshot = random.getstate()
    waits = []
    for _ in range(2):
        random.setstate(snapshot)
        aws.reconnect()
        waits.append([dynamodb.jittered(number, 0.1, 5) for number in range(4)])
    assert waits[0] != waits[1]


def test_a_restored_function_signs_with_credentials_of_its_own(bare: pytest.MonkeyPatch) -> None:
    signed: list[str] = []

    def credentials(request: BaseHTTPRequestHandler) -> bytes:
        ends = datetime.now(UTC) + timedelta(minutes=5)  # botocore asks again ten minutes before
        told = {"AccessKeyId": request.headers["Authorization"], "SecretAccessKey": "secret", "Token": "token"}
        return json.dumps({**told, "Expiration": ends.isoformat()}).encode()

    def queues(request: BaseHTTPRequestHandler) -> bytes:
        signed.append(request.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
        return b'{"QueueUrls": []}'

    with server(credentials) as (keys, _), server(queues) as (url, _):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            bare.delenv(name, raising=False)
        bare.setenv("AWS_ENDPOINT_URL", url)
        bare.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{keys}/credentials")  # how Lambda gives them here
        bare.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-snapshot")
        client = aws.client("sqs")
        bare.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-restored")
        aws.reconnect()
        client.list_queues()
    assert signed == ["of-the-restored"]


class Asked(RequestModel):
    """A body."""

    name: str


class Told(AnswerModel):
    """An answer."""

    name: str


class Shown(AnswerModel):
    """Another."""

    name: str


def test_a_door_builds_its_validators_before_the_snapshot() -> None:
    api = Api("demo")

    @api.post("/v1/demo")
    def post(body: Asked | None) -> Reply[Told]:
        raise NotImplementedError

    @api.get("/v1/demo/{id}")
    def get(id: str) -> Shown:
        raise NotImplementedError

    models: list[type[BaseModel]] = [Asked, Told, Shown]
    assert not any(model.__pydantic_complete__ for model in models)
    assert api.prepare in hooks(get_before_snapshot())
    api.prepare()
    assert all(model.__pydantic_complete__ for model in models)
