"""The same handlers under our worker and under AWS's own runtime client end alike."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.local.runtime.zygote import Launch, Launcher, Zygote
from scripts.local.template.model import Function, Outcome
from tests.local.hand_made import make_function, run, running

pytest.importorskip("awslambdaric")


class OfficialProcess:
    """A process of `python -m awslambdaric`."""

    def __init__(self, launch: Launch) -> None:
        environment = {**launch.environment, "PYTHONPATH": os.pathsep.join((launch.code, *launch.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", launch.handler],
            cwd=launch.code,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=launch.output,
            stderr=launch.output,
        )
        self.exited = asyncio.ensure_future(asyncio.to_thread(self._process.wait))

    def kill(self) -> None:
        self._process.kill()


class OfficialLauncher:
    """Starts AWS's client afresh for each environment."""

    def __init__(self) -> None:
        self._processes: list[OfficialProcess] = []

    async def start(self) -> None:
        """Nothing to prepare."""

    async def launch(self, launch: Launch) -> OfficialProcess:
        process = OfficialProcess(launch)
        self._processes.append(process)
        return process

    async def close(self) -> None:
        for process in self._processes:
            process.kill()
            await process.exited


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"

EVENTS: dict[str, Mapping[str, Any]] = {
    "success": {"do": "echo", "value": {"nested": [1, 2.5, None, True], "text": "a"}},
    "unicode": {"do": "echo", "value": "žluťoučký kůň 🐎 \u2028 \x7f"},
    "an event that is not understood": {"anything": 1},
    "an exception": {"do": "raise", "message": "it did not work: ž"},
    "an exception of Python": {"do": "there is no such deed"},
    "a result that is not JSON": {"do": "object"},
    "bytes": {"do": "bytes"},
    "decimals": {"do": "decimals"},
    "a large result": {"do": "big", "size": 5_000_000},
    "a large event": {"do": "echo", "value": "x" * 5_000_000},
    "a result that is too large": {"do": "big", "size": 6_400_000},
    "the context": {"do": "context"},
    "an exit": {"do": "exit", "status": 3},
}

BROKEN = {
    "no such module": "no_such_module.handler",
    "an import in it fails": "missing_import.handler",
    "a syntax error": "syntax_error.handler",
    "it raises": "raises.handler",
    "no such function": "fine.no_such_function",
    "no function named": "handler",
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Handlers that cannot be loaded; the one that is not Python is not kept where linters look."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "missing_import.py").write_text('"""Module."""\n\nimport there_is_no_such_module\n')
    (folder / "syntax_error.py").write_text("def handler(event, context):\n    return = 1\n")
    (folder / "raises.py").write_text('raise RuntimeError("no configuration")\n')
    (folder / "fine.py").write_text("def handler(event, context): ...\n")
    return folder


async def _outcomes(launcher: Launcher) -> dict[str, Outcome]:
    async with running(launcher=launcher, new_request_id=lambda: "11111111-2222-4333-8444-555555555555") as cloud:
        return {name: await cloud.runtime.invoke("Everything", event) for name, event in EVENTS.items()}


async def _init_errors(launcher: Launcher, folder: Path) -> dict[str, Outcome]:
    functions = [_broken_function(str(number), folder, handler) for number, handler in enumerate(BROKEN.values())]
    async with running(*functions, launcher=launcher) as cloud:
        outcomes = await asyncio.gather(*(cloud.runtime.invoke(function.id, {}) for function in functions))
        return dict(zip(BROKEN, outcomes, strict=True))


def _broken_function(id_: str, folder: Path, handler: str) -> Function:
    return make_function(id_, code=folder, handler=handler)


def test_invocations_end_as_under_awslambdaric() -> None:
    ours, theirs = run(_outcomes, Zygote(preload=())), run(_outcomes, OfficialLauncher())
    for name in EVENTS:
        assert (name, ours[name].payload) == (name, theirs[name].payload)
        assert (name, ours[name].function_error) == (name, theirs[name].function_error)
    assert ours["the context"].payload["remaining_is_right"]
    assert ours["an exception"].payload["stackTrace"]


def test_the_environment_is_the_one_that_awslambdaric_sees() -> None:
    async def scenario(launcher: Launcher) -> dict[str, str]:
        async with running(launcher=launcher) as cloud:
            outcome = await cloud.runtime.invoke("Everything", {"do": "environment"}, trace=TRACE)
            variables: dict[str, str] = outcome.payload
            return variables

    ours, theirs = run(scenario, Zygote(preload=())), run(scenario, OfficialLauncher())
    theirs.pop("PYTHONPATH")
    changing = {"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME", "LC_CTYPE"}
    assert {name: ours[name] for name in ours.keys() - changing} == {
        name: theirs[name] for name in theirs.keys() - changing
    }
    assert ours["_X_AMZN_TRACE_ID"] == TRACE


def test_handlers_that_cannot_be_loaded_end_as_under_awslambdaric(broken: Path) -> None:
    ours, theirs = run(_init_errors, Zygote(preload=()), broken), run(_init_errors, OfficialLauncher(), broken)
    for name in BROKEN:
        assert ours[name].function_error
        assert theirs[name].function_error
        assert (name, _without_frames(ours[name])) == (name, _without_frames(theirs[name]))


def _without_frames(outcome: Outcome) -> dict[str, Any]:
    """The document less the frames of the import system, which differ with who calls it."""
    document: dict[str, Any] = dict(outcome.payload)
    document["stackTrace"] = [frame for frame in document["stackTrace"] if "importlib" not in frame]
    return document
