"""Figures beside their targets: each part notes its own while it runs, and the summary shows all of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from scripts.benchmarks.tables import text_table

HEAD = ("part", "figure", "target", "measured", "")


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        part: Of the benchmarks.
        target: At most so much, or exactly so much when it is a count that is stated.
        shown: How a number is written, such as `.2f`.
    """

    part: str
    name: str
    target: float
    measured: float
    shown: str = ".2f"
    exact: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is as it should be."""
        return self.measured == self.target if self.exact else self.measured <= self.target

    @property
    def outcome(self) -> str:
        """`reached`, or by how much it is not."""
        if self.reached:
            return "reached"
        if self.exact or not self.target:
            return f"MISSED by {self.measured - self.target:+{self.shown}}"
        return f"MISSED by {self.measured / self.target - 1:.0%}"

    def row(self) -> list[str]:
        """As a line of the summary."""
        bound = "" if self.exact else "≤ "
        return [
            self.part,
            self.name,
            f"{bound}{self.target:{self.shown}}",
            f"{self.measured:{self.shown}}",
            self.outcome,
        ]


_noted: list[Figure] = []


def note(part: str, name: str, target: float, measured: float, *, shown: str = ".2f") -> None:
    """Keeps a figure for the summary."""
    _noted.append(Figure(part, name, target, measured, shown))


def note_count(part: str, name: str, stated: int, counted: int) -> None:
    """Keeps one that must be exactly so."""
    _noted.append(Figure(part, name, stated, counted, ".0f", exact=True))


def note_worst(part: str, name: str, found: Iterable[tuple[str, float, float]], *, shown: str = ".2f") -> None:
    """Keeps that of `(whose, target, measured)` which is furthest over its target, or nearest to it."""
    ranked = sorted(found, key=lambda one: one[2] / one[1])
    if ranked:
        whose, target, measured = ranked[-1]
        note(part, f"{name}, worst: {whose}" if len(ranked) > 1 else name, target, measured, shown=shown)


def take() -> list[Figure]:
    """What was noted since the last time."""
    found = list(_noted)
    _noted.clear()
    return found


def summary(figures: Iterable[Figure], failures: Iterable[tuple[str, str]]) -> str:
    """The table; `failures` are parts that came to no end, and why."""
    rows = [figure.row() for figure in figures]
    rows += [[part, why, "", "", "FAILED"] for part, why in failures]
    missed = sum(row[-1] != "reached" for row in rows)
    return f"{text_table(HEAD, rows)}\n\n{len(rows) - missed} of {len(rows)} figures reached"
