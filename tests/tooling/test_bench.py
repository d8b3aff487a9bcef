"""The benchmarks measure what they say: handlers run from packages, alone, and answer what was recorded."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import packages as built_packages
from scripts.benchmarks import __main__ as bench
from scripts.benchmarks import cold, package, packaged, warm
from scripts.benchmarks.recording import record_cold
from scripts.benchmarks.tables import text_table, verdict

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = {"AuthAuthorizerFunction": "auth", "OrdersApiFunction": "orders", "CartApiFunction": "cart"}
TEMPLATE = """
Resources:
  DependenciesLayer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: DependenciesLayer}}
  MinishopLayer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: MinishopLayer}}
  AuthAuthorizerFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: AuthAuthorizerFunction, Handler: auth.authorizer.handler}
  OrdersApiFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: OrdersApiFunction, Handler: orders.api.handler}
  CartApiFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: CartApiFunction, Handler: cart.api.handler}
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What scripts/build would make, of the sources and the libraries of this Python."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, "utf-8")
    for function, service in FUNCTIONS.items():
        (tmp_path / function).symlink_to(ROOT / "functions" / service)
    libraries = next(Path(each) for each in sys.path if each.endswith("site-packages"))
    for layer, folder in (("DependenciesLayer", libraries), ("MinishopLayer", ROOT / "layers" / "minishop")):
        (tmp_path / layer).mkdir()
        (tmp_path / layer / "python").symlink_to(folder)
    for module in (packaged, package):
        monkeypatch.setattr(module, "BUILT", tmp_path)
    for module in (cold, warm):
        monkeypatch.setattr(module, "handlers", lambda: built_packages.handlers(tmp_path))
    monkeypatch.setattr(packaged, "find_runtime", lambda: sys.executable)
    packaged.runtime.cache_clear()
    yield tmp_path
    packaged.runtime.cache_clear()


def test_cold_starts_are_measured_with_their_first_event(
    built: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record_cold()
    assert recorded.keys() == built_packages.handlers(ROOT).keys(), "a first event for every function"
    monkeypatch.setattr(cold, "record_cold", lambda: recorded)
    cold.main(["--rounds", "1"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    told = {line[0]: line for line in lines if line and line[0] in FUNCTIONS}
    assert told.keys() == FUNCTIONS.keys()
    for line in told.values():
        assert float(line[3]) > 0
        assert float(line[5]) > float(line[3]), "the first event takes something"


def test_warm_operations_are_measured_beside_a_get_item(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warm.main(["--repeat", "3"])
    told = capsys.readouterr()
    assert not told.err
    assert all(name in told.out for name in warm.TARGETS)


def test_without_a_build_the_benchmarks_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packaged, "BUILT", tmp_path)
    monkeypatch.setattr(package, "BUILT", tmp_path)
    packaged.runtime.cache_clear()
    monkeypatch.setattr(cold, "handlers", dict)
    monkeypatch.setattr(cold, "record_cold", dict)
    assert cold.main([]) == 1
    assert package.main([]) == 1
    assert capsys.readouterr().err.count("scripts/build") == 2


def test_a_failing_handler_is_not_measured(built: Path) -> None:
    with packaged.Packages() as packages, pytest.raises(packaged.BenchError, match=r"orders\.nothing"):
        packages.run(packages.specify("wrong", "orders.nothing", "OrdersApiFunction"))


def test_every_handler_of_the_template_has_a_target() -> None:
    modules = built_packages.handlers(ROOT)
    assert len(modules) > 30
    assert all(0 < cold.target_of(module) <= cold.HEAVY for module in modules.values())


def test_parts_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in bench.PARTS)
    assert bench.main(["nonsense"]) == 2
    assert "no part is called nonsense" in capsys.readouterr().err


def test_tables_line_up() -> None:
    lines = text_table(["what", "n"], [["a", "1"], ["longer", "22"]]).splitlines()
    assert lines[-2:] == ["a        1", "longer  22"]
    assert [verdict(1.0, 1.0), verdict(1.1, 1.0)] == ["ok", "MISSED"]
