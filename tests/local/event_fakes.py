"""Fakes for the movers of events: a moto that is a list, a clock that stands, a function that does as it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from scripts.local.aws.moto_client import MotoClient
from scripts.local.events.batches import Wiring
from scripts.local.template.model import LogLine, Outcome

Answer = Callable[[str, Mapping[str, Any]], Any]


class FakeMoto(MotoClient):
    """Answers calls from a table of `service.operation`, and remembers them."""

    def __init__(self, answers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] | None = None) -> None:
        self.answers = dict(answers or {})
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.objects: list[tuple[str, str, bytes]] = []
        self.local: dict[str, Any] = {}

    async def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, request))
        answer = self.answers.get(f"{service}.{operation}")
        return answer(request) if answer else {}

    async def put_object(self, bucket: str, key: str, body: bytes, content_type: str, *, public: bool = False) -> None:
        self.objects.append((bucket, key, body))

    async def get_local(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self.local[path]

    def requests(self, operation: str) -> list[Mapping[str, Any]]:
        return [request for name, request in self.calls if name == operation]


class FakeFunction:
    """Invocations, answered in turn; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.payloads: list[Mapping[str, Any]] = []

    async def __call__(self, function: str, payload: Mapping[str, Any]) -> Outcome:
        self.payloads.append(payload)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(payload)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Outcome) else Outcome("request-1", answer)


FAILED = Outcome("request-1", {"errorMessage": "boom", "errorType": "ValueError"}, function_error=True)


class FakeTime:
    """A clock that only moves when somebody sleeps."""

    def __init__(self, now: float = 1_795_348_800.0) -> None:
        self.now = now
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def wire(
    moto: MotoClient,
    function: Callable[[str, Mapping[str, Any]], Awaitable[Outcome]],
    time: FakeTime | None = None,
    log: list[LogLine] | None = None,
) -> Wiring:
    """A wiring of fakes."""
    time = time or FakeTime()
    write = (log if log is not None else []).append
    return Wiring(moto, function, write, "eu-west-1", "123456789012", time.clock, time.sleep)


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something to become true, with a deadline."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - any condition, not one event
            await asyncio.sleep(0.005)


def identifiers(*names: str) -> dict[str, Any]:
    """A partial batch response."""
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def pages_of(pages: Sequence[list[Any]], key: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Answers one page after the other, then nothing."""
    left = list(pages)
    return lambda _: {key: left.pop(0) if left else []}
