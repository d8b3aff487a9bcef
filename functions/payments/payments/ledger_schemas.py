"""Query and answer models of the ledger."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from minishop.schemas import AnswerModel, MoneyAnswer, PageQuery, Timestamp
from payments.domain.ledger import LedgerEntry, Posting, PostingKind
from payments.domain.reconciliation import Difference, Reconciliation, Sums

MONTH = timedelta(days=30)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)  # the books begin with the shop


def _written(value: object) -> object:
    if isinstance(value, str) and not re.match(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("Input should be a day or a time")  # a number would be taken for seconds since 1970
    return value


def _in_utc(moment: datetime) -> datetime:
    """A day or a moment without an offset is UTC's; what is before or after the books is their first or last day."""
    if not FIRST.year <= moment.year < LAST.year:
        return FIRST if moment.year < FIRST.year else LAST
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


QueryMoment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A day (`2026-11-22`: its first moment) or a moment."""


class LedgerQuery(PageQuery):
    """Which postings: those of `from` up to, but not of, `to`; without them those of the last 30 days."""

    from_: Annotated[QueryMoment | None, Field(alias="from")] = None
    to: QueryMoment | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """[from, to), as far as there can be postings."""
        end = min(self.to or LAST, now + timedelta(seconds=1))
        return max(self.from_ or end - MONTH, FIRST), end


class LedgerEntryAnswer(AnswerModel):
    """One side of a posting; a debit is positive."""

    account: str
    amount: MoneyAnswer

    @classmethod
    def of(cls, entry: LedgerEntry) -> "LedgerEntryAnswer":
        """From an entry."""
        return cls(account=entry.account, amount=MoneyAnswer.of(entry.amount))


class PostingAnswer(AnswerModel):
    """A transfer between accounts: its entries sum to zero. `source` is the provider's id of what moved the money."""

    id: str
    at: Timestamp
    order_id: str
    kind: PostingKind
    entries: list[LedgerEntryAnswer]
    source: str | None = None

    @classmethod
    def of(cls, posting: Posting) -> "PostingAnswer":
        """From a posting."""
        return cls(
            id=posting.id,
            at=posting.at,
            order_id=posting.order_id,
            kind=posting.kind,
            entries=[LedgerEntryAnswer.of(entry) for entry in posting.entries],
            source=posting.source or None,
        )


class SumsAnswer(AnswerModel):
    """What a day came to on the provider's balance, in one currency."""

    ledger: MoneyAnswer
    provider: MoneyAnswer

    @classmethod
    def of(cls, sums: Sums) -> "SumsAnswer":
        """From sums."""
        return cls(
            ledger=MoneyAnswer(amount=sums.ledger, currency=sums.currency),
            provider=MoneyAnswer(amount=sums.provider, currency=sums.currency),
        )


class DifferenceAnswer(AnswerModel):
    """A charge, a refund or a dispute of which the ledger and the provider say different things."""

    source: str
    ledger: MoneyAnswer
    provider: MoneyAnswer

    @classmethod
    def of(cls, difference: Difference) -> "DifferenceAnswer":
        """From a difference."""
        return cls(
            source=difference.source,
            ledger=MoneyAnswer.of(difference.ledger),
            provider=MoneyAnswer.of(difference.provider),
        )


class ReconciliationAnswer(AnswerModel):
    """How the ledger of a day agrees with the provider's books: `compared` sources, of which some may differ."""

    day: date
    at: Timestamp
    compared: int
    sums: list[SumsAnswer]
    differences: list[DifferenceAnswer]

    @classmethod
    def of(cls, report: Reconciliation) -> "ReconciliationAnswer":
        """From a report."""
        return cls(
            day=report.day,
            at=report.at,
            compared=report.compared,
            sums=[SumsAnswer.of(sums) for sums in report.sums],
            differences=[DifferenceAnswer.of(difference) for difference in report.differences],
        )
