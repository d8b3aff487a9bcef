"""A circuit breaker, in memory: after enough failures in a row calls fail at once for a while.

Each function environment has its own: it costs no call, and a sick neighbour is noticed within a few
requests everywhere. Powertools' breaker reads the operating system's clock; this one takes the
injected clock, so that simulated hours pass for it too.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from minishop.clock import Clock, system
from minishop.errors import MinishopError

T = TypeVar("T")


class CircuitOpenError(MinishopError):
    """The call was not made: the other side has failed too often just now."""


class Breaker:
    """Opens after `threshold` failures in a row; lets one trial call through each `pause`."""

    def __init__(self, *, threshold: int = 5, pause: timedelta = timedelta(seconds=10), clock: Clock = system) -> None:
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._open_until: datetime | None = None

    def run(self, call: Callable[[], T], *, counts: type[Exception]) -> T:
        """Makes the call; an exception of type `counts` is a failure. Raises CircuitOpenError instead when open."""
        now = self._clock.now()
        if self._open_until is not None:
            if now < self._open_until:
                raise CircuitOpenError("too many failures in a row")
            self._open_until = now + self._pause  # until this trial has an answer, nobody else tries
        try:
            result = call()
        except counts:
            self._failures += 1
            if self._failures >= self._threshold:
                self._open_until = self._clock.now() + self._pause
            raise
        self._failures, self._open_until = 0, None
        return result
