"""Stacks made by hand, and a runtime around them, for the tests of the local cloud."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from scripts.local.runtime.service import Runtime
from scripts.local.runtime.zygote import Launcher, Zygote
from scripts.local.template.model import Credentials, Function, HttpApi, LogLine, Outcome, Stack

FIXTURES = Path(__file__).parent / "fixtures"
REGION = "eu-central-1"
ACCOUNT = "123456789012"

Result = TypeVar("Result")


def make_function(id_: str = "Everything", **changes: Any) -> Function:
    """A function over the fixture handlers."""
    values: dict[str, Any] = {
        "id": id_,
        "name": f"test-{id_.lower()}",
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:test-{id_.lower()}",
        "handler": "app.handler",
        "code": FIXTURES / "handlers" / "everything",
        "layers": (FIXTURES / "layer",),
        "environment": {"TABLE_NAME": "things"},
        "timeout": 30,
        "memory": 256,
        "credentials": Credentials(f"AKIA{id_.upper()}", f"secret of {id_}", f"arn:aws:iam::{ACCOUNT}:role/{id_}Role"),
    }
    return Function(**{**values, **changes})


def make_stack(*functions: Function, apis: Mapping[str, HttpApi] | None = None) -> Stack:
    """A stack of functions and APIs."""
    return Stack(
        name="test",
        region=REGION,
        account=ACCOUNT,
        endpoint="http://127.0.0.1:9",
        parameters={},
        functions={function.id: function for function in functions},
        apis=apis or {},
        queue_sources=(),
        stream_sources=(),
        schedules=(),
        rules=(),
    )


class Cloud:
    """A runtime and what it logged."""

    def __init__(self, runtime: Runtime, lines: list[LogLine]) -> None:
        self.runtime = runtime
        self.lines = lines

    async def do(self, deed: str, function: str = "Everything", **values: Any) -> Outcome:
        """Invoke the fixture handler."""
        return await self.runtime.invoke(function, {"do": deed, **values})

    def texts(self) -> list[str]:
        """All log lines."""
        return [line.text for line in self.lines]


@contextlib.asynccontextmanager
async def running(*functions: Function, launcher: Launcher | None = None, **options: Any) -> AsyncIterator[Cloud]:
    """A runtime of these functions, whose zygote preloads nothing and is up in no time."""
    lines: list[LogLine] = []
    stack = make_stack(*(functions or (make_function(),)))
    runtime = Runtime(stack, log=lines.append, launcher=launcher or Zygote(preload=()), **options)
    try:
        yield Cloud(runtime, lines)
    finally:
        await runtime.close()


def run(scenario: Callable[..., Coroutine[Any, Any, Result]], *arguments: Any, seconds: float = 120.0) -> Result:
    """Run a scenario to its end, or fail when it takes too long."""
    return asyncio.run(asyncio.wait_for(scenario(*arguments), seconds))


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 60.0) -> None:
    """Poll until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.005)


def is_running(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried by its parent does not."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
