"""Carts and facts in the table.

pk            sk    what
cart#<owner>  cart  a cart; deleted by TTL when nobody has touched it for 90 days; index idle (by last touch) while
                    there may be something in it that nobody was told of
sku#<sku>     sku   what the catalogue has told of a SKU
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from cart.domain import MAX_LINES, Cart, Claim, Facts, Line
from minishop import dynamodb
from minishop.clock import parse_rfc3339, rfc3339
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute, Transaction
from minishop.errors import ConcurrentUpdateError
from minishop.events import Event
from minishop.money import Money

KEPT = timedelta(days=90)
IDLE_SHARDS = 4  # of the idle index, so that a busy hour does not write to one partition


@dataclass(frozen=True)
class StoredLine:
    """A line as it is stored: when it was added stands beside it, where an update can leave it alone."""

    quantity: int
    price: Money


@dataclass(frozen=True)
class ClaimedLine:
    """As much of a line as a claim remembers."""

    quantity: int


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
    claim_order = UnicodeAttribute(null=True)
    claim_until = TimeAttribute(null=True)
    claimed = DocumentAttribute[dict[str, ClaimedLine]](dict[str, ClaimedLine], null=True)
    settled = DocumentAttribute[tuple[str, ...]](tuple[str, ...], null=True)
    merged_into = UnicodeAttribute(null=True)
    abandoned = BooleanAttribute(default=False)
    updated_at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The owner's id."""
        return self.owner


class SkuItem(Item):
    """What the catalogue has told of a SKU. Facts and level come separately, each with its own sequence."""

    class Meta(TableMeta):
        table_name = FromEnvironment("CART_TABLE")

    sku = UnicodeAttribute()
    product_id = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    image = UnicodeAttribute(null=True)
    price = DocumentAttribute[Money](Money, null=True)
    on_sale = BooleanAttribute(default=False)
    available = NumberAttribute(default=0)
    facts_sequence = NumberAttribute(null=True)
    level_sequence = NumberAttribute(null=True)


def _key(owner: str) -> tuple[str, str]:
    return f"cart#{owner}", "cart"


def _expiry(at: datetime) -> int:
    return int((at + KEPT).timestamp())


def _item(cart: Cart) -> CartItem:
    at = cart.updated_at
    assert at is not None
    item = CartItem(
        *_key(cart.owner),
        owner=cart.owner,
        lines={sku: StoredLine(line.quantity, line.price) for sku, line in cart.lines.items()},
        added={sku: rfc3339(line.added_at) for sku, line in cart.lines.items()},
        settled=cart.settled,
        merged_into=cart.merged_into,
        abandoned=cart.abandoned,
        updated_at=at,
        expires_at=_expiry(at),
        version=cart.version,
    )
    if cart.lines and not cart.abandoned:
        item.idle_pk, item.idle_sk = _idle_shard(cart.owner), rfc3339(at)
    if cart.claim is not None:
        item.claim_order, item.claim_until = cart.claim.order_id, cart.claim.until
        item.claimed = {sku: ClaimedLine(quantity) for sku, quantity in cart.claim.quantities.items()}
    return item


def _cart(item: CartItem) -> Cart:
    claim = None
    if item.claim_order is not None:
        quantities = {sku: line.quantity for sku, line in (item.claimed or {}).items()}
        claim = Claim(order_id=item.claim_order, until=item.claim_until, quantities=quantities)
    return Cart(
        owner=item.owner,
        lines={
            sku: Line(quantity=line.quantity, price=line.price, added_at=parse_rfc3339(item.added[sku]))
            for sku, line in item.lines.items()
        },
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
        CartItem.expires_at.set(_expiry(at)),
        CartItem.abandoned.set(False),
        CartItem.idle_pk.set(_idle_shard(owner)),
        CartItem.idle_sk.set(rfc3339(at)),
    ]


def _typed(line: StoredLine) -> dict[str, Any]:
    wire: dict[str, Any] = CartItem.lines.serialize({"line": line})["line"]
    return wire


def _in(attribute: Any, sku: str) -> Path:
    """The place of a SKU in a map."""
    path: Path = attribute[sku]
    return path


class CartTable:
    """Implements `cart.use_cases.Carts`."""

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
            place.set(_typed(StoredLine(line.quantity, line.price))),
            _in(CartItem.added, sku).set(_in(CartItem.added, sku) | rfc3339(at)),
            *_touch(owner, at),
        ]
        item = CartItem(*_key(owner))
        return _cart(dynamodb.change(item, actions, condition=Item.pk.exists() & (place.exists() | room)))

    def remove_line(self, owner: str, sku: str, at: datetime) -> Cart:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        place = _in(CartItem.lines, sku)
        actions = [place.remove(), _in(CartItem.added, sku).remove(), *_touch(owner, at)]
        return _cart(dynamodb.change(CartItem(*_key(owner)), actions, condition=place.exists()))

    def insert(self, cart: Cart) -> Cart:
        """One conditional Put. Raises AlreadyExistsError."""
        item = _item(cart)
        item.version = 1
        dynamodb.insert(item)
        return _cart(item)

    def replace(self, cart: Cart, events: tuple[Event, ...] = (), *, at: datetime | None = None) -> Cart:
        """One conditional Put. Raises ConcurrentUpdateError."""
        item = _item(cart)
        dynamodb.replace(item, events, expected=cart.version, at=at)
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
            CartItem.version.add(1),
        ]
        item = CartItem(*_key(owner))
        return _cart(dynamodb.change(item, actions, condition=Item.pk.exists() & filled & free))

    def prolong(self, owner: str, order_id: str, *, until: datetime) -> Cart:
        """One UpdateItem. Raises ConcurrentUpdateError."""
        actions = [CartItem.claim_until.set(until), CartItem.version.add(1)]
        own: Condition = CartItem.claim_order == order_id
        return _cart(dynamodb.change(CartItem(*_key(owner)), actions, condition=own))

    def release(self, owner: str, order_id: str) -> None:
        """One UpdateItem."""
        actions = [
            CartItem.claim_order.remove(),
            CartItem.claim_until.remove(),
            CartItem.claimed.remove(),
            CartItem.version.add(1),
        ]
        own: Condition = CartItem.claim_order == order_id
        try:
            dynamodb.change(CartItem(*_key(owner)), actions, condition=own)
        except ConcurrentUpdateError:
            return  # there is no such claim, which is what was wanted


class FactsTable:
    """Implements `cart.use_cases.FactsBook`."""

    def find_many(self, skus: Iterable[str]) -> Mapping[str, Facts]:
        """One BatchGetItem for each hundred."""
        keys = [(f"sku#{sku}", "sku") for sku in dict.fromkeys(skus)]
        items = SkuItem.batch_get(keys) if keys else ()
        return {item.sku: _facts(item) for item in items}

    def learn(self, facts: Facts, sequence: int) -> None:
        """One UpdateItem."""
        assert facts.price is not None
        actions = [
            SkuItem.product_id.set(facts.product_id),
            SkuItem.title.set(facts.title),
            SkuItem.image.set(facts.image),
            Path(SkuItem.price).set({"M": SkuItem.price.serialize(facts.price)}),
            SkuItem.on_sale.set(facts.on_sale),
        ]
        _learn(facts.sku, actions, SkuItem.facts_sequence, sequence)

    def withdraw(self, sku: str, sequence: int) -> None:
        """One UpdateItem."""
        _learn(sku, [SkuItem.on_sale.set(False)], SkuItem.facts_sequence, sequence)

    def learn_level(self, sku: str, available: int, sequence: int) -> None:
        """One UpdateItem."""
        _learn(sku, [SkuItem.available.set(available)], SkuItem.level_sequence, sequence)


def _learn(sku: str, actions: Sequence[Action], counter: NumberAttribute, sequence: int) -> None:
    news: Condition = counter.does_not_exist() | (counter < sequence)
    every = [SkuItem.sku.set(sku), *actions, counter.set(sequence)]
    try:
        dynamodb.change(SkuItem(f"sku#{sku}", "sku"), every, condition=news)
    except ConcurrentUpdateError:
        return  # something newer was told already: SQS drops order, the sequence keeps it


def _facts(item: SkuItem) -> Facts:
    return Facts(
        sku=item.sku,
        product_id=item.product_id or "",
        title=item.title or "",
        image=item.image or "",
        price=item.price,
        on_sale=item.on_sale,
        available=int(item.available),
    )
