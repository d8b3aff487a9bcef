"""The import rules of pyproject.toml, held against a small shop that keeps or breaks each of them."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
SERVICES = [name for name in SETTINGS["importlinter"]["root_packages"] if name != "minishop"]

SHOP = {
    "minishop/__init__.py": "",
    "minishop/money.py": "import decimal",
    "minishop/dynamodb.py": "import botocore.session",
    "orders/domain.py": "import dataclasses\nfrom minishop import money",
    "orders/use_cases.py": "from collections.abc import Callable\nfrom orders import domain",
    "orders/repository.py": "import pynamodb.models\nfrom orders import domain",
    "orders/api.py": "from orders import repository, use_cases",
    "orders/consumer.py": "from orders import repository, use_cases",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "import_rules.py").write_text((ROOT / "scripts" / "import_rules.py").read_text("utf-8"))
    for path, text in {f"{name}/__init__.py": "" for name in SERVICES}.items() | SHOP.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text + "\n", "utf-8")
    return tmp_path


def lint(shop: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(shop)}
    return subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_a_shop_that_keeps_the_rules_passes(shop: Path) -> None:
    linted = lint(shop)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize(
    ("path", "line", "rule"),
    [
        ("orders/repository.py", "import cart", "No service imports another"),
        ("minishop/money.py", "import orders", "The kernel imports no service"),
        ("orders/use_cases.py", "import orders.api", "Doors import use cases"),
        ("orders/domain.py", "import orders.use_cases", "Doors import use cases"),
        ("orders/consumer.py", "import orders.api", "no door a door"),
        ("orders/domain.py", "import orders.repository", "A domain is plain Python"),
        ("orders/domain.py", "import pydantic", "A domain is plain Python"),
        ("orders/use_cases.py", "import orders.repository", "Use cases are plain Python"),
        ("orders/use_cases.py", "def f():\n    import boto3", "Use cases are plain Python"),
        ("orders/use_cases.py", "import minishop.dynamodb", "Domain and use cases reach no AWS"),
    ],
)
def test_each_rule_is_broken_by_what_it_forbids(shop: Path, path: str, line: str, rule: str) -> None:
    with (shop / path).open("a", encoding="utf-8") as module:
        module.write(line + "\n")
    linted = lint(shop)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert any(rule in told and "BROKEN" in told for told in linted.stdout.splitlines()), linted.stdout


def test_the_rules_and_paths_name_every_service_there_is() -> None:
    there_are = sorted(path.name for path in (ROOT / "functions").iterdir() if (path / path.name).is_dir())
    assert sorted(SERVICES) == there_are
    assert sorted(SETTINGS["pytest"]["ini_options"]["pythonpath"]) == sorted(
        [".", "layers/minishop", *(f"functions/{name}" for name in there_are)]
    )
    for contract in SETTINGS["importlinter"]["contracts"]:
        listed = {"independence": "modules", "layers": "containers", "plain": "services"}.get(contract["type"])
        if listed is not None:
            assert sorted(contract[listed]) == there_are, contract["name"]
