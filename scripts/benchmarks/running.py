"""A shop that a benchmark starts for itself, and the CPU that its processes took."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import httpx

from scripts.local.children import ROOT
from scripts.local.ports import free_port
from scripts.simulation.at_rest import read_tables, unsettled
from scripts.simulation.rules import violations

STOP_SECONDS = 60.0
REST_SECONDS = 120.0
MOTO = "scripts.local.aws.server"
_SERVER_ERROR = re.compile(r" 5\d\d [\d.]+ ms$")  # of the front's line about a request
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class RunningShop:
    """A shop that is ready."""

    url: str
    pid: int
    lines: list[str]  # what it said on standard output
    ready_seconds: float
    log: Path  # of all functions, JSON lines

    def complaints(self) -> list[str]:
        """The lines of the log that are warnings or worse, or tell of an answer of 500 and above."""
        return [line for line in self.log.read_text("utf-8").splitlines() if _complains(line)]

    def check_world(self) -> None:
        """Waits until it is at rest and every rule of the domain holds. Raises AssertionError."""
        deadline = time.monotonic() + REST_SECONDS
        while True:
            queues = httpx.get(f"{self.url}/_local/queues", timeout=STOP_SECONDS).json()["items"]
            wrong = [*unsettled(queues), *violations(read_tables(self.lines))]
            if not wrong:
                return
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(wrong))
            time.sleep(0.2)

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far: of moto, and of the shop's processes altogether. Linux alone tells."""
        taken = {pid: _cpu_of(pid) for pid in self._family()}
        moto = sum(seconds for pid, seconds in taken.items() if MOTO in _read(pid, "cmdline"))
        return moto, sum(taken.values())

    def _family(self) -> list[int]:
        parents = {int(one.name): _stat(int(one.name))[1:2] for one in Path("/proc").iterdir() if one.name.isdigit()}
        family = [self.pid]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == [str(pid)]]
        return family


def _complains(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return True  # nothing but JSON is expected there
    worse = entry.get("level") not in {"DEBUG", "INFO"}
    return worse or bool(_SERVER_ERROR.search(str(entry.get("message"))))


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text("utf-8", errors="replace")
    except OSError:  # it has just ended
        return ""


def _stat(pid: int) -> list[str]:
    return _read(pid, "stat").rpartition(") ")[2].split()


def _cpu_of(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:15])) / TICKS  # its own, and of children that have ended


@contextmanager
def running_shop(*options: str) -> Iterator[RunningShop]:
    """Starts it on a free port; it is gone at the end. Raises RuntimeError."""
    with TemporaryDirectory(prefix="minishop-bench-") as folder:
        log = Path(folder) / "log"
        with log.open("w") as errors:
            yield from _run(options, log, errors)


def _run(options: tuple[str, ...], log: Path, errors: IO[str]) -> Iterator[RunningShop]:
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [str(ROOT / "scripts" / "start"), "--port", str(port), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    assert process.stdout
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if found := re.match(r"ready (http\S+)", line):
                threading.Thread(target=process.stdout.read, daemon=True).start()
                yield RunningShop(found[1], process.pid, lines, time.monotonic() - began, log)
                return
        raise RuntimeError("\n".join(["the shop did not start", *lines, log.read_text("utf-8")]))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=STOP_SECONDS)
