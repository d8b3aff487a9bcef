"""A day's reconciliation: what the ledger says moved the provider's balance, against what the provider says.

Sums are compared source by source (a charge, a refund, a dispute), over a day and the days next to it: what the
provider did at 23:59 is posted at 00:01. A source is judged on the day on which either side last spoke of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from minishop.money import Money
from payments.domain.ledger import PROVIDER_BALANCE, Posting

DAY = timedelta(days=1)


@dataclass(frozen=True)
class BalanceMovement:
    """What the provider says moved its balance: `net` is what the shop's share changed by."""

    id: str
    source: str
    at: datetime
    net: Money


@dataclass(frozen=True)
class Difference:
    """A source of which the ledger and the provider say different things."""

    source: str
    ledger: Money
    provider: Money


@dataclass(frozen=True)
class Sums:
    """What a day came to, in one currency."""

    currency: str
    ledger: int
    provider: int


@dataclass(frozen=True)
class Reconciliation:
    """The report of a day. `compared` is how many sources were compared."""

    day: date
    at: datetime
    compared: int
    sums: tuple[Sums, ...]
    differences: tuple[Difference, ...]


def span_of(day: date) -> tuple[datetime, datetime]:
    """The day's first moment, and the next day's."""
    start = datetime.combine(day, time(), UTC)
    return start, start + DAY


def window_of(day: date) -> tuple[datetime, datetime]:
    """The day and the days next to it."""
    start, end = span_of(day)
    return start - DAY, end + DAY


def _shares(postings: Iterable[Posting]) -> Iterable[tuple[str, datetime, Money]]:
    for posting in postings:
        for entry in posting.entries:
            if entry.account == PROVIDER_BALANCE:
                yield posting.source or posting.id, posting.at, entry.amount


class _Side:
    """One side's sums per source and currency, and when each source was last heard of."""

    def __init__(self, shares: Iterable[tuple[str, datetime, Money]], day: date) -> None:
        self.sums: dict[tuple[str, str], int] = defaultdict(int)
        self.last: dict[tuple[str, str], date] = {}
        self.of_day: dict[str, int] = defaultdict(int)
        for source, at, amount in shares:
            key = (source, amount.currency)
            self.sums[key] += amount.amount
            self.last[key] = max(at.date(), self.last.get(key, at.date()))
            if at.date() == day:
                self.of_day[amount.currency] += amount.amount


def reconcile(
    day: date, postings: Iterable[Posting], movements: Iterable[BalanceMovement], *, at: datetime
) -> Reconciliation:
    """Compares what was posted with what moved, both of `window_of(day)`."""
    ledger = _Side(_shares(postings), day)
    provider = _Side(((moved.source, moved.at, moved.net) for moved in movements), day)
    last = {
        key: max(side.last.get(key, date.min) for side in (ledger, provider)) for key in {*ledger.sums, *provider.sums}
    }
    keys = sorted(key for key, heard in last.items() if heard == day)
    differences = tuple(
        Difference(
            source, Money(ledger.sums[source, currency], currency), Money(provider.sums[source, currency], currency)
        )
        for source, currency in keys
        if ledger.sums[source, currency] != provider.sums[source, currency]
    )
    currencies = sorted({*ledger.of_day, *provider.of_day})
    sums = tuple(Sums(currency, ledger.of_day[currency], provider.of_day[currency]) for currency in currencies)
    return Reconciliation(day, at, len(keys), sums, differences)
