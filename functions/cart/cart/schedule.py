"""Cart's clock door."""

from collections.abc import Mapping
from typing import Any

from cart.use_cases import idle
from cart.wiring import ports
from minishop.correlation import Correlation
from minishop.ids import derived_id
from minishop.observability import correlated, logger

ACTOR = "service:cart"


def tell_abandoned_carts() -> int:
    """Tells of carts that nobody has touched for a day, each once and as a story of its own; how many."""
    told = 0
    for owner in idle.idle_carts(ports()):
        cause = derived_id("run", owner, str(ports().clock.now()))
        with correlated(Correlation(cause, cause, ACTOR)):
            told += idle.abandon_cart(ports(), owner)
    return told


TASKS = {"tell_abandoned_carts": tell_abandoned_carts}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Runs the task that the schedule names."""
    run = str(getattr(context, "aws_request_id", "schedule"))
    with correlated(Correlation(run, run, ACTOR)):
        done = TASKS[event["task"]]()
        logger().info("task done", task=event["task"], count=done)
    return {event["task"]: done}
