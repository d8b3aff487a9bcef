"""What the schedule is to look after: the index `due`, by kind and by the moment to do it.

due_pk    due_sk                   what
payment   <time>#<failures>#<id>   a payment with something left to do
failing   …                        one that could not be looked after the last time, and how often in a row
suspect   …                        a report that is to be tried again, and how often that was in vain

Payments that fail have a partition of their own: however many there are, they keep no other waiting. Whoever saves a
payment puts it back among the others.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from minishop import dynamodb
from minishop.clock import parse_rfc3339, rfc3339
from minishop.dynamodb import FromEnvironment, Item, TableMeta
from minishop.errors import ConcurrentUpdateError
from payments.use_cases.ports import Due

PAYMENT, FAILING, SUSPECT = "payment", "failing", "suspect"
PAGE = 50


class ByDue(GlobalSecondaryIndex["DueItem"]):
    """What is due, the longest due first."""

    class Meta(TableMeta):
        index_name = "due"
        projection = IncludeProjection(["correlation_id"])

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class DueItem(Item):
    """Of an item that is due, when that is; what else it holds need not be readable."""

    class Meta(TableMeta):
        table_name = FromEnvironment("PAYMENTS_TABLE")

    by_due = ByDue()

    correlation_id = UnicodeAttribute(null=True)
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)


def due_key(at: datetime, identity: str, failures: int = 0) -> str:
    """Sorts by time."""
    return f"{rfc3339(at)}#{failures}#{identity}"


def due_at(key: str) -> datetime:
    """The moment in a key."""
    return parse_rfc3339(key.partition("#")[0])


def list_due(kind: str, until: datetime) -> Iterator[Due]:
    """A Query on the index for each 50, as they are asked for."""
    past = DueItem.due_sk <= f"{rfc3339(until)}#~"
    for row in DueItem.by_due.query(kind, past, page_size=PAGE):
        _, failures, identity = str(row.due_sk).split("#", 2)
        yield Due(identity, row.correlation_id or "", str(row.due_sk), int(failures))


def put_off(pk: str, sk: str, due: Due, *, kind: str, until: datetime) -> None:
    """One conditional UpdateItem: what has been saved since stays as it is."""
    following = due_key(until, due.id, due.failures + 1)
    _set(pk, sk, due, DueItem.due_pk.set(kind), DueItem.due_sk.set(following))


def call_off(pk: str, sk: str, due: Due) -> None:
    """Likewise: it is not due any more."""
    _set(pk, sk, due, DueItem.due_pk.remove(), DueItem.due_sk.remove())


def _set(pk: str, sk: str, due: Due, *actions: Action) -> None:
    with suppress(ConcurrentUpdateError):
        dynamodb.change(DueItem(pk, sk), actions, condition=DueItem.due_sk == due.key)
