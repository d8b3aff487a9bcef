"""What payments tells itself, through its own inbox."""

from dataclasses import dataclass

from minishop.events import Event
from minishop.money import Money
from payments.domain.reports import Report


@dataclass(frozen=True, kw_only=True)
class ProviderReported(Event):
    """A provider's webhook, verified and waiting to be worked off: a `Report`, field by field."""

    provider: str
    report_id: str
    kind: str
    payment_id: str = ""
    refund_id: str = ""
    subject: str = ""
    amount: Money | None = None

    def to_report(self) -> Report:
        """The report."""
        return Report(
            provider=self.provider,
            id=self.report_id,
            kind=self.kind,
            subject=self.subject,
            payment_id=self.payment_id,
            refund_id=self.refund_id,
            amount=self.amount,
        )


@dataclass(frozen=True, kw_only=True)
class RefundAsked(Event):
    """A refund was taken up, and the provider is to be asked for it."""

    payment_id: str
