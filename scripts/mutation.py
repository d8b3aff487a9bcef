"""Plants bugs, one at a time, and sees that the tests named for each catch it (`scripts/mutants`).

Each runs in a copy of the tree, so that nothing here is ever wrong, not even when this is interrupted. The same tests
must pass without the bug: what fails anyway catches nothing.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.planted_bugs import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("functions", "layers", "scripts", "tests", "events", "template.yaml", "samconfig.toml", "pyproject.toml")
TESTS_FAILED = 1  # pytest's exit code
LONGEST = 300.0


@dataclass(frozen=True)
class Verdict:
    """What the tests made of a planted bug: `wrong` is empty when they caught it."""

    mutant: Mutant
    wrong: str


def copy_tree(target: Path) -> None:
    """Copies what tests need."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)


def run_tests(tree: Path, tests: str) -> int:
    """Pytest's exit code, of these tests in that tree; the first failure ends it."""
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests.split()]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TESTS_FAILED  # a bug that makes the tests hang is noticed
    return done.returncode


def plant(mutant: Mutant, tree: Path) -> str:
    """Puts the bug into the tree; the file as it was. Raises ValueError when it has no place there."""
    path = tree / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(f"its text stands {text.count(mutant.old)} times in {mutant.file}")
    path.write_text(text.replace(mutant.old, mutant.new))
    return text


def judge(mutant: Mutant, tree: Path) -> Verdict:
    """Plants the bug, runs its tests, takes it out again."""
    try:
        before = plant(mutant, tree)
    except (OSError, ValueError) as error:
        return Verdict(mutant, str(error))
    try:
        code = run_tests(tree, mutant.tests)
    finally:
        (tree / mutant.file).write_text(before)
    if code == TESTS_FAILED:
        return Verdict(mutant, "")
    return Verdict(mutant, f"not caught by {mutant.tests}" if code == 0 else f"its tests do not run (pytest: {code})")


def check_sound(tests: Iterable[str], trees: "queue.Queue[Path]") -> dict[str, str]:
    """Runs each set of tests without a bug; what is wrong with those that do not pass."""

    def check(names: str) -> tuple[str, str]:
        tree = trees.get()
        try:
            code = run_tests(tree, names)
        finally:
            trees.put(tree)
        return names, "" if code == 0 else f"its tests do not pass without it (pytest: {code})"

    with ThreadPoolExecutor(trees.qsize()) as pool:
        return {names: wrong for names, wrong in pool.map(check, sorted(set(tests))) if wrong}


def run(mutants: Sequence[Mutant], jobs: int) -> list[Verdict]:
    """Judges the mutants, telling of each as it is done."""
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="minishop-mutants-") as folder:
        trees: queue.Queue[Path] = queue.Queue()
        for number in range(jobs):
            tree = Path(folder) / str(number)
            copy_tree(tree)
            trees.put(tree)
        unsound = check_sound((mutant.tests for mutant in mutants), trees)

        def one(mutant: Mutant) -> Verdict:
            if mutant.tests in unsound:
                return Verdict(mutant, unsound[mutant.tests])
            tree = trees.get()
            try:
                return judge(mutant, tree)
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(jobs) as pool:
            for verdict in pool.map(one, mutants):
                verdicts.append(verdict)
                word = f"MISSED  {verdict.wrong}" if verdict.wrong else "caught"
                print(f"{len(verdicts):3}/{len(mutants)} {verdict.mutant.name:42} {word}", flush=True)
    return verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when every bug was caught."""
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Plant bugs; each must be caught by a test.")
    parser.add_argument("names", nargs="*", help="only these (default: all)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once (default: one per core)")
    parser.add_argument("--list", action="store_true", help="name the bugs and plant none")
    options = parser.parse_args(arguments)
    known = {mutant.name: mutant for mutant in MUTANTS}
    unknown = [name for name in options.names if name not in known]
    if unknown or options.jobs < 1:
        parser.error(f"there is no bug called {unknown[0]}; see --list" if unknown else "--jobs is at least 1")
    chosen = [known[name] for name in options.names] or list(MUTANTS)
    if options.list:
        print("\n".join(f"{mutant.name:42} {mutant.file}" for mutant in chosen))
        return 0
    started = time.monotonic()
    missed = [verdict for verdict in run(chosen, options.jobs) if verdict.wrong]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught, {time.monotonic() - started:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
