"""The planted bugs have their places in today's code: what moves takes its bug along."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from scripts.mutation import plant
from scripts.planted_bugs import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
HAS_TESTS = re.compile(r"def test_|TestCase\b")


def fault(mutant: Mutant, tree: Path) -> str:
    """Why the bug cannot be planted in a copy of its file, or would be none; empty when it can."""
    copy = tree / mutant.file
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        copy.write_text((ROOT / mutant.file).read_text("utf-8"), "utf-8")
        before = plant(mutant, tree)
        same = ast.dump(ast.parse(copy.read_text("utf-8"))) == ast.dump(ast.parse(before))
    except (OSError, ValueError, SyntaxError) as error:
        return str(error)
    return "what comes instead means the same" if same else ""


def lacks_tests(name: str) -> bool:
    path = ROOT / name
    files = [path] if path.is_file() else path.rglob("test_*.py")
    return not any(HAS_TESTS.search(file.read_text("utf-8")) for file in files)


def test_each_planted_bug_s_text_stands_once_and_what_comes_instead_is_other_python(tmp_path: Path) -> None:
    faults = {mutant.name: fault(mutant, tmp_path) for mutant in MUTANTS}
    assert {name: why for name, why in faults.items() if why} == {}


def test_the_tests_that_must_see_a_planted_bug_are_there() -> None:
    named = {mutant.name: mutant.tests.split() for mutant in MUTANTS}
    assert [name for name, paths in named.items() if not paths] == []
    assert [path for path in sorted({path for paths in named.values() for path in paths}) if lacks_tests(path)] == []


def test_each_planted_bug_has_a_name_of_its_own() -> None:
    assert [name for name, times in Counter(mutant.name for mutant in MUTANTS).items() if times > 1] == []


@pytest.mark.parametrize("text", ["", "if paid:\n    pass\nif paid:\n    pass\n"], ids=["gone", "there twice"])
def test_a_bug_without_a_place_of_its_own_is_not_planted(text: str, tmp_path: Path) -> None:
    (tmp_path / "orders.py").write_text(text, "utf-8")

    with pytest.raises(ValueError, match=r"times in orders\.py"):
        plant(Mutant("paid-unread", "orders.py", "if paid:", "if True:", "tests/unit/orders"), tmp_path)

    assert (tmp_path / "orders.py").read_text("utf-8") == text
