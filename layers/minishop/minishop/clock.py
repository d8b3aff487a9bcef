"""Time, from one place.

Production code asks `clock.system` (or a `Clock` handed to it) and never the operating system, so that
a test or the simulator can stand where the time comes from.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...


def _real() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The process's clock; `source` is what a simulation replaces."""

    def __init__(self, source: Callable[[], datetime] = _real) -> None:
        self.source = source

    def now(self) -> datetime:
        """The present moment, in UTC, to the millisecond (what events and answers carry)."""
        moment = self.source()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


system = SystemClock()


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T12:00:00.000Z`: fixed width, so that text sorts as time does. Raises ValueError without an offset."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """The moment that `rfc3339` wrote. Raises ValueError on anything that is not a time with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without an offset: {text!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"outside the years 1 to 9999: {text!r}") from error
