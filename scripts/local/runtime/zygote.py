"""The supervisor's side of the zygote (`worker.py`): forks function environments and hears of their ends."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

_ROOT = Path(__file__).resolve().parents[3]
_SEND_TIMEOUT = 5.0
_START_TIMEOUT = 60.0
_STOP_TIMEOUT = 5.0

# What services of this house import, directly or through the layer. Only third-party names: what
# is loaded here is frozen for as long as the local cloud runs.
PRELOAD = (
    "http.client",
    "decimal",
    "botocore.session",
    "botocore.auth",
    "botocore.awsrequest",
    "botocore.httpsession",
    "pynamodb.models",
    "pynamodb.transactions",
    "pydantic",
    "pydantic.networks",
    "pydantic.json_schema",
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.batch",
    "msgspec",
    "boto3",
    "jwt",
    "argon2",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "redis",
)


class LaunchError(Exception):
    """No process could be started for a function environment."""


@dataclass(frozen=True)
class Launch:
    """What a process needs to become a function's environment."""

    handler: str
    code: str
    path: tuple[str, ...]  # folders that go on the path after the code
    environment: Mapping[str, str]  # the whole of it
    output: int  # file descriptor for what the process prints; the caller closes its own


class Process(Protocol):
    """A function environment's process."""

    exited: asyncio.Future[int]  # exit status; negative: the signal that ended it

    def kill(self) -> None:
        """End it, and what it started, at once."""


class Launcher(Protocol):
    """Starts processes for function environments."""

    async def start(self) -> None:
        """Do now what the first launch would have to wait for. Raises LaunchError."""

    async def launch(self, launch: Launch) -> Process:
        """Start one. Raises LaunchError."""

    async def close(self) -> None:
        """End all of them."""


class Child:
    """A process that the zygote forked."""

    def __init__(self, zygote: "_Connection", number: int) -> None:
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._zygote = zygote
        self._number = number

    def kill(self) -> None:
        """End it, and what it started, at once."""
        if not self.exited.done():
            with contextlib.suppress(LaunchError):  # when the zygote is gone, so are its children
                self._zygote.send({"kill": self._number})


class Zygote:
    """A launcher that forks from one preloaded process, and starts another when that one is lost."""

    def __init__(self, preload: Sequence[str] = PRELOAD) -> None:
        self._preload = tuple(preload)
        self._connection: _Connection | None = None
        self._closed = False
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Preload the libraries."""
        async with self._lock:
            await self._connect()

    async def launch(self, launch: Launch) -> Child:
        """Fork an environment."""
        async with self._lock:
            return (await self._connect()).spawn(launch)

    async def close(self) -> None:
        """Kill the zygote and all its children; answers when none is left."""
        async with self._lock:
            self._closed = True
            await self._stop()

    async def _connect(self) -> "_Connection":
        if self._closed:
            raise LaunchError("the local cloud is closing")
        if self._connection is None or self._connection.lost:
            await self._stop()
            self._connection = await _Connection.open(self._preload)
        return self._connection

    async def _stop(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


class _Connection:
    """One zygote process and the socket to it."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        self.lost = False
        self._process = process
        self._control = control
        self._buffer = b""
        self._next_number = 0
        self._children: dict[int, Child] = {}
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(control.fileno(), self._read)

    @classmethod
    async def open(cls, preload: Sequence[str]) -> "_Connection":
        ours, theirs = socket.socketpair()
        ours.settimeout(_SEND_TIMEOUT)
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220 - takes a few milliseconds, once
                [sys.executable, "-m", "scripts.local.runtime.worker", str(theirs.fileno()), *preload],
                cwd=_ROOT,
                env=_zygote_environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then ends all in order
            )
        connection = cls(process, ours)
        try:
            await asyncio.wait_for(connection._ready, _START_TIMEOUT)
        except BaseException:
            await connection.close()
            raise
        return connection

    def spawn(self, launch: Launch) -> Child:
        self._next_number += 1
        number = self._next_number
        child = self._children[number] = Child(self, number)
        message = {
            "spawn": number,
            "handler": launch.handler,
            "environment": dict(launch.environment),
            "code": launch.code,
            "path": launch.path,
        }
        try:
            self.send(message, [launch.output])
        except LaunchError:
            del self._children[number]
            raise
        return child

    def send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        data = json.dumps(message).encode() + b"\n"
        try:
            sent = socket.send_fds(self._control, [data], descriptors) if descriptors else 0
            self._control.sendall(data[sent:])
        except OSError as error:
            self._lose()
            raise LaunchError(f"the process that forks function environments does not answer: {error}") from error

    def _read(self) -> None:
        try:
            data = self._control.recv(1 << 16)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "exited" in message:
                self._ended(self._children.pop(message["exited"], None), message["status"])
            elif not self._ready.done():
                self._ready.set_result(None)

    def _lose(self) -> None:
        if self.lost:
            return
        self.lost = True
        self._loop.remove_reader(self._control.fileno())
        if not self._ready.done():
            self._ready.set_exception(LaunchError("the process that forks function environments did not start"))
        for child in self._children.values():
            self._ended(child, -signal.SIGKILL)
        self._children.clear()

    @staticmethod
    def _ended(child: Child | None, status: int) -> None:
        if child is not None and not child.exited.done():
            child.exited.set_result(status)

    async def close(self) -> None:
        self._lose()
        self._control.close()
        try:
            await asyncio.to_thread(self._process.wait, _STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)


def _zygote_environment() -> dict[str, str]:
    """Ours, less what a library might take for a function's settings while it is preloaded."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_", "PYNAMODB_"))
    }
    if sys.platform == "darwin":
        kept["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
    return kept
