"""No process outlives the local cloud, however it ends."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from scripts.local.runtime.zygote import Zygote
from tests.local.hand_made import is_running, make_function, run, running, until

ROOT = Path(__file__).parents[3]


def _wait_until_gone(*pids: int) -> None:
    deadline = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if is_running(pid)]}"
        time.sleep(0.01)


def _parent(pid: int) -> int:
    return int(subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, check=True).stdout)


def _parents() -> set[int]:
    return {
        int(line) for line in subprocess.run(["ps", "-eo", "ppid="], capture_output=True, check=True).stdout.split()
    }


def test_close_leaves_no_process_even_in_the_middle_of_an_invocation(tmp_path: Path) -> None:
    async def scenario() -> tuple[int, ...]:
        async with running() as cloud:
            idle = (await cloud.do("process")).payload["pid"]
            busy = asyncio.create_task(cloud.do("abandon", folder=str(tmp_path)))
            await until((tmp_path / "child").exists)
            await until(lambda: bool((tmp_path / "child").read_text()))
            zygote = _parent(idle)
        outcome = await busy
        assert outcome.function_error
        assert not [line for line in cloud.lines if "killed" in line.text]
        return idle, zygote, int((tmp_path / "child").read_text())

    _wait_until_gone(*run(scenario))


def test_a_timeout_ends_what_the_function_had_started_too(tmp_path: Path) -> None:
    child = tmp_path / "child"

    async def scenario(seconds: int) -> None:
        async with running(make_function(timeout=seconds)) as cloud:
            assert (await cloud.do("abandon", folder=str(tmp_path))).function_error
            if child.exists():
                _wait_until_gone(int(child.read_text()))

    for seconds in (1, 10, 60):  # the first in which this machine starts a program
        run(scenario, seconds)
        if child.exists():
            break
    assert child.exists()


def test_nothing_is_left_when_the_supervisor_is_killed() -> None:
    program = textwrap.dedent("""
        import asyncio
        from tests.local.hand_made import running

        async def main():
            async with running() as cloud:
                print((await cloud.do("process")).payload["pid"], flush=True)
                await cloud.do("sleep", seconds=60)

        asyncio.run(main())
    """)
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        worker = int(supervisor.stdout.readline())
        zygote = _parent(worker)
        supervisor.kill()
    _wait_until_gone(worker, zygote)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a busy worker ends with its invocation")
def test_no_worker_outlives_its_zygote_and_the_next_invocation_starts_another(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running() as cloud:
            worker = (await cloud.do("process")).payload["pid"]
            zygote = _parent(worker)
            busy = asyncio.create_task(cloud.do("wait_for", folder=str(tmp_path), name="one"))
            await until((tmp_path / "arrived-one").exists)
            os.kill(zygote, signal.SIGKILL)
            assert (await busy).payload["errorType"] == "Runtime.ExitError"
            _wait_until_gone(worker, zygote)
            assert (await cloud.do("echo", value=1)).payload["echo"] == 1

    run(scenario)


def test_environments_that_end_are_not_left_as_zombies() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            zygote = 0
            for _ in range(3):
                pid = (await cloud.do("process")).payload["pid"]
                zygote = zygote or _parent(pid)
                assert (await cloud.do("exit", status=7)).payload["errorMessage"].endswith("exit status 7")
            assert zygote not in _parents()

    run(scenario)


def test_killing_workers_at_random_never_hangs_a_caller_or_mixes_up_answers() -> None:
    async def scenario() -> None:
        async with running(concurrency=4) as cloud:

            async def one(number: int) -> bool:
                if number % 10 == 0:
                    return (await cloud.do("exit", status=1)).function_error
                outcome = await cloud.do("echo", value=number)
                return bool(outcome.payload["echo"] == number)

            assert all(await asyncio.gather(*(one(number) for number in range(100))))

    run(scenario)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_preloaded_zygote_has_one_thread_and_no_connection_but_the_supervisors() -> None:
    async def scenario() -> None:
        async with running(launcher=Zygote()) as cloud:
            await cloud.runtime.start()
            worker = (await cloud.do("process")).payload
            zygote = Path(f"/proc/{_parent(worker['pid'])}")
            assert len(list((zygote / "task").iterdir())) == 1
            descriptors = [str(link.readlink()) for link in (zygote / "fd").iterdir()]
            assert len([name for name in descriptors if name.startswith("socket:")]) == 1
            assert {"botocore.session", "pydantic"} <= set(worker["modules"])

    run(scenario)
