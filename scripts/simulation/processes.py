"""Function environments in one process: each function keeps what a module keeps for a process's life, apart.

What `lru_cache` and a few module variables hold is Lambda's "warm" state. Here they look up what belongs to the
function that is at work, so that one process can be all of them, and one of them can die alone.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.retries import quota
from botocore.retries.quota import RetryQuota

from minishop import aws, dynamodb, secrets

_DEAR = {"session", "client"}  # botocore's: they hold no state of the shop's, and are slow to make


@dataclass
class Environment:
    """What one function's process holds in memory."""

    kept: dict[tuple[int, Any], Any] = field(default_factory=dict)
    dear: dict[tuple[int, Any], Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    connections: list[Any] = field(default_factory=list)
    quotas: list[RetryQuota] = field(default_factory=list)
    tables: dict[Any, Any] = field(default_factory=dict)

    def die(self) -> None:
        """Loses its memory, but for AWS clients, which may try as often again as new ones."""
        self.kept.clear()
        self.secrets.clear()
        for tries in self.quotas:
            tries.release(RetryQuota.INITIAL_CAPACITY)


class Processes:
    """The environments of all functions, and which one is at work."""

    def __init__(self, services: frozenset[str]) -> None:
        self._services = services
        self._environments: dict[str, Environment] = {}
        self.current = Environment()
        self._encoded: dict[str, dict[bytes, bytes]] = {}

    def of(self, function: str) -> Environment:
        """A function's environment."""
        return self._environments.setdefault(function, Environment())

    def die_all(self) -> None:
        """Every function starts cold next time."""
        for environment in self._environments.values():
            environment.die()

    @contextlib.contextmanager
    def at_work(self, function: str, variables: Mapping[str, str]) -> Iterator[None]:
        """Runs the body as that function's process."""
        before, outer = os.environ._data, self.current  # type: ignore[attr-defined]
        self.enter(self.of(function), self._variables(function, variables))
        try:
            yield
        finally:
            self.enter(outer, before)

    def _variables(self, function: str, variables: Mapping[str, str]) -> dict[bytes, bytes]:
        """The environment as `os.environ` keeps it. It is put in its place whole: nothing here starts a program."""
        if function not in self._encoded:
            self._encoded[function] = {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
        return self._encoded[function]

    def enter(self, environment: Environment, variables: dict[bytes, bytes]) -> None:
        """From now on it is this process that runs."""
        self.current = environment
        os.environ._data = variables  # type: ignore[attr-defined]
        secrets._kept = environment.secrets
        dynamodb._connections = environment.connections
        dynamodb._tables = environment.tables

    def _per_function(self, cached: Any) -> Callable[..., Any]:
        make = cached.__wrapped__
        dear = cached.__name__ in _DEAR and make.__module__ == aws.__name__

        def look_up(*arguments: Any) -> Any:
            held = self.current.dear if dear else self.current.kept
            key = (id(make), arguments)
            if key not in held:
                held[key] = make(*arguments)
            return held[key]

        return look_up

    def _new_quota(self) -> RetryQuota:
        """What a client's further tries are taken from; without it a client would remember earlier histories."""
        made = RetryQuota()
        self.current.quotas.append(made)
        return made

    @contextlib.contextmanager
    def apart(self, modules: frozenset[str]) -> Iterator[None]:
        """Imports the handlers' modules, and keeps functions apart while the body runs."""
        for name in sorted(modules):
            importlib.import_module(name)
        stand_ins: dict[int, Any] = {}
        replaced: list[tuple[Any, str, Any]] = []
        plain = (secrets._kept, dynamodb._connections, dynamodb._tables)
        replaced.append((quota, "RetryQuota", RetryQuota))
        vars(quota)["RetryQuota"] = self._new_quota
        for module_name, module in list(sys.modules.items()):
            if module_name.partition(".")[0] not in self._services:
                continue
            for name, value in list(vars(module).items()):
                if hasattr(value, "cache_clear") and hasattr(value, "__wrapped__"):
                    stand_in = stand_ins.setdefault(id(value), self._per_function(value))
                    replaced.append((module, name, value))
                    setattr(module, name, stand_in)
        try:
            yield
        finally:
            for module, name, value in replaced:
                setattr(module, name, value)
            secrets._kept, dynamodb._connections, dynamodb._tables = plain
