"""What orders publishes."""

from dataclasses import dataclass
from datetime import datetime

from minishop.events import Event
from minishop.money import Money


@dataclass(frozen=True, kw_only=True)
class OrderedLine:
    """A quantity of one SKU in an order."""

    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """An order stands; nothing is paid yet. `owner` is the principal who placed it."""

    order_id: str
    number: str
    owner: str
    lines: tuple[OrderedLine, ...]
    total: Money


@dataclass(frozen=True, kw_only=True)
class PaymentRequested(Event):
    """An order is to be paid.

    `payment_method` is the provider's token: worthless without the provider's key, and used once.
    `attempt` counts from 1. After `expires_at` the hold is gone.
    """

    order_id: str
    owner: str
    attempt: int
    amount: Money
    payment_method: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(Event):
    """An order is paid."""

    order_id: str
    number: str
    owner: str
    lines: tuple[OrderedLine, ...]
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderCancelRequested(Event):
    """A confirmed order is to be cancelled, if its parcel has not left yet: shipping decides."""

    order_id: str
    owner: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    """An order will not be fulfilled: holds go back, what was paid is refunded.

    `reason` is one of `declined`, `expired`, `customer`, `support`. `was_confirmed` says whether stock had been sold.
    """

    order_id: str
    number: str
    owner: str
    reason: str
    was_confirmed: bool
    lines: tuple[OrderedLine, ...]


@dataclass(frozen=True, kw_only=True)
class OrderShipped(Event):
    """An order's parcel is on its way."""

    order_id: str
    number: str
    owner: str
    shipment_id: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(Event):
    """An order has arrived."""

    order_id: str
    number: str
    owner: str
    shipment_id: str
    tracking_number: str
