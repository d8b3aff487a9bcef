"""Every figure beside its target, from one run: reached, or by how much not."""

from collections.abc import Sequence

import pytest

from scripts.benchmarks import __main__ as bench
from scripts.benchmarks import figures
from scripts.benchmarks.figures import Figure, note, note_count, note_worst

WITH_FIGURES = {"package", "cold", "warm", "calls", "start", "load", "flash-sale", "one-key"}


@pytest.fixture(autouse=True)
def _nothing_noted() -> None:
    figures.take()


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [
        (Figure("cold", "import", 2.0, 2.0), "reached"),
        (Figure("cold", "import", 2.0, 2.5), "MISSED by 25%"),
        (Figure("calls", "gets", 1, 1, ".0f", exact=True), "reached"),
        (Figure("calls", "gets", 1, 3, ".0f", exact=True), "MISSED by +2"),
        (Figure("flash-sale", "sold", 100, 99, ".0f", exact=True), "MISSED by -1"),
    ],
)
def test_a_figure_is_reached_or_says_by_how_much_not(figure: Figure, outcome: str) -> None:
    assert figure.outcome == outcome
    assert figure.row()[-1] == outcome


def test_of_several_the_one_furthest_over_its_own_target_is_shown() -> None:
    note_worst("package", "zip", [("auth", 100, 120), ("orders", 200, 210), ("cart", 50, 10)], shown=".0f")
    note_worst("package", "none", [])
    (shown,) = figures.take()
    assert shown.row() == ["package", "zip, worst: auth", "≤ 100", "120", "MISSED by 20%"]
    assert figures.take() == []


def _parts(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[tuple[str, Sequence[str]]]:
    """Has these be all that is measured; what each was told."""
    told: list[tuple[str, Sequence[str]]] = []

    def run(part: str, arguments: list[str]) -> int:
        told.append((part, arguments))
        if part == "calls":
            raise AssertionError("the world does not hold\nfor several reasons")
        if part == "cold":
            return 1  # such as when nothing is built
        note_count(part, "orders", 1, 1)
        note(part, "seconds", 1.0, 1.5 if part == "start" else 0.5)
        return int(part == "start")

    monkeypatch.setattr(bench, "run", run)
    monkeypatch.setattr(bench, "MEASURED", tuple(one for one in bench.MEASURED if one[0] in names))
    return told


def test_every_part_is_run_and_all_figures_stand_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {part for part, _, _ in bench.MEASURED} == WITH_FIGURES
    told = _parts(monkeypatch, "package", "cold", "calls", "start")
    assert bench.main([]) == 1
    assert [part for part, _ in told] == ["package", "cold", "calls", "start"]
    *_, table, count = capsys.readouterr().out.rstrip().split("\n\n")
    lines = [" ".join(line.split()) for line in table.splitlines()]
    assert "start seconds ≤ 1.00 1.50 MISSED by 50%" in lines
    assert "package orders 1 1 reached" in lines
    assert "cold nothing was measured: see above FAILED" in lines
    assert "calls AssertionError: the world does not hold FAILED" in lines
    assert count == "3 of 6 figures reached"


def test_quick_does_the_same_with_less(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _parts(monkeypatch, "package", "flash-sale")
    assert bench.main(["--quick"]) == 0
    assert [part for part, _ in told] == ["package", "flash-sale"]
    assert "--buyers" in told[1][1]
