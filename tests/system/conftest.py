"""The whole shop, started as a person would start it, and clients that know only HTTP."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.system.shop import ROOT, Shop, Shopper, start
from tests.system.teller import Staff
from tests.system.told import Outcomes, telling


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What sends wrong passwords by the hundred comes last: the address that they come from is refused for a while."""
    items.sort(key=lambda item: item.path.name == "test_contract_fuzz.py")


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """A running shop with its demo products."""
    running = start(ROOT, "--parameter-overrides", "PaymentRetrySeconds=6", "RefundRetrySeconds=1")
    yield running
    running.stop()


@pytest.fixture
def shopper(shop: Shop) -> Iterator[Shopper]:
    """Somebody with an empty cart and no account yet."""
    with Shopper(shop) as somebody:
        yield somebody


@pytest.fixture
def warehouse(shop: Shop) -> Iterator[Shopper]:
    """The warehouse's demo account, signed in."""
    with employee(shop, "warehouse") as somebody:
        yield somebody


@pytest.fixture
def admin(shop: Shop) -> Iterator[Shopper]:
    """The admin's demo account, signed in."""
    with employee(shop, "admin") as somebody:
        yield somebody


@contextmanager
def employee(shop: Shop, name: str) -> Iterator[Shopper]:
    """A demo account, signed in for as long as the test takes."""
    with Shopper(shop) as somebody:
        somebody.log_in(f"{name}@minishop.test", "minishop-demo-pass")
        somebody.keep_signed_in()
        yield somebody


@pytest.fixture(scope="session")
def outcomes(shop: Shop) -> Iterator[Outcomes]:
    """All stories of what happens to orders, under way; what became of each, by name."""
    with (
        employee(shop, "admin") as admin,
        employee(shop, "support") as support,
        employee(shop, "warehouse") as warehouse,
        telling(shop, Staff(admin, support, warehouse)) as told,
    ):
        yield told


def processes() -> list[tuple[int, int, str]]:
    """(pid, parent, command line) of every process."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [(int(row[0]), int(row[1]), row[2] if len(row) > 2 else "") for row in rows]
