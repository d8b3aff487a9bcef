"""Auth's clock door."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from auth import use_cases
from auth.domain.signing import Step
from auth.use_cases.rotation import rotate
from auth.wiring import directory, key_store
from minishop import clock
from minishop.correlation import Correlation
from minishop.observability import correlated, logger

ACTOR = "service:auth"


def rotate_keys() -> int:
    """Takes the next step of the signing key's rotation, if one is due; how many that were."""
    step = rotate(key_store(), clock.system, timedelta(days=int(os.environ["SIGNING_KEY_DAYS"])))
    logger().info("signing keys looked after", step=step.value)
    return int(step is not Step.NOTHING)


def forget_unproven() -> int:
    """Forgets registrations that nobody has proven in a week; how many."""
    return use_cases.forget_unproven(directory())


TASKS = {"rotate_keys": rotate_keys, "forget_unproven": forget_unproven}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Runs the task that the schedule names."""
    run = str(getattr(context, "aws_request_id", "schedule"))
    with correlated(Correlation(run, run, ACTOR)):
        done = TASKS[event["task"]]()
        logger().info("task done", task=event["task"], count=done)
    return {event["task"]: done}
