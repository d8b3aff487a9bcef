"""Payments' ports in memory, and a provider that keeps its word about idempotency keys."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from payments.domain.ledger import Posting
from payments.domain.payment import Change, Payment, Refund
from payments.domain.reconciliation import BalanceMovement, Reconciliation
from payments.domain.reports import Suspect
from payments.domain.states import RefundStatus, Status
from payments.domain.verdicts import DisputeVerdict, RefundVerdict, Verdict
from payments.use_cases.ports import Due, Ports, Position
from tests.times import FixedClock

FEE = 91


class FakePayments:
    """A table; `before_save` runs in front of the next save, so that somebody else can come first."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.cancelled: set[str] = set()
        self.upgrades: dict[str, str] = {}
        self.failing: dict[str, int] = {}
        self.events: list[Event] = []
        self.postings: list[Posting] = []
        self.always_late = False
        self.before_save: Callable[[], None] = lambda: None
        self.before_insert: Callable[[], None] = lambda: None

    def find(self, payment_id: str) -> Payment | None:
        payment = self.payments.get(payment_id)
        return replace(payment, cancelled=payment_id in self.cancelled) if payment else None

    def owned_by(self, owner: str, payment_ids: Sequence[str]) -> list[Payment]:
        found = [payment for identity in payment_ids if (payment := self.find(identity))]
        return [payment for payment in found if self.owner_of(payment) == owner]

    def owner_of(self, payment: Payment) -> str:
        return self.upgrades.get(payment.owner, payment.owner)

    def is_cancelled(self, payment_id: str) -> bool:
        return payment_id in self.cancelled

    def insert(self, change: Change) -> None:
        payment = change.payment
        run, self.before_insert = self.before_insert, lambda: None
        run()
        if payment.id in self.payments or self.always_late:
            raise AlreadyExistsError(payment.id)
        self.payments[payment.id] = replace(payment, version=1)
        self.events += change.events

    def save(self, before: Payment, change: Change) -> None:
        run, self.before_save = self.before_save, lambda: None
        run()
        if self.payments[before.id].version != before.version or self.always_late:
            raise ConcurrentUpdateError(before.id)
        self.payments[before.id] = replace(change.payment, version=before.version + 1)
        self.failing.pop(before.id, None)
        self.events += change.events
        assert not {posting.id for posting in change.postings} & {posting.id for posting in self.postings}
        self.postings += change.postings

    def remember_cancellation(self, payment_id: str, order_id: str, *, at: datetime) -> None:
        self.cancelled.add(payment_id)

    def remember_upgrade(self, guest_id: str, customer_id: str) -> None:
        self.upgrades.setdefault(guest_id, customer_id)

    def due(self, until: datetime) -> Iterator[Due]:
        waiting = [payment for payment in self.payments.values() if payment.due_at and payment.due_at <= until]
        for payment in sorted(waiting, key=lambda payment: (payment.id in self.failing, payment.due_at)):
            yield Due(payment.id, payment.correlation_id, str(payment.due_at), self.failing.get(payment.id, 0))

    def put_off(self, due: Due, until: datetime) -> None:
        self.failing[due.id] = due.failures + 1
        self.payments[due.id] = replace(self.payments[due.id], due_at=until)

    def ledger(
        self, start: datetime, end: datetime, limit: int, position: Position | None
    ) -> tuple[list[Posting], Position | None]:
        """Postings of the span, by a position that counts."""
        first = int(position["after"]) if position else 0
        within = [posting for posting in self.postings if start <= posting.at < end]
        page = within[first : first + limit]
        return page, {"after": first + limit} if len(within) > first + limit else None


@dataclass
class FakeLedger:
    """The postings of a table of payments."""

    payments: FakePayments

    def postings(
        self, start: datetime, end: datetime, limit: int, position: Position | None
    ) -> tuple[list[Posting], Position | None]:
        return self.payments.ledger(start, end, limit, position)


@dataclass
class FakeReports:
    """What was reported; two to a page."""

    known: set[str] = field(default_factory=set)
    kept: dict[str, Suspect] = field(default_factory=dict)
    dues: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    dismissed: dict[str, str] = field(default_factory=dict)

    def is_known(self, report_id: str) -> bool:
        return report_id in self.known

    def remember(self, report_id: str, *, at: datetime, dismissed_by: str = "") -> None:
        self.known.add(report_id)
        if dismissed_by:
            self.dismissed[report_id] = dismissed_by

    def keep_apart(self, suspect: Suspect) -> None:
        known = self.kept.get(suspect.id)
        if known and known.reason is suspect.reason:
            return
        self.kept[suspect.id] = suspect
        self.dues.pop(suspect.id, None)
        if suspect.may_be_early:
            self.dues[suspect.id] = (suspect.at, 0)

    def find_suspect(self, suspect_id: str) -> Suspect | None:
        return self.kept.get(suspect_id)

    def release(self, suspect: Suspect) -> None:
        del self.kept[suspect.id]
        self.dues.pop(suspect.id, None)

    def due(self, until: datetime) -> Iterator[Due]:
        for identity, (at, failures) in sorted(self.dues.items(), key=lambda entry: entry[1]):
            if at <= until:
                yield Due(identity, "", str(at), failures)

    def put_off(self, due: Due, until: datetime | None) -> None:
        del self.dues[due.id]
        if until is not None:
            self.dues[due.id] = (until, due.failures + 1)

    def suspects(self, limit: int, position: Position | None) -> tuple[list[Suspect], Position | None]:
        after = str(position["after"]) if position else ""
        page = [self.kept[identity] for identity in sorted(self.kept) if identity > after][: min(limit, 2)]
        return page, {"after": page[-1].id} if len(page) == 2 else None


@dataclass
class FakeAttention:
    """Who was called."""

    calls: list[str] = field(default_factory=list)

    measured: list[tuple[str, int]] = field(default_factory=list)

    def call(self, what: str, **about: str) -> None:
        self.calls.append(what)

    def measure(self, what: str, value: int, **about: str) -> None:
        self.measured.append((what, value))


@dataclass
class FakeReconciliations:
    """The days' reports."""

    kept: dict[date, Reconciliation] = field(default_factory=dict)

    def keep(self, report: Reconciliation) -> None:
        self.kept[report.day] = report

    def find(self, day: date) -> Reconciliation | None:
        return self.kept.get(day)


@dataclass
class FakeProvider:
    """Says `plan`'s verdicts in turn, then what the books say; counts what is taken and given back."""

    plan: list[Verdict | RefundVerdict] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    intents: dict[str, Status] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)
    disputes: dict[str, DisputeVerdict] = field(default_factory=dict)
    moved: list[BalanceMovement] = field(default_factory=list)
    decline: str = ""
    fee: int | None = FEE
    on_call: Callable[[], None] = lambda: None

    def _say(self, call: str, verdict: Verdict) -> Verdict:
        self.calls.append(call)
        planned = self.plan.pop(0) if self.plan else verdict
        assert isinstance(planned, Verdict)
        taken = planned.status is Status.CAPTURED and planned.fee is None
        return replace(planned, fee=self.fee, charge_ref="ch_1") if taken else planned

    def authorize(self, payment: Payment) -> Verdict:
        key = payment.current.id
        self.on_call()
        status = self.intents.setdefault(key, Status.DECLINED if self.decline else Status.AUTHORIZED)
        return self._say("authorize", Verdict(status, f"pi_{key}", decline_code=self.decline))

    def look_up(self, payment: Payment) -> Verdict:
        key = payment.current.id
        return self._say("look_up", Verdict(self.intents[key], payment.current.provider_ref))

    def capture(self, payment: Payment) -> Verdict:
        key = payment.current.id
        if self.intents[key] is Status.AUTHORIZED:
            self.intents[key] = Status.CAPTURED
        return self._say("capture", Verdict(self.intents[key], payment.current.provider_ref))

    def void(self, payment: Payment) -> Verdict:
        key = payment.current.id
        if self.intents[key] is not Status.CAPTURED:
            self.intents[key] = Status.VOIDED
        return self._say("void", Verdict(self.intents[key], payment.current.provider_ref))

    def refund(self, payment: Payment, refund: Refund) -> RefundVerdict:
        self.keys.append(refund.key)
        return self._say_refund("refund", refund)

    def look_up_refund(self, refund: Refund) -> RefundVerdict:
        return self._say_refund("look_up_refund", refund)

    def _say_refund(self, call: str, refund: Refund) -> RefundVerdict:
        self.on_call()
        self.calls.append(call)
        planned = self.plan.pop(0) if self.plan else RefundVerdict(RefundStatus.SUCCEEDED, f"re_{refund.key}")
        assert isinstance(planned, RefundVerdict)
        if planned.status is RefundStatus.FAILED:
            self.refunds.pop(refund.key, None)
        elif planned.provider_ref:
            self.refunds[refund.key] = refund.amount.amount
        return planned

    def look_up_dispute(self, dispute_id: str) -> DisputeVerdict:
        self.calls.append("look_up_dispute")
        return self.disputes[dispute_id]

    def movements(self, start: datetime, end: datetime) -> Iterator[BalanceMovement]:
        return (moved for moved in self.moved if start <= moved.at < end)

    @property
    def captured(self) -> int:
        """How many intents hold money."""
        return sum(status is Status.CAPTURED for status in self.intents.values())


@dataclass
class World:
    """All of it."""

    payments: FakePayments = field(default_factory=FakePayments)
    reports: FakeReports = field(default_factory=FakeReports)
    reconciliations: FakeReconciliations = field(default_factory=FakeReconciliations)
    provider: FakeProvider = field(default_factory=FakeProvider)
    attention: FakeAttention = field(default_factory=FakeAttention)
    clock: FixedClock = field(default_factory=FixedClock)

    @property
    def ports(self) -> Ports:
        return Ports(
            self.payments,
            FakeLedger(self.payments),
            self.reports,
            self.reconciliations,
            self.provider,
            self.attention,
            self.clock,
        )

    @property
    def told(self) -> list[str]:
        """The names of the events."""
        return [type(event).__name__ for event in self.payments.events]

    def balance(self) -> dict[str, int]:
        """What is on each account, where it is not nothing."""
        accounts: dict[str, int] = {}
        for posting in self.payments.postings:
            for entry in posting.entries:
                accounts[entry.account] = accounts.get(entry.account, 0) + entry.amount.amount
        return {name: amount for name, amount in accounts.items() if amount}
