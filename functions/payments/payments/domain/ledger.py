"""The ledger: immutable double-entry postings, each of which sums to zero.

    authorize        debits authorizations, credits authorizations_held: the shopper's bank has set the money aside
    capture          takes that back; debits provider_balance, credits customer_payments
    void             takes that back
    fee              debits provider_fees, credits provider_balance: what the provider keeps of a capture
    refund           debits customer_refunds, credits provider_balance
    refund_failure   takes a refund back that the customer's bank returned
    dispute          debits disputes (and provider_fees), credits provider_balance: the provider takes the money back
    dispute_reversal takes that back: the dispute is won

Debits are positive. `provider_balance` is what the provider owes the shop: it agrees with the provider's books, source
by source, where a source is what the provider calls the charge, the refund or the dispute that moved the money.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from minishop.ids import derived_id
from minishop.money import Money, total

AUTHORIZATIONS = "authorizations"
AUTHORIZATIONS_HELD = "authorizations_held"
PROVIDER_BALANCE = "provider_balance"
PROVIDER_FEES = "provider_fees"
CUSTOMER_PAYMENTS = "customer_payments"
CUSTOMER_REFUNDS = "customer_refunds"
DISPUTES = "disputes"


class UnbalancedPostingError(ValueError):
    """A posting's entries do not sum to zero."""


class PostingKind(StrEnum):
    """What happened to the money."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    FEE = "fee"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"


@dataclass(frozen=True)
class LedgerEntry:
    """One side of a posting; a debit is positive."""

    account: str
    amount: Money


@dataclass(frozen=True)
class Posting:
    """A transfer between accounts. Raises UnbalancedPostingError unless its entries sum to zero in each currency.

    Attributes:
        source: The provider's id of the charge, refund or dispute; empty where the provider's balance is not moved.
    """

    id: str
    at: datetime
    order_id: str
    kind: PostingKind
    entries: tuple[LedgerEntry, ...]
    source: str = ""

    def __post_init__(self) -> None:
        for currency in {entry.amount.currency for entry in self.entries}:
            amounts = [entry.amount for entry in self.entries if entry.amount.currency == currency]
            if total(amounts, currency).amount != 0:
                raise UnbalancedPostingError(f"{self.kind} of {self.order_id} does not sum to zero")


def _transfer(debit: str, credit: str, amount: Money) -> tuple[LedgerEntry, ...]:
    return LedgerEntry(debit, amount), LedgerEntry(credit, amount * -1)


def post(
    kind: PostingKind, order_id: str, amount: Money, *, cause: str, at: datetime, source: str = "", fee: int = 0
) -> Posting:
    """The posting of one move. `cause` is what of the shop's moved: with the kind it makes the posting's id.

    `fee` is what the provider keeps beside a dispute; it keeps that when the dispute is won, too.
    """
    released = _transfer(AUTHORIZATIONS_HELD, AUTHORIZATIONS, amount)
    entries = {
        PostingKind.AUTHORIZE: _transfer(AUTHORIZATIONS, AUTHORIZATIONS_HELD, amount),
        PostingKind.VOID: released,
        PostingKind.CAPTURE: (*released, *_transfer(PROVIDER_BALANCE, CUSTOMER_PAYMENTS, amount)),
        PostingKind.FEE: _transfer(PROVIDER_FEES, PROVIDER_BALANCE, amount),
        PostingKind.REFUND: _transfer(CUSTOMER_REFUNDS, PROVIDER_BALANCE, amount),
        PostingKind.REFUND_FAILURE: _transfer(PROVIDER_BALANCE, CUSTOMER_REFUNDS, amount),
        PostingKind.DISPUTE: _transfer(DISPUTES, PROVIDER_BALANCE, amount),
        PostingKind.DISPUTE_REVERSAL: _transfer(PROVIDER_BALANCE, DISPUTES, amount),
    }[kind]
    if fee:
        entries = (*entries, *_transfer(PROVIDER_FEES, PROVIDER_BALANCE, Money(fee, amount.currency)))
    return Posting(derived_id("pst", kind, cause), at, order_id, kind, entries, source)
