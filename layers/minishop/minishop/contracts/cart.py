"""What cart publishes."""

from dataclasses import dataclass
from datetime import datetime

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class CartMerged(Event):
    """A guest's cart became part of a customer's."""

    guest_id: str
    customer_id: str


@dataclass(frozen=True, kw_only=True)
class CartLine:
    """A quantity of one SKU."""

    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class CartAbandoned(Event):
    """Nobody has touched a cart with something in it since `idle_since`. Told once, until it is touched again."""

    owner: str
    lines: tuple[CartLine, ...]
    idle_since: datetime
