"""The test suites: run one after another, each timed, with one measure of coverage over them (`scripts/test`)."""

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True)
class Suite:
    """Tests of one folder of tests/ and how they share the machine."""

    name: str
    spread: str = ""  # pytest-xdist's --dist; empty: one process
    measured: bool = True  # its coverage counts; measuring slows each of a running shop's processes
    folder: str = ""  # of tests/, when it is not called like the suite
    marks: str = ""  # pytest's -m
    beside: bool = False  # runs at the same time as its neighbours that may: one process, which leaves cores idle

    @property
    def path(self) -> str:
        """The folder of tests/ where its tests are."""
        return self.folder or self.name


# In the order they run: what is quick and tells most comes first.
SUITES = (
    Suite("unit", "worksteal"),
    Suite("architecture"),
    Suite("tooling", "worksteal"),
    Suite("contract"),
    Suite("faults", "worksteal"),  # each process has a shop of its own
    Suite("integration", "loadfile"),  # a file shares its moto
    Suite("local", "loadfile"),
    Suite("containers", measured=False, folder="system", marks="docker"),  # builds them first, for minutes
    Suite("gate", measured=False, beside=True),  # one local cloud for all of it
    Suite("system", measured=False, marks="not docker", beside=True),  # and another
)


@dataclass(frozen=True)
class Result:
    """What one suite came to."""

    suite: str
    seconds: float
    code: int  # pytest's exit code


def find_suites(tests: Path) -> list[Suite]:
    """Give the suites there are: the known ones in their order, then any other folder that holds tests."""
    known = {suite.path for suite in SUITES}
    others = sorted(folder.name for folder in tests.iterdir() if folder.is_dir() and folder.name not in known)
    return [suite for suite in (*SUITES, *map(Suite, others)) if any((tests / suite.path).rglob("test_*.py"))]


def split_arguments(arguments: Sequence[str], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the suites that are named first from what goes to pytest."""
    chosen = list(arguments)
    for at, argument in enumerate(arguments):
        if argument not in names:
            chosen = list(arguments[:at])
            break
    return chosen, list(arguments[len(chosen) :])


def run_pytest(paths: Sequence[str], options: Sequence[str], output: IO[str] | None = None) -> int:
    """Run pytest in a process of its own, in the repository root; give its exit code."""
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}  # no test asks the cloud who it is
    command = [sys.executable, "-m", "pytest", *options, *paths]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, stdout=output, stderr=subprocess.STDOUT if output else None
    ).returncode


def run_suite(suite: Suite, options: Sequence[str], *, measured: bool, output: IO[str] | None = None) -> Result:
    """Run one suite, its coverage added to what is there when it is to be measured. `output`: not on the terminal."""
    cores = os.cpu_count() or 1
    marks = ["-m", suite.marks] if suite.marks else []
    spread = ["-n", str(min(cores, 8)), "--dist", suite.spread] if suite.spread and cores > 1 else []
    counted = measured and suite.measured
    coverage = ["--cov", "--cov-config=pyproject.toml", "--cov-append", "--cov-report="] if counted else []
    print(f"\n── {suite.name} ".ljust(100, "─"), flush=True, file=output)
    start = time.monotonic()
    code = run_pytest([f"tests/{suite.path}"], ["-q", *marks, *spread, *coverage, *options], output)
    for killed in ROOT.glob(".coverage.*"):
        killed.unlink(missing_ok=True)  # begun by a process that a test killed; the rest is combined by now
    return Result(suite.name, time.monotonic() - start, code)


def run_beside(suites: Sequence[Suite], options: Sequence[str]) -> list[Result]:
    """Run suites at the same time; show what each said when it has ended."""
    print(f"\n{' and '.join(suite.name for suite in suites)}, at the same time …", flush=True)
    with ExitStack() as files, ThreadPoolExecutor(len(suites)) as pool:
        outputs = [files.enter_context(TemporaryFile("w+", encoding="utf-8")) for _ in suites]
        under_way = [
            pool.submit(run_suite, suite, options, measured=False, output=output)
            for suite, output in zip(suites, outputs, strict=True)
        ]
        results = []
        for future, output in zip(under_way, outputs, strict=True):
            results.append(future.result())
            output.seek(0)
            print(output.read(), flush=True)
        return results


def run_suites(suites: Sequence[Suite], options: Sequence[str], *, measured: bool) -> list[Result]:
    """Run one after another; neighbours that may, at the same time, where there is more than one core."""
    results = []
    for beside, group in groupby(suites, key=lambda suite: suite.beside and (os.cpu_count() or 1) > 1):
        neighbours = list(group)
        if beside and len(neighbours) > 1:
            results += run_beside(neighbours, options)
        else:
            results += [run_suite(suite, options, measured=measured) for suite in neighbours]
    return results


def check_coverage() -> bool:
    """Hold the coverage of all suites together to the floors of pyproject.toml."""
    report = ROOT / ".minishop" / "coverage.json"
    report.parent.mkdir(exist_ok=True)
    json = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(report)]
    floors = [sys.executable, "-m", "scripts.coverage_floor", str(report)]
    print("\n── coverage ".ljust(100, "─"), flush=True)
    return all(subprocess.run(command, cwd=ROOT, check=False).returncode == 0 for command in (json, floors))


def print_summary(results: Sequence[Result], *, covered: bool | None, seconds: float) -> None:
    """Print a line per suite: how it ended and how long it took; and how long all took together."""
    print("\n── summary ".ljust(100, "─"))
    for result in results:
        word = "passed" if result.code == 0 else f"FAILED (pytest {result.code})"
        print(f"{result.suite:14} {result.seconds:7.1f} s  {word}")
    print(f"{'all':14} {seconds:7.1f} s")
    if covered is not None:
        print(f"{'coverage':14} {'':9}  {'above its floors' if covered else 'FAILED'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites that are named, or all; give 0 when every one passed."""
    suites = find_suites(ROOT / "tests")
    names = [suite.name for suite in suites]
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        usage="scripts/test [SUITE …] [PYTEST OPTION …] | scripts/test PATH … [PYTEST OPTION …]",
        description="Run the tests. With no argument: every suite, and the coverage of all together.",
        epilog=f"Suites: {', '.join(names)}.",
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] in (["-h"], ["--help"]):
        parser.print_help()
        return 0
    chosen, rest = split_arguments(given, names)
    paths = [
        argument for argument in rest if not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists()
    ]
    if paths and not chosen:
        return run_pytest([], rest)
    if rest and not rest[0].startswith("-"):
        parser.error(f"no suite or path is called {rest[0]}; the suites are {', '.join(names)}")

    measured = not given and importlib.util.find_spec("pytest_cov") is not None
    if measured:
        for leftover in ROOT.glob(".coverage*"):
            leftover.unlink()
    start = time.monotonic()
    results = run_suites([suite for suite in suites if suite.name in (chosen or names)], rest, measured=measured)
    covered = check_coverage() if measured else None
    print_summary(results, covered=covered, seconds=time.monotonic() - start)
    failed = any(result.code not in ({0, NO_TESTS_COLLECTED} if rest else {0}) for result in results)
    return 1 if failed or covered is False or not results else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
