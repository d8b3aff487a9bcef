"""Dataclasses whose methods were compiled when the package was built."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minishop import precompiled


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Whatever a test installs, dataclasses compile again afterwards."""
    yield
    vars(dataclasses).pop("exec", None)


def make_line(**options: bool) -> Any:
    """A dataclass, as its module's import makes it."""

    @dataclasses.dataclass(frozen=True, **options)
    class Line:
        sku: str
        quantity: int = 1

    return Line


def noted(make: Callable[[], object]) -> list[str]:
    """What dataclasses write."""
    texts = []

    def note(text: str, variables: dict[str, object], names: dict[str, object]) -> None:
        texts.append(text)
        exec(text, variables, names)  # noqa: S102  as dataclasses does

    vars(dataclasses)["exec"] = note
    make()
    del vars(dataclasses)["exec"]
    return texts


def test_a_class_whose_methods_are_known_is_the_class_that_it_is_otherwise(tmp_path: Path) -> None:
    (tmp_path / precompiled.FILE).write_bytes(precompiled.dump(noted(make_line)))
    precompiled.install(precompiled.load([str(tmp_path)]))
    line = make_line()
    assert repr(line("MUG")).endswith("Line(sku='MUG', quantity=1)")
    assert line("MUG") == line("MUG", 1)
    assert len({line("MUG"), line("MUG"), line("TEE")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        line("MUG").sku = "TEE"


def test_what_is_known_is_run_and_not_compiled_again(tmp_path: Path) -> None:
    texts = noted(make_line)
    (tmp_path / precompiled.FILE).write_bytes(precompiled.dump(texts))
    precompiled.install(dict.fromkeys(precompiled.load([str(tmp_path)]), b""))
    with pytest.raises(EOFError):
        make_line()


def test_a_class_that_was_edited_since_is_compiled_as_ever(tmp_path: Path) -> None:
    (tmp_path / precompiled.FILE).write_bytes(precompiled.dump(noted(make_line)))
    precompiled.install(precompiled.load([str(tmp_path)]))
    line = make_line(order=True)
    assert line("A") < line("B")


def test_folders_without_a_file_hold_nothing(tmp_path: Path) -> None:
    assert precompiled.load([str(tmp_path), str(tmp_path / "missing")]) == {}
    assert "exec" not in vars(dataclasses), "and then dataclasses are as they were"
