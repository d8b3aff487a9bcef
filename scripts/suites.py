"""The test suites: run side by side, each timed, with one measure of coverage over them (`scripts/test`)."""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
COVERAGE = ROOT / ".minishop" / "coverage"
SLOTS = 4
NO_TESTS_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True)
class Suite:
    """Tests of one folder of tests/, which one process runs: spreading a suite takes each process its own start."""

    name: str
    measured: bool = True  # its coverage counts; measuring slows each of a running shop's processes
    path: str = ""  # in tests/, when it is not called like the suite
    marks: str = ""  # pytest's -m
    fuzzes: bool = False  # with schemathesis, which takes a process the better part of a second to load


# Begun in this order, as many at a time as there are cores, at most SLOTS: the longest first, so that the last end
# together. Containers, which wait for Docker most of the time, and not at all where there is none, go before.
SUITES = (
    Suite("containers", measured=False, path="system/test_sam.py", marks="docker"),
    Suite("system", measured=False, marks="not docker", fuzzes=True),
    Suite("integration"),
    Suite("gate", measured=False),
    Suite("faults"),
    Suite("tooling"),
    Suite("local"),
    Suite("unit"),
    Suite("contract"),
    Suite("architecture"),
)


@dataclass(frozen=True)
class Result:
    """What one suite came to."""

    suite: str
    seconds: float
    code: int  # pytest's exit code


def find_suites(tests: Path) -> list[Suite]:
    """Give the suites there are: the known ones in their order, then any other folder that holds tests."""
    known = [suite for suite in SUITES if (tests / (suite.path or suite.name)).exists()]
    names = {suite.name for suite in SUITES}
    others = [folder for folder in sorted(tests.iterdir()) if folder.is_dir() and folder.name not in names]
    return [*known, *(Suite(folder.name) for folder in others if any(folder.rglob("test_*.py")))]


def split_arguments(arguments: Sequence[str], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the suites that are named first from what goes to pytest."""
    chosen = list(arguments)
    for at, argument in enumerate(arguments):
        if argument not in names:
            chosen = list(arguments[:at])
            break
    return chosen, list(arguments[len(chosen) :])


def run_pytest(paths: Sequence[str], options: Sequence[str], output: IO[str] | None = None, **environment: str) -> int:
    """Run pytest in a process of its own, in the repository root; give its exit code."""
    known = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}  # no test asks the cloud who it is
    command = [sys.executable, "-m", "pytest", *options, *paths]
    errors = subprocess.STDOUT if output else None
    return subprocess.run(
        command, cwd=ROOT, env={**known, **environment}, check=False, stdout=output, stderr=errors
    ).returncode


def run_suite(suite: Suite, options: Sequence[str], *, measured: bool, output: IO[str] | None = None) -> Result:
    """Run one suite; what it covers, when that is to be measured, is left in a folder of its own."""
    marks = ["-m", suite.marks] if suite.marks else []
    plugins = [] if suite.fuzzes else ["-p", "no:schemathesis"]
    environment, coverage = {}, []
    if measured and suite.measured:
        data = COVERAGE / suite.name / ".coverage"
        data.parent.mkdir(parents=True)
        environment, coverage = {"COVERAGE_FILE": str(data)}, ["--cov", "--cov-config=pyproject.toml", "--cov-report="]
    print(f"\n── {suite.name} ".ljust(100, "─"), flush=True, file=output)
    start = time.monotonic()
    path = f"tests/{suite.path or suite.name}"
    code = run_pytest([path], ["-q", *marks, *plugins, *coverage, *options], output, **environment)
    return Result(suite.name, time.monotonic() - start, code)


def run_beside(suites: Sequence[Suite], options: Sequence[str], *, slots: int, measured: bool) -> list[Result]:
    """Run so many suites at a time; show what each said when it has ended."""
    results = []
    with ExitStack() as files, ThreadPoolExecutor(slots) as pool:
        begun = time.monotonic()

        def run(suite: Suite, output: IO[str]) -> Result:
            print(f"[{time.monotonic() - begun:5.1f} s] {suite.name} …", flush=True)
            return run_suite(suite, options, measured=measured, output=output)

        outputs = [files.enter_context(TemporaryFile("w+", encoding="utf-8")) for _ in suites]
        under_way = {pool.submit(run, suite, output): output for suite, output in zip(suites, outputs, strict=True)}
        for future in as_completed(under_way):
            results.append(future.result())
            under_way[future].seek(0)
            print(under_way[future].read(), flush=True)
    return results


def run_suites(suites: Sequence[Suite], options: Sequence[str], *, measured: bool) -> list[Result]:
    """Run them side by side where there are several and more than one core, else one after the other."""
    slots = min(os.cpu_count() or 1, SLOTS, len(suites))
    if slots > 1:
        return run_beside(suites, options, slots=slots, measured=measured)
    return [run_suite(suite, options, measured=measured) for suite in suites]


def check_coverage() -> bool:
    """Hold the coverage of all suites together to the floors of pyproject.toml."""
    report = ROOT / ".minishop" / "coverage.json"
    measurements = [str(data) for data in sorted(COVERAGE.glob("*/.coverage"))]
    combine = [sys.executable, "-m", "coverage", "combine", "--quiet", "--keep", *measurements]
    json = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(report)]
    floors = [sys.executable, "-m", "scripts.coverage_floor", str(report)]
    print("\n── coverage ".ljust(100, "─"), flush=True)
    return all(subprocess.run(command, cwd=ROOT, check=False).returncode == 0 for command in (combine, json, floors))


def print_summary(results: Sequence[Result], *, covered: bool | None, seconds: float) -> None:
    """Print a line per suite: how it ended and how long it took; and how long all took together."""
    print("\n── summary ".ljust(100, "─"))
    for result in sorted(results, key=lambda result: -result.seconds):
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
        shutil.rmtree(COVERAGE, ignore_errors=True)
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
