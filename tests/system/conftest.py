"""The whole shop, started as a person would start it, and clients that know only HTTP."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.system.shop import ROOT, Shop, Shopper, start


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """A running shop with its demo products."""
    running = start(ROOT, "--parameter-overrides", "PaymentRetrySeconds=3", "RefundRetrySeconds=1")
    yield running
    running.stop()


@pytest.fixture
def shopper(shop: Shop) -> Iterator[Shopper]:
    """Somebody with an empty cart and no account yet."""
    with Shopper(shop) as somebody:
        yield somebody


@pytest.fixture(scope="session")
def warehouse(shop: Shop) -> Iterator[Shopper]:
    """The warehouse's demo account, signed in."""
    with Shopper(shop) as somebody:
        somebody.log_in("warehouse@minishop.test", "minishop-demo-pass")
        yield somebody


@pytest.fixture(scope="session")
def admin(shop: Shop) -> Iterator[Shopper]:
    """The admin's demo account, signed in."""
    with Shopper(shop) as somebody:
        somebody.log_in("admin@minishop.test", "minishop-demo-pass")
        yield somebody


def processes() -> list[tuple[int, int, str]]:
    """(pid, parent, command line) of every process."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [(int(row[0]), int(row[1]), row[2] if len(row) > 2 else "") for row in rows]
