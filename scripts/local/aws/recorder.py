"""A layer around moto's WSGI application that remembers what leaves the shop and says what changed.

Runs in moto's process: `Recorder(app, Activity())`. It answers `GET /_local/activity?after=N&wait=S`
(see `activity.py`), `GET /_local/mailbox` and `GET /_local/events` itself and passes everything else on.
"""

import io
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from scripts.local.aws.activity import Activity
from scripts.local.aws.mailbox import read_messages

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_LONGEST_WAIT = 30.0  # seconds


class Recorder:
    """The WSGI layer. Keeps the last `kept` messages and as many events, oldest first."""

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        activity: Activity,
        *,
        kept: int = 5000,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app = app
        self._activity = activity
        self._clock = clock
        self._lock = threading.Lock()
        self._messages: deque[dict[str, Any]] = deque(maxlen=kept)
        self._events: deque[dict[str, Any]] = deque(maxlen=kept)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what is ours, record what leaves, pass the rest through untouched."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_local/"):
            return self._answer(path, environ, start_response)
        if environ.get("REQUEST_METHOD") == "POST" and (service := _recorded_service(environ)):
            return self._record(service, path, environ, start_response)
        return self._app(environ, start_response)

    def _answer(self, path: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        query = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        answer: Mapping[str, Any]
        if path == "/_local/activity":
            wait = min(float(query.get("wait", "0")), _LONGEST_WAIT)
            position, topics = self._activity.wait(int(query.get("after", "-1")), wait)
            answer = {"position": position, "topics": topics}
        elif path in {"/_local/mailbox", "/_local/events"}:
            with self._lock:
                answer = {"items": list(self._messages if path.endswith("mailbox") else self._events)}
        else:
            start_response("404 Not Found", [("Content-Type", "application/json")])
            return [b'{"detail": "moto knows no such page"}']
        body = json.dumps(answer).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _record(self, service: str, path: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        status: list[str] = []

        def start(line: str, *args: Any) -> Any:
            status.append(line)
            return start_response(line, *args)

        answer = b"".join(self._app(environ, start))
        if status and status[0].startswith("2"):
            now = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            with self._lock:
                if service == "events":
                    self._events.extend(_read_events(body, answer, now))
                else:
                    self._messages.extend(read_messages(service, path, body, answer, now))
        return [answer]


def _recorded_service(environ: Environ) -> str | None:
    """The service whose request is worth reading: mails, text messages, events."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = scope[1] if scope else ""
    if service == "events":
        return service if environ.get("HTTP_X_AMZ_TARGET") == "AWSEvents.PutEvents" else None
    return service if service in {"ses", "email", "sns"} else None


def _read_events(body: bytes, answer: bytes, now: str) -> list[dict[str, Any]]:
    """What PutEvents accepted: `{id, time, bus, source, detail-type, detail}`."""
    try:
        entries, results = json.loads(body)["Entries"], json.loads(answer)["Entries"]
        return [
            {
                "id": result["EventId"],
                "time": now,
                "bus": entry.get("EventBusName", "default"),
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            for entry, result in zip(entries, results, strict=False)
            if "EventId" in result
        ]
    except (ValueError, KeyError, TypeError):
        return []
