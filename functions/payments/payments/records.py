"""What payments writes down beside the payments: the ledger, and what the provider reported.

pk             sk             what
ledger#<day>   <time>#<id>    a posting
report#<id>    report         that a report has taken effect; goes after a while
suspects       <id>           a report that is not believed; in the index of `dues` while it is tried again
day#<day>      reconciled     how the ledger of a day agrees with the provider's books
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import msgspec
from pynamodb.attributes import UnicodeAttribute

from minishop import dynamodb
from minishop.clock import parse_rfc3339, rfc3339
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError
from minishop.money import Money
from payments import dues
from payments.domain.ledger import LedgerEntry, Posting, PostingKind
from payments.domain.reconciliation import Reconciliation
from payments.domain.reports import Reason, Report, Suspect
from payments.use_cases.ports import Due, Position

SUSPECTS = "suspects"
KEEP_REPORTS = timedelta(days=30)  # ten times as long as the provider goes on sending one
DAYS_AT_ONCE = 31  # of the ledger, for one page
MOST_DIFFERENCES = 500
AFTER = "!"  # sorts behind the key that it is put to, and before the next one


class PostingItem(Item):
    """A posting of the ledger: written once."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    posting_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    entries = DocumentAttribute[tuple[LedgerEntry, ...]](tuple[LedgerEntry, ...])
    source = UnicodeAttribute(null=True)
    at = TimeAttribute()


def _day(at: datetime) -> str:
    return f"ledger#{rfc3339(at)[:10]}"


def posting_item(posting: Posting) -> PostingItem:
    """The item of a posting."""
    return PostingItem(
        _day(posting.at),
        f"{rfc3339(posting.at)}#{posting.id}",
        posting_id=posting.id,
        order_id=posting.order_id,
        kind=posting.kind.value,
        entries=posting.entries,
        source=posting.source or None,
        at=posting.at,
    )


def _posting(item: PostingItem) -> Posting:
    kind = PostingKind(item.kind)
    return Posting(item.posting_id, item.at, item.order_id, kind, item.entries, item.source or "")


class LedgerTable:
    """Implements `payments.use_cases.ports.Ledger`."""

    def postings(
        self, start: datetime, end: datetime, limit: int, position: Position | None
    ) -> tuple[list[Posting], Position | None]:
        """One Query a day, until the page is full or a month has gone by: a page may hold less than there is."""
        low = str(position["after"]) + AFTER if position else rfc3339(start)
        day = parse_rfc3339(str(position["day"])) if position else start.replace(hour=0, minute=0, second=0)
        day = day.replace(microsecond=0)
        found: list[Posting] = []
        for _ in range(DAYS_AT_ONCE):
            if day >= end:
                return found, None
            between = PostingItem.sk.between(low, rfc3339(end))
            rows = PostingItem.query(_day(day), between, consistent_read=True, limit=limit - len(found))
            items = list(rows)
            found += [_posting(item) for item in items]
            if len(found) == limit:
                return found, {"day": rfc3339(day), "after": str(items[-1].sk)}
            day += timedelta(days=1)
            low = max(low, rfc3339(day))
        return found, {"day": rfc3339(day), "after": low} if day < end else None


class ReportItem(Item):
    """That a report has taken effect."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    at = TimeAttribute()
    dismissed_by = UnicodeAttribute(null=True)


class SuspectItem(Item):
    """A report that is not believed."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    reason = UnicodeAttribute()
    report = DocumentAttribute[Report](Report)
    expected = DocumentAttribute[Money](Money, null=True)
    at = TimeAttribute()
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)


def _suspect(item: SuspectItem) -> Suspect:
    return Suspect(str(item.sk), item.at, Reason(item.reason), item.report, item.expected)


class ReportTable:
    """Implements `payments.use_cases.ports.Reports`."""

    def is_known(self, report_id: str) -> bool:
        """One GetItem."""
        return ReportItem.find(f"report#{report_id}", "report") is not None

    def remember(self, report_id: str, *, at: datetime, dismissed_by: str = "") -> None:
        """One conditional Put."""
        item = ReportItem(
            f"report#{report_id}",
            "report",
            at=at,
            dismissed_by=dismissed_by or None,
            expires_at=int((at + KEEP_REPORTS).timestamp()),
        )
        with suppress(AlreadyExistsError):
            dynamodb.insert(item)

    def keep_apart(self, suspect: Suspect) -> None:
        """One conditional Put; a GetItem and another one where something is kept under this id for another reason."""
        item = SuspectItem(
            SUSPECTS,
            suspect.id,
            reason=suspect.reason.value,
            report=suspect.report,
            expected=suspect.expected,
            at=suspect.at,
            due_pk=dues.SUSPECT if suspect.may_be_early else None,
            due_sk=dues.due_key(suspect.at, suspect.id) if suspect.may_be_early else None,
        )
        try:
            dynamodb.insert(item)
        except AlreadyExistsError:
            known = SuspectItem.find(SUSPECTS, suspect.id)
            if known and known.reason != item.reason:
                dynamodb.replace(item, expected=int(known.version))

    def find_suspect(self, suspect_id: str) -> Suspect | None:
        """One GetItem."""
        item = SuspectItem.find(SUSPECTS, suspect_id)
        return _suspect(item) if item else None

    def release(self, suspect: Suspect) -> None:
        """One DeleteItem."""
        SuspectItem(SUSPECTS, suspect.id).delete()

    def due(self, until: datetime) -> Iterator[Due]:
        """One Query on due for each 50."""
        return dues.list_due(dues.SUSPECT, until)

    def put_off(self, due: Due, until: datetime | None) -> None:
        """One conditional UpdateItem."""
        if until is None:
            dues.call_off(SUSPECTS, due.id, due)
        else:
            dues.put_off(SUSPECTS, due.id, due, kind=dues.SUSPECT, until=until)

    def suspects(self, limit: int, position: Position | None) -> tuple[list[Suspect], Position | None]:
        """One Query."""
        after = SuspectItem.sk > str(position["after"]) if position else None
        items = list(SuspectItem.query(SUSPECTS, after, consistent_read=True, limit=limit))
        more = {"after": str(items[-1].sk)} if len(items) == limit else None
        return [_suspect(item) for item in items], more


class ReconciliationItem(Item):
    """How the ledger of a day agrees with the provider's books. Of many differences the first ones are kept."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    report = UnicodeAttribute()


class ReconciliationTable:
    """Implements `payments.use_cases.ports.Reconciliations`."""

    def keep(self, report: Reconciliation) -> None:
        """One UpdateItem."""
        shortened = replace(report, differences=report.differences[:MOST_DIFFERENCES])
        item = ReconciliationItem(f"day#{report.day.isoformat()}", "reconciled")
        text = msgspec.json.encode(shortened).decode()
        dynamodb.change(item, [ReconciliationItem.report.set(text)])

    def find(self, day: date) -> Reconciliation | None:
        """One GetItem."""
        item = ReconciliationItem.find(f"day#{day.isoformat()}", "reconciled")
        return msgspec.json.decode(item.report, type=Reconciliation) if item else None
