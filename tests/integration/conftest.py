"""The template's tables, queues, keys and secrets on moto, in process, and a function's environment to work in."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.loaders import Loader
from botocore.session import Session
from moto import mock_aws

from minishop import aws as minishop_aws
from minishop import deadline, dynamodb, secrets
from scripts.local.deployment.testing import World, create_world
from tests.unmeasured import measured, unmeasured

ROOT = Path(__file__).parents[2]


class Aws:
    """The world that integration tests act in."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self._monkeypatch = monkeypatch

    def use(self, function_id: str) -> None:
        """Makes this process look like the environment of a function: its variables, and nothing kept in memory."""
        for name, value in self.world.environment(function_id).items():
            self._monkeypatch.setenv(name, value)
        forget_everything()

    def client(self, service: str) -> Any:
        """A botocore client."""
        return minishop_aws.client(service)

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table (by its logical id), as typed JSON."""
        found: list[dict[str, Any]] = self.client("dynamodb").scan(TableName=self.world.tables[table])["Items"]
        return found

    def outboxes(self, table: str) -> list[str]:
        """The names of the events that items of a table carry now."""
        import json

        waiting = [json.loads(item["outbox"]["S"]) for item in self.items(table) if "outbox" in item]
        return sorted(entry["detail_type"] for entries in waiting for entry in entries)

    def messages(self, queue: str) -> list[Mapping[str, Any]]:
        """Takes up to ten messages off a queue (by its logical id)."""
        url = self.world.physical_id(queue)
        answer = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        found: list[Mapping[str, Any]] = answer.get("Messages", [])
        return found


def forget_everything() -> None:
    """Empties what modules keep for a process's life."""
    minishop_aws.client.cache_clear()
    minishop_aws.session.cache_clear()
    dynamodb.reset_connections()
    secrets.forget()
    for name, module in list(sys.modules.items()):
        if name.endswith(".wiring"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _sharing_loaders() -> Callable[..., Loader]:
    """botocore's descriptions of services are read once, not for each test's clients: they are megabytes."""
    make, loaders = botocore.session.create_loader, dict[str | None, Loader]()

    def shared(search_path_string: str | None = None) -> Loader:
        if search_path_string not in loaders:
            loaders[search_path_string] = make(search_path_string)
        return loaders[search_path_string]

    return shared


def _sharing_sessions() -> Callable[[], Session]:
    """A function has one session for all tests; clients, which tests listen to and put wrong, are each test's own."""
    sessions: dict[str | None, Session] = {}

    def shared() -> Session:
        key = os.environ.get("AWS_ACCESS_KEY_ID")  # a function's own
        if key not in sessions:
            sessions[key] = botocore.session.get_session()
        return sessions[key]

    return shared


@pytest.fixture(scope="session")
def _dear_things() -> Iterator[None]:
    """What costs more than all that a test does with it is had once, or cheaper."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", _sharing_loaders())
        sessions = _sharing_sessions()
        patch.setattr("minishop.aws.get_session", sessions)
        patch.setattr("pynamodb.connection.base.get_session", sessions)
        # Calls are worked off in this process. Of the shop's own only these run in them, and moto's mends, which have
        # tests of their own.
        patch.setattr(BaseClient, "_make_api_call", unmeasured(BaseClient._make_api_call))  # type: ignore[attr-defined]
        patch.setattr(minishop_aws, "check_time", measured(deadline.check_time))
        for kind, method in ((minishop_aws._Parser, "_handle_map"), (minishop_aws._ParserFactory, "create_parser")):
            patch.setattr(kind, method, measured(getattr(kind, method)))
        patch.setattr("auth.passwords.MEMORY_KIB", 64)  # unit tests hold the real figure, and what it comes to
        yield


@pytest.fixture(scope="session")
def world(_dear_things: None) -> Iterator[World]:
    """The template's resources, made once."""
    with mock_aws():
        yield create_world(ROOT / "template.yaml")


@pytest.fixture
def aws(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The world, empty."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    before = dict(os.environ)
    forget_everything()
    world.wipe()
    yield Aws(world, monkeypatch)
    forget_everything()
    assert set(os.environ) >= set(before) - {"AWS_PROFILE"}
