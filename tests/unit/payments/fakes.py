"""Payments' ports in memory, and a provider that keeps its word about idempotency keys."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from payments.domain.ledger import Posting
from payments.domain.payment import Change, Payment, RefundStatus, RefundVerdict, Status, Verdict
from payments.use_cases import Due, Ports
from tests.times import FixedClock


class FakePayments:
    """A table; `before_save` runs in front of the next save, so that somebody else can come first."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.cancelled: set[str] = set()
        self.events: list[Event] = []
        self.postings: list[Posting] = []
        self.always_late = False
        self.before_save: Callable[[], None] = lambda: None
        self.before_insert: Callable[[], None] = lambda: None

    def find(self, payment_id: str) -> Payment | None:
        payment = self.payments.get(payment_id)
        return replace(payment, cancelled=payment_id in self.cancelled) if payment else None

    def find_owned(self, payment_id: str, owner: str) -> Payment | None:
        payment = self.find(payment_id)
        return payment if payment and payment.owner == owner else None

    def is_cancelled(self, payment_id: str) -> bool:
        return payment_id in self.cancelled

    def insert(self, payment: Payment) -> None:
        run, self.before_insert = self.before_insert, lambda: None
        run()
        if payment.id in self.payments or self.always_late:
            raise AlreadyExistsError(payment.id)
        self.payments[payment.id] = replace(payment, version=1)

    def save(self, before: Payment, change: Change) -> None:
        run, self.before_save = self.before_save, lambda: None
        run()
        if self.payments[before.id].version != before.version or self.always_late:
            raise ConcurrentUpdateError(before.id)
        self.payments[before.id] = replace(change.payment, version=before.version + 1)
        self.events += change.events
        self.postings += change.postings

    def remember_cancellation(self, payment_id: str, order_id: str, *, at: datetime) -> None:
        self.cancelled.add(payment_id)

    def due(self, until: datetime, limit: int) -> list[Due]:
        waiting = [payment for payment in self.payments.values() if payment.due_at and payment.due_at <= until]
        return [Due(payment.id, payment.correlation_id) for payment in waiting][:limit]


@dataclass
class FakeProvider:
    """Says `plan`'s verdicts in turn, then what the books say; counts what is taken and given back."""

    plan: list[Verdict | RefundVerdict] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    intents: dict[str, Status] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)
    decline: str = ""
    on_call: Callable[[], None] = lambda: None

    def _say(self, call: str, verdict: Verdict) -> Verdict:
        self.calls.append(call)
        planned = self.plan.pop(0) if self.plan else verdict
        assert isinstance(planned, Verdict)
        return planned

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

    def refund(self, payment: Payment) -> RefundVerdict:
        refund = payment.open_refund
        assert refund is not None
        self.on_call()
        self.calls.append("refund")
        planned = self.plan.pop(0) if self.plan else RefundVerdict(RefundStatus.SUCCEEDED, f"re_{refund.id}")
        assert isinstance(planned, RefundVerdict)
        if planned.status is not RefundStatus.FAILED:
            self.refunds[refund.id] = refund.amount.amount
        return planned

    @property
    def captured(self) -> int:
        """How many intents hold money."""
        return sum(status is Status.CAPTURED for status in self.intents.values())


@dataclass
class World:
    """All of it."""

    payments: FakePayments = field(default_factory=FakePayments)
    provider: FakeProvider = field(default_factory=FakeProvider)
    clock: FixedClock = field(default_factory=FixedClock)

    @property
    def ports(self) -> Ports:
        return Ports(self.payments, self.provider, self.clock)

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
