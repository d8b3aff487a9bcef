"""Everything that holds without running the shop: style, types, import rules, templates, locks (`scripts/check`)."""

import argparse
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
CODE = ("layers/minishop", "functions", "scripts", "tests")


@dataclass(frozen=True)
class Step:
    """One check: a command, run in the repository root, that ends with 0 when all is well."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: Step
    seconds: float
    passed: bool
    output: str


def python_path() -> str:
    """Give the folders that tests and handlers import from, out of pyproject.toml, as PYTHONPATH has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    folders: list[str] = settings["tool"]["pytest"]["ini_options"]["pythonpath"]
    return os.pathsep.join(str(ROOT / folder) for folder in folders)


def shell_scripts() -> list[str]:
    """Find the repository's shell scripts: the files of scripts/ and .ci/ that begin with bash's #! line."""
    files = sorted(path for folder in ("scripts", ".ci") for path in (ROOT / folder).iterdir() if path.is_file())
    return [str(path.relative_to(ROOT)) for path in files if path.read_bytes().startswith(b"#!/usr/bin/env bash")]


def all_steps(*, full: bool) -> list[Step]:
    """List the steps, the slow ones first, so that they end together."""
    sam = (PYTHON, "-m", "samcli")
    steps = [
        Step("mypy --strict", (PYTHON, "-m", "mypy", *(folder for folder in CODE if (ROOT / folder).is_dir()))),
        Step("sam validate --lint", (*sam, "validate", "--lint")),
        Step("translated template", (PYTHON, "-m", "scripts.translated_template")),
        Step("import rules", (PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()")),
        Step("OpenAPI document", (PYTHON, "-m", "scripts.openapi_document", "--check")),
        Step("ruff check", (PYTHON, "-m", "ruff", "check", "--quiet", ".")),
        Step("ruff format", (PYTHON, "-m", "ruff", "format", "--check", "--quiet", ".")),
        Step("locks", (PYTHON, "-m", "scripts.locks", "--check")),
        Step("shell scripts", ("bash", "-c", 'for one; do bash -n "$one" || exit; done', "bash", *shell_scripts())),
    ]
    return [*([Step("sam build", (PYTHON, "-m", "scripts.packages"))] if full else []), *steps]


def run_step(step: Step) -> Outcome:
    """Run one step and keep what it said."""
    environment = {
        **os.environ,
        "PYTHONPATH": python_path(),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": os.environ.get(
            "AWS_DEFAULT_REGION", "eu-central-1"
        ),  # sam wants one, even to read a file
    }
    start = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(step, time.monotonic() - start, done.returncode == 0, done.stdout)


def run_all(steps: Sequence[Step], show: Callable[[Outcome], None]) -> list[Outcome]:
    """Run every step, as many at once as there are cores, and show each as it ends."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        under_way: list[Future[Outcome]] = [pool.submit(run_step, step) for step in steps]
        outcomes = []
        for future in as_completed(under_way):
            outcomes.append(future.result())
            show(outcomes[-1])
    return outcomes


def show_outcome(outcome: Outcome) -> None:
    """Print a line for a step, and all it said when it failed."""
    print(f"{'ok    ' if outcome.passed else 'FAILED'} {outcome.seconds:6.1f} s  {outcome.step.name}", flush=True)
    if not outcome.passed:
        print("\n".join(f"    {line}" for line in outcome.output.rstrip().splitlines()), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks; give 0 when all passed."""
    parser = argparse.ArgumentParser(prog="scripts/check", description=__doc__)
    parser.add_argument("--full", action="store_true", help="with what is slow: sam build")
    options = parser.parse_args(arguments)
    steps = all_steps(full=options.full)
    print(f"{len(steps)} checks: {', '.join(step.name for step in steps)}", flush=True)
    start = time.monotonic()
    outcomes = run_all(steps, show_outcome)
    failed = [outcome.step.name for outcome in outcomes if not outcome.passed]
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'all checks passed'} ({time.monotonic() - start:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
