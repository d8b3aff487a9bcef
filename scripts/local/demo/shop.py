"""The demo shop: what a fresh local cloud has on its shelves. Prices in minor units, weights in grams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    """One thing to buy. `extra` comes on top of the product's price, `heavier` on top of its weight."""

    code: str  # the end of its SKU
    title: str
    options: Mapping[str, str]
    stock: int
    extra: int = 0
    heavier: int = 0


@dataclass(frozen=True)
class Product:
    """One product; its SKUs are made of `code` and the variants' codes."""

    code: str
    slug: str
    title: str
    category: str
    price: int
    weight: int
    description: str
    variants: tuple[Variant, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    was: int = 0  # the price before it was reduced; 0: it was not

    def document(self, images: list[str], currency: str) -> dict[str, Any]:
        """The body of POST /v1/admin/products."""
        return {
            "slug": self.slug,
            "title": self.title,
            "description": self.description,
            "category": self.category,
            "images": images,
            "attributes": dict(self.attributes),
            "status": "published",
            "variants": [self._variant(each, currency) for each in self.variants],
        }

    def sku(self, variant: Variant) -> str:
        """The SKU of one of its variants."""
        return f"{self.code}-{variant.code}"

    def _variant(self, variant: Variant, currency: str) -> dict[str, Any]:
        document: dict[str, Any] = {
            "sku": self.sku(variant),
            "title": variant.title,
            "options": dict(variant.options),
            "price": {"amount": self.price + variant.extra, "currency": currency},
            "weight_grams": self.weight + variant.heavier,
        }
        if self.was:
            document["compare_at_price"] = {"amount": self.was + variant.extra, "currency": currency}
        return document


def one(stock: int) -> tuple[Variant, ...]:
    """A product that comes in one form."""
    return (Variant("ONE", "Standard", {}, stock),)


def colours(**stock: int) -> tuple[Variant, ...]:
    """A product in several colours: name=stock."""
    return tuple(Variant(name[:3].upper(), name.capitalize(), {"colour": name}, count) for name, count in stock.items())


def sizes(*stock: int) -> tuple[Variant, ...]:
    """Clothing from S on, a stock for each size."""
    names = ("S", "M", "L", "XL")
    return tuple(Variant(name, name, {"size": name}, count) for name, count in zip(names, stock, strict=False))


def steps(option: str, *rungs: tuple[str, int, int, int]) -> tuple[Variant, ...]:
    """A product that grows: (value, stock, extra price, extra weight) for each rung."""
    return tuple(
        Variant(value.replace(" ", "").upper(), value, {option: value}, stock, extra, heavier)
        for value, stock, extra, heavier in rungs
    )
