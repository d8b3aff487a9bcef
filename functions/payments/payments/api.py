"""Payments' HTTP door."""

import os

from minishop import inbox
from minishop.errors import NotFoundError, TooLargeError
from minishop.guard import MalformedBodyError
from minishop.http import Api, Request
from minishop.identity import SHOPPERS, Role
from minishop.schemas import HealthAnswer
from payments import use_cases, webhooks
from payments.schemas import AcceptedAnswer, PaymentAnswer, PaymentsAnswer, PaymentsQuery
from payments.webhooks import InvalidSignatureError
from payments.wiring import ports

READERS = SHOPPERS | {Role.SUPPORT, Role.ADMIN}
PROVIDERS = frozenset({"stripe"})

api = Api("payments")


@api.get("/v1/payments/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="payments")


@api.get("/v1/payments", who=READERS)
def list_payments(request: Request, query: PaymentsQuery) -> PaymentsAnswer:
    """Lists the payments of an order, with their attempts and refunds."""
    payments = use_cases.list_payments(ports(), query.order_id, request.principal)
    return PaymentsAnswer(items=[PaymentAnswer.of(payment) for payment in payments])


@api.post("/v1/webhooks/payments/{provider}", errors=[InvalidSignatureError, MalformedBodyError, TooLargeError])
def take_webhook(request: Request, provider: str) -> AcceptedAnswer:
    """Takes in a provider's report: verified and stored here, worked off from the inbox."""
    if provider not in PROVIDERS:
        raise NotFoundError("There is no such provider.")
    now = ports().clock.now()
    webhooks.verify(request.raw, request.headers, now=now)
    report = webhooks.read_report(provider, request.raw)
    if report is not None:
        inbox.send(
            os.environ["INBOX_URL"], report, aggregate_id=report.report_id, sequence=1, at=now, service="payments"
        )
    return AcceptedAnswer(received=True)


handler = api.handler
