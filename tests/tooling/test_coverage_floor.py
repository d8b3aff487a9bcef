"""The floors under coverage."""

from pathlib import Path
from typing import Any

import pytest

from scripts.coverage_floor import Floor, Measure, check_floor, read_floors, read_measures

ROOT = Path(__file__).resolve().parents[2]
RULES = Floor("rules", ("functions/*/*/domain.py",), 100)
ALL = Floor("everything", ("*",), 92)


def report(*, branches: bool = True) -> dict[str, Any]:
    summary = {"covered_lines": 8, "num_statements": 9, "covered_branches": 1, "num_branches": 3}
    return {"meta": {"branch_coverage": branches}, "files": {"functions/orders/orders/domain.py": {"summary": summary}}}


def test_lines_and_branches_count_alike() -> None:
    assert read_measures(report()) == [Measure("functions/orders/orders/domain.py", 9, 12)]


def test_a_measure_without_branches_is_refused() -> None:
    with pytest.raises(ValueError, match="without branches"):
        read_measures(report(branches=False))


def test_one_branch_less_than_all_is_below_a_floor_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    whole, short = Measure("functions/a/a/domain.py", 5000, 5000), Measure("functions/b/b/domain.py", 4999, 5000)
    assert check_floor(RULES, [whole])
    assert not check_floor(RULES, [whole, short])
    told = capsys.readouterr().out
    assert "BELOW" in told
    assert "1 missing  functions/b/b/domain.py" in told
    assert "functions/a/a" not in told


def test_files_outside_a_group_do_not_count_to_it() -> None:
    assert check_floor(RULES, [Measure("functions/a/a/domain.py", 1, 1), Measure("functions/a/a/api.py", 0, 9)])


def test_a_group_without_files_holds_nothing() -> None:
    assert not check_floor(RULES, [Measure("functions/a/a/api.py", 9, 9)])


@pytest.mark.parametrize(("hit", "holds"), [(91, False), (92, True)])
def test_the_floor_itself_is_enough(hit: int, *, holds: bool) -> None:
    assert check_floor(ALL, [Measure("x.py", hit, 100)]) is holds


def test_the_project_holds_domain_and_use_cases_to_all_and_the_rest_to_92_percent() -> None:
    rules, everything = read_floors(ROOT / "pyproject.toml")
    assert rules.percent == 100
    assert rules.covers("functions/orders/orders/domain.py")
    assert rules.covers("functions/auth/auth/use_cases.py")
    assert not rules.covers("functions/auth/auth/api.py")
    assert everything.percent == 92
    assert everything.covers("layers/minishop/minishop/money.py")
