"""Runs the stack's functions as Lambda does.

Each function has a pool of environments that grows with concurrency: one process each, one
invocation at a time, kept warm, retired when the code on disk is no longer the code it loaded,
when it ran out of time, when it died, or when it was idle for long.
"""

import asyncio
import contextlib
import json
import resource
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from scripts.local.runtime.environment import Environment
from scripts.local.runtime.fingerprints import Fingerprints
from scripts.local.runtime.pool import Pool
from scripts.local.runtime.runtime_api import MAX_PAYLOAD, Invocation, RuntimeApi
from scripts.local.runtime.zygote import Launcher, LaunchError, Zygote
from scripts.local.template.model import Function, LogLine, Outcome, Stack

_DESCRIPTORS = 4096


class RuntimeClosedError(Exception):
    """The runtime was closed; it takes no more invocations."""


class UnknownFunctionError(KeyError):
    """The stack has no function of this logical id."""


class PayloadTooLargeError(ValueError):
    """The event is larger than Lambda takes (6 MiB)."""


class Functions(Protocol):
    """What the front asks of a runtime."""

    def log(self, line: LogLine, /) -> None:
        """Say something in the log."""

    async def invoke(self, function_id: str, payload: Any, *, trace: str = "") -> Outcome:
        """Run a function and wait for its end."""

    def fingerprint(self, function_id: str) -> int:
        """A number that changes when the function's code does."""


class Runtime:
    """All functions of a stack."""

    def __init__(
        self,
        stack: Stack,
        *,
        log: Callable[[LogLine], None],
        concurrency: int = 8,
        idle_seconds: float = 300.0,
        init_timeout: float = 30.0,
        launcher: Launcher | None = None,
        new_request_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """`concurrency` caps the environments of one function; further invocations wait their turn.

        An environment that was idle for `idle_seconds` is ended. Importing a handler may take
        `init_timeout` seconds (Lambda's own limit is 10; a laptop under load is slower).
        """
        self.stack = stack
        self.log = log
        self._concurrency = concurrency
        self._idle_seconds = idle_seconds
        self._init_timeout = init_timeout
        self._new_request_id = new_request_id
        self._fingerprints = Fingerprints()
        self._pools: dict[str, Pool] = {}
        self._launcher: Launcher = launcher or Zygote()
        self._api = RuntimeApi()
        self._running: set[asyncio.Task[Outcome]] = set()
        self._reaper: asyncio.Task[None] | None = None
        self._closed = False
        _allow_descriptors()

    async def start(self) -> None:
        """Preload the libraries now rather than at the first invocation. Raises LaunchError."""
        await self._launcher.start()

    async def invoke(self, function_id: str, payload: Any, *, trace: str = "") -> Outcome:
        """Run a function with `payload` (JSON) and wait for its end.

        The invocation goes on when the caller stops waiting, as it does in the cloud.
        Raises UnknownFunctionError, PayloadTooLargeError, RuntimeClosedError; whatever happens
        inside the function is a function error in the outcome.
        """
        if self._closed:
            raise RuntimeClosedError
        function = self._function(function_id)
        event = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        if len(event) > MAX_PAYLOAD:
            raise PayloadTooLargeError(f"{len(event)} bytes; at most {MAX_PAYLOAD}")
        if self._reaper is None:
            self._reaper = asyncio.create_task(self._reap_for_ever())
        request_id = self._new_request_id()
        invocation = Invocation(request_id, event, function.arn, trace or new_trace(), function.timeout)
        task = asyncio.create_task(self._pool(function).invoke(invocation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    def fingerprint(self, function_id: str) -> int:
        """A number that changes when the function's code, or that of its layers, does."""
        function = self._function(function_id)
        return self._fingerprints.of((function.code, *function.layers))

    def environments(self, function_id: str) -> int:
        """How many environments of a function there are at this moment."""
        pool = self._pools.get(function_id)
        return pool.size if pool else 0

    def reap(self) -> None:
        """End the environments that have been idle for long enough."""
        before = asyncio.get_running_loop().time() - self._idle_seconds
        for pool in self._pools.values():
            pool.reap(before)

    async def close(self) -> None:
        """End all environments; invocations under way end as function errors."""
        self._closed = True
        if self._reaper is not None:
            self._reaper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper
        for pool in self._pools.values():
            pool.close()
        await self._launcher.close()
        if self._running:
            await asyncio.wait(self._running, timeout=1.0)
        await self._api.close()

    async def _start(self, function: Function) -> Environment:
        environment = Environment(function, self.fingerprint(function.id), self._api, self.log)
        if self._closed:
            raise LaunchError("the local cloud is closing")
        await environment.start(self._launcher, self.stack)
        return environment

    def _function(self, function_id: str) -> Function:
        try:
            return self.stack.functions[function_id]
        except KeyError:
            raise UnknownFunctionError(function_id) from None

    def _pool(self, function: Function) -> Pool:
        if function.id not in self._pools:
            self._pools[function.id] = Pool(
                start=lambda: self._start(function),
                fingerprint=lambda: self.fingerprint(function.id),
                concurrency=self._concurrency,
                init_timeout=self._init_timeout,
            )
        return self._pools[function.id]

    async def _reap_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._idle_seconds / 4)
            self.reap()


def _allow_descriptors() -> None:
    """An environment takes three file descriptors here; macOS gives a shell's programs 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _DESCRIPTORS:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))


def new_trace() -> str:
    """An X-Ray trace header, unsampled."""
    return f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
