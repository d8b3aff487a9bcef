"""Payments and the ledger in the table.

pk             sk             what
payment#<id>   payment        the payment, its attempts and refunds; in the index of `dues` while it is not at rest
payment#<id>   cancellation   that the order was cancelled; may be there before the payment is
guest#<id>     …              whom a guest has become (`minishop.guests`)

What else is in the table is in `records`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from minishop.errors import AlreadyExistsError
from minishop.guests import GuestTable, Upgrade
from minishop.money import Money
from payments import dues
from payments.domain.payment import Attempt, Change, Dispute, Payment, Refund
from payments.records import posting_item
from payments.use_cases.ports import Due

PAYMENT = "payment"
CANCELLATION = "cancellation"


class PaymentItem(Item):
    """A payment."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    order_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    amount = DocumentAttribute[Money](Money)
    attempts = DocumentAttribute[tuple[Attempt, ...]](tuple[Attempt, ...])
    refunds = DocumentAttribute[tuple[Refund, ...]](tuple[Refund, ...])
    disputes = DocumentAttribute[tuple[Dispute, ...]](tuple[Dispute, ...], default=())
    captured = NumberAttribute()
    refunded = NumberAttribute()
    fee = NumberAttribute(null=True)
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


class GuestItem(Upgrade):
    """Whom a guest has become."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")


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
        disputes=payment.disputes,
        captured=payment.captured,
        refunded=payment.refunded,
        fee=payment.fee,
        tries=payment.tries,
        correlation_id=payment.correlation_id,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        due_pk=dues.PAYMENT if payment.due_at else None,
        due_sk=dues.due_key(payment.due_at, payment.id) if payment.due_at else None,
        version=payment.version,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


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
        disputes=item.disputes,
        cancelled=cancelled,
        captured=int(item.captured),
        refunded=int(item.refunded),
        fee=_whole(item.fee),
        tries=int(item.tries),
        due_at=dues.due_at(item.due_sk) if item.due_sk else None,
        version=int(item.version),
    )


class PaymentTable:
    """Implements `payments.use_cases.ports.Payments`."""

    def __init__(self) -> None:
        self._guests = GuestTable(GuestItem)

    def find(self, payment_id: str) -> Payment | None:
        """One consistent Query: the payment and, if there is one, the cancellation."""
        rows = {str(row.sk): row for row in PaymentItem.query(_key(payment_id), consistent_read=True)}
        item = rows.get(PAYMENT)
        return _payment(item, cancelled=CANCELLATION in rows) if item else None

    def owned_by(self, owner: str, payment_ids: Sequence[str]) -> list[Payment]:
        """One BatchGetItem for each hundred payments, and for each hundred guests among their owners."""
        keys = list(dict.fromkeys((_key(identity), PAYMENT) for identity in payment_ids))
        items = {str(item.pk): item for item in PaymentItem.batch_get(keys)} if keys else {}
        became = self._guests.customers_of(item.owner for item in items.values())
        found = (items[pk] for pk, _ in keys if pk in items)
        mine = (item for item in found if became.get(item.owner, item.owner) == owner)
        return [_payment(item, cancelled=False) for item in mine]

    def owner_of(self, payment: Payment) -> str:
        """Nothing for a customer; one GetItem for a guest."""
        return self._guests.customer_of(payment.owner) or payment.owner

    def is_cancelled(self, payment_id: str) -> bool:
        """One GetItem."""
        return CancellationItem.find(_key(payment_id), CANCELLATION) is not None

    def insert(self, change: Change) -> None:
        """One conditional Put. Raises AlreadyExistsError."""
        payment = replace(change.payment, version=1)
        dynamodb.insert(_item(payment), change.events, at=payment.updated_at)

    def save(self, before: Payment, change: Change) -> None:
        """One conditional Put; with postings, a transaction with one more for each. Raises ConcurrentUpdateError."""
        item, at = _item(change.payment), change.payment.updated_at
        if not change.postings:
            dynamodb.replace(item, change.events, expected=before.version, at=at)
            return
        transaction = dynamodb.Transaction()
        transaction.replace("payment", item, change.events, expected=before.version, at=at)
        for posting in change.postings:
            transaction.insert(posting.id, posting_item(posting))
        transaction.commit()

    def remember_cancellation(self, payment_id: str, order_id: str, *, at: datetime) -> None:
        """One conditional Put; a GetItem after it where that is refused: money hangs on its being there."""
        try:
            dynamodb.insert(CancellationItem(_key(payment_id), CANCELLATION, order_id=order_id, at=at))
        except AlreadyExistsError:
            if not self.is_cancelled(payment_id):
                raise

    def remember_upgrade(self, guest_id: str, customer_id: str) -> None:
        """One conditional Put."""
        self._guests.remember(guest_id, customer_id)

    def due(self, until: datetime) -> Iterator[Due]:
        """Two Queries on due, and one more for each 50."""
        return chain.from_iterable(dues.list_due(kind, until) for kind in (dues.PAYMENT, dues.FAILING))

    def put_off(self, due: Due, until: datetime) -> None:
        """One conditional UpdateItem."""
        dues.put_off(_key(due.id), PAYMENT, due, kind=dues.FAILING, until=until)
