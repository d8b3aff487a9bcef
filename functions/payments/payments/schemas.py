"""Request and answer models of payments."""

from typing import Annotated

from pydantic import StringConstraints

from minishop.money import Money
from minishop.schemas import AnswerModel, MoneyAnswer, QueryModel, Timestamp
from payments.domain.payment import Attempt, Payment, Refund, RefundStatus, Status


class PaymentsQuery(QueryModel):
    """Whose payments."""

    order_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class AttemptAnswer(AnswerModel):
    """One try to take the money."""

    id: str
    status: Status
    at: Timestamp
    decline_code: str | None = None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptAnswer":
        """From an attempt."""
        return cls(id=attempt.id, status=attempt.status, at=attempt.at, decline_code=attempt.decline_code or None)


class RefundAnswer(AnswerModel):
    """Money on its way back."""

    id: str
    status: RefundStatus
    amount: MoneyAnswer
    reason: str
    at: Timestamp

    @classmethod
    def of(cls, refund: Refund) -> "RefundAnswer":
        """From a refund."""
        return cls(
            id=refund.id,
            status=refund.status,
            amount=MoneyAnswer.of(refund.amount),
            reason=refund.reason,
            at=refund.at,
        )


class NextActionAnswer(AnswerModel):
    """What the shopper has to do: prove at `url` who they are."""

    type: str = "redirect"
    url: str


class PaymentAnswer(AnswerModel):
    """A payment."""

    id: str
    order_id: str
    status: Status
    amount: MoneyAnswer
    captured: MoneyAnswer
    refunded: MoneyAnswer
    attempts: list[AttemptAnswer]
    refunds: list[RefundAnswer]
    next_action: NextActionAnswer | None = None

    @classmethod
    def of(cls, payment: Payment) -> "PaymentAnswer":
        """From a payment."""
        currency = payment.amount.currency
        action = payment.current.action_url if payment.status is Status.REQUIRES_ACTION else ""
        return cls(
            id=payment.id,
            order_id=payment.order_id,
            status=payment.status,
            amount=MoneyAnswer.of(payment.amount),
            captured=MoneyAnswer.of(Money(payment.captured, currency)),
            refunded=MoneyAnswer.of(Money(payment.refunded, currency)),
            attempts=[AttemptAnswer.of(attempt) for attempt in payment.attempts],
            refunds=[RefundAnswer.of(refund) for refund in payment.refunds],
            next_action=NextActionAnswer(url=action) if action else None,
        )


class PaymentsAnswer(AnswerModel):
    """The payments of an order."""

    items: list[PaymentAnswer]


class AcceptedAnswer(AnswerModel):
    """A webhook was taken in."""

    received: bool
