"""`scripts/new-service NAME`: all of a service or nothing."""

import tomllib
from pathlib import Path

import pytest

from scripts import new_service
from scripts.new_service import NewServiceError, check_name, make_service, plan_pyproject, plan_template

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    (tmp_path / "template.yaml").write_text("Resources:\n  A:\n    Type: B\n\nOutputs:\n  C:\n    Value: D\n", "utf-8")
    skeleton = tmp_path / new_service.SKELETON
    for path, text in {
        "template.yaml": "  __Service__Table:\n    Type: AWS::DynamoDB::Table\n",
        "functions/__service__/__service__/domain.py.tmpl": '"""The rules of __service__: __SERVICE___TABLE."""\n',
        "tests/unit/__service__/test_domain.py.tmpl": "import __service__\n",
    }.items():
        (skeleton / path).parent.mkdir(parents=True, exist_ok=True)
        (skeleton / path).write_text(text, "utf-8")
    return tmp_path


def state(shop: Path) -> dict[str, str]:
    return {str(path): path.read_text("utf-8") for path in shop.rglob("*") if path.is_file()}


def test_every_file_of_the_skeleton_is_written_under_the_new_name(shop: Path) -> None:
    written = make_service("reviews", shop)
    domain = shop / "functions/reviews/reviews/domain.py"
    assert domain in written
    assert domain.read_text("utf-8") == '"""The rules of reviews: REVIEWS_TABLE."""\n'
    assert (shop / "tests/unit/reviews/test_domain.py").read_text("utf-8") == "import reviews\n"


def test_its_section_stands_between_the_resources_and_the_outputs(shop: Path) -> None:
    make_service("reviews", shop)
    assert (shop / "template.yaml").read_text("utf-8") == (
        "Resources:\n  A:\n    Type: B\n\n"
        "  ReviewsTable:\n    Type: AWS::DynamoDB::Table\n\n"
        "Outputs:\n  C:\n    Value: D\n"
    )


def test_a_template_without_outputs_gets_its_section_too() -> None:
    assert plan_template("Resources:\n  A: {}\n", "  B: {}\n") == "Resources:\n  A: {}\n\n  B: {}\n"


def test_it_is_listed_wherever_the_other_services_are(shop: Path) -> None:
    make_service("reviews", shop)
    make_service("wishlists", shop)
    before = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    after = tomllib.loads((shop / "pyproject.toml").read_text("utf-8"))["tool"]
    paths = ["functions/reviews", "functions/wishlists"]
    names = ["reviews", "wishlists"]
    for listed in (("pytest", "ini_options", "pythonpath"), ("mypy", "mypy_path")):
        old, new = before, after
        for key in listed:
            old, new = old[key], new[key]
        assert sorted(new) == sorted([*old, *paths])
    old, new = before["importlinter"], after["importlinter"]
    assert sorted(new["root_packages"]) == sorted([*old["root_packages"], *names])
    for was, is_now in zip(old["contracts"], new["contracts"], strict=True):
        for key in ("modules", "containers", "services"):
            assert sorted(is_now.get(key, [])) == sorted([*was.get(key, []), *(names if key in was else [])])


def test_a_name_whose_resources_are_there_is_refused(shop: Path) -> None:
    (shop / "template.yaml").write_text("Resources:\n  ReviewsTable:\n    Type: B\n", "utf-8")
    before = state(shop)
    with pytest.raises(NewServiceError, match="has ReviewsTable already"):
        make_service("reviews", shop)
    assert state(shop) == before


@pytest.mark.parametrize("name", ["", "Re", "ab", "Reviews", "re-views", "1reviews", "../reviews", "r" * 21, "réviews"])
def test_a_name_that_is_no_package_is_refused(shop: Path, name: str) -> None:
    with pytest.raises(NewServiceError, match="is not a service's name"):
        check_name(name, shop)


@pytest.mark.parametrize("name", ["json", "class", "minishop", "tests", "moto"])
def test_a_name_that_would_hide_another_package_is_refused(shop: Path, name: str) -> None:
    with pytest.raises(NewServiceError, match="would hide"):
        check_name(name, shop)


@pytest.mark.parametrize("obstacle", ["functions/reviews/x.py", "tests/unit/reviews/test_domain.py"])
def test_nothing_is_overwritten_and_nothing_half_made(shop: Path, obstacle: str) -> None:
    (shop / obstacle).parent.mkdir(parents=True)
    (shop / obstacle).write_text("mine\n", "utf-8")
    before = state(shop)
    with pytest.raises(NewServiceError, match="is there already"):
        make_service("reviews", shop)
    assert state(shop) == before


def test_a_configuration_it_does_not_know_is_refused_before_anything_is_written(shop: Path) -> None:
    (shop / "pyproject.toml").write_text("[project]\n", "utf-8")
    before = state(shop)
    with pytest.raises(NewServiceError, match=r"pyproject\.toml no longer lists"):
        make_service("reviews", shop)
    assert state(shop) == before
    with pytest.raises(NewServiceError):
        plan_pyproject("", "reviews")
