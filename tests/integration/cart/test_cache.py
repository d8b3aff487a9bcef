"""Carts in a real Valkey: right answers whatever it does."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from snapshot_restore_py import get_after_restore

from cart import wiring
from cart.cache import NoCache, RedisCache, connect
from cart.domain.carts import Cart, Line
from minishop import clock
from minishop.money import Money
from scripts.local.ports import free_port
from tests.helpers import guest
from tests.integration.cart.conftest import PATIENT_SECONDS
from tests.integration.cart.samples import ADA, cart, merge, put, quantities
from tests.integration.cart.test_carts import Calls, pass_time
from tests.integration.cart.valkey import Server
from tests.integration.conftest import Aws
from tests.times import NOON, FixedClock

KEY = "cart:cus_ada"


@pytest.fixture
def cache(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisCache]:
    server.inside.flushall()
    monkeypatch.setattr("cart.cache.TIMEOUT_SECONDS", PATIENT_SECONDS)
    cache = connect(server.url, clock.system)
    assert isinstance(cache, RedisCache)
    yield cache
    cache._client.close()


def sample(version: int, quantity: int = 1) -> Cart:
    line = Line(quantity=quantity, price=Money(1290, "EUR"), added_at=NOON, put_at=NOON)
    return Cart(owner="cus_ada", lines={"RED": line}, updated_at=NOON, version=version)


def test_a_cart_that_was_written_is_read_without_the_table(cached: Server) -> None:
    put("RED", 2)
    with Calls() as calls:
        assert quantities(cart()) == {"RED": 2}
    assert calls == []
    assert 0 < cached.inside.pttl(KEY) <= 10_000


def test_both_carts_of_a_merge_are_fresh(cached: Server) -> None:
    put("RED", 2, guest("gst_1"))
    merge()
    with Calls() as calls:
        assert quantities(cart()) == {"RED": 2}
        assert quantities(cart(guest("gst_1"))) == {}
    assert calls == []


def test_what_is_cached_comes_back_as_it_was(cache: RedisCache) -> None:
    cache.put(sample(3))
    assert cache.get("cus_ada") == sample(3)
    assert cache.get("cus_eve") is None


def test_an_older_cart_never_wins(cache: RedisCache) -> None:
    cache.put(sample(10, 10))
    cache.put(sample(9, 9))
    assert cache.get("cus_ada") == sample(10, 10)
    cache.put(sample(11, 11))
    assert cache.get("cus_ada") == sample(11, 11)


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"rubbish", b"\xff\xfe", b"7:{}", b'7:{"owner": 1}', b"7:", b"x" * 100_000, b'{"owner": "cus_ada"}'],
)
def test_rubbish_in_the_cache_is_as_good_as_nothing(cached: Server, rubbish: bytes) -> None:
    put("RED", 2)
    cached.inside.set(KEY, rubbish)
    assert quantities(cart()) == {"RED": 2}
    assert quantities(cart()) == {"RED": 2}


def test_somebody_else_s_cart_under_the_key_is_not_shown(cached: Server) -> None:
    import msgspec

    put("RED", 2)
    cached.inside.set(KEY, b"7:" + msgspec.json.encode(replace(sample(7, 9), owner="cus_eve")))
    assert quantities(cart()) == {"RED": 2}


def test_a_value_of_another_type_is_replaced(cached: Server) -> None:
    put("RED", 2)
    cached.inside.delete(KEY)
    cached.inside.lpush(KEY, "a", "list")
    assert quantities(cart()) == {"RED": 2}
    with Calls() as calls:
        assert quantities(cart()) == {"RED": 2}
    assert calls == []


def test_a_restored_function_connects_to_the_cache_anew(cache: RedisCache) -> None:
    cache.put(sample(3))
    pool = cache._client.connection_pool
    kept = pool.get_connection()
    pool.release(kept)
    (disconnect,) = [hook for hook, _, _ in get_after_restore() if hook == pool.disconnect]
    states = [kept.is_connected]
    disconnect()
    states.append(kept.is_connected)
    assert states == [True, False]
    assert cache.get("cus_ada") == sample(3)


def test_a_flushed_cache_is_filled_again(cached: Server) -> None:
    put("RED", 2)
    cached.inside.flushall()
    with Calls() as calls:
        assert quantities(cart()) == quantities(cart()) == {"RED": 2}
    assert calls == ["GetItem"]


def test_a_cache_that_hangs_is_soon_left_alone(
    cached: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pass_time(monkeypatch, seconds=0)  # and none from now on, so that the breaker stays open
    put("RED", 1)
    cached.pause()
    try:
        for quantity in range(2, 8):
            assert put("RED", quantity)["statusCode"] == 200
            assert quantities(cart()) == {"RED": quantity}
    finally:
        cached.resume()
    waits = [record for record in caplog.records if record.getMessage() == "the cache does not answer"]
    assert len(waits) == 5, "of eighteen calls"


def test_a_cache_that_is_not_there_changes_nothing(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}")
    wiring.ports.cache_clear()
    for quantity in (1, 2, 3):
        assert quantities(cart()) in ({}, {"RED": quantity - 1})
        put("RED", quantity)
    assert quantities(cart(ADA)) == {"RED": 3}


def test_after_a_pause_the_cache_is_tried_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.inside.flushall()
    monkeypatch.setattr("cart.cache.TIMEOUT_SECONDS", PATIENT_SECONDS)
    fixed = FixedClock()
    cache = connect(f"redis://127.0.0.1:{free_port()}", fixed)
    assert isinstance(cache, RedisCache)
    for _ in range(5):
        cache.put(sample(1))
    mended = connect(server.url, fixed)
    assert isinstance(mended, RedisCache)
    cache._client = mended._client
    cache.put(sample(1))
    assert cache.get("cus_ada") is None, "open: not even tried"
    fixed.pass_time(seconds=11)
    cache.put(sample(1))
    assert cache.get("cus_ada") == sample(1)
    mended._client.close()


def test_without_a_url_there_is_no_cache() -> None:
    cache = connect("", clock.system)
    assert isinstance(cache, NoCache)
    cache.put(sample(1))
    assert cache.get("cus_ada") is None
