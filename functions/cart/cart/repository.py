"""Carts in the table.

pk            sk    what
cart#<owner>  cart  a cart; expires when nobody has touched it for 90 days, and is deleted by TTL some time later;
                    index idle (by last touch) while there may be something in it that nobody was told of

What the catalogue has told is beside them: see `cart.facts_table`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from cart.domain.carts import MAX_LINES, Cart, Claim, ClaimedLine, Line, expiry
from minishop import dynamodb
from minishop.clock import parse_rfc3339, rfc3339
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute, Transaction
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.money import Money

IDLE_SHARDS = 4  # of the idle index, so that a busy hour does not write to one partition


@dataclass(frozen=True)
class StoredLine:
    """A line as it is stored: when it was added stands beside it, where an update can leave it alone."""

    quantity: int
    price: Money
    put_at: datetime


class IdleCarts(GlobalSecondaryIndex["CartItem"]):
    """Carts, by when they were touched last."""

    class Meta(TableMeta):
        index_name = "idle"
        projection = KeysOnlyProjection()

    idle_pk = UnicodeAttribute(hash_key=True)
    idle_sk = UnicodeAttribute(range_key=True)


class CartItem(Item):
    """A cart."""

    class Meta(TableMeta):
        table_name = FromEnvironment("CART_TABLE")

    idle = IdleCarts()

    idle_pk = UnicodeAttribute(null=True)
    idle_sk = UnicodeAttribute(null=True)
    owner = UnicodeAttribute()
    lines = DocumentAttribute[dict[str, StoredLine]](dict[str, StoredLine])
    added = DocumentAttribute[dict[str, str]](dict[str, str])
    promotion = UnicodeAttribute(null=True)
    claim_order = UnicodeAttribute(null=True)
    claim_until = TimeAttribute(null=True)
    claimed = DocumentAttribute[dict[str, ClaimedLine]](dict[str, ClaimedLine], null=True)
    claimed_promotion = UnicodeAttribute(null=True)
    claim_merged = BooleanAttribute(null=True)
    settled = DocumentAttribute[tuple[str, ...]](tuple[str, ...], null=True)
    merged_into = UnicodeAttribute(null=True)
    abandoned = BooleanAttribute(default=False)
    updated_at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The owner's id."""
        return self.owner


def _key(owner: str) -> tuple[str, str]:
    return f"cart#{owner}", "cart"


def _item(cart: Cart) -> CartItem:
    at = cart.updated_at
    assert at is not None
    item = CartItem(
        *_key(cart.owner),
        owner=cart.owner,
        lines={sku: StoredLine(line.quantity, line.price, line.put_at) for sku, line in cart.lines.items()},
        added={sku: rfc3339(line.added_at) for sku, line in cart.lines.items()},
        promotion=cart.promotion,
        settled=cart.settled,
        merged_into=cart.merged_into,
        abandoned=cart.abandoned,
        updated_at=at,
        expires_at=expiry(at),
        version=cart.version,
    )
    if cart.lines and not cart.abandoned:
        item.idle_pk, item.idle_sk = _idle_shard(cart.owner), rfc3339(at)
    if cart.claim is not None:
        item.claim_order, item.claim_until = cart.claim.order_id, cart.claim.until
        item.claimed, item.claimed_promotion = cart.claim.lines, cart.claim.promotion
        item.claim_merged = cart.claim.merged or None
    return item


def _cart(item: CartItem) -> Cart:
    claim = None
    if item.claim_order is not None:
        claim = Claim(
            order_id=item.claim_order,
            until=item.claim_until,
            lines=item.claimed or {},
            promotion=item.claimed_promotion or None,
            merged=bool(item.claim_merged),
        )
    return Cart(
        owner=item.owner,
        lines={
            sku: Line(
                quantity=line.quantity,
                price=line.price,
                added_at=parse_rfc3339(item.added[sku]),
                put_at=line.put_at,
            )
            for sku, line in item.lines.items()
        },
        promotion=item.promotion,
        claim=claim,
        settled=item.settled or (),
        merged_into=item.merged_into,
        updated_at=item.updated_at,
        abandoned=item.abandoned,
        version=int(item.version),
    )


def _idle_shard(owner: str) -> str:
    return f"idle#{sum(owner.encode()) % IDLE_SHARDS}"


def _touch(owner: str, at: datetime) -> list[Action]:
    return [
        CartItem.version.add(1),
        CartItem.updated_at.set(at),
        CartItem.expires_at.set(expiry(at)),
        CartItem.abandoned.set(False),
        CartItem.idle_pk.set(_idle_shard(owner)),
        CartItem.idle_sk.set(rfc3339(at)),
    ]


def _alive(at: datetime) -> Condition:
    """The cart is there, and has not expired: TTL may be days behind."""
    alive: Condition = Item.pk.exists() & (CartItem.expires_at > int(at.timestamp()))
    return alive


def _typed(line: StoredLine) -> dict[str, Any]:
    wire: dict[str, Any] = CartItem.lines.serialize({"line": line})["line"]
    return wire


def _in(attribute: Any, sku: str) -> Path:
    """The place of a SKU in a map."""
    path: Path = attribute[sku]
    return path


class CartTable:
    """Implements `cart.use_cases.ports.Carts`."""

    def find(self, owner: str) -> Cart | None:
        """One GetItem."""
        item = CartItem.find(*_key(owner))
        return _cart(item) if item else None

    def put_line(self, owner: str, sku: str, line: Line) -> Cart:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        at = line.added_at
        place = _in(CartItem.lines, sku)
        room: Condition = size(CartItem.lines) < MAX_LINES
        actions = [
            place.set(_typed(StoredLine(line.quantity, line.price, line.put_at))),
            _in(CartItem.added, sku).set(_in(CartItem.added, sku) | rfc3339(at)),
            *_touch(owner, at),
        ]
        item = CartItem(*_key(owner))
        return _cart(dynamodb.change(item, actions, condition=_alive(at) & (place.exists() | room)))

    def remove_line(self, owner: str, sku: str, at: datetime) -> Cart:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        place = _in(CartItem.lines, sku)
        actions = [place.remove(), _in(CartItem.added, sku).remove(), *_touch(owner, at)]
        return _cart(dynamodb.change(CartItem(*_key(owner)), actions, condition=_alive(at) & place.exists()))

    def put_promotion(self, owner: str, code: str | None, at: datetime) -> Cart:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        action = CartItem.promotion.remove() if code is None else CartItem.promotion.set(code)
        return _cart(dynamodb.change(CartItem(*_key(owner)), [action, *_touch(owner, at)], condition=_alive(at)))

    def save(self, cart: Cart, events: tuple[Event, ...] = (), *, at: datetime | None = None) -> Cart:
        """One conditional Put. Raises ConcurrentUpdateError."""
        item = _item(cart)
        if cart.version:
            dynamodb.replace(item, events, expected=cart.version, at=at)
            return _cart(item)
        item.version = 1
        try:
            dynamodb.insert(item, events, at=at)
        except AlreadyExistsError as error:
            raise ConcurrentUpdateError(f"{cart.owner} has a cart by now") from error
        return _cart(item)

    def idle(self, since: datetime) -> Iterable[str]:
        """One Query for each shard of the idle index, and for each further megabyte."""
        for shard in range(IDLE_SHARDS):
            for page in CartItem.idle.query(f"idle#{shard}", CartItem.idle_sk <= rfc3339(since)).page_iter:
                yield from (raw["pk"]["S"].removeprefix("cart#") for raw in page["Items"])

    def merge(self, guest: Cart, customer: Cart, events: tuple[Event, ...]) -> tuple[Cart, Cart]:
        """One transaction of two items. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        emptied, merged = _item(guest), _item(customer)
        transaction.replace("guest", emptied, expected=guest.version)
        if customer.version:
            transaction.replace("customer", merged, events, expected=customer.version, at=customer.updated_at)
        else:
            merged.version = 1
            transaction.insert("customer", merged, events, at=customer.updated_at)
        transaction.commit()
        return _cart(emptied), _cart(merged)

    def claim(self, owner: str, order_id: str, *, at: datetime, until: datetime) -> Cart:
        """One UpdateItem, which copies the lines where they are. Raises ConcurrentUpdateError."""
        filled: Condition = size(CartItem.lines) > 0
        lapsed: Condition = (CartItem.claim_until <= at) & (CartItem.claim_order != order_id)
        free: Condition = CartItem.claim_order.does_not_exist() | lapsed
        actions = [
            CartItem.claim_order.set(order_id),
            CartItem.claim_until.set(until),
            Path(CartItem.claimed).set(Path(CartItem.lines)),
            CartItem.claimed_promotion.set(CartItem.promotion | ""),
            CartItem.claim_merged.remove(),
            CartItem.version.add(1),
        ]
        item = CartItem(*_key(owner))
        return _cart(dynamodb.change(item, actions, condition=_alive(at) & filled & free))

    def prolong(self, owner: str, order_id: str, *, until: datetime) -> Cart:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        actions = [CartItem.claim_until.set(until), CartItem.version.add(1)]
        own: Condition = CartItem.claim_order == order_id
        return _cart(dynamodb.change(CartItem(*_key(owner)), actions, condition=own))

    def delete(self, owner: str) -> None:
        """One DeleteItem."""
        CartItem(*_key(owner)).delete()

    def release(self, owner: str, order_id: str) -> None:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        actions = [
            CartItem.claim_order.remove(),
            CartItem.claim_until.remove(),
            CartItem.claimed.remove(),
            CartItem.claimed_promotion.remove(),
            CartItem.claim_merged.remove(),
            CartItem.version.add(1),
        ]
        own: Condition = CartItem.claim_order == order_id
        dynamodb.change(CartItem(*_key(owner)), actions, condition=own)
