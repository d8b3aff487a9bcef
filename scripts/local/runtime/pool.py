"""The environments of one function: as many as are busy at once, kept warm while their code is the current one."""

import asyncio
from collections.abc import Awaitable, Callable

from scripts.local.runtime.environment import Environment
from scripts.local.runtime.runtime_api import Invocation
from scripts.local.runtime.zygote import LaunchError
from scripts.local.template.model import Outcome


class Pool:
    """Gives every invocation an environment of its own while it lasts."""

    def __init__(
        self,
        *,
        start: Callable[[], Awaitable[Environment]],
        fingerprint: Callable[[], int],
        concurrency: int,
        init_timeout: float,
    ) -> None:
        """`start` makes an environment (LaunchError, OSError); `fingerprint` says which code is the current one."""
        self._start = start
        self._fingerprint = fingerprint
        self._init_timeout = init_timeout
        self._slots = asyncio.Semaphore(concurrency)
        self._idle: list[Environment] = []  # the last used at the end: what is not needed grows old
        self._busy: set[Environment] = set()

    @property
    def size(self) -> int:
        """How many environments there are."""
        return len(self._busy) + len(self._idle)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Serve one invocation, when it is its turn."""
        async with self._slots:
            while warm := self._take_idle():
                outcome = await self._serve(warm, invocation)
                if invocation.delivered or not outcome.function_error:
                    return outcome
                # It died before it took the event: nothing happened yet, another environment can take it.
                invocation = invocation.again()
            try:
                fresh = await self._start()
            except (LaunchError, OSError) as error:
                document = {"errorType": "Runtime.LaunchError", "errorMessage": str(error)}
                return Outcome(invocation.request_id, document, function_error=True)
            return await self._serve(fresh, invocation)

    def reap(self, before: float) -> None:
        """End the environments that were last used `before` (event loop's time)."""
        for environment in [idle for idle in self._idle if idle.last_used < before or not idle.alive]:
            self._idle.remove(environment)
            environment.retire()

    def close(self) -> None:
        """End all of them."""
        for environment in (*self._idle, *self._busy):
            environment.retire("the local cloud was stopped")

    async def _serve(self, environment: Environment, invocation: Invocation) -> Outcome:
        self._busy.add(environment)
        try:
            outcome = await environment.invoke(invocation, self._init_timeout)
        except BaseException:
            environment.retire()
            raise
        finally:
            self._busy.discard(environment)
        if environment.alive:
            self._idle.append(environment)
        return outcome

    def _take_idle(self) -> Environment | None:
        """A warm environment that runs the code as it is now; the others are ended."""
        fingerprint = self._fingerprint()
        while self._idle:
            environment = self._idle.pop()
            if environment.alive and environment.fingerprint == fingerprint:
                return environment
            environment.retire()
        return None
