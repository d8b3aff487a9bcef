"""How long the work at hand may still take: one budget, from which every call takes its time.

Each call has a time limit of its own; several slow ones in a row could together outlast the function, which would be
killed: the caller would get the gateway's bare 500 instead of an answer that says what to do. Neighbours are asked
only until the reserve begins; a function's own calls to AWS begin until shortly before the end.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from minishop.errors import UnavailableError

RESERVE_SECONDS = 4.0  # for a function's own reads and writes, and its answer
LEAST_SECONDS = 0.1  # a call that gets less is not made
LAST_SECONDS = 1.0  # before the function is killed: no call to AWS begins in them, and the answer still gets out

_SLOW = "Something behind us is slow; try again in a moment."
_ends: ContextVar[float | None] = ContextVar("ends", default=None)


class OutOfTimeError(UnavailableError):
    """The request has used up its time on calls that were slow."""

    code = "out_of_time"
    title = "This takes too long just now"


@contextmanager
def deadline_of(context: object) -> Iterator[None]:
    """Runs the body within what Lambda's `context` leaves, less the reserve; without a budget where it says nothing."""
    tell = getattr(context, "get_remaining_time_in_millis", None)
    token = _ends.set(time.monotonic() + tell() / 1000 - RESERVE_SECONDS if tell else None)
    try:
        yield
    finally:
        _ends.reset(token)


def has_time(seconds: float) -> bool:
    """Whether so much is left; where nothing is said of an end, it is."""
    ends = _ends.get()
    return ends is None or ends - time.monotonic() >= seconds


def seconds_for(most: float) -> float:
    """The time that a call may take: `most`, or what is left if that is less. Raises OutOfTimeError."""
    ends = _ends.get()
    left = most if ends is None else min(most, ends - time.monotonic())
    if left < LEAST_SECONDS:
        raise OutOfTimeError(_SLOW)
    return left


def check_time(**_request: object) -> None:
    """Raises OutOfTimeError when the function's end is near. Called by botocore before each try of each request."""
    ends = _ends.get()
    if ends is not None and ends + RESERVE_SECONDS - time.monotonic() < LAST_SECONDS:
        raise OutOfTimeError(_SLOW)
