"""Takes in what the provider reports: who signed it is settled by then, whether it is believed is settled here."""

from minishop.money import Money
from payments.domain import disputes
from payments.domain.payment import Change, Payment, PaymentNotFoundError
from payments.domain.reports import DISPUTE, REFUND, Reason, Report, Suspect, UnexplainedReportError, mismatch
from payments.use_cases.paying import settle
from payments.use_cases.ports import Ports, Position, change_payment
from payments.use_cases.refunding import check_refund

SUSPECTS_AT_ONCE = 50


def take_report(ports: Ports, report: Report) -> None:
    """Where a report may be news, the provider is asked. The same report again does nothing.

    Raises UnexplainedReportError where the payment or the refund is not known (yet).
    """
    if ports.reports.is_known(report.id):
        return
    if report.kind.startswith(DISPUTE):
        _take_dispute(ports, report)
    else:
        _take_news(ports, report)
    ports.reports.remember(report.id, at=ports.clock.now())


def _take_dispute(ports: Ports, report: Report) -> None:
    verdict = ports.provider.look_up_dispute(report.subject)
    if not verdict.payment_id:
        keep_apart(ports, report, Reason.NO_PAYMENT)
        return
    ports.attention.call("PaymentDisputed", payment_id=verdict.payment_id, dispute_id=verdict.id)
    try:
        look_after_dispute(ports, verdict.payment_id, verdict.id)
    except PaymentNotFoundError as error:
        raise UnexplainedReportError(Reason.UNKNOWN_PAYMENT) from error


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


def _take_news(ports: Ports, report: Report) -> None:
    if not report.payment_id:
        keep_apart(ports, report, Reason.NO_PAYMENT)
        return
    payment = ports.payments.find(report.payment_id)
    if payment is None:
        raise UnexplainedReportError(Reason.UNKNOWN_PAYMENT)
    expected = mismatch(payment, report)
    if expected is not None:
        keep_apart(ports, report, Reason.MISMATCH, expected)
    elif report.kind.startswith(REFUND):
        _take_refund(ports, report)
    elif payment.awaits_report:
        settle(ports, payment.id, ask=True)


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


def retry_suspects(ports: Ports) -> int:
    """Tries those again that may have come too early; how many have taken effect."""
    released, position = 0, None
    while True:
        found, position = ports.reports.suspects(SUSPECTS_AT_ONCE, position)
        released += sum(_retry(ports, suspect) for suspect in found)
        if position is None:
            return released


def _retry(ports: Ports, suspect: Suspect) -> bool:
    until = suspect.tried_until()
    if until is None or ports.clock.now() > until:
        return False
    try:
        take_report(ports, suspect.report)
    except UnexplainedReportError:
        return False
    ports.reports.release(suspect)
    return True


def list_suspects(ports: Ports, limit: int, position: Position | None) -> tuple[list[Suspect], Position | None]:
    """A page of what is kept apart."""
    return ports.reports.suspects(limit, position)
