"""Logs: one JSON object per line, with the correlation id of what set the work off.

`correlation` is set at each door (an HTTP request's id, an event's correlation id) and read where
events are recorded and internal calls are made, so that one purchase can be followed through all services.
Fields are an allow-list by habit: ids, codes, counts and durations; never an address, a name or a token.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from aws_lambda_powertools.logging import Logger


@dataclass(frozen=True, slots=True)
class Correlation:
    """What the present work belongs to.

    Attributes:
        id: The id that everything following from one request shares.
        cause: The id of the event that caused this, or of the request.
        actor: Who is behind it: a principal's id, or `service:orders`.
    """

    id: str
    cause: str
    actor: str


_correlation: ContextVar[Correlation] = ContextVar("correlation")


def correlation() -> Correlation:
    """What the present work belongs to. Raises LookupError outside a door."""
    return _correlation.get()


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The process's logger (service name and level come from POWERTOOLS_* variables)."""
    return Logger(utc=True)


@contextmanager
def correlated(scope: Correlation) -> Iterator[None]:
    """Runs the body as part of `scope`: its log lines and events carry the correlation id."""
    token = _correlation.set(scope)
    logger().append_keys(correlation_id=scope.id)
    try:
        yield
    finally:
        _correlation.reset(token)
        logger().remove_keys(["correlation_id"])
