"""Promotions and the counts of their uses in the table.

pk                              sk            what
promotion#<code>                promotion     a promotion; index listing under `promotions`
redemptions#<code>              redemptions   how many orders use it, and how many may: only if it has such a limit
redemptions#<code>#<customer>   customer      how many orders of a customer use it: only if it has such a limit

The counts are items of their own: an order writes none for a promotion without limits, and never the promotion.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from catalog.domain.promotions import CodeTakenError, Kind, Promotion, Redemption, Usage
from catalog.items import TABLE
from catalog.use_cases.ports import Position
from minishop.clock import rfc3339
from minishop.correlation import correlation
from minishop.dynamodb import DocumentAttribute, Item, TableMeta, TimeAttribute, Transaction, TransactionRefusedError
from minishop.events import Event
from minishop.money import Money

PROMOTIONS = "promotions"


class ListedPromotions(GlobalSecondaryIndex["PromotionItem"]):
    """All promotions, by age."""

    class Meta(TableMeta):
        index_name = "listing"
        projection = AllProjection()

    listing_pk = UnicodeAttribute(hash_key=True)
    listing_sk = UnicodeAttribute(range_key=True)


class PromotionItem(Item):
    """A promotion."""

    class Meta(TableMeta):
        table_name = TABLE

    listing = ListedPromotions()

    listing_pk = UnicodeAttribute()
    listing_sk = UnicodeAttribute()
    code = UnicodeAttribute()
    kind = UnicodeAttribute()
    value = NumberAttribute()
    currency = UnicodeAttribute()
    minimum = DocumentAttribute[Money](Money, null=True)
    starts_at = TimeAttribute(null=True)
    ends_at = TimeAttribute(null=True)
    limit_total = NumberAttribute(null=True)
    limit_per_customer = NumberAttribute(null=True)
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The code."""
        return self.code


class RedemptionsItem(Item):
    """How many orders use a promotion, of how many that may. `version` grows with each movement."""

    class Meta(TableMeta):
        table_name = TABLE

    code = UnicodeAttribute()
    redeemed = NumberAttribute(default=0)
    redeemable = NumberAttribute(null=True)
    moved_at = TimeAttribute()
    moved_by = UnicodeAttribute()
    correlation_id = UnicodeAttribute()


class CustomerRedemptionsItem(Item):
    """How many orders of a customer use a promotion."""

    class Meta(TableMeta):
        table_name = TABLE

    orders = NumberAttribute(default=0)


def _promotion_key(code: str) -> tuple[str, str]:
    return f"promotion#{code}", "promotion"


def _total_key(code: str) -> tuple[str, str]:
    return f"redemptions#{code}", "redemptions"


def _customer_key(code: str, customer_id: str) -> tuple[str, str]:
    return f"redemptions#{code}#{customer_id}", "customer"


def _item(promotion: Promotion) -> PromotionItem:
    return PromotionItem(
        *_promotion_key(promotion.code),
        listing_pk=PROMOTIONS,
        listing_sk=f"{rfc3339(promotion.created_at)}#{promotion.code}",
        code=promotion.code,
        kind=promotion.kind.value,
        value=promotion.value,
        currency=promotion.currency,
        minimum=promotion.minimum,
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        limit_total=promotion.limit_total,
        limit_per_customer=promotion.limit_per_customer,
        created_at=promotion.created_at,
        updated_at=promotion.updated_at,
        version=promotion.version,
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _promotion(item: PromotionItem) -> Promotion:
    return Promotion(
        code=item.code,
        kind=Kind(item.kind),
        value=int(item.value),
        currency=item.currency,
        minimum=item.minimum,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        limit_total=_whole(item.limit_total),
        limit_per_customer=_whole(item.limit_per_customer),
        created_at=item.created_at,
        updated_at=item.updated_at,
        version=int(item.version),
    )


def _moved(at: datetime) -> list[Action]:
    """Who moved a count, for the event that the relay derives from it."""
    scope = correlation()
    return [
        RedemptionsItem.version.add(1),
        RedemptionsItem.moved_at.set(at),
        RedemptionsItem.moved_by.set(scope.actor),
        RedemptionsItem.correlation_id.set(scope.id),
    ]


def enlist_redemption(
    transaction: Transaction, redemption: Redemption, customer_id: str, step: int, *, at: datetime
) -> None:
    """The counts of a use that is taken (`step` +1) or given back (-1), as far as it counts; at most two items."""
    code = redemption.code
    if redemption.counted:
        open_ended: Condition = RedemptionsItem.redeemable.does_not_exist()
        left: Condition = Path(RedemptionsItem.redeemed) < Path(RedemptionsItem.redeemable)
        taken: Condition = RedemptionsItem.redeemed >= 1
        actions = [RedemptionsItem.code.set(code), RedemptionsItem.redeemed.add(step), *_moved(at)]
        condition = open_ended | left if step > 0 else taken
        transaction.change("redemptions", RedemptionsItem(*_total_key(code)), actions, condition=condition)
    limit = redemption.limit_per_customer
    if limit is not None:
        first: Condition = CustomerRedemptionsItem.orders.does_not_exist()
        within: Condition = CustomerRedemptionsItem.orders < limit
        some: Condition = CustomerRedemptionsItem.orders >= 1
        item = CustomerRedemptionsItem(*_customer_key(code, customer_id))
        condition = first | within if step > 0 else some
        transaction.change("customer", item, [CustomerRedemptionsItem.orders.add(step)], condition=condition)


class PromotionTable:
    """Implements `catalog.use_cases.ports.Promotions`."""

    def find(self, code: str) -> Promotion | None:
        """One GetItem."""
        item = PromotionItem.find(*_promotion_key(code))
        return _promotion(item) if item else None

    def usage(self, promotion: Promotion, customer_id: str) -> Usage:
        """One GetItem for each of its limits."""
        total = customer = None
        if promotion.limit_total is not None:
            total = RedemptionsItem.find(*_total_key(promotion.code))
        if promotion.limit_per_customer is not None:
            customer = CustomerRedemptionsItem.find(*_customer_key(promotion.code, customer_id))
        return Usage(int(total.redeemed) if total else 0, int(customer.orders) if customer else 0)

    def redeemed(self, codes: Sequence[str]) -> Mapping[str, int]:
        """One BatchGetItem for each hundred."""
        items = RedemptionsItem.batch_get([_total_key(code) for code in codes], consistent_read=True) if codes else ()
        return {item.code: int(item.redeemed) for item in items}

    def list_all(self, limit: int, position: Position | None) -> tuple[list[Promotion], Position | None]:
        """One Query on listing."""
        result = PromotionItem.listing.query(
            PROMOTIONS, scan_index_forward=False, limit=limit, page_size=limit, last_evaluated_key=position
        )
        return [_promotion(item) for item in result], result.last_evaluated_key

    def insert(self, promotion: Promotion, events: tuple[Event, ...]) -> Promotion:
        """One transaction of one item, of two with a limit in total. Raises CodeTakenError."""
        item = _item(promotion)
        item.version = 1
        transaction = Transaction()
        transaction.insert("promotion", item, events, at=promotion.updated_at)
        if promotion.limit_total is not None:
            _enlist_limit(transaction, promotion)
        try:
            transaction.commit()
        except TransactionRefusedError as error:
            raise CodeTakenError("Another promotion has this code; choose another one.") from error
        return _promotion(item)

    def replace(self, before: Promotion, after: Promotion, events: tuple[Event, ...]) -> Promotion:
        """One transaction of one item, of two when the limit in total is another. Raises ConcurrentUpdateError."""
        item = _item(after)
        transaction = Transaction()
        transaction.replace("promotion", item, events, expected=before.version, at=after.updated_at)
        if before.limit_total != after.limit_total:
            _enlist_limit(transaction, after)
        transaction.commit()
        return _promotion(item)


def _enlist_limit(transaction: Transaction, promotion: Promotion) -> None:
    """The limit stands beside the count: a use is held against the limit of that very moment."""
    limit = promotion.limit_total
    redeemable = RedemptionsItem.redeemable
    actions: Sequence[Action] = [
        RedemptionsItem.code.set(promotion.code),
        RedemptionsItem.redeemed.add(0),
        redeemable.remove() if limit is None else redeemable.set(limit),
        *_moved(promotion.updated_at),
    ]
    transaction.change("redemptions", RedemptionsItem(*_total_key(promotion.code)), actions)
