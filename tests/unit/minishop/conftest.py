"""AWS from memory."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from minishop import aws, secrets
from minishop.observability import logger
from tests.unit.minishop.fakes import FakeBucket, FakeBus, FakeQueue, FakeSecrets


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `aws.client` gives, by service."""
    fakes: dict[str, Any] = {
        "events": FakeBus(),
        "s3": FakeBucket(),
        "sqs": FakeQueue(),
        "secretsmanager": FakeSecrets(),
    }
    monkeypatch.setattr(aws, "client", lambda service: fakes[service])
    monkeypatch.setenv("EVENT_BUS", "bus")
    monkeypatch.setenv("FAILURES_BUCKET", "failures")
    monkeypatch.setenv("CURSOR_SECRET", "cursors")
    secrets.forget()
    return fakes


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What was logged so far, one object per line."""
    stream = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
