"""Requests that overlap: what one of them calls lets the others go on, so that they meet between any two calls."""

import os
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from scripts.simulation.faults import Fault
from scripts.simulation.network import Call
from scripts.simulation.shop import Shop
from scripts.simulation.virtual_time import VirtualTime


def at_once(shop: Shop, asks: Sequence[Callable[[], Any]], random: Random) -> None:
    """Does all of them at once: each in a thread of its own, one at a time, changing over at each call.

    Raises what one of them raises.
    """
    time = VirtualTime(shop.now)
    network, processes = shop.network, shop.processes

    def let_others_go_on(_call: Call) -> Fault | None:
        at_work = (network.function, network.invocation)
        environment, variables = processes.current, os.environ._data  # type: ignore[attr-defined]
        time.sleep(random.random())
        network.function, network.invocation = at_work
        processes.enter(environment, variables)
        return None

    outer, network.plan = network.plan, let_others_go_on
    for ask in asks:
        time.start(_idle(shop, ask), after=random.random())
    try:
        time.run(until=float("inf"))
    finally:
        network.plan = outer


def _idle(shop: Shop, ask: Callable[[], Any]) -> Callable[[], Any]:
    """Begins as somebody outside of all functions, whoever was at work just now."""
    environment, variables = shop.processes.current, os.environ._data  # type: ignore[attr-defined]

    def begin() -> None:
        shop.network.function, shop.network.invocation = "", 0
        shop.processes.enter(environment, variables)
        ask()

    return begin
