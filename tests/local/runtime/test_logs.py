"""All logs come in one stream: JSON for programs, colours for people."""

import io
import json
from datetime import UTC, datetime

from scripts.local.runtime.logs import Logs
from scripts.local.template.model import LogLine


def written(line: LogLine, *, verbose: bool) -> str:
    stream = io.StringIO()
    logs = Logs(verbose=verbose, stream=stream, clock=lambda: datetime(2026, 11, 22, 12, 0, 0, 123456, UTC))
    logs.begin()
    logs(line)
    return stream.getvalue()


def test_a_json_line_stays_json_and_names_its_function() -> None:
    line = LogLine("OrdersApiFunction", '{"level": "INFO", "message": "häh"}', "r-1")
    assert json.loads(written(line, verbose=False)) == {
        "level": "INFO",
        "message": "häh",
        "function": "OrdersApiFunction",
        "function_request_id": "r-1",
    }


def test_any_other_line_becomes_json() -> None:
    for text in ("Traceback", "{not json", "[1]"):
        document = json.loads(written(LogLine("F", text), verbose=False))
        assert document == {
            "level": "INFO",
            "message": text,
            "timestamp": "2026-11-22T12:00:00.123+00:00",
            "function": "F",
        }
    assert json.loads(written(LogLine("F", "timed out", platform=True), verbose=False))["level"] == "WARNING"


def test_verbose_lines_are_for_people() -> None:
    line = LogLine("OrdersApiFunction", '{"level": "ERROR", "message": "no", "order": "ord_1", "exception": "Trace"}')
    text = written(line, verbose=True)
    assert "12:00:00.123" in text
    assert "OrdersApi " in text
    assert "\x1b[31mERROR" in text
    assert "order=ord_1" in text
    assert text.endswith("\nTrace\n")
    assert "plain" in written(LogLine("", "plain", platform=True), verbose=True)


def test_a_stream_that_is_gone_stops_nobody() -> None:
    stream = io.StringIO()
    stream.close()
    Logs(verbose=False, stream=stream)(LogLine("F", "x"))


def test_until_the_shop_is_ready_only_what_is_no_routine_is_written() -> None:
    stream = io.StringIO()
    logs = Logs(verbose=False, stream=stream)
    for text in ('{"level": "INFO", "message": "request"}', '{"level": "ERROR", "message": "failed"}', "Traceback"):
        logs(LogLine("F", text))
    logs(LogLine("", "PublicApi GET / 200 1 ms"))
    logs(LogLine("", "the event plumbing lost a part", platform=True))
    logs.begin()
    logs(LogLine("", "PublicApi GET /cart 200 1 ms"))
    found = [json.loads(line)["message"] for line in stream.getvalue().splitlines()]
    assert found == ["failed", "Traceback", "the event plumbing lost a part", "PublicApi GET /cart 200 1 ms"]


def test_who_wants_all_logs_gets_them_from_the_beginning() -> None:
    stream = io.StringIO()
    Logs(verbose=True, stream=stream)(LogLine("F", '{"level": "INFO", "message": "request"}'))
    assert "request" in stream.getvalue()
