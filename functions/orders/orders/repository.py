"""Orders in the table.

pk                sk       what
order#<id>        order    the order, with its returns; index by_owner (owner, placed_at), index by_status
return#<id>       return   which order a return belongs to
counter#invoices  counter  how many invoice numbers are given
taxes             <DE>     a country's tax rates (`orders.rates`)
guest#<id>        …        whom a guest has become (`minishop.guests`)

by_status has a partition for each status and day of placing (`confirmed#2026-11-22`), sorted by time and id.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from minishop import dynamodb
from minishop.clock import parse_rfc3339, rfc3339
from minishop.dynamodb import (
    DocumentAttribute,
    FromEnvironment,
    Item,
    TableMeta,
    TimeAttribute,
    Transaction,
    TransactionRefusedError,
    jittered,
)
from minishop.errors import ConcurrentUpdateError
from minishop.events import Event
from minishop.guests import Upgrade
from minishop.identity import Principal
from orders.domain.checkout import Line, ShippingMethod, Totals
from orders.domain.errors import ReturnNotFoundError, SaveUnansweredError
from orders.domain.order import Address, Order
from orders.domain.progress import Cancellation, Entry, Loss, Parcel, Payment, Status
from orders.domain.returns import Return

MAX_QUERIES = 60
NUMBER_ATTEMPTS = 12
NUMBER_BASE, NUMBER_CAP = 0.02, 1.0  # seconds


class ByOwner(GlobalSecondaryIndex["OrderItem"]):
    """A principal's orders, by when they were placed."""

    class Meta(TableMeta):
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    placed_at = TimeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex["OrderItem"]):
    """A day's orders of one status, by when they were placed."""

    class Meta(TableMeta):
        index_name = "by_status"
        projection = AllProjection()

    status_pk = UnicodeAttribute(hash_key=True)
    status_sk = UnicodeAttribute(range_key=True)


class OrderItem(Item):
    """An order."""

    class Meta(TableMeta):
        table_name = FromEnvironment("ORDERS_TABLE")

    by_owner = ByOwner()
    by_status = ByStatus()

    order_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    locale = UnicodeAttribute(null=True)
    placed_by = UnicodeAttribute(null=True)
    lines = DocumentAttribute[tuple[Line, ...]](tuple[Line, ...])
    totals = DocumentAttribute[Totals](Totals)
    shipping_address = DocumentAttribute[Address](Address)
    shipping_method = DocumentAttribute[ShippingMethod](ShippingMethod)
    promotion = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute()
    hold_expires_at = TimeAttribute()
    placed_at = TimeAttribute()
    updated_at = TimeAttribute()
    status = UnicodeAttribute()
    status_pk = UnicodeAttribute()
    status_sk = UnicodeAttribute()
    payment = DocumentAttribute[Payment](Payment)
    parcels = DocumentAttribute[tuple[Parcel, ...]](tuple[Parcel, ...])
    losses = DocumentAttribute[tuple[Loss, ...]](tuple[Loss, ...], null=True)
    confirmed_at = TimeAttribute(null=True)
    invoice_number = NumberAttribute(null=True)
    cancellation = DocumentAttribute[Cancellation](Cancellation, null=True)
    returns = DocumentAttribute[tuple[Return, ...]](tuple[Return, ...], null=True)
    timeline = DocumentAttribute[tuple[Entry, ...]](tuple[Entry, ...])
    to_forget = BooleanAttribute(null=True)
    forgotten = BooleanAttribute(null=True)

    @property
    def aggregate_id(self) -> str:
        """The order's id."""
        return self.order_id


class ReturnItem(Item):
    """Which order a return belongs to."""

    class Meta(TableMeta):
        table_name = FromEnvironment("ORDERS_TABLE")

    order_id = UnicodeAttribute()


class GuestItem(Upgrade):
    """Whom a guest has become."""

    class Meta(TableMeta):
        table_name = FromEnvironment("ORDERS_TABLE")


class CounterItem(Item):
    """How many invoice numbers are given: its version."""

    class Meta(TableMeta):
        table_name = FromEnvironment("ORDERS_TABLE")


def _key(order_id: str) -> str:
    return f"order#{order_id}"


def _return_key(return_id: str) -> str:
    return f"return#{return_id}"


def _day_key(status: Status, placed_at: datetime) -> str:
    return f"{status.value}#{rfc3339(placed_at)[:10]}"


def _item(order: Order) -> OrderItem:
    return OrderItem(
        _key(order.id),
        "order",
        order_id=order.id,
        owner=order.owner,
        email=order.email,
        locale=order.locale or None,
        placed_by=order.placed_by or None,
        lines=order.lines,
        totals=order.totals,
        shipping_address=order.shipping_address,
        shipping_method=order.shipping_method,
        promotion=order.promotion,
        fingerprint=order.fingerprint,
        hold_expires_at=order.hold_expires_at,
        placed_at=order.placed_at,
        updated_at=order.updated_at,
        status=order.status.value,
        status_pk=_day_key(order.status, order.placed_at),
        status_sk=f"{rfc3339(order.placed_at)}#{order.id}",
        payment=order.payment,
        parcels=order.parcels,
        losses=order.losses or None,
        returns=order.returns or None,
        confirmed_at=order.confirmed_at,
        invoice_number=order.invoice_number,
        cancellation=order.cancellation,
        timeline=order.timeline,
        to_forget=order.to_forget or None,
        forgotten=order.forgotten or None,
    )


def _order(item: OrderItem) -> Order:
    return Order(
        id=item.order_id,
        owner=item.owner,
        email=item.email,
        locale=item.locale or "",
        placed_by=item.placed_by or "",
        lines=item.lines,
        totals=item.totals,
        shipping_address=item.shipping_address,
        shipping_method=item.shipping_method,
        promotion=item.promotion,
        fingerprint=item.fingerprint,
        hold_expires_at=item.hold_expires_at,
        placed_at=item.placed_at,
        updated_at=item.updated_at,
        status=Status(item.status),
        payment=item.payment,
        parcels=item.parcels,
        losses=item.losses or (),
        returns=item.returns or (),
        confirmed_at=item.confirmed_at,
        invoice_number=int(item.invoice_number) if item.invoice_number else None,
        cancellation=item.cancellation,
        timeline=item.timeline,
        to_forget=bool(item.to_forget),
        forgotten=bool(item.forgotten),
        version=int(item.version),
    )


class OrderTable:
    """Implements `orders.use_cases.ports.Orders`."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def find(self, order_id: str) -> Order | None:
        """One GetItem."""
        item = OrderItem.find(_key(order_id), "order")
        return _order(item) if item else None

    def find_for(self, order_id: str, principal: Principal) -> Order | None:
        """One GetItem; what they may not see is not there."""
        order = self.find(order_id)
        return order if order and order.is_visible_to(principal) else None

    def find_by_return(self, return_id: str) -> Order:
        """Two GetItem. Raises ReturnNotFoundError."""
        pointer = ReturnItem.find(_return_key(return_id), "return")
        order = self.find(pointer.order_id) if pointer else None
        if order is None:
            raise ReturnNotFoundError("There is no such return.")
        return order

    def owned_by(
        self, owner: str, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Order], dict[str, Any] | None]:
        """One Query on by_owner; it reads one more than is asked for, to know whether there is a next page."""
        start = None
        if position:
            key = {"pk": _key(position["id"]), "sk": "order", "owner": owner, "placed_at": position["placed_at"]}
            start = {name: {"S": value} for name, value in key.items()}
        found = OrderItem.by_owner.query(
            owner, scan_index_forward=False, limit=limit + 1, page_size=limit + 1, last_evaluated_key=start
        )
        orders = [_order(item) for item in found]
        if len(orders) <= limit:
            return orders, None
        last = orders[limit - 1]
        return orders[:limit], {"id": last.id, "placed_at": rfc3339(last.placed_at)}

    def placed_in(
        self, status: Status | None, since: datetime, until: datetime, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Order], dict[str, Any] | None]:
        """A Query on by_status for each status and day, from the last day backwards; at most 60 of them."""
        statuses = [status] if status else list(Status)
        first, bound = rfc3339(since), str(position["before"]) if position else rfc3339(until)
        found: list[OrderItem] = []
        for _ in range(MAX_QUERIES // len(statuses)):
            if len(bound) == len("2026-11-22"):  # all of that day has been read
                bound = f"{date.fromisoformat(bound) - timedelta(days=1)}T~"
            day = parse_rfc3339(f"{bound[:10]}T00:00:00Z")
            if f"{bound[:10]}T~" <= first:
                return [_order(item) for item in found], None
            for one in statuses:
                found.extend(self._placed_on(one, day, first, bound, limit + 1))
            found.sort(key=lambda item: str(item.status_sk), reverse=True)
            if len(found) > limit:
                return [_order(item) for item in found[:limit]], {"before": found[limit - 1].status_sk}
            bound = bound[:10]
        return [_order(item) for item in found], {"before": bound}

    def _placed_on(self, status: Status, day: datetime, first: str, before: str, limit: int) -> list[OrderItem]:
        found = OrderItem.by_status.query(
            _day_key(status, day),
            OrderItem.status_sk < before,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
        )
        return [item for item in found if str(item.status_sk) >= first]

    def insert(self, order: Order, events: tuple[Event, ...]) -> Order:
        """One conditional Put. Raises AlreadyExistsError, SaveUnansweredError."""
        item = _item(order)
        item.version = 1
        try:
            dynamodb.insert(item, events, at=order.updated_at)
        except PutError as error:
            raise SaveUnansweredError("The order could not be written for certain; send it again.") from error
        return replace(order, version=1)

    def replace(self, before: Order, after: Order, events: tuple[Event, ...]) -> Order:
        """One conditional Put; a transaction where a return is opened, or an invoice number given (after a GetItem).

        Raises ConcurrentUpdateError.
        """
        opened = sorted({one.id for one in after.returns} - {one.id for one in before.returns})
        if after.awaits_invoice:
            return self._replace_numbered(before, after, events, opened)
        if opened:
            self._transaction(before, after, events, opened).commit()
        else:
            dynamodb.replace(_item(after), events, expected=before.version, at=after.updated_at)
        return replace(after, version=before.version + 1)

    def _transaction(
        self, before: Order, after: Order, events: tuple[Event, ...], opened: Sequence[str]
    ) -> Transaction:
        transaction = Transaction()
        transaction.replace("order", _item(after), events, expected=before.version, at=after.updated_at)
        for return_id in opened:
            transaction.insert("return", ReturnItem(_return_key(return_id), "return", order_id=after.id))
        return transaction

    def _replace_numbered(self, before: Order, after: Order, events: tuple[Event, ...], opened: Sequence[str]) -> Order:
        """Gives the next invoice number in the transaction that saves the order: no number is lost, none given twice.

        Who finds the number taken tries the next one, after a while of random length.
        """
        for attempt in range(NUMBER_ATTEMPTS):
            counter = CounterItem.find("counter#invoices", "counter")
            last = int(counter.version) if counter else 0
            numbered = replace(after, invoice_number=last + 1)
            transaction = self._transaction(before, numbered, events, opened)
            if counter is None:
                transaction.insert("counter", CounterItem("counter#invoices", "counter", version=1))
            else:
                transaction.replace("counter", counter, expected=last)
            try:
                transaction.commit()
            except TransactionRefusedError as error:
                if error.failed != ("counter",):
                    raise
                self._sleep(jittered(attempt, NUMBER_BASE, NUMBER_CAP))
            else:
                return replace(numbered, version=before.version + 1)
        raise ConcurrentUpdateError("invoice numbers are given faster than this order gets one")
