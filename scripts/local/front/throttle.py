"""The token bucket that a stage's throttling is."""

import time
from collections.abc import Callable

from scripts.local.template.model import Throttle


class TokenBucket:
    """Lets `burst` requests through at once and `rate` a second after that."""

    def __init__(self, throttle: Throttle, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = throttle.rate
        self._burst = throttle.burst
        self._clock = clock
        self._tokens = float(throttle.burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Whether one more request may pass now."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
