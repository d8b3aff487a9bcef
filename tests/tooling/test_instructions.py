"""Cold starts: instructions of importing handlers, held with 3 % slack where valgrind is installed."""

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import files
from pathlib import Path

import pytest

from scripts.benchmarks import cold, instructions, packaged
from scripts.benchmarks.instructions import Counts
from scripts.packages import handlers, write_byte_code
from scripts.precompile import precompile

ROOT = Path(__file__).resolve().parents[2]
COUNTED = {
    "AuthAuthorizerFunction": "auth.authorizer",
    "ShippingApiFunction": "shipping.api",
}  # the rest by scripts/bench
THEIR_OWN = ("cryptography", "cffi", "pyjwt", "standardwebhooks")  # libraries that these bring and import
HELD = Counts("CPython 3.13.0, GCC, x86_64", 1000, {"A": 1000, "B": 500})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What scripts/build would make of these functions, with the libraries of this Python, compiled."""
    folder = tmp_path_factory.mktemp("built")
    layer = folder / "DependenciesLayer" / "python"
    locked = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text("utf-8")
    for name in (*re.findall(r"^([\w.-]+)==", locked, re.MULTILINE), *THEIR_OWN):
        for file in files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (layer / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), layer / file)
    sources = {name: ROOT / "functions" / module.partition(".")[0] for name, module in COUNTED.items()}
    sources["MinishopLayer/python"] = ROOT / "layers" / "minishop"
    for name, source in sources.items():
        shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("DependenciesLayer", "MinishopLayer", *COUNTED):
        assert write_byte_code(sys.executable, folder / name) == 0
    precompile(sys.executable, folder, COUNTED)
    (folder / "template.yaml").touch()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packaged, "BUILT", folder)
        patched.setattr(packaged, "find_runtime", lambda: sys.executable)
        packaged.runtime.cache_clear()
        yield folder
    packaged.runtime.cache_clear()


@pytest.mark.skipif(instructions.obstacle() is not None, reason=str(instructions.obstacle()))
@pytest.mark.skipif(not instructions.same_minor(Counts.read()), reason="counted by another minor version of Python")
def test_handlers_take_no_more_instructions_to_import_than_they_did(built: Path) -> None:
    with packaged.Packages() as packages:
        counted = instructions.count(packages, COUNTED)
    assert instructions.compare(counted, Counts.read()) == []
    assert all(counted.ratio(name) < cold.target_of(module) for name, module in COUNTED.items())


def test_instructions_of_every_handler_are_held() -> None:
    held = Counts.read()
    assert held.handlers.keys() == handlers(ROOT).keys()
    assert str(held.boto3).isdigit()
    assert "CPython 3.13." in held.interpreter


def test_instructions_may_grow_by_three_percent() -> None:
    assert instructions.compare(replace(HELD, handlers={"A": 1029, "B": 100}), HELD) == []
    (grown,) = instructions.compare(replace(HELD, handlers={"A": 1040}), HELD)
    assert grown.startswith("A: 1.040")
    (new,) = instructions.compare(replace(HELD, handlers={"C": 1}), HELD)
    assert "--write" in new


def test_a_build_of_python_that_is_slower_altogether_is_no_growth() -> None:
    elsewhere = Counts("CPython 3.13.9, Clang, arm64", 2000, {"A": 2100, "B": 1000})
    assert instructions.compare(elsewhere, HELD) == []
    (grown,) = instructions.compare(replace(elsewhere, handlers={"A": 2300}), HELD)
    assert grown.startswith("A: 1.150")


def test_what_is_held_says_for_which_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "HELD", tmp_path / "held.json")
    with pytest.raises(packaged.BenchError, match="--write"):
        Counts.read()
    HELD.write()
    assert Counts.read() == HELD
    assert not instructions.same_minor(replace(HELD, interpreter="CPython 2.7.18, GCC, x86_64"))


def test_without_valgrind_the_command_says_so(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.benchmarks.instructions.shutil.which", lambda _name: None)
    monkeypatch.setattr(cold, "handlers", lambda: COUNTED)
    assert cold.main(["--check"]) == 1
    assert "valgrind is not installed" in capsys.readouterr().err


def test_the_command_counts_and_holds(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = {"nothing": 100, "boto3": 1100, "AuthAuthorizerFunction": 600, "ShippingApiFunction": 2100}
    monkeypatch.setattr(packaged.Packages, "instructions", lambda _self, spec: counts[spec.stem])
    monkeypatch.setattr(instructions, "obstacle", lambda: None)
    monkeypatch.setattr(instructions, "HELD", tmp_path / "held.json")
    monkeypatch.setattr(cold, "handlers", lambda: COUNTED)
    assert cold.main(["--write"]) == 0
    assert Counts.read().handlers == {"AuthAuthorizerFunction": 500, "ShippingApiFunction": 2000}
    assert cold.main(["--check", "ShippingApiFunction"]) == 0
    assert "2.000" in capsys.readouterr().out
    counts["ShippingApiFunction"] = 2200
    assert cold.main(["--check"]) == 1
    assert "ShippingApiFunction: 2.100" in capsys.readouterr().err
