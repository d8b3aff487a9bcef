"""What operations call: as designed, and as the README says."""

import pytest

from scripts.benchmarks import calls
from scripts.benchmarks.tables import markdown_table
from scripts.simulation.shop import Shop, Snapshot


@pytest.fixture(scope="module")
def counts(opened: tuple[Shop, Snapshot]) -> dict[str, calls.Count]:
    """The shop as `scripts/bench calls` measures it."""
    shop, base = opened
    shop.restore(base)
    shop.network.shortcut = True
    found = calls.measure(shop)
    shop.account.dynamodb.metered = False
    return found


def test_the_readme_says_what_operations_call(counts: dict[str, calls.Count]) -> None:
    text = calls.README.read_text("utf-8")
    made = calls.render(counts, markdown_table)
    assert calls.replaced(text, made) == text, "scripts/bench calls --write puts the table into README.md"


def test_reads_are_few(counts: dict[str, calls.Count]) -> None:
    """An order is one Get, a list one Query, a cart nothing or one Get."""
    assert counts["show an order"].calls["dynamodb"] == 1
    assert counts["list orders"].calls["dynamodb"] == 1
    assert counts["show the cart"].calls["dynamodb"] == 0
    assert counts["show the cart, Redis empty"].calls["dynamodb"] == 1


@pytest.mark.parametrize(("operation", "http"), [("quote, 1 SKU", 3), ("place an order, 1 SKU", 4)])
def test_a_checkout_asks_each_service_once(counts: dict[str, calls.Count], operation: str, http: int) -> None:
    """A quote asks for the cart, prices and rates; an order claims, quotes, asks for rates and holds."""
    assert counts[operation].calls["InternalApi"] == http


@pytest.mark.parametrize("skus", calls.SIZES)
def test_a_further_sku_takes_no_further_call(counts: dict[str, calls.Count], skus: int) -> None:
    assert counts[f"place an order, {skus} SKUs"].calls == counts["place an order, 1 SKU"].calls
    assert counts[f"quote, {skus} SKUs"].calls == counts["quote, 1 SKU"].calls


def test_a_refused_write_is_counted_once_and_nothing_that_comes_after(counts: dict[str, calls.Count]) -> None:
    """A cart begins with an Update that finds none: one unit for the refusal, one for the item, one for its index."""
    begun = counts["begin a cart"]
    assert [use.operation for use in begun.uses] == ["UpdateItem", "PutItem"]
    assert (begun.units.writes, begun.units.all_writes, begun.units.reads) == (2, 3, 0)
