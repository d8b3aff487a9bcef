"""Holds a day's ledger against the provider's books."""

from collections.abc import Iterator
from datetime import date, timedelta

from minishop.errors import NotFoundError
from payments.domain.ledger import Posting
from payments.domain.reconciliation import Reconciliation, reconcile, window_of
from payments.use_cases.ports import Ports, Position
from payments.use_cases.reporting import look_after_dispute

PAGE = 100
DISPUTES = ("dp_", "du_")  # how the provider's ids of disputes begin
SETTLED_AFTER = timedelta(days=2)  # by then the day after is over, too


class ReconciliationNotFoundError(NotFoundError):
    """The day has not been reconciled (yet)."""

    code = "reconciliation_not_found"
    title = "No reconciliation of this day"


def reconcile_day(ports: Ports, day: date | None = None) -> Reconciliation:
    """Compares a day (the one before yesterday, where none is named), keeps the report and calls somebody if need be.

    Raises ProviderSilentError: it is to be tried again.
    """
    at = ports.clock.now()
    which = day or (at - SETTLED_AFTER).date()
    start, end = window_of(which)
    movements = ports.provider.movements(start, end)
    report = reconcile(which, _postings(ports, which), movements, at=at)
    ports.reconciliations.keep(report)
    ports.attention.measure("ReconciliationDifferences", len(report.differences), day=which.isoformat())
    for difference in report.differences:
        if difference.source.startswith(DISPUTES):
            _learn_of(ports, difference.source)
    return report


def _learn_of(ports: Ports, dispute_id: str) -> None:
    """Takes in a dispute that the shop was never told of, or not to its end. The day's report stays as it is."""
    verdict = ports.provider.look_up_dispute(dispute_id)
    if verdict.payment_id:
        look_after_dispute(ports, verdict.payment_id, dispute_id)


def _postings(ports: Ports, day: date) -> Iterator[Posting]:
    start, end = window_of(day)
    position: Position | None = None
    while True:
        page, position = ports.ledger.postings(start, end, PAGE, position)
        yield from page
        if position is None:
            return


def get_reconciliation(ports: Ports, day: date) -> Reconciliation:
    """The report of a day. Raises ReconciliationNotFoundError."""
    report = ports.reconciliations.find(day)
    if report is None:
        raise ReconciliationNotFoundError("A day is reconciled two days later.")
    return report
