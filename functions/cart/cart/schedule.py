"""Cart's clock door."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cart.use_cases import idle
from cart.wiring import ports
from minishop.correlation import Correlation
from minishop.ids import derived_id
from minishop.observability import correlated, logger

ACTOR = "service:cart"
WORK_FOR = timedelta(seconds=50)  # of the function's 60


def tell_abandoned_carts() -> int:
    """Tells of carts that nobody has touched for a day, each once and as a story of its own; how many.

    One that fails keeps none behind it waiting; what the first of them raised is raised in the end.
    """
    until = ports().clock.now() + WORK_FOR
    told, failures = 0, list[Exception]()
    for owner in idle.idle_carts(ports()):
        if ports().clock.now() >= until:
            break
        cause = derived_id("run", owner, str(ports().clock.now()))
        with correlated(Correlation(cause, cause, ACTOR)):
            try:
                told += idle.abandon_cart(ports(), owner)
            except Exception as failure:  # noqa: BLE001  whatever it was, the others have their turn, and it its next
                logger().exception("cart left to the next run")
                failures.append(failure)
    if failures:
        raise failures[0]
    return told


TASKS = {"tell_abandoned_carts": tell_abandoned_carts}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Runs the task that the schedule names."""
    run = str(getattr(context, "aws_request_id", "schedule"))
    with correlated(Correlation(run, run, ACTOR)):
        done = TASKS[event["task"]]()
        logger().info("task done", task=event["task"], count=done)
    return {event["task"]: done}
