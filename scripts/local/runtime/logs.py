"""The logs of all functions in one stream: JSON lines as they are, or coloured text for people."""

import json
import sys
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from scripts.local.template.model import LogLine

_COLOURS = (36, 32, 35, 34, 96, 92, 95, 94)
_LEVELS = {"DEBUG": 90, "INFO": 37, "WARNING": 33, "ERROR": 31, "CRITICAL": 31}
_ROUTINE = frozenset({"DEBUG", "INFO"})
# Fields that Powertools adds to each line and that a person reads elsewhere on it, or never.
_NOISE = frozenset({
    "level", "message", "timestamp", "location", "service", "function_name", "function_arn", "function_memory_size",
    "function_request_id", "cold_start", "xray_trace_id", "sampling_rate", "exception", "stack_trace",
})  # fmt: skip


class Logs:
    """Writes lines to a stream. `verbose`: coloured text; otherwise one JSON object for each line.

    Until `begin()` only what is no routine is written, unless `verbose`: filling a shop makes hundreds of lines that
    nobody asked for.
    """

    def __init__(
        self,
        *,
        verbose: bool,
        stream: TextIO | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stream = stream or sys.stderr
        self._format = self._as_text if verbose else self._as_json
        self._is_begun = verbose
        self._clock = clock

    def begin(self) -> None:
        """From now on everything is written."""
        self._is_begun = True

    def __call__(self, line: LogLine) -> None:
        """Write the line; a stream that is gone is no reason to stop the shop."""
        if not self._is_begun and _is_routine(line):
            return
        try:
            self._stream.write(self._format(line) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    def _as_json(self, line: LogLine) -> str:
        document = _parse(line.text)
        if document is None:
            document = {
                "level": "WARNING" if line.platform and line.function else "INFO",
                "message": line.text,
                "timestamp": self._clock().isoformat(timespec="milliseconds"),
            }
        document.setdefault("function", line.function)
        if line.request_id:
            document.setdefault("function_request_id", line.request_id)
        return json.dumps(document, ensure_ascii=False)

    def _as_text(self, line: LogLine) -> str:
        name = line.function.removesuffix("Function") or "local cloud"
        colour = _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
        head = f"\x1b[90m{self._clock():%H:%M:%S.%f}"[:-3] + f"\x1b[0m \x1b[{colour}m{name:<22}\x1b[0m "
        document = _parse(line.text)
        if document is None:
            return head + (f"\x1b[33m{line.text}\x1b[0m" if line.platform and line.function else line.text)
        level = str(document.get("level", "INFO"))
        text = f"{head}\x1b[{_LEVELS.get(level, 37)}m{level:<7}\x1b[0m {document.get('message', '')}"
        extra = " ".join(f"{key}={_brief(value)}" for key, value in document.items() if key not in _NOISE)
        trace = document.get("exception")
        return text + (f" \x1b[90m{extra}\x1b[0m" if extra else "") + (f"\n{trace}" if trace else "")


def _is_routine(line: LogLine) -> bool:
    document = _parse(line.text)
    if document is None:
        return not line.platform and not line.function  # a request, as the front notes it
    return document.get("level", "INFO") in _ROUTINE


def _parse(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _brief(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else str(value)
