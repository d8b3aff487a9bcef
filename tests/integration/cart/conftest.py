"""Cart's functions share one environment here: the variables of all of them."""

from collections.abc import Iterator

import pytest

from cart import wiring
from cart.cache import RedisCache
from tests.integration.cart.samples import publish, stock
from tests.integration.cart.valkey import Server
from tests.integration.conftest import Aws

PATIENT_SECONDS = 0.5  # ten times what a function waits: a busy machine is no cache that hangs


@pytest.fixture
def shop(aws: Aws) -> Aws:
    """A red mug at 12.90, ten of them, and a blue one at 15.90, one of it."""
    for function in ("Consumer", "Internal", "Api"):
        aws.use(f"Cart{function}Function")
    publish({"RED": 1290, "BLUE": 1590})
    stock("RED", 10)
    stock("BLUE", 1)
    return aws


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("valkey"))
    yield server
    server.close()


@pytest.fixture
def cached(shop: Aws, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server.inside.flushall()
    monkeypatch.setattr("cart.cache.TIMEOUT_SECONDS", PATIENT_SECONDS)
    monkeypatch.setenv("REDIS_URL", server.url)
    wiring.ports.cache_clear()
    yield server
    cache = wiring.ports().cache
    assert isinstance(cache, RedisCache)
    cache._client.close()
