"""The ledger: immutable double-entry postings, each of which sums to zero.

    authorize   debits authorizations, credits authorizations_held: the shopper's bank has set the money aside
    capture     takes that back; debits provider_balance, credits customer_payments
    void        takes that back
    refund      debits customer_refunds, credits provider_balance

Debits are positive. `provider_balance` is what the provider owes the shop: it agrees with the provider's books.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from minishop.ids import derived_id
from minishop.money import Money, total

AUTHORIZATIONS = "authorizations"
AUTHORIZATIONS_HELD = "authorizations_held"
PROVIDER_BALANCE = "provider_balance"
CUSTOMER_PAYMENTS = "customer_payments"
CUSTOMER_REFUNDS = "customer_refunds"


class UnbalancedPostingError(ValueError):
    """A posting's entries do not sum to zero."""


class PostingKind(StrEnum):
    """What happened to the money."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


@dataclass(frozen=True)
class LedgerEntry:
    """One side of a posting; a debit is positive."""

    account: str
    amount: Money


@dataclass(frozen=True)
class Posting:
    """A transfer between accounts. Raises UnbalancedPostingError unless its entries sum to zero."""

    id: str
    at: datetime
    order_id: str
    kind: PostingKind
    entries: tuple[LedgerEntry, ...]

    def __post_init__(self) -> None:
        amounts = [entry.amount for entry in self.entries]
        if total(amounts, amounts[0].currency).amount != 0:
            raise UnbalancedPostingError(f"{self.kind} of {self.order_id} does not sum to zero")


def _transfer(debit: str, credit: str, amount: Money) -> tuple[LedgerEntry, ...]:
    return LedgerEntry(debit, amount), LedgerEntry(credit, amount * -1)


def post(kind: PostingKind, order_id: str, amount: Money, *, cause: str, at: datetime) -> Posting:
    """The posting of one move. `cause` is the attempt's or the refund's id: with the kind it makes the posting's."""
    released = _transfer(AUTHORIZATIONS_HELD, AUTHORIZATIONS, amount)
    entries = {
        PostingKind.AUTHORIZE: _transfer(AUTHORIZATIONS, AUTHORIZATIONS_HELD, amount),
        PostingKind.VOID: released,
        PostingKind.CAPTURE: (*released, *_transfer(PROVIDER_BALANCE, CUSTOMER_PAYMENTS, amount)),
        PostingKind.REFUND: _transfer(CUSTOMER_REFUNDS, PROVIDER_BALANCE, amount),
    }
    return Posting(derived_id("pst", kind, cause), at, order_id, kind, entries[kind])
