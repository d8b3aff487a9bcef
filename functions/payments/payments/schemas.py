"""Request and answer models of payments."""

from typing import Annotated

from pydantic import Field, StringConstraints

from minishop.exports import MOST_ITEMS
from minishop.money import Money
from minishop.schemas import (
    MAX_AMOUNT,
    AnswerModel,
    Line,
    MoneyAnswer,
    MoneyModel,
    QueryModel,
    RequestModel,
    Timestamp,
)
from payments.domain.payment import Attempt, Dispute, Payment, Refund
from payments.domain.reports import Reason, Suspect
from payments.domain.states import DisputeStatus, RefundStatus, Status

OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class PaymentsQuery(QueryModel):
    """Whose payments."""

    order_id: OrderId


class ExportRequest(RequestModel):
    """Whose payments, and of which orders."""

    owner: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    order_ids: Annotated[list[OrderId], Field(max_length=MOST_ITEMS)]


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
    def of(cls, refund: Refund, *, status: RefundStatus | None = None) -> "RefundAnswer":
        """From a refund, as it is or as it was with `status`."""
        return cls(
            id=refund.id,
            status=status or refund.status,
            amount=MoneyAnswer.of(refund.amount),
            reason=refund.reason,
            at=refund.at,
        )


class DisputeAnswer(AnswerModel):
    """The card holder's bank wants the money back, or wanted it."""

    id: str
    status: DisputeStatus
    amount: MoneyAnswer
    reason: str
    at: Timestamp

    @classmethod
    def of(cls, dispute: Dispute) -> "DisputeAnswer":
        """From a dispute."""
        return cls(
            id=dispute.id,
            status=dispute.status,
            amount=MoneyAnswer.of(dispute.amount),
            reason=dispute.reason,
            at=dispute.at,
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
    disputes: list[DisputeAnswer]
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
            disputes=[DisputeAnswer.of(dispute) for dispute in payment.disputes],
            next_action=NextActionAnswer(url=action) if action else None,
        )


class PaymentsAnswer(AnswerModel):
    """The payments of an order."""

    items: list[PaymentAnswer]


class AcceptedAnswer(AnswerModel):
    """A webhook was taken in."""

    received: bool


class RefundMoneyModel(MoneyModel):
    """Money that is to go back: more than nothing."""

    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT, description="Minor units, such as cents.")]


class RefundRequest(RequestModel):
    """What is to go back, and why."""

    amount: RefundMoneyModel
    reason: Line


class SuspectAnswer(AnswerModel):
    """What the provider said and the shop does not believe, with the sum that it spoke of and the one expected."""

    id: str
    at: Timestamp
    reason: Reason
    kind: str
    subject: str
    payment_id: str
    said: MoneyAnswer | None = None
    expected: MoneyAnswer | None = None

    @classmethod
    def of(cls, suspect: Suspect) -> "SuspectAnswer":
        """From a suspect."""
        report = suspect.report
        return cls(
            id=suspect.id,
            at=suspect.at,
            reason=suspect.reason,
            kind=report.kind,
            subject=report.subject,
            payment_id=report.payment_id,
            said=MoneyAnswer.of(report.amount) if report.amount else None,
            expected=MoneyAnswer.of(suspect.expected) if suspect.expected else None,
        )
