"""Payments and the ledger in the table.

pk             sk             what
payment#<id>   payment        the payment, its attempts and refunds; index due while there is something left to do
payment#<id>   cancellation   that the order was cancelled; may be there before the payment is
ledger#<day>   <time>#<id>    a posting
"""

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError
from minishop.money import Money
from payments.domain.ledger import LedgerEntry, Posting
from payments.domain.payment import Attempt, Change, Payment, Refund
from payments.use_cases import Due

PAYMENT = "payment"
CANCELLATION = "cancellation"
DUE = "due"


class ByDue(GlobalSecondaryIndex["PaymentItem"]):
    """Payments with something left to do, by the moment to do it."""

    class Meta(TableMeta):
        index_name = "due"
        projection = IncludeProjection(["correlation_id"])

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class PaymentItem(Item):
    """A payment."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    by_due = ByDue()

    order_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    amount = DocumentAttribute[Money](Money)
    attempts = DocumentAttribute[tuple[Attempt, ...]](tuple[Attempt, ...])
    refunds = DocumentAttribute[tuple[Refund, ...]](tuple[Refund, ...])
    captured = NumberAttribute()
    refunded = NumberAttribute()
    tries = NumberAttribute()
    correlation_id = UnicodeAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)

    @property
    def aggregate_id(self) -> str:
        """The payment's id."""
        return self.pk.removeprefix("payment#")


class CancellationItem(Item):
    """That an order was cancelled."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    order_id = UnicodeAttribute()
    at = TimeAttribute()


class PostingItem(Item):
    """A posting of the ledger: written once."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    posting_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    entries = DocumentAttribute[tuple[LedgerEntry, ...]](tuple[LedgerEntry, ...])
    at = TimeAttribute()


def _key(payment_id: str) -> str:
    return f"payment#{payment_id}"


def _item(payment: Payment) -> PaymentItem:
    return PaymentItem(
        _key(payment.id),
        PAYMENT,
        order_id=payment.order_id,
        owner=payment.owner,
        amount=payment.amount,
        attempts=payment.attempts,
        refunds=payment.refunds,
        captured=payment.captured,
        refunded=payment.refunded,
        tries=payment.tries,
        correlation_id=payment.correlation_id,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        due_pk=DUE if payment.due_at else None,
        due_sk=f"{rfc3339(payment.due_at)}#{payment.id}" if payment.due_at else None,
        version=payment.version,
    )


def _payment(item: PaymentItem, *, cancelled: bool) -> Payment:
    return Payment(
        id=item.aggregate_id,
        order_id=item.order_id,
        owner=item.owner,
        amount=item.amount,
        created_at=item.created_at,
        updated_at=item.updated_at,
        correlation_id=item.correlation_id,
        attempts=item.attempts,
        refunds=item.refunds,
        cancelled=cancelled,
        captured=int(item.captured),
        refunded=int(item.refunded),
        tries=int(item.tries),
        due_at=datetime.fromisoformat(item.due_sk.partition("#")[0]) if item.due_sk else None,
        version=int(item.version),
    )


def _posting_item(posting: Posting) -> PostingItem:
    time = rfc3339(posting.at)
    return PostingItem(
        f"ledger#{time[:10]}",
        f"{time}#{posting.id}",
        posting_id=posting.id,
        order_id=posting.order_id,
        kind=posting.kind.value,
        entries=posting.entries,
        at=posting.at,
    )


class PaymentTable:
    """Implements `payments.use_cases.Payments`."""

    def find(self, payment_id: str) -> Payment | None:
        """One consistent Query: the payment and, if there is one, the cancellation."""
        rows = {str(row.sk): row for row in PaymentItem.query(_key(payment_id), consistent_read=True)}
        item = rows.get(PAYMENT)
        return _payment(item, cancelled=CANCELLATION in rows) if item else None

    def find_owned(self, payment_id: str, owner: str) -> Payment | None:
        """One Query; somebody else's is not there."""
        payment = self.find(payment_id)
        return payment if payment and payment.owner == owner else None

    def is_cancelled(self, payment_id: str) -> bool:
        """One GetItem."""
        return CancellationItem.find(_key(payment_id), CANCELLATION) is not None

    def insert(self, payment: Payment) -> None:
        """One conditional Put. Raises AlreadyExistsError."""
        dynamodb.insert(_item(replace(payment, version=1)))

    def save(self, before: Payment, change: Change) -> None:
        """One conditional Put; with postings, a transaction of two or three. Raises ConcurrentUpdateError."""
        item, at = _item(change.payment), change.payment.updated_at
        if not change.postings:
            dynamodb.replace(item, change.events, expected=before.version, at=at)
            return
        transaction = dynamodb.Transaction()
        transaction.replace("payment", item, change.events, expected=before.version, at=at)
        for posting in change.postings:
            transaction.insert(posting.kind.value, _posting_item(posting))
        transaction.commit()

    def remember_cancellation(self, payment_id: str, order_id: str, *, at: datetime) -> None:
        """One conditional Put; a GetItem after it where that is refused: money hangs on its being there."""
        try:
            dynamodb.insert(CancellationItem(_key(payment_id), CANCELLATION, order_id=order_id, at=at))
        except AlreadyExistsError:
            if not self.is_cancelled(payment_id):
                raise

    def due(self, until: datetime, limit: int) -> list[Due]:
        """One Query on due."""
        past = ByDue.due_sk <= f"{rfc3339(until)}#~"
        rows = PaymentItem.by_due.query(DUE, past, limit=limit, page_size=limit)
        return [Due(row.aggregate_id, row.correlation_id) for row in rows]
