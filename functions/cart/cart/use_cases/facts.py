"""What the catalogue tells, kept so that showing a cart asks nobody. Nothing older overwrites what is newer."""

from collections.abc import Mapping
from dataclasses import dataclass

from cart.domain.promotions import Promotion
from cart.domain.showing import Facts
from cart.use_cases.ports import Ports
from minishop.money import Money


@dataclass(frozen=True, kw_only=True)
class Told:
    """A product as the catalogue tells it. `prices` has the title and price of each SKU."""

    product_id: str
    image: str
    variants: Mapping[str, tuple[str, Money]]
    gone: tuple[str, ...]


def learn_product(ports: Ports, told: Told, sequence: int) -> None:
    """Keeps what was told of a product."""
    for sku, (title, price) in told.variants.items():
        facts = Facts(sku=sku, product_id=told.product_id, title=title, image=told.image, price=price, on_sale=True)
        ports.facts.learn(facts, sequence)
    for sku in told.gone:
        ports.facts.withdraw(sku, sequence)


def learn_level(ports: Ports, sku: str, available: int, sequence: int) -> None:
    """Keeps how many of a SKU there are."""
    ports.facts.learn_level(sku, available, sequence)


def learn_promotion(ports: Ports, promotion: Promotion, sequence: int) -> None:
    """Keeps what was told of a promotion."""
    ports.facts.learn_promotion(promotion, sequence)


def learn_usage(ports: Ports, code: str, sequence: int, *, used_up: bool) -> None:
    """Keeps whether all of a promotion's uses are taken."""
    ports.facts.learn_usage(code, sequence, used_up=used_up)
