"""What other services may ask of payments."""

from minishop.http import Api
from minishop.schemas import ExportAnswer
from payments.schemas import ExportRequest, PaymentAnswer
from payments.use_cases import reading
from payments.wiring import payments

api = Api("payments")


@api.post("/internal/exports/payments", callers=frozenset({"auth-api"}))
def export_payments(body: ExportRequest) -> ExportAnswer[PaymentAnswer]:
    """A customer's payments, of these orders, as the customer sees them."""
    found = reading.export_payments(payments(), body.owner, body.order_ids)
    return ExportAnswer[PaymentAnswer].of(map(PaymentAnswer.of, found), complete=True)


handler = api.handler
