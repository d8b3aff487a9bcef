"""The zygote: a process with the heavy libraries loaded, forked once per function environment.

`python -m scripts.local.runtime.worker FD [MODULE …]` imports the modules, then obeys the supervisor on
the Unix socket `FD`: one JSON object per line.

    in:   {"spawn": id, "handler", "environment": {…}, "code", "path": […]} and a file descriptor
          for the child's output; {"kill": id}
    out:  {"ready": true}; {"exited": id, "status": as `waitstatus_to_exitcode` says}

It has one thread, opens no socket of its own and never loads a service's code, so that a child is
as if started afresh. When the supervisor is gone, however it went, the socket ends: all children
are killed and the zygote exits.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from scripts.local.runtime import bootstrap, live

_ROOT = str(Path(__file__).resolve().parents[3])
_PR_SET_PDEATHSIG = 1


class Zygote:
    """The loop that forks and reaps."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._buffer = b""
        self._descriptors: list[int] = []
        self._children: dict[int, int] = {}  # pid → environment id
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve until the supervisor's end of the socket closes."""
        self._send({"ready": True})
        try:
            while True:
                readable, _, _ = select.select([self._control.fileno(), self._wake], [], [])
                if self._wake in readable:
                    self._reap()
                if self._control.fileno() in readable and not self._obey():
                    return
        finally:
            self._kill_all()

    def _obey(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 32)
        except OSError:
            return False
        self._descriptors += descriptors
        if not data:
            return False
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "spawn" in message:
                self._spawn(message, self._descriptors.pop(0))
            else:
                self._kill(message["kill"])
        return True

    def _spawn(self, message: Mapping[str, Any], output: int) -> None:
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.write(output, f"the environment could not be started: {error}\n".encode())
            self._send({"exited": message["spawn"], "status": os.EX_OSERR})
        else:
            if not pid:
                self._become(message, output, zygote)
            self._children[pid] = message["spawn"]
        finally:
            os.close(output)

    def _become(self, message: Mapping[str, Any], output: int, zygote: int) -> NoReturn:
        """The child's life; it never returns into the zygote's loop."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.close(self._wake)
            os.close(self._woken)
            os.setsid()
            die_with(zygote)
            os.dup2(output, 1)
            os.dup2(output, 2)
            status = run_function(message)
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _kill(self, environment: int) -> None:
        for pid, owner in self._children.items():
            if owner == environment:
                kill_group(pid)

    def _kill_all(self) -> None:
        for pid in self._children:
            kill_group(pid)
        for pid in self._children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake, 4096):
                pass
        for pid, status in _exited():
            kill_group(pid)  # what the function itself started ends with it
            environment = self._children.pop(pid, None)
            if environment is not None:
                self._send({"exited": environment, "status": os.waitstatus_to_exitcode(status)})

    def _send(self, message: Mapping[str, Any]) -> None:
        # When the supervisor is gone, the next read says so.
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(message).encode() + b"\n")


def run_function(message: Mapping[str, Any]) -> int:
    """Make this process a function's environment and serve it; answers the exit status."""
    try:
        os.environ.clear()
        os.environ.update(message["environment"])
        time.tzset()
        os.chdir(message["code"])
        sys.path[:] = [entry for entry in sys.path if entry not in {"", _ROOT}]
        for name in [name for name in sys.modules if name == "scripts" or name.startswith("scripts.")]:
            del sys.modules[name]
        live.install([message["code"], *message["path"]])
        bootstrap.run(message["handler"], message["environment"]["AWS_LAMBDA_RUNTIME_API"])
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:  # noqa: BLE001 - the last word of a process that ends here
        traceback.print_exc()
        return 1
    return 0


def die_with(parent: int) -> None:
    """On Linux the kernel kills this process with its parent; elsewhere the sockets' end must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def kill_group(pid: int) -> None:
    """Kill a child and all that it started (it leads a session of its own)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _exited() -> Iterator[tuple[int, int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def main(arguments: list[str]) -> None:
    """Preload, then serve."""
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    for module in arguments[1:]:
        try:
            importlib.import_module(module)
        except ImportError:
            continue  # a library that is not installed is one that no function of this stack needs
        except Exception:  # noqa: BLE001 - a function that needs it will say so itself
            traceback.print_exc()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    gc.collect()
    gc.freeze()  # pages of preloaded objects stay shared: the collector does not write to them
    Zygote(control).run()


if __name__ == "__main__":
    main(sys.argv[1:])
