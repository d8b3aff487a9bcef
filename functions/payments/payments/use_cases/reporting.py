"""Takes in what the provider reports: who signed it is settled by then, whether it is believed is settled here."""

from collections.abc import Iterator
from datetime import timedelta

from minishop.errors import NotFoundError
from minishop.money import Money
from payments.domain import disputes
from payments.domain.payment import Change, Payment, PaymentNotFoundError
from payments.domain.reports import DISPUTE, REFUND, Reason, Report, Suspect, UnexplainedReportError, mismatch
from payments.domain.waits import backoff
from payments.use_cases.paying import settle
from payments.use_cases.ports import Due, Ports, Position, change_payment
from payments.use_cases.refunding import check_refund

SUSPECT_WAIT = timedelta(minutes=5)
LONGEST_SUSPECT_WAIT = timedelta(hours=1)


class SuspectNotFoundError(NotFoundError):
    """Nothing is kept apart under this id."""

    code = "suspect_not_found"
    title = "Nothing is kept apart under this id"


def take_report(ports: Ports, report: Report) -> bool:
    """Where a report may be news, the provider is asked. The same report again does nothing.

    Whether it is believed: what is not is kept apart.
    Raises UnexplainedReportError where the payment or the refund is not known (yet).
    """
    if ports.reports.is_known(report.id):
        return True
    take = _take_dispute if report.kind.startswith(DISPUTE) else _take_news
    believed = take(ports, report)
    ports.reports.remember(report.id, at=ports.clock.now())
    return believed


def _take_dispute(ports: Ports, report: Report) -> bool:
    verdict = ports.provider.look_up_dispute(report.subject)
    if not verdict.payment_id:
        keep_apart(ports, report, Reason.NO_PAYMENT)
        return False
    ports.attention.call("PaymentDisputed", payment_id=verdict.payment_id, dispute_id=verdict.id)
    try:
        look_after_dispute(ports, verdict.payment_id, verdict.id)
    except PaymentNotFoundError as error:
        raise UnexplainedReportError(Reason.UNKNOWN_PAYMENT) from error
    return True


def look_after_dispute(ports: Ports, payment_id: str, dispute_id: str) -> None:
    """Asks how a dispute stands, and takes it in. Raises PaymentNotFoundError and ProviderSilentError."""
    change_payment(
        ports,
        payment_id,
        lambda payment: disputes.conclude_dispute(
            payment, ports.provider.look_up_dispute(dispute_id), at=ports.clock.now()
        ),
    )
    settle(ports, payment_id)


def look_after(ports: Ports, payment_id: str) -> None:
    """Takes a payment that is due as far as it goes, and asks how its disputes stand."""
    settle(ports, payment_id, ask=True)
    payment = ports.payments.find(payment_id)
    for dispute in payment.open_disputes if payment else ():
        look_after_dispute(ports, payment_id, dispute.id)


def look_after_due(ports: Ports, due: Due) -> None:
    """The same, of one that failed before or may fail now: then it is put off, for longer each time, and it raises."""
    try:
        look_after(ports, due.id)
    except Exception:
        ports.payments.put_off(due, ports.clock.now() + backoff(due.failures))
        raise


def _take_news(ports: Ports, report: Report) -> bool:
    if not report.payment_id:
        keep_apart(ports, report, Reason.NO_PAYMENT)
        return False
    payment = ports.payments.find(report.payment_id)
    if payment is None:
        raise UnexplainedReportError(Reason.UNKNOWN_PAYMENT)
    expected = mismatch(payment, report)
    if expected is not None:
        keep_apart(ports, report, Reason.MISMATCH, expected)
        return False
    if report.kind.startswith(REFUND):
        _take_refund(ports, report)
    elif payment.awaits_report:
        settle(ports, payment.id, ask=True)
    return True


def _take_refund(ports: Ports, report: Report) -> None:
    """News of a refund: of one that the provider has yet to answer for, its answer says as much."""

    def ask(payment: Payment) -> Change:
        refund = payment.refund_of(report.refund_id)
        return check_refund(ports, payment, refund) if refund and refund.provider_ref else Change(payment)

    change_payment(ports, report.payment_id, ask)


def keep_apart(ports: Ports, report: Report, reason: Reason, expected: Money | None = None) -> None:
    """Puts a report aside for somebody to look at; one about something unknown is tried again, too."""
    ports.reports.keep_apart(Suspect(report.id, ports.clock.now(), reason, report, expected))
    ports.attention.call("ReportQuarantined", report_id=report.id, reason=reason)


def due_suspects(ports: Ports) -> Iterator[Due]:
    """Those that may have come too early, and are to be tried again now."""
    return ports.reports.due(ports.clock.now())


def retry_suspect(ports: Ports, due: Due) -> bool:
    """Tries one again; whether it is believed after all. What it is about not being known yet, it is put off."""
    suspect, now = ports.reports.find_suspect(due.id), ports.clock.now()
    if suspect is None:
        return False
    if now > suspect.tried_until:
        ports.reports.put_off(due, None)
        return False
    following = now + backoff(due.failures, first=SUSPECT_WAIT, longest=LONGEST_SUSPECT_WAIT)
    try:
        believed = take_report(ports, suspect.report)
    except UnexplainedReportError:
        ports.reports.put_off(due, following)
        return False
    except Exception:
        ports.reports.put_off(due, following)
        raise
    if believed:
        ports.reports.release(suspect)
    return believed


def dismiss_suspect(ports: Ports, suspect_id: str, actor: str) -> None:
    """Somebody has looked at it: it is kept apart no longer, and is not believed when it comes again.

    Dismissed again, it changes nothing. Raises SuspectNotFoundError.
    """
    suspect = ports.reports.find_suspect(suspect_id)
    if suspect is not None:
        ports.reports.remember(suspect_id, at=ports.clock.now(), dismissed_by=actor)
        ports.reports.release(suspect)
    elif not ports.reports.is_known(suspect_id):
        raise SuspectNotFoundError("List the quarantine again.")


def list_suspects(ports: Ports, limit: int, position: Position | None) -> tuple[list[Suspect], Position | None]:
    """A page of what is kept apart."""
    return ports.reports.suspects(limit, position)
