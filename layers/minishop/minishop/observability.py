"""Logs: one JSON object per line, with the correlation id of what set the work off.

A door opens a scope with `correlated`, so that one purchase can be followed through all services.
Fields are an allow-list by habit: ids, codes, counts and durations; never an address, a name or a token.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from aws_lambda_powertools.logging import Logger

from minishop.correlation import Correlation, set_correlation


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The process's logger (service name and level come from POWERTOOLS_* variables)."""
    return Logger(utc=True)


@contextmanager
def correlated(scope: Correlation) -> Iterator[None]:
    """Runs the body as part of `scope`: its log lines and events carry the correlation id."""
    logger().append_keys(correlation_id=scope.id)
    try:
        with set_correlation(scope):
            yield
    finally:
        logger().remove_keys(["correlation_id"])
