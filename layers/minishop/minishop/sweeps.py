"""Sweeps: a schedule goes over what is due, one thing after the other, while its function has time.

A thing that fails keeps none behind it waiting. It is logged as part of what it belongs to, and counted; when all have
had their turn, the run fails, so that it shows among the function's errors.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from minishop.clock import Clock
from minishop.correlation import Correlation
from minishop.errors import MinishopError
from minishop.observability import correlated, logger

T = TypeVar("T")


class SweepError(MinishopError):
    """Some things failed; the others had their turn.

    Attributes:
        done: What came of the others.
        failed: How many failed.
    """

    def __init__(self, done: int, failed: int) -> None:
        super().__init__(f"{failed} failed")
        self.done = done
        self.failed = failed


def sweep(
    items: Iterable[T],
    do: Callable[[T], int],
    *,
    scope: Callable[[T], Correlation],
    clock: Clock,
    lasting: timedelta,
) -> int:
    """Does it for each, as part of `scope(item)`, until there are no more or the time is over; the sum.

    Raises SweepError in the end, from what the first one raised.
    """
    until = clock.now() + lasting
    done, failures = 0, list[Exception]()
    for item in items:
        if clock.now() >= until:
            logger().warning("the rest is left to the next run")
            break
        with correlated(scope(item)):
            try:
                done += do(item)
            except Exception as failure:  # noqa: BLE001  whatever it was, the others have their turn
                logger().exception("left to a later run")
                failures.append(failure)
    if failures:
        raise SweepError(done, len(failures)) from failures[0]
    return done
