"""Logs: one JSON object per line, with the correlation id of what set the work off.

A door opens a scope with `correlated`, so that one purchase can be followed through all services.
Fields are an allow-list by habit: ids, codes, counts and durations; never an address, a name or a token.

An exception's own words are not logged: pydantic's quote the input, a driver's the key, a provider's the person.
Where it was raised, of what type, after what, and its stable code are; with the code at hand that says as much.
"""

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from types import TracebackType
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from minishop.correlation import Correlation, set_correlation
from minishop.errors import UnreadableMessageError

MAX_FRAMES = 12  # of each exception, the innermost: a recursion has a thousand
MAX_CAUSES = 6


def _code(error: BaseException) -> str:
    """What kind of failure it was, in the words of whoever made it: AWS's error code, a problem's, a provider's."""
    answer = getattr(error, "response", None)
    reported = answer.get("Error") if isinstance(answer, dict) else None
    if isinstance(reported, dict):
        return str(reported.get("Code", ""))
    if isinstance(error, UnreadableMessageError):
        return str(error)  # written here, of shapes and names only
    code = getattr(error, "code", "")
    return code if isinstance(code, str) else ""


def _places(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]:
        module = "/".join(frame.filename.rsplit("/", 2)[-2:])
        yield f"  {module}:{frame.lineno} {frame.name}"


def describe(error: BaseException) -> str:
    """An exception and what it came from, latest first: types, codes and places, no message."""
    told: list[str] = []
    current: BaseException | None = error
    while current is not None and len(told) < MAX_CAUSES:
        code = _code(current)
        name = f"{type(current).__module__}.{type(current).__qualname__}"
        told.append("\n".join((f"{name} ({code})" if code else name, *_places(current))))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\nafter:\n".join(told)


class _Formatter(LambdaPowertoolsFormatter):
    """Powertools' JSON lines, with exceptions told by `describe`."""

    # The base class takes more shapes of exc_info than any log call here makes.
    def formatException(  # type: ignore[override]  # noqa: N802  logging's name for it
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None]
    ) -> str:
        """The `exception` field."""
        return describe(ei[1])

    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]
        """One line. Notes are somebody's words too."""
        return super().serialize({key: value for key, value in log.items() if key != "exception_notes"})


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The process's logger (service name and level come from POWERTOOLS_* variables)."""
    serialise = partial(
        json.dumps, default=str, separators=(",", ":")
    )  # ASCII: no text can break a line or its encoding
    return Logger(logger_formatter=_Formatter(json_serializer=serialise, utc=True, serialize_stacktrace=False))


@contextmanager
def correlated(scope: Correlation) -> Iterator[None]:
    """Runs the body as part of `scope`: its log lines and events carry the correlation id.

    Scopes nest: a schedule's run is one, and each purchase that it looks after another.
    """
    outer = logger().get_current_keys().get("correlation_id")
    logger().append_keys(correlation_id=scope.id)
    try:
        with set_correlation(scope):
            yield
    finally:
        logger().append_keys(correlation_id=outer)  # None is left out of a line
