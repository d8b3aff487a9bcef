"""AWS that is slow: a clock that its calls move on, and the function's context that reads it."""

from types import SimpleNamespace

import pytest

TIMEOUT = 10.0  # seconds, of the function


class Slow:
    """A clock that calls to AWS move on, and a function's context that reads it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0  # that a call takes
        self.now = 0.0
        self._begun = 0.0
        monkeypatch.setattr("minishop.deadline.time", SimpleNamespace(monotonic=lambda: self.now))

    def wait(self, **_request: object) -> None:
        self.now += self.seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((TIMEOUT - self.taken) * 1000)

    @property
    def taken(self) -> float:
        """Since the request began."""
        return self.now - self._begun

    def begin(self, seconds: float) -> None:
        """Another request; each call takes so long from now on."""
        self.seconds, self._begun = seconds, self.now
