"""A contract class is made by its publisher alone; anyone may read it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = "minishop.contracts"
SERVICES = sorted(path.name for path in (ROOT / "functions").iterdir() if (path / path.name).is_dir())


def events_of(publisher: str) -> set[str]:
    """Name the events (not the values in them) that a publisher's contract declares."""
    module = ROOT / "layers/minishop/minishop/contracts" / f"{publisher}.py"
    if not module.exists():
        return set()
    classes = [node for node in ast.parse(module.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
    return {one.name for one in classes if any(isinstance(base, ast.Name) and base.id == "Event" for base in one.bases)}


def contract_names(tree: ast.Module) -> dict[str, str]:
    """Give what each name of a module stands for: `publisher` (a contract module) or `publisher.Class`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            qualified = {str(alias.asname): alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            qualified = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        else:
            continue
        inside = f"{CONTRACTS}."
        names |= {name: whole.removeprefix(inside) for name, whole in qualified.items() if whole.startswith(inside)}
    return names


def foreign_events_made(source: str, service: str) -> Iterator[str]:
    """Name the other services' events that a module of a service makes, as `publisher.Event`."""
    tree = ast.parse(source)
    names = contract_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        made = ""
        if isinstance(node.func, ast.Name):
            made = names.get(node.func.id, "")
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            made = f"{names.get(node.func.value.id, '')}.{node.func.attr}"
        publisher, _, event = made.partition(".")
        if publisher != service and event in events_of(publisher):
            yield made


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_makes_the_events_of_another(service: str) -> None:
    modules = sorted((ROOT / "functions" / service / service).rglob("*.py"))
    made = {
        str(path.relative_to(ROOT)): found
        for path in modules
        if (found := list(foreign_events_made(path.read_text("utf-8"), service)))
    }
    assert made == {}


def test_the_kernel_makes_no_event_of_a_service() -> None:
    modules = sorted((ROOT / "layers/minishop/minishop").rglob("*.py"))
    assert modules
    assert [path.name for path in modules if list(foreign_events_made(path.read_text("utf-8"), "minishop"))] == []


@pytest.mark.parametrize(
    "source",
    [
        "from minishop.contracts.orders import OrderPlaced\ndef f(): return OrderPlaced()",
        "from minishop.contracts.orders import OrderPlaced as Placed\nPlaced()",
        "from minishop.contracts import orders\norders.OrderPlaced()",
        "import minishop.contracts.orders as them\nthem.OrderPlaced()",
        "from minishop.contracts import orders as them\nthem.OrderPlaced()",
    ],
)
def test_an_event_made_by_another_is_noticed(source: str) -> None:
    assert list(foreign_events_made(source, "shipping")) == ["orders.OrderPlaced"]
    assert list(foreign_events_made(source, "orders")) == []


def test_reading_an_event_and_making_a_value_of_one_are_allowed() -> None:
    source = "from minishop.contracts.orders import OrderPlaced, OrderedLine\nread(OrderPlaced)\nOrderedLine(sku='a')"
    assert list(foreign_events_made(source, "shipping")) == []
