"""Carts that nobody touches, on the real table."""

import json
from datetime import timedelta

import pytest

from cart import schedule, wiring
from cart.domain.carts import ABANDONED_AFTER
from cart.use_cases import idle
from cart.use_cases.ports import Ports
from minishop import clock
from minishop.sweeps import SweepError
from tests.helpers import guest
from tests.integration.cart.samples import put
from tests.integration.conftest import Aws


def sweep() -> int:
    return schedule.handler({"task": "tell_abandoned_carts"}, None)["tell_abandoned_carts"]


def pass_time(monkeypatch: pytest.MonkeyPatch, duration: timedelta) -> None:
    later = clock.system.now() + duration
    monkeypatch.setattr(clock.system, "source", lambda: later)


def test_only_carts_with_something_in_them_are_told_once_and_again_when_they_were_touched(
    shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("RED", 2)
    put("RED", 1, guest("gst_empty"))
    put("RED", 0, guest("gst_empty"))
    assert sweep() == 0
    pass_time(monkeypatch, ABANDONED_AFTER)
    put("BLUE", 1, guest("gst_busy"))
    assert [sweep(), sweep()] == [1, 0]
    assert shop.outboxes("CartTable") == ["CartAbandoned"]
    carts = {item["pk"]["S"]: item for item in shop.items("CartTable") if item["sk"]["S"] == "cart"}
    assert sorted(pk for pk, item in carts.items() if "idle_pk" in item) == ["cart#gst_busy"]
    (told,) = json.loads(carts["cart#cus_ada"]["outbox"]["S"])
    assert told["detail"]["data"]["lines"] == [{"sku": "RED", "quantity": 2}]
    put("BLUE", 1)
    pass_time(monkeypatch, ABANDONED_AFTER)
    assert sweep() == 2


def test_a_cart_that_cannot_be_told_of_keeps_none_behind_it_waiting(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        put("RED", 1, guest(f"gst_{number}"))
    pass_time(monkeypatch, ABANDONED_AFTER)
    abandon = idle.abandon_cart
    first, *_ = idle.idle_carts(wiring.ports())

    def poisoned(ports: Ports, owner: str) -> bool:
        if owner == first:
            raise RuntimeError("poison")
        return abandon(ports, owner)

    monkeypatch.setattr(idle, "abandon_cart", poisoned)
    with pytest.raises(SweepError):
        sweep()
    assert shop.outboxes("CartTable") == ["CartAbandoned"] * 3
    monkeypatch.setattr(idle, "abandon_cart", abandon)
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "WORK_FOR", timedelta())
        assert sweep() == 0
    assert sweep() == 1
