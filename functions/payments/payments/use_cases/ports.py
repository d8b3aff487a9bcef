"""What payments' use cases need, and the loop by which they change a payment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.errors import ConcurrentUpdateError
from payments.domain.ledger import Posting
from payments.domain.payment import Change, Payment, PaymentNotFoundError, Refund
from payments.domain.reconciliation import BalanceMovement, Reconciliation
from payments.domain.reports import Suspect
from payments.domain.verdicts import DisputeVerdict, RefundVerdict, Verdict

ATTEMPTS = 5
Position = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """A payment, or a report kept apart, that the schedule is to look after.

    Attributes:
        correlation_id: What a payment's moves belong to.
        key: By which it is due: another one once somebody has saved it.
        failures: How often in a row it was looked after in vain.
    """

    id: str
    correlation_id: str
    key: str
    failures: int


class Payments(Protocol):
    """Where payments are kept."""

    def find(self, payment_id: str) -> Payment | None:
        """By id, with its attempts, refunds and disputes, as of now."""
        ...

    def owned_by(self, owner: str, payment_ids: Sequence[str]) -> list[Payment]:
        """Those of these payments that are the owner's now, in the same order."""
        ...

    def owner_of(self, payment: Payment) -> str:
        """Whose it is now: a guest who has become a customer is that customer."""
        ...

    def is_cancelled(self, payment_id: str) -> bool:
        """Whether the order's cancellation is known, payment or not."""
        ...

    def insert(self, change: Change) -> None:
        """A new payment with its first attempt. Raises AlreadyExistsError."""
        ...

    def save(self, before: Payment, change: Change) -> None:
        """State, events and postings, all or none. Raises ConcurrentUpdateError when `before` is not what stands."""
        ...

    def remember_cancellation(self, payment_id: str, order_id: str, *, at: datetime) -> None:
        """For good, whether there is a payment yet or not. The same again changes nothing."""
        ...

    def remember_upgrade(self, guest_id: str, customer_id: str) -> None:
        """That a guest has become a customer. The first one counts."""
        ...

    def due(self, until: datetime) -> Iterator[Due]:
        """The longest due first; those that failed the last time come after all others."""
        ...

    def put_off(self, due: Due, until: datetime) -> None:
        """It failed. What somebody has saved since stays as it is."""
        ...


class Ledger(Protocol):
    """Where postings are kept, by day."""

    def postings(
        self, start: datetime, end: datetime, limit: int, position: Position | None
    ) -> tuple[list[Posting], Position | None]:
        """Those of [start, end), oldest first, a page at a time; the second is where the next page starts."""
        ...


class Reports(Protocol):
    """What the provider reported."""

    def is_known(self, report_id: str) -> bool:
        """Whether it has taken effect."""
        ...

    def remember(self, report_id: str, *, at: datetime, dismissed_by: str = "") -> None:
        """That it has taken effect, or that somebody has looked at it and dismissed it."""
        ...

    def keep_apart(self, suspect: Suspect) -> None:
        """Until it is released; due at once if it is to be tried again. For the same reason again it stays as it is."""
        ...

    def find_suspect(self, suspect_id: str) -> Suspect | None:
        """What is kept apart under this id."""
        ...

    def release(self, suspect: Suspect) -> None:
        """It is kept apart no longer."""
        ...

    def due(self, until: datetime) -> Iterator[Due]:
        """Suspects to be tried again, the longest due first."""
        ...

    def put_off(self, due: Due, until: datetime | None) -> None:
        """It was tried in vain; None: it is not tried again."""
        ...

    def suspects(self, limit: int, position: Position | None) -> tuple[list[Suspect], Position | None]:
        """A page of what is kept apart; the second is where the next page starts."""
        ...


class Reconciliations(Protocol):
    """Where the days' reports are kept."""

    def keep(self, report: Reconciliation) -> None:
        """In place of an earlier one of the same day."""
        ...

    def find(self, day: date) -> Reconciliation | None:
        """The day's report."""
        ...


class Provider(Protocol):
    """The payment provider. What it does not answer is a verdict too; it raises when it refuses us as such."""

    def authorize(self, payment: Payment) -> Verdict:
        """Asks for the current attempt, with its id as idempotency key."""
        ...

    def look_up(self, payment: Payment) -> Verdict:
        """Asks what became of the current attempt."""
        ...

    def capture(self, payment: Payment) -> Verdict:
        """Takes what was authorized."""
        ...

    def void(self, payment: Payment) -> Verdict:
        """Lets go of what was authorized, or may still be."""
        ...

    def refund(self, payment: Payment, refund: Refund) -> RefundVerdict:
        """Gives the refund's amount back, with its idempotency key; asks what became of one that is pending."""
        ...

    def look_up_refund(self, refund: Refund) -> RefundVerdict:
        """Asks what became of a refund that the provider has made."""
        ...

    def look_up_dispute(self, dispute_id: str) -> DisputeVerdict:
        """Asks how a dispute stands. Raises ProviderSilentError."""
        ...

    def movements(self, start: datetime, end: datetime) -> Iterator[BalanceMovement]:
        """What moved the shop's balance in [start, end). Raises ProviderSilentError."""
        ...


class Attention(Protocol):
    """Calls somebody, by an alarm."""

    def call(self, what: str, **about: str) -> None:
        """`what` is the alarm's metric; `about` are ids and codes."""
        ...

    def measure(self, what: str, value: int, **about: str) -> None:
        """Gives the alarm's metric a value, which may be 0."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need. `patience` is how long a refund that failed is let rest."""

    payments: Payments
    ledger: Ledger
    reports: Reports
    reconciliations: Reconciliations
    provider: Provider
    attention: Attention
    clock: Clock
    patience: timedelta = timedelta(hours=1)


def change_payment(ports: Ports, identity: str, move: Callable[[Payment], Change]) -> Payment:
    """Makes a move on a payment as it stands, again where somebody else was faster; as it was saved.

    Raises PaymentNotFoundError, ConcurrentUpdateError when it keeps changing, and what `move` raises.
    """
    for _ in range(ATTEMPTS):
        payment = ports.payments.find(identity)
        if payment is None:
            raise PaymentNotFoundError("There is no such payment.")
        change = move(payment)
        if change.payment is payment:
            return payment
        try:
            ports.payments.save(payment, change)
        except ConcurrentUpdateError:
            continue
        return change.payment
    raise ConcurrentUpdateError("the payment keeps changing")
