"""Payments' HTTP door."""

import os
from datetime import date

from minishop import inbox
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import IdempotencyKeyReusedError, NotFoundError, TooLargeError
from minishop.events import Event
from minishop.guard import MalformedBodyError
from minishop.http import Api, Request
from minishop.identity import SHOPPERS, Role
from minishop.schemas import HealthAnswer, Page, PageQuery
from payments import webhooks
from payments.domain.payment import ExceedsCapturedError, PaymentNotFoundError
from payments.domain.refunds import RefundCurrencyError
from payments.domain.states import RefundStatus
from payments.ledger_schemas import LedgerQuery, PostingAnswer, ReconciliationAnswer
from payments.messages import RefundAsked
from payments.schemas import (
    AcceptedAnswer,
    PaymentAnswer,
    PaymentsAnswer,
    PaymentsQuery,
    RefundAnswer,
    RefundRequest,
    SuspectAnswer,
)
from payments.use_cases import reading, reconciling, refunding, reporting
from payments.use_cases.reconciling import ReconciliationNotFoundError
from payments.use_cases.refunding import RefundCommand
from payments.use_cases.reporting import SuspectNotFoundError
from payments.webhooks import InvalidSignatureError
from payments.wiring import ports

REFUNDERS = frozenset({Role.SUPPORT, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
READERS = SHOPPERS | {Role.SUPPORT, Role.ADMIN}
PROVIDERS = frozenset({"stripe"})

api = Api("payments")


@api.get("/v1/payments/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="payments")


def _tell_inbox(message: Event, identity: str) -> None:
    at = ports().clock.now()
    inbox.send(os.environ["INBOX_URL"], message, aggregate_id=identity, sequence=1, at=at, service="payments")


@api.get("/v1/payments", who=READERS)
def list_payments(request: Request, query: PaymentsQuery) -> PaymentsAnswer:
    """Lists the payments of an order, with their attempts and refunds."""
    payments = reading.list_payments(ports(), query.order_id, request.principal)
    return PaymentsAnswer(items=[PaymentAnswer.of(payment) for payment in payments])


@api.post(
    "/v1/admin/payments/{id}/refunds",
    who=REFUNDERS,
    status=201,
    idempotent=True,
    errors=[PaymentNotFoundError, ExceedsCapturedError, RefundCurrencyError, IdempotencyKeyReusedError],
)
def post_refund(request: Request, id: str, body: RefundRequest) -> RefundAnswer:
    """Gives part of a payment back, or all of it. The provider is asked for it soon."""
    command = RefundCommand(
        payment_id=id,
        amount=body.amount.to_money(),
        reason=body.reason,
        actor=request.principal.id,
        key=request.idempotency_key,
        fingerprint=request.fingerprint,
    )
    refund = refunding.request_refund(ports(), command)
    _tell_inbox(RefundAsked(payment_id=id), refund.id)
    return RefundAnswer.of(refund, status=RefundStatus.REQUESTED)


@api.get("/v1/admin/ledger", who=ADMINS, errors=[InvalidCursorError])
def list_ledger(request: Request, query: LedgerQuery) -> Page[PostingAnswer]:
    """Lists the ledger's postings, oldest first. A page may be short, or empty, and have a next one."""
    start, end = query.span(ports().clock.now())
    scope = ("ledger", request.principal.id, str(query.from_), str(query.to))
    postings, position = reading.list_postings(ports(), start, end, query.limit, decode_cursor(query.cursor, *scope))
    return Page(items=[PostingAnswer.of(posting) for posting in postings], next_cursor=encode_cursor(position, *scope))


@api.get("/v1/admin/reconciliations/{day}", who=ADMINS, errors=[ReconciliationNotFoundError])
def get_reconciliation(day: str) -> ReconciliationAnswer:
    """Shows how the ledger of a day (`2026-11-22`) agrees with the provider's books, two days later."""
    try:
        which = date.fromisoformat(day)
    except ValueError as error:
        raise ReconciliationNotFoundError("A day is written as 2026-11-22.") from error
    return ReconciliationAnswer.of(reconciling.get_reconciliation(ports(), which))


@api.get("/v1/admin/payments/quarantine", who=ADMINS, errors=[InvalidCursorError])
def list_quarantine(request: Request, query: PageQuery) -> Page[SuspectAnswer]:
    """Lists what the provider said and the shop does not believe: for somebody to look at."""
    scope = ("quarantine", request.principal.id)
    suspects, position = reporting.list_suspects(ports(), query.limit, decode_cursor(query.cursor, *scope))
    return Page(items=[SuspectAnswer.of(suspect) for suspect in suspects], next_cursor=encode_cursor(position, *scope))


@api.delete("/v1/admin/payments/quarantine/{id}", who=ADMINS, status=204, errors=[SuspectNotFoundError])
def delete_suspect(request: Request, id: str) -> None:
    """Dismisses what was looked at: it is listed no longer, nor believed when it comes again."""
    reporting.dismiss_suspect(ports(), id, request.principal.id)


@api.post("/v1/webhooks/payments/{provider}", errors=[InvalidSignatureError, MalformedBodyError, TooLargeError])
def take_webhook(request: Request, provider: str) -> AcceptedAnswer:
    """Takes in a provider's report: verified and stored here, worked off from the inbox."""
    if provider not in PROVIDERS:
        raise NotFoundError("There is no such provider.")
    webhooks.verify(request.raw, request.headers, now=ports().clock.now())
    report = webhooks.read_report(provider, request.raw)
    if report is not None:
        _tell_inbox(report, report.report_id)
    return AcceptedAnswer(received=True)


handler = api.handler
