"""What the catalogue has told, in the table.

pk                sk         what
sku#<sku>         sku        a SKU: facts and level, which come separately, each with its own sequence
promotion#<code>  promotion  a promotion: terms and whether it is used up, likewise
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from cart.domain.promotions import Promotion
from cart.domain.showing import Facts
from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta
from minishop.errors import ConcurrentUpdateError
from minishop.money import Money


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


class PromotionItem(Item):
    """What the catalogue has told of a promotion. Terms and usage come separately, each with its own sequence."""

    class Meta(TableMeta):
        table_name = FromEnvironment("CART_TABLE")

    terms = DocumentAttribute[Promotion](Promotion, null=True)
    used_up = BooleanAttribute(default=False)
    terms_sequence = NumberAttribute(null=True)
    usage_sequence = NumberAttribute(null=True)


class FactsTable:
    """Implements `cart.use_cases.ports.FactsBook`."""

    def find_many(self, skus: Iterable[str]) -> Mapping[str, Facts]:
        """One BatchGetItem for each hundred."""
        keys = [(f"sku#{sku}", "sku") for sku in dict.fromkeys(skus)]
        items = SkuItem.batch_get(keys) if keys else ()
        return {item.sku: _facts(item) for item in items}

    def promotion(self, code: str) -> Promotion | None:
        """One GetItem."""
        item = PromotionItem.find(f"promotion#{code}", "promotion", consistent=False)
        return replace(item.terms, used_up=item.used_up) if item is not None and item.terms is not None else None

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
        _learn(_sku(facts.sku), [SkuItem.sku.set(facts.sku), *actions], SkuItem.facts_sequence, sequence)

    def withdraw(self, sku: str, sequence: int) -> None:
        """One UpdateItem."""
        _learn(_sku(sku), [SkuItem.sku.set(sku), SkuItem.on_sale.set(False)], SkuItem.facts_sequence, sequence)

    def learn_level(self, sku: str, available: int, sequence: int) -> None:
        """One UpdateItem."""
        _learn(_sku(sku), [SkuItem.sku.set(sku), SkuItem.available.set(available)], SkuItem.level_sequence, sequence)

    def learn_promotion(self, promotion: Promotion, sequence: int) -> None:
        """One UpdateItem."""
        terms = Path(PromotionItem.terms).set({"M": PromotionItem.terms.serialize(promotion)})
        _learn(_promotion(promotion.code), [terms], PromotionItem.terms_sequence, sequence)

    def learn_usage(self, code: str, sequence: int, *, used_up: bool) -> None:
        """One UpdateItem."""
        _learn(_promotion(code), [PromotionItem.used_up.set(used_up)], PromotionItem.usage_sequence, sequence)


def _sku(sku: str) -> SkuItem:
    return SkuItem(f"sku#{sku}", "sku")


def _promotion(code: str) -> PromotionItem:
    return PromotionItem(f"promotion#{code}", "promotion")


def _learn(item: Item, actions: Sequence[Action], counter: NumberAttribute, sequence: int) -> None:
    news: Condition = counter.does_not_exist() | (counter < sequence)
    try:
        dynamodb.change(item, [*actions, counter.set(sequence)], condition=news)
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
