"""Shoppers at work while the cache is hurt: every request is answered, and every sum is right."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cart import wiring
from cart.domain.carts import Cart, Line
from minishop import clock
from minishop.money import Money
from tests.helpers import answer_of, customer
from tests.integration.cart.samples import cart, put, read
from tests.integration.cart.valkey import Server
from tests.integration.conftest import Aws
from tests.times import NOON

SHOPPERS = 6
PRICE = 1290
TROUBLES = 6
DEADLINE_SECONDS = 120.0


class Run:
    """Shoppers who put and look until they are told that it is enough."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._rounds = [0] * SHOPPERS
        self._round_done = threading.Condition()

    def shop(self, number: int) -> int:
        """One shopper's day: every answer is held against what was put in; how many there were."""
        me = customer(f"cus_{number}")
        quantity = 0
        while not self.over.is_set():
            quantity = quantity % 9 + 1
            self._check(answer_of(put("RED", quantity, me)), {quantity})
            self._check(cart(me), set(range(1, 10)))
            assert read(me.id)["items"] == [{"sku": "RED", "quantity": quantity}], "orders reads the table"
            with self._round_done:
                self._rounds[number] += 1
                self._round_done.notify_all()
        return self._rounds[number]

    def _check(self, shown: dict[str, Any], possible: set[int]) -> None:
        (line,) = shown["items"]
        assert line["quantity"] in possible
        assert line["line_total"]["amount"] == shown["total"]["amount"] == line["quantity"] * PRICE

    def after_two_rounds_of_all(self) -> None:
        """Waits until every shopper has done two more rounds: what was done to the cache has reached them."""
        with self._round_done:
            wanted = [rounds + 2 for rounds in self._rounds]
            done = self._round_done.wait_for(
                lambda: all(now >= goal for now, goal in zip(self._rounds, wanted, strict=True)),
                timeout=DEADLINE_SECONDS,
            )
        assert done, f"the shoppers stand still: {self._rounds}"


def rubbish(server: Server) -> None:
    """Bytes that are no cart, other types, and carts of somebody else, with versions above all others."""
    line = Line(quantity=77, price=Money(1, "EUR"), added_at=NOON, put_at=NOON)
    stranger = msgspec.json.encode(Cart(owner="cus_stranger", lines={"RED": line}, updated_at=NOON, version=10**9))
    values = (b"\xff\xfe", b"7:{}", b"1000000000:" + stranger, b"x" * 100_000, b"")
    for number in range(SHOPPERS - 1):
        server.inside.set(f"cart:cus_{number}", values[number])
    with server.inside.pipeline(transaction=True) as at_once:  # the shopper writes the same key meanwhile
        at_once.delete(f"cart:cus_{SHOPPERS - 1}")
        at_once.lpush(f"cart:cus_{SHOPPERS - 1}", "a", "list")
        at_once.execute()


def test_no_request_fails_and_no_sum_is_wrong_whatever_happens_to_the_cache(
    cached: Server, shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta()
    real = clock.system.source
    monkeypatch.setattr(clock.system, "source", lambda: real() + ahead)
    run = Run()
    wiring.ports()  # made once, as a process does it before its first request
    troubles: tuple[tuple[Callable[[], Any], ...], ...] = (
        (lambda: rubbish(cached),),
        (cached.inside.flushall,),
        (cached.pause, cached.resume),
        (lambda: rubbish(cached),),
        (cached.stop, cached.start),
        (cached.inside.flushall,),
    )
    with ThreadPoolExecutor(SHOPPERS) as pool:
        days = [pool.submit(run.shop, number) for number in range(SHOPPERS)]
        try:
            for trouble in troubles:
                for deed in trouble:
                    deed()
                    run.after_two_rounds_of_all()
                ahead += timedelta(seconds=11)  # and a breaker that has opened lets the next call through
        finally:
            run.over.set()
    assert all(day.result() >= 2 * TROUBLES for day in days)
    put("RED", 1, customer("cus_0"))
    assert cached.inside.exists("cart:cus_0"), "the cache is in use again"
