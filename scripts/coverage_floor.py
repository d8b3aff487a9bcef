"""Holds a measured coverage to the floors in pyproject.toml, `[tool.minishop.coverage]`."""

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORST_SHOWN = 10


@dataclass(frozen=True)
class Floor:
    """The least share of lines and branches, in percent, that a group of files has to have run."""

    name: str
    files: tuple[str, ...]  # patterns of fnmatch, where * also matches /
    percent: float

    def covers(self, path: str) -> bool:
        """Tell whether a file (relative to the repository root) belongs to the group."""
        return any(fnmatch(path, pattern) for pattern in self.files)


@dataclass(frozen=True)
class Measure:
    """What was run of one file, lines and branches counted together, as coverage.py does."""

    path: str
    hit: int
    total: int

    @property
    def percent(self) -> float:
        """A file with nothing to run is wholly covered."""
        return 100.0 * self.hit / self.total if self.total else 100.0


def read_floors(pyproject: Path) -> list[Floor]:
    """Read the floors, in their order."""
    rows = tomllib.loads(pyproject.read_text("utf-8"))["tool"]["minishop"]["coverage"]["floors"]
    return [Floor(row["name"], tuple(row["files"]), float(row["percent"])) for row in rows]


def read_measures(report: Mapping[str, Any]) -> list[Measure]:
    """Read the files of a report as `coverage json` writes it.

    Raises:
        ValueError: the report was made without branches.
    """
    if not report["meta"]["branch_coverage"]:
        raise ValueError("the coverage was measured without branches")
    summaries = ((path.replace("\\", "/"), entry["summary"]) for path, entry in report["files"].items())
    return [
        Measure(path, one["covered_lines"] + one["covered_branches"], one["num_statements"] + one["num_branches"])
        for path, one in summaries
    ]


def check_floor(floor: Floor, measures: Sequence[Measure]) -> bool:
    """Print how a group stands to its floor, with its worst files when it is below; give whether it holds."""
    group = [measure for measure in measures if floor.covers(measure.path)]
    whole = Measure(floor.name, sum(one.hit for one in group), sum(one.total for one in group))
    holds = bool(group) and whole.hit * 100 >= floor.percent * whole.total
    stands = f"{whole.percent:6.2f} % of {whole.total} lines and branches, at least {floor.percent:g} %"
    print(f"{floor.name:24} {stands}{'' if holds else ' — BELOW'}")
    if not holds:
        worst = sorted((one for one in group if one.hit < one.total), key=lambda one: one.hit - one.total)
        for one in worst[:WORST_SHOWN]:
            print(f"    {one.percent:6.2f} %  {one.total - one.hit:4} missing  {one.path}")
    return holds


def main(arguments: Sequence[str] | None = None) -> int:
    """Check every floor; give 0 when all hold."""
    parser = argparse.ArgumentParser(prog="scripts/coverage_floor.py", description=__doc__)
    parser.add_argument("report", type=Path, help="what `coverage json` wrote")
    options = parser.parse_args(arguments)
    measures = read_measures(json.loads(options.report.read_text("utf-8")))
    held = [check_floor(floor, measures) for floor in read_floors(ROOT / "pyproject.toml")]  # all are shown
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
