"""Locks of third-party packages: drift is noticed without a network."""

import shutil
from pathlib import Path

import pytest

from scripts import locks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for lock in locks.all_locks(ROOT):
        for path in (lock.source, lock.path):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_locks_are_those_of_their_sources(copy: Path) -> None:
    assert locks.find_drift(ROOT) == []
    assert locks.find_drift(copy) == []


def test_every_service_with_requirements_has_a_lock_and_so_has_the_layer() -> None:
    sources = {lock.source for lock in locks.all_locks(ROOT)}
    assert Path("functions/auth/requirements.in") in sources
    assert Path("layers/dependencies/requirements.in") in sources
    assert {path.relative_to(ROOT) for path in ROOT.glob("functions/*/requirements.in")} < sources


def test_what_a_function_needs_is_installed_for_developers_too() -> None:
    developers = (ROOT / "requirements-dev.in").read_text("utf-8").splitlines()
    for lock in locks.all_locks(ROOT)[1:]:
        assert f"-r {lock.source.as_posix()}" in developers


@pytest.mark.parametrize("included", ["requirements-dev.in", "functions/cart/requirements.in"])
def test_a_source_that_changed_is_noticed_in_every_lock_that_includes_it(copy: Path, included: str) -> None:
    with (copy / included).open("a", encoding="utf-8") as source:
        source.write("left-pad\n")
    drift = "\n".join(locks.find_drift(copy))
    assert "requirements-dev.txt was not made from requirements-dev.in as it is now" in drift
    assert f"not made from {included}" in drift


def test_a_remark_in_a_source_is_no_change(copy: Path) -> None:
    with (copy / "requirements-dev.in").open("a", encoding="utf-8") as source:
        source.write("\n# a word on all of it\n")
    assert locks.find_drift(copy) == []


def test_a_lock_that_is_missing_is_named(copy: Path) -> None:
    (copy / "functions/cart/requirements.txt").unlink()
    assert locks.find_drift(copy) == ["functions/cart/requirements.txt is missing: run scripts/lock"]


def test_a_version_that_is_not_the_developers_is_named(copy: Path) -> None:
    version = next(iter(locks.pins((copy / "functions/cart/requirements.txt").read_text("utf-8"))["redis"]))
    edit(copy / "functions/cart/requirements.txt", f"redis=={version}", "redis==1.0")
    assert locks.find_drift(copy) == [
        "functions/cart/requirements.txt: redis 1.0 is not what requirements-dev.txt pins: run scripts/lock"
    ]


def test_a_package_without_a_hash_is_named(copy: Path) -> None:
    path = copy / "functions/cart/requirements.txt"
    kept = [line for line in path.read_text("utf-8").splitlines() if "--hash" not in line]
    path.write_text("\n".join(kept), "utf-8")
    assert "functions/cart/requirements.txt: redis has no hash" in locks.find_drift(copy)


@pytest.mark.parametrize(
    "line", ["--index-url https://packages.example/simple", "-f wheels", "x @ https://a.example/x.whl"]
)
def test_a_lock_that_names_a_place_to_install_from_is_refused(copy: Path, line: str) -> None:
    with (copy / "functions/cart/requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write(f"{line}\n")
    assert any("names a place to install from" in complaint for complaint in locks.find_drift(copy))


def test_nothing_that_the_runtime_ships_is_in_the_layer() -> None:
    in_layer = locks.pins((ROOT / "layers/dependencies/requirements.txt").read_text("utf-8"))
    assert {"pydantic", "pynamodb", "msgspec", "aws-lambda-powertools"} <= in_layer.keys()
    assert not in_layer.keys() & set(locks.RUNTIME_SHIPS)


def test_the_layer_is_built_by_its_makefile_which_resolves_nothing_again() -> None:
    template = (ROOT / "template.yaml").read_text("utf-8")
    layer = template.partition("\n  DependenciesLayer:\n")[2].partition("\n\n")[0]
    assert "BuildMethod: makefile" in layer
    makefile = (ROOT / "layers/dependencies/Makefile").read_text("utf-8")
    assert "\nbuild-DependenciesLayer:\n" in makefile
    assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(makefile.split())
