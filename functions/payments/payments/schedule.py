"""Payments' clock door: asks the provider again about what it did not answer for, and holds the books against its."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from minishop.correlation import Correlation
from minishop.observability import correlated, logger
from payments.use_cases import paying, reconciling, reporting
from payments.wiring import ports

ACTOR = "service:payments"
BUDGET = timedelta(seconds=40)  # of the function's 60: one more payment may take the rest


def reconcile_unknown() -> dict[str, int]:
    """Looks after every payment that is due, each as part of the purchase it belongs to."""
    started = ports().clock.now()
    counts = {"settled": 0, "failed": 0, "left": 0}
    for due in paying.due_payments(ports()):
        if ports().clock.now() - started > BUDGET:
            counts["left"] += 1
            continue
        with correlated(Correlation(due.correlation_id, "reconcile_unknown", ACTOR)):
            try:
                reporting.look_after(ports(), due.payment_id)
                counts["settled"] += 1
            except Exception:  # noqa: BLE001  whatever it was, the others have their turn, and this one its next
                logger().exception("payment not settled", payment_id=due.payment_id)
                counts["failed"] += 1
    return counts


def retry_suspects() -> dict[str, int]:
    """Tries the reports again whose payment was not known."""
    return {"released": reporting.retry_suspects(ports())}


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
