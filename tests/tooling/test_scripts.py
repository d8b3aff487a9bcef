"""The scripts that people type: whatever is missing or wrong is one clear line and a code that is not 0."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSIX_TOOLS = ("awk", "bash", "cat", "cmp", "dirname", "env", "grep", "head", "mkdir", "rm", "sed")


def shell_scripts() -> list[Path]:
    files = [path for folder in ("scripts", ".ci") for path in sorted((ROOT / folder).iterdir()) if path.is_file()]
    return [path for path in files if path.read_bytes().startswith(b"#!/usr/bin/env bash")]


SCRIPTS = shell_scripts()


def run(command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    known = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/nonexistent")}
    return subprocess.run(command, env=known | environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A copy of what the set-up needs, in a folder whose name has a space."""
    copy = tmp_path / "a copy"
    (copy / "scripts").mkdir(parents=True)
    for name in ("bootstrap", "start", "test"):
        shutil.copy(ROOT / "scripts" / name, copy / "scripts" / name)
    shutil.copy(ROOT / "requirements-dev.txt", copy)
    return copy


@pytest.fixture
def tools_only(tmp_path: Path) -> str:
    """A PATH with what POSIX promises, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in POSIX_TOOLS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


def put_python(folder: Path, name: str, body: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    program.chmod(0o755)


def finished(copy: Path) -> Path:
    """Give the copy a virtual environment that claims to be whole; its Python tells what it is asked to run."""
    put_python(copy / ".venv" / "bin", "python", 'echo "cwd=$PWD"; for one; do echo "arg=$one"; done')
    stamp = copy / ".venv" / "stamp"
    stamp.write_text(f"{copy}\n{(copy / 'requirements-dev.txt').read_text('utf-8')}", "utf-8")
    return stamp


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_shell_script_is_sound_bash_that_stops_at_the_first_error(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert "\nset -euo pipefail\n" in script.read_text("utf-8")
    checked = run(["bash", "-n", str(script)])
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_shell_script_is_clean_to_shellcheck(script: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed here")
    checked = run(["shellcheck", str(script)])
    assert checked.returncode == 0, checked.stdout


@pytest.fixture
def at_work(elsewhere: Path) -> Path:
    """A whole copy of the scripts, whose environment is the one that runs the tests."""
    stamp = finished(elsewhere)
    put_python(stamp.parent / "bin", "python", f'exec "{sys.executable}" "$@"')
    for path in (ROOT / "scripts").iterdir():
        if path.is_file():
            shutil.copy(path, elsewhere / "scripts")
    (elsewhere / "tests" / "unit").mkdir(parents=True)
    (elsewhere / "tests" / "unit" / "test_one.py").write_text("def test_one() -> None: ...\n", "utf-8")
    shutil.copy(ROOT / "pyproject.toml", elsewhere)
    (elsewhere / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", elsewhere / ".ci")
    return elsewhere


@pytest.mark.parametrize("name", ["bootstrap", "build", "check", "lock", "new-service", "test"])
def test_help_begins_with_a_usage_line(at_work: Path, name: str) -> None:
    helped = run([str(at_work / "scripts" / name), "--help"])
    assert helped.returncode == 0, helped.stderr
    assert helped.stdout.startswith("usage: ")
    assert f"scripts/{name}" in helped.stdout.splitlines()[0]


@pytest.mark.parametrize(
    "command",
    [
        ["scripts/bootstrap", "now"],
        [".ci/run", "--fast"],
        ["scripts/check", "--fast"],
        ["scripts/lock", "--fast"],
        ["scripts/new-service"],
        ["scripts/test", "unti"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused_with_the_usage(at_work: Path, command: list[str]) -> None:
    refused = run([str(at_work / command[0]), *command[1:]])
    assert refused.returncode == 2
    assert "usage: " in refused.stdout + refused.stderr


def test_a_suite_can_be_named_and_its_time_is_told(at_work: Path) -> None:
    tested = run([str(at_work / "scripts" / "test"), "unit", "-p", "no:cacheprovider"])
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert [line.split()[0] for line in tested.stdout.splitlines()[-2:]] == ["unit", "all"]
    assert "passed" in tested.stdout.splitlines()[-2]


def test_what_the_suites_cover_is_added_up_and_held_to_the_floors(at_work: Path) -> None:
    settings = (
        '[tool.pytest.ini_options]\npythonpath = ["functions/one"]\n'
        '[tool.coverage.run]\nbranch = true\nparallel = true\nsource = ["functions"]\n'
        '[[tool.minishop.coverage.floors]]\nname = "all"\nfiles = ["*"]\npercent = 100\n'
    )
    (at_work / "pyproject.toml").write_text(settings, "utf-8")
    code = at_work / "functions" / "one" / "one.py"
    code.parent.mkdir(parents=True)
    code.write_text("def sign(n):\n    if n < 0:\n        return -1\n    return 1\n", "utf-8")
    for suite, number in (("unit", 1), ("contract", -1)):
        test = at_work / "tests" / suite / "test_one.py"
        test.parent.mkdir(exist_ok=True)
        test.write_text(f"from one import sign\n\ndef test_one():\n    assert sign({number}) == {number}\n", "utf-8")
    tested = run([str(at_work / "scripts" / "test")])
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "above its floors" in tested.stdout


def test_a_suite_that_fails_fails_the_run(at_work: Path) -> None:
    (at_work / "tests" / "unit" / "test_one.py").write_text("def test_one() -> None:\n    assert False\n", "utf-8")
    tested = run([str(at_work / "scripts" / "test"), "unit", "-p", "no:cacheprovider"])
    assert tested.returncode == 1
    assert "FAILED (pytest 1)" in tested.stdout


def test_without_a_python_the_set_up_says_in_one_line_what_to_install(elsewhere: Path, tools_only: str) -> None:
    failed = run([str(elsewhere / "scripts" / "start")], PATH=tools_only, HOME="/nonexistent")
    assert failed.returncode != 0
    assert failed.stdout == ""
    assert len(failed.stderr.splitlines()) == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in failed.stderr
    assert not (elsewhere / ".venv").exists()


def test_a_python_that_is_too_old_or_only_a_shim_is_as_good_as_none(elsewhere: Path, tools_only: str) -> None:
    put_python(Path(tools_only), "python3.13", 'echo "pyenv: python3.13: command not found" >&2; exit 127')
    put_python(Path(tools_only), "python3", "exit 1")  # what the probe answers on Python 3.10
    failed = run([str(elsewhere / "scripts" / "bootstrap")], PATH=tools_only, HOME="/nonexistent")
    assert failed.returncode != 0
    assert len(failed.stderr.splitlines()) == 1
    assert "none was found" in failed.stderr


def test_a_python_without_ensurepip_is_told_from_none(elsewhere: Path, tools_only: str) -> None:
    put_python(Path(tools_only), "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    failed = run([str(elsewhere / "scripts" / "bootstrap")], PATH=tools_only, HOME="/nonexistent")
    assert failed.returncode != 0
    assert len(failed.stderr.splitlines()) == 1
    assert "apt-get install python3-venv" in failed.stderr


def test_a_python_of_pyenv_is_found_though_it_is_not_on_the_path(elsewhere: Path, tools_only: str) -> None:
    put_python(
        elsewhere / "pyenv" / "versions" / "3.12.7" / "bin", "python3.12", 'case "$2" in *ensurepip*) exit 1 ;; esac'
    )
    failed = run([str(elsewhere / "scripts" / "bootstrap")], PATH=tools_only, PYENV_ROOT=str(elsewhere / "pyenv"))
    assert "versions/3.12.7/bin/python3.12 has no ensurepip" in failed.stderr


def test_a_copy_that_is_not_whole_says_so(elsewhere: Path) -> None:
    (elsewhere / "requirements-dev.txt").unlink()
    failed = run([str(elsewhere / "scripts" / "bootstrap")])
    assert failed.returncode != 0
    assert failed.stderr.splitlines() == [
        "bootstrap: requirements-dev.txt is missing: this is not a whole copy of the repository"
    ]


def test_with_a_whole_environment_nothing_is_set_up_and_arguments_arrive_as_given(
    elsewhere: Path, tools_only: str
) -> None:
    finished(elsewhere)
    started = run(
        [str(elsewhere / "scripts" / "start"), "--port", "4 5"], PATH=tools_only, CDPATH=str(elsewhere.parent)
    )
    assert started.stderr == ""
    assert started.stdout.splitlines() == [
        f"cwd={elsewhere}",
        *(f"arg={one}" for one in ("-m", "scripts.local", "start", "--port", "4 5")),
    ]


@pytest.mark.parametrize("damage", ["the stamp is gone", "the lock changed", "the folder moved", "its Python is gone"])
def test_an_environment_that_is_not_whole_is_made_again(elsewhere: Path, tools_only: str, damage: str) -> None:
    stamp = finished(elsewhere)
    if damage == "the stamp is gone":  # what an interrupted set-up leaves
        stamp.unlink()
    elif damage == "the lock changed":
        with (elsewhere / "requirements-dev.txt").open("a", encoding="utf-8") as lock:
            lock.write("# one more\n")
    elif damage == "the folder moved":
        elsewhere = elsewhere.rename(elsewhere.with_name("moved"))
    else:
        (elsewhere / ".venv" / "bin" / "python").unlink()
    attempt = run([str(elsewhere / "scripts" / "bootstrap")], PATH=tools_only, HOME="/nonexistent")
    assert attempt.returncode != 0  # it would have to, and here it cannot
    assert "none was found" in attempt.stderr


def test_a_set_up_that_is_interrupted_leaves_no_stamp_and_the_lock_free(elsewhere: Path, tools_only: str) -> None:
    making = 'case "$*" in *"-m venv"*) kill -INT $PPID; exit 130 ;; esac'
    put_python(Path(tools_only), "python3", making)
    finished(elsewhere).write_text("of another lock\n", "utf-8")
    stopped = run([str(elsewhere / "scripts" / "bootstrap")], PATH=tools_only, HOME="/nonexistent")
    assert stopped.returncode != 0
    assert not (elsewhere / ".venv" / "stamp").exists()


def test_two_set_ups_at_once_wait_for_each_other(elsewhere: Path, tools_only: str) -> None:
    put_python(Path(tools_only), "python3", f'exec "{sys.executable}" "$@"')
    (elsewhere / ".minishop").mkdir()
    with (elsewhere / ".minishop" / "setup.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        environment = {"PATH": tools_only, "HOME": "/nonexistent"}
        command = [str(elsewhere / "scripts" / "bootstrap")]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as second:
            assert second.stderr is not None
            assert "another set-up is running here" in second.stderr.readline()
            finished(elsewhere)  # what the first one comes to
            fcntl.flock(first, fcntl.LOCK_UN)
            assert second.wait(timeout=300) == 0
            assert second.stderr.read() == ""
