"""Packages bring the methods of their dataclasses compiled: what services share in the layer, the rest in their own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minishop.precompiled import FILE
from scripts.precompile import NotImportedError, precompile

ROOT = Path(__file__).resolve().parents[2]
DOOR = "from dataclasses import dataclass\nfrom minishop import money\n\n@dataclass\nclass {0}:\n    {0}: int\n"
HANDLERS = {"OneApiFunction": "one.api", "OneRelayFunction": "one.relay", "TwoApiFunction": "two.api"}
NOT_KNOWN = """
import builtins, json, sys
sys.path[:0] = json.loads(sys.argv[1])
import minishop, dataclasses
compiled, run = [], dataclasses.exec
def note(text, *names):
    before = len(seen)
    run(text, *names)
    if len(seen) == before:
        compiled.append(text)
import marshal
seen, loads = [], marshal.loads
def look(code):
    seen.append(code)
    return loads(code)
marshal.loads, dataclasses.exec = look, note
__import__(sys.argv[2])
print(len(seen), len(compiled))
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Two services and the kernel."""
    shutil.copytree(ROOT / "layers" / "minishop" / "minishop", tmp_path / "MinishopLayer" / "python" / "minishop")
    (tmp_path / "DependenciesLayer" / "python").mkdir(parents=True)
    for function, module in HANDLERS.items():
        service = module.partition(".")[0]
        (tmp_path / function / service).mkdir(parents=True)
        for door in ("api", "relay"):
            (tmp_path / function / service / f"{door}.py").write_text(DOOR.format(f"{service}_{door}"), "utf-8")
    return tmp_path


def compiled_at_import(built: Path, function: str) -> tuple[int, int]:
    """Of the dataclasses of a door: whose methods are known, and whose are not."""
    path = [str(built / function), str(built / "MinishopLayer" / "python")]
    command = [sys.executable, "-c", NOT_KNOWN, json.dumps(path), HANDLERS[function]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    known, unknown = map(int, done.stdout.split())
    return known, unknown


def test_a_door_compiles_none_of_its_dataclasses(built: Path) -> None:
    precompile(sys.executable, built, HANDLERS)
    for function in HANDLERS:
        known, unknown = compiled_at_import(built, function)
        assert known > 1
        assert unknown == 0


def test_what_services_share_is_in_the_layer_alone(built: Path) -> None:
    precompile(sys.executable, built, HANDLERS)
    kernel = (built / "MinishopLayer" / "python" / FILE).read_bytes()
    one, again, two = ((built / function / FILE).read_bytes() for function in HANDLERS)
    assert one == again, "functions of a service are the same package"
    assert b"one_api" in one
    assert b"one_relay" in one
    assert b"one_api" not in kernel + two
    assert b"currency" in kernel
    assert b"currency" not in one + two


def test_a_second_build_finds_the_same(built: Path) -> None:
    precompile(sys.executable, built, HANDLERS)
    first = {file: file.read_bytes() for file in built.rglob(FILE)}
    assert len(first) == 4
    precompile(sys.executable, built, HANDLERS)
    assert {file: file.read_bytes() for file in built.rglob(FILE)} == first


def test_a_door_that_cannot_be_imported_fails_the_build_and_says_why(built: Path) -> None:
    (built / "TwoApiFunction" / "two" / "api.py").write_text("import nothing_like_it\n", "utf-8")
    with pytest.raises(NotImportedError, match=r"two\.api: .*nothing_like_it"):
        precompile(sys.executable, built, HANDLERS)
