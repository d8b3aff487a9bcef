"""Payments' clock door: asks the provider again about what it did not answer for, and holds the books against its."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from minishop.correlation import Correlation
from minishop.ids import derived_id
from minishop.observability import correlated, logger
from minishop.sweeps import sweep
from payments.use_cases import paying, reconciling, reporting
from payments.use_cases.ports import Due
from payments.wiring import ports

ACTOR = "service:payments"
WORK_FOR = timedelta(seconds=40)  # of the function's 60: the last one may take the rest


def reconcile_unknown() -> dict[str, int]:
    """Looks after the payments that are due, each as part of the purchase it belongs to; how many."""

    def look_after(due: Due) -> int:
        reporting.look_after_due(ports(), due)
        return 1

    def scope(due: Due) -> Correlation:
        return Correlation(due.correlation_id, "reconcile_unknown", ACTOR)

    due = paying.due_payments(ports())
    return {"settled": sweep(due, look_after, scope=scope, clock=ports().clock, lasting=WORK_FOR)}


def retry_suspects() -> dict[str, int]:
    """Tries the reports again whose payment was not known; how many have taken effect."""

    def scope(due: Due) -> Correlation:
        return Correlation(derived_id("run", due.id, str(due.failures)), due.id, ACTOR)

    due = reporting.due_suspects(ports())
    retry = partial(reporting.retry_suspect, ports())
    return {"released": sweep(due, retry, scope=scope, clock=ports().clock, lasting=WORK_FOR)}


def reconcile_books() -> dict[str, int]:
    """Holds the ledger of the day before yesterday against the provider's books."""
    report = reconciling.reconcile_day(ports())
    return {"compared": report.compared, "differences": len(report.differences)}


TASKS = {"reconcile_unknown": reconcile_unknown, "retry_suspects": retry_suspects, "reconcile_books": reconcile_books}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Runs the task that the schedule names."""
    run = str(getattr(context, "aws_request_id", "schedule"))
    with correlated(Correlation(run, run, ACTOR)):
        counts = TASKS[event["task"]]()
        logger().info("task done", extra={"task": event["task"], **counts})
    return counts
