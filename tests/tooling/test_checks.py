"""`scripts/check`: every step runs, whatever the others come to."""

import sys
from pathlib import Path

import pytest

from scripts import checks
from scripts.checks import Outcome, Step

ROOT = Path(__file__).resolve().parents[2]
GOOD = Step("good", (sys.executable, "-c", "print('fine')"))
BAD = Step("bad", (sys.executable, "-c", "import sys; print('the reason', file=sys.stderr); sys.exit(3)"))


def test_a_step_that_fails_does_not_keep_the_others_from_running() -> None:
    shown: list[Outcome] = []
    outcomes = checks.run_all([BAD, GOOD, BAD], shown.append)
    assert sorted(outcome.step.name for outcome in outcomes) == ["bad", "bad", "good"]
    assert [outcome.passed for outcome in shown].count(False) == 2


def test_what_a_failed_step_said_is_shown_and_what_a_good_one_said_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    checks.show_outcome(checks.run_step(BAD))
    checks.show_outcome(checks.run_step(GOOD))
    told = capsys.readouterr().out
    assert "FAILED" in told
    assert "    the reason" in told
    assert "fine" not in told


@pytest.mark.parametrize(("steps", "code"), [([GOOD], 0), ([GOOD, BAD], 1)])
def test_the_code_tells_whether_all_passed(monkeypatch: pytest.MonkeyPatch, steps: list[Step], code: int) -> None:
    monkeypatch.setattr(checks, "all_steps", lambda *, full: steps)
    assert checks.main([]) == code


def test_sam_build_is_only_part_of_the_full_check() -> None:
    usual, full = ({step.name for step in checks.all_steps(full=full)} for full in (False, True))
    assert full - usual == {"sam build"}


def test_every_shell_script_is_held_to_its_syntax(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/usr/bin/env bash\nif true; then\n", "utf-8")
    step = next(step for step in checks.all_steps(full=False) if step.name == "shell scripts")
    assert {"scripts/start", "scripts/test", "scripts/bootstrap", ".ci/run"} <= set(step.command)
    assert checks.run_step(step).passed
    assert not checks.run_step(Step(step.name, (*step.command[:4], str(broken), *step.command[4:]))).passed


def test_steps_import_from_where_tests_and_handlers_do() -> None:
    folders = checks.python_path().split(":")
    assert str(ROOT / "layers/minishop") in folders
    assert str(ROOT / "functions/orders") in folders
