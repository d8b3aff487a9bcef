"""What cart publishes."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class CartMerged(Event):
    """A guest's cart became part of a customer's."""

    guest_id: str
    customer_id: str
