"""What `scripts/new-service` makes is a whole service: it passes every check and its own tests without an edit."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("loyalty", "wishlistsandregistry")  # before and after `minishop` in the alphabet; the longest that is allowed
FOLDERS = ("events", "functions", "layers", "scripts", "tests")
FILES = ("pyproject.toml", "template.yaml", "requirements-dev.in", "requirements-dev.txt")
PYTEST = ("-m", "pytest", "-q", "-p", "no:schemathesis")
MYPY_CACHE = ".mypy_cache"
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"


def run(copy: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs Python in the copy, as a person would: nothing of the test run around it shows."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "PYTHON"))}
    folders = [copy, copy / "layers/minishop", *(path for path in (copy / "functions").iterdir() if path.is_dir())]
    environment = {**inherited, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    return subprocess.run(
        [sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def complaints(copy: Path, steps: Sequence[Sequence[str]]) -> str:
    """What the steps that failed said, each after its command."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        done = list(pool.map(lambda step: run(copy, *step), steps))
    return "\n".join(f"{' '.join(one.args[1:])}\n{one.stdout}{one.stderr}" for one in done if one.returncode)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with two services more."""
    copy = tmp_path_factory.mktemp("shop")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    if (ROOT / MYPY_CACHE).is_dir():  # of the same files at the same times: what they are need not be found out again
        shutil.copytree(ROOT / MYPY_CACHE, copy / MYPY_CACHE)
    for name in NAMES:
        made = run(copy, "-m", "scripts.new_service", name)
        assert made.returncode == 0, made.stdout + made.stderr
        assert f"{name} is whole" in made.stdout
    return copy


def test_two_new_services_pass_the_checks_and_their_tests(copy: Path) -> None:
    places = ("functions/{}", "tests/unit/{}", "tests/integration/{}")
    code = [
        path
        for name in NAMES
        for path in (*(place.format(name) for place in places), f"layers/minishop/minishop/contracts/{name}.py")
    ]
    tests = [path for path in code if path.startswith("tests/")]
    chosen = " or ".join((*NAMES, "test_every_function", "contract", "architecture"))
    steps: list[list[str]] = [
        ["-m", "scripts.translated_template"],
        ["-m", "mypy", *code],
        [*PYTEST, *tests, "tests/integration/invocations", "tests/contract", "tests/architecture", "-k", chosen],
        ["-m", "ruff", "check", "--no-cache", *code],
        ["-m", "ruff", "format", "--no-cache", "--check", *code],
        ["-c", LINT_IMPORTS],
        ["-m", "scripts.openapi_document", "--check"],
        ["-m", "scripts.locks", "--check"],
    ]
    failed = complaints(copy, steps)
    assert not failed, failed


def test_nothing_of_the_skeleton_s_placeholders_is_left(copy: Path) -> None:
    before = {path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*")}
    files = [path for folder in FOLDERS for path in (copy / folder).rglob("*") if path.is_file()]
    made = [path for path in files if path.relative_to(copy) not in before and "__pycache__" not in path.parts]
    assert len(made) >= 15 * len(NAMES)
    for path in (*made, copy / "template.yaml", copy / "pyproject.toml"):
        assert "__service__" not in (str(path.relative_to(copy)) + path.read_text("utf-8")).lower()
        assert ".tmpl" not in path.name
