"""What a provider's webhook says, and what is not believed of it.

A report is a nudge: where it may be news, the provider is asked. One that names a sum that was never asked for, or no
payment of this shop, is kept apart for somebody to look at. One about a payment or a refund that is not known is tried
again, for it may have come too early.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from minishop.errors import MinishopError
from minishop.money import Money
from payments.domain.payment import Payment

TRIED_FOR = timedelta(days=3)  # how long a report about something unknown is tried again
DISPUTE = "charge.dispute."
REFUND = "refund."


class Reason(StrEnum):
    """Why something the provider says is not believed."""

    UNKNOWN_PAYMENT = "unknown_payment"
    NO_PAYMENT = "no_payment"
    UNKNOWN_REFUND = "unknown_refund"
    MISMATCH = "mismatch"


class UnexplainedReportError(MinishopError):
    """A report about something that is not known, or not yet.

    Attributes:
        expected: The sum that was given back as far as the shop knows, where the report is about a refund.
    """

    def __init__(self, reason: Reason, expected: Money | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.expected = expected


@dataclass(frozen=True)
class Report:
    """A verified webhook.

    Attributes:
        id: The provider's own for it.
        kind: `payment_intent.succeeded` and the like.
        subject: The provider's id of what it is about: an intent, a charge, a refund or a dispute.
        payment_id: As the shop named it to the provider; empty when it names none.
        refund_id: Likewise, where it is about a refund.
        amount: The sum that it speaks of: of a charge, what was given back.
    """

    provider: str
    id: str
    kind: str
    subject: str = ""
    payment_id: str = ""
    refund_id: str = ""
    amount: Money | None = None


@dataclass(frozen=True)
class Suspect:
    """What the provider said and the shop does not believe.

    Attributes:
        id: Of the report, or of the payment that the provider answered about.
    """

    id: str
    at: datetime
    reason: Reason
    report: Report
    expected: Money | None = None

    @property
    def may_be_early(self) -> bool:
        """Whether what it is about may come to be known, so that it is worth trying again."""
        return self.reason in {Reason.UNKNOWN_PAYMENT, Reason.UNKNOWN_REFUND}

    @property
    def tried_until(self) -> datetime:
        """Until when that is."""
        return self.at + TRIED_FOR


def mismatch(payment: Payment, report: Report) -> Money | None:
    """The sum that a report about this payment should speak of, where it speaks of another one.

    Raises UnexplainedReportError when it is about a refund that nobody asked for.
    """
    said = report.amount
    if report.kind == "charge.refunded":
        asked = sum(refund.amount.amount for refund in payment.refunds if not refund.final)
        expected = Money(asked, payment.amount.currency)
        if said is not None and said.currency == expected.currency and said.amount > asked:
            raise UnexplainedReportError(Reason.UNKNOWN_REFUND, expected)
        return expected if said is not None and said.currency != expected.currency else None
    expected = payment.amount
    if report.kind.startswith(REFUND):
        refund = payment.refund_of(report.refund_id)
        if refund is None:
            raise UnexplainedReportError(Reason.UNKNOWN_REFUND, Money(payment.refunded, expected.currency))
        expected = refund.amount
    return expected if said is not None and said != expected else None
