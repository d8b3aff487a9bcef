"""Cart's clock door."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from cart.use_cases import idle
from cart.wiring import ports
from minishop.correlation import Correlation
from minishop.ids import derived_id
from minishop.observability import correlated, logger
from minishop.sweeps import sweep

ACTOR = "service:cart"
WORK_FOR = timedelta(seconds=50)  # of the function's 60


def tell_abandoned_carts() -> int:
    """Tells of carts that nobody has touched for a day, each once and as a story of its own; how many."""

    def scope(owner: str) -> Correlation:
        cause = derived_id("run", owner, str(ports().clock.now()))
        return Correlation(cause, cause, ACTOR)

    abandon = partial(idle.abandon_cart, ports())
    return sweep(idle.idle_carts(ports()), abandon, scope=scope, clock=ports().clock, lasting=WORK_FOR)


TASKS = {"tell_abandoned_carts": tell_abandoned_carts}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Runs the task that the schedule names."""
    run = str(getattr(context, "aws_request_id", "schedule"))
    with correlated(Correlation(run, run, ACTOR)):
        done = TASKS[event["task"]]()
        logger().info("task done", task=event["task"], count=done)
    return {event["task"]: done}
