"""One shop for all tests here: made once, its products stocked, and put back before each."""

from collections.abc import Iterator

import pytest

from scripts.simulation.flows import stock_the_shop
from scripts.simulation.opening import open_shop
from scripts.simulation.shop import Shop, Snapshot


@pytest.fixture(scope="session")
def opened() -> Iterator[tuple[Shop, Snapshot]]:
    """The shop, and how it was when it had been stocked."""
    with open_shop() as shop:
        stock_the_shop(shop)
        yield shop, shop.snapshot()


@pytest.fixture
def shop(opened: tuple[Shop, Snapshot]) -> Shop:
    """The shop, stocked, with nobody in it."""
    shop, base = opened
    shop.restore(base)
    shop.network.shortcut = True
    return shop


@pytest.fixture
def base(opened: tuple[Shop, Snapshot]) -> Snapshot:
    """The stocked shop, to come back to."""
    return opened[1]
