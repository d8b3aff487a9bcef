"""The supervisor's own calls to moto: a small asyncio client for AWS's JSON protocols.

botocore costs a thread and about a millisecond of CPU for each call; the pollers make many.
"""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

_TARGETS: Mapping[str, tuple[str, str]] = {
    # service: (prefix of X-Amz-Target, name in the credential scope)
    "sqs": ("AmazonSQS", "sqs"),
    "dynamodb": ("DynamoDB_20120810", "dynamodb"),
    "streams": ("DynamoDBStreams_20120810", "dynamodb"),
}
_LONG_POLL = 40.0  # seconds; longer than any wait that is asked for


class MotoError(Exception):
    """A call that moto refused or did not answer. `code` is AWS's error code, "" when there was no answer."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class MotoClient:
    """A connection pool to one moto server."""

    def __init__(self, endpoint: str, region: str, *, timeout: float = 20.0) -> None:
        self._region = region
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._http = httpx.AsyncClient(base_url=endpoint, timeout=timeout, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call `sqs`, `dynamodb` or `streams`. Raises MotoError."""
        prefix, scope = _TARGETS[service]
        headers = {
            "X-Amz-Target": f"{prefix}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": self._authorization(scope),
        }
        answer = await self._send("POST", "/", json.dumps(request).encode(), headers)
        return dict(json.loads(answer.content or b"{}"))

    async def put_object(self, bucket: str, key: str, body: bytes, content_type: str, *, public: bool = False) -> None:
        """Store an object in S3; `public`: for anyone to read. Raises MotoError."""
        headers = {"Content-Type": content_type, "Authorization": self._authorization("s3")}
        if public:
            headers["x-amz-acl"] = "public-read"
        await self._send("PUT", f"/{bucket}/{key}", body, headers)

    async def get_local(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Ask moto's process itself: see `recorder.py`. Raises MotoError."""
        try:
            answer = await self._http.get(f"/_local/{path}", params=params, timeout=_LONG_POLL)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise MotoError(f"moto does not answer /_local/{path}: {error!r}") from error

    async def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise MotoError(f"moto does not answer: {error!r}") from error
        if answer.is_success:
            return answer
        raise MotoError(f"{headers.get('X-Amz-Target', method)}: {answer.text[:500]}", _error_code(answer))

    def _authorization(self, scope: str) -> str:
        # moto reads service and region from the scope, and checks no signature.
        return (
            f"AWS4-HMAC-SHA256 Credential=local/20260101/{self._region}/{scope}/aws4_request, "
            "SignedHeaders=host, Signature=0"
        )


def _error_code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("__type", "")).rpartition("#")[2]
    except (ValueError, AttributeError):
        return ""


class Wakes:
    """Wakes whoever waits for a topic, as moto tells of activity (`activity.py`)."""

    def __init__(self, moto: MotoClient) -> None:
        self._moto = moto
        self._events: list[tuple[str, asyncio.Event]] = []

    def event(self, topic: str) -> asyncio.Event:
        """A new event that is set when something happens to the topic: the ARN of a queue or of a table."""
        event = asyncio.Event()
        self._events.append((topic, event))
        return event

    async def run(self) -> None:
        """Follow moto's activity until cancelled. While moto does not answer, everybody is woken twice a second."""
        position = -1
        while True:
            try:
                answer = await self._moto.get_local("activity", {"after": str(position), "wait": "25"})
                position, topics = answer["position"], answer["topics"]
            except MotoError:
                await asyncio.sleep(0.5)
                topics = ["*"]
            for topic, event in self._events:
                if topic in topics or "*" in topics:
                    event.set()


async def wait_for_wake(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, or for so many seconds; clear it."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
