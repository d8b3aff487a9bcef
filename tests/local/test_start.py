"""`python -m scripts.local start`: what it says, what it refuses, and that it leaves nothing behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from scripts.local.children import ROOT, Child, ChildError
from scripts.local.ports import free_port

FIXTURES = Path(__file__).parent / "fixtures"
TEMPLATE = FIXTURES / "start" / "template.yaml"
DEADLINE_SECONDS = 240.0  # a start that takes five seconds was seen to take fifty on a busy machine


def start(*arguments: str, template: Path = TEMPLATE) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.local", "start", "--empty", "--template", str(template), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def refused(*arguments: str, template: Path = TEMPLATE) -> tuple[int, str]:
    process = start(*arguments, template=template)
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    return process.returncode, errors


@contextmanager
def started(port: int) -> Iterator["subprocess.Popen[str]"]:
    process = start("--port", str(port))
    assert process.stdout
    assert process.stderr
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == f"ready http://127.0.0.1:{port}\n":
                break
        else:
            pytest.fail(f"never ready: {lines} {process.stderr.read()}")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=DEADLINE_SECONDS)


def descendants(pid: int) -> set[int]:
    table = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in table.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_until_gone(pids: set[int], seconds: float = DEADLINE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while left := {pid for pid in pids if _runs(pid)}:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_a_shop_starts_answers_and_stops_without_a_trace() -> None:
    port = free_port()
    with started(port) as process:
        url = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{url}/hello", timeout=DEADLINE_SECONDS).json() == {"hello": "world"}
        assert httpx.get(f"{url}/_local/queues", timeout=DEADLINE_SECONDS).json() == {"items": []}
        page = httpx.get(f"{url}/_local/", headers={"Accept": "text/html"}, timeout=DEADLINE_SECONDS)
        assert "text/html" in page.headers["content-type"]
        busy_code, busy_error = refused("--port", str(port))
        left = descendants(process.pid)
        assert len(left) >= 2  # moto, and what runs functions
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_SECONDS) == 0
        wait_until_gone(left)
    assert busy_code == 1
    assert busy_error == f"scripts/start: port {port} is in use by another program; choose one with --port\n"


def test_a_supervisor_that_is_killed_takes_everything_with_it() -> None:
    port = free_port()
    with started(port) as process:
        httpx.get(f"http://127.0.0.1:{port}/hello", timeout=DEADLINE_SECONDS)
        left = descendants(process.pid)
        process.kill()
        process.wait(DEADLINE_SECONDS)
        wait_until_gone(left)


def test_sigterm_while_it_starts_stops_it() -> None:
    process = start("--port", str(free_port()))
    assert process.stdout
    process.stdout.readline()
    left = descendants(process.pid)
    process.terminate()
    process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0
    wait_until_gone(left)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--parameter-overrides", "Colour=red"], 1, "Colour"),
        (["--parameter-overrides", "Greeting=shout"], 1, "Greeting"),
        (["--parameter-overrides", "Greeting"], 2, "Key=Value"),
        (["--port", "x"], 2, "not a port"),
        (["--template", "/nowhere.yaml"], 1, "/nowhere.yaml"),
        (["--template", str(FIXTURES / "start" / "broken.yaml")], 1, "broken.yaml:3"),
    ],
)
def test_what_cannot_start_says_why_in_one_line(arguments: list[str], code: int, says: str) -> None:
    status, errors = refused("--port", str(free_port()), *arguments)
    assert status == code
    assert errors.startswith("scripts/start: ")
    assert says in errors
    assert errors.count("\n") == 1


def test_a_program_on_a_leash_ends_with_its_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = (
        f"import os,time; open({str(pid_file)!r},'w').write(str(os.getpid())); print('up', flush=True); time.sleep(60)"
    )
    child = Child("sleeper", [sys.executable, "-c", program], tmp_path / "log")
    child.wait_until(lambda: "up" in child.output(), DEADLINE_SECONDS)
    assert child.is_running()
    child.close()
    assert not child.is_running()
    wait_until_gone({int(pid_file.read_text())})


def test_a_program_that_ends_at_once_says_why(tmp_path: Path) -> None:
    child = Child("crasher", [sys.executable, "-c", "raise SystemExit('no licence')"], tmp_path / "log")
    with pytest.raises(ChildError, match="crasher ended at once: no licence"):
        child.wait_until(lambda: False, DEADLINE_SECONDS)
    child.close()


def test_a_program_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    child = Child("waiter", [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log")
    with pytest.raises(ChildError, match="not ready within"):
        child.wait_until(lambda: False, 0.1)
    child.close()
