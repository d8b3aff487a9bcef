"""The event plumbing of a stack: queue and stream pollers, schedules and time to live, started together."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from scripts.local.aws.moto_client import Wakes
from scripts.local.events.batches import Wiring
from scripts.local.events.destinations import OnFailure
from scripts.local.events.queues import QueuePoller
from scripts.local.events.schedules import Scheduler
from scripts.local.events.streams import StreamPoller
from scripts.local.events.ttl import TimeToLive
from scripts.local.template.model import LogLine, Stack


class Plumbing:
    """Everything that moves events, from `start` to `close`. Raises ExpressionError on a bad schedule."""

    def __init__(self, stack: Stack, wiring: Wiring) -> None:
        self._log = wiring.log
        self._wakes = Wakes(wiring.moto)
        self._tasks: list[asyncio.Task[None]] = []
        self.scheduler = Scheduler(stack.schedules, wiring)
        self.time_to_live = TimeToLive(stack.time_to_live, wiring)
        self._queues = [
            QueuePoller(source, wiring, self._wakes.event(source.queue_arn)) for source in stack.queue_sources
        ]
        on_failure = OnFailure(wiring.moto, stack.functions)
        self._streams = [
            StreamPoller(
                source,
                wiring,
                self._wakes.event(source.stream_arn.partition("/stream/")[0]),
                on_failure=on_failure,
                mark=self.time_to_live.mark,
            )
            for source in stack.stream_sources
        ]

    def start(self) -> None:
        """Start polling and the clock, in the running event loop."""
        loops = [self._wakes.run(), self.scheduler.run(), self.time_to_live.run()]
        loops += [queue.run() for queue in self._queues]
        loops += [stream.run() for stream in self._streams]
        self._tasks = [asyncio.create_task(self._guard(loop)) for loop in loops]

    async def close(self) -> None:
        """Stop. Messages that are being handled appear again after their visibility timeout."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _guard(self, loop: Coroutine[Any, Any, None]) -> None:
        try:
            await loop
        except Exception as error:  # noqa: BLE001  said out loud: a shop whose events stand still is a riddle
            self._log(LogLine("", f"the event plumbing lost a part: {error!r}", platform=True))
