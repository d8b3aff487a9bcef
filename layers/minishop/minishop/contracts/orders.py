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
    """An order is paid. `buyer` is the guest who placed it, where the owner is the customer that the guest became."""

    order_id: str
    number: str
    owner: str
    lines: tuple[OrderedLine, ...]
    total: Money
    buyer: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderCancelRequested(Event):
    """A confirmed order is to be cancelled, if its parcel has not left yet: shipping decides."""

    order_id: str
    owner: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    """An order will not be fulfilled: holds go back, what was paid is refunded.

    `reason` is one of `declined`, `expired` (not paid in time), `out_of_stock` (paid, and nothing to send), `customer`,
    `support`. `was_confirmed` says whether stock had been sold.
    `buyer` is as in OrderConfirmed.
    """

    order_id: str
    number: str
    owner: str
    reason: str
    was_confirmed: bool
    lines: tuple[OrderedLine, ...]
    buyer: str = ""


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


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """Part of what was paid for an order is to go back: once per `reference`, and never beyond what was captured.

    `reference` is the id of what it is for: a return (`reason` is `return`) or a lost shipment (`lost`).
    `request` counts how often it is asked for: again where it had failed for good.
    """

    order_id: str
    owner: str
    reference: str
    amount: Money
    reason: str
    request: int = 1


@dataclass(frozen=True, kw_only=True)
class ReturnEvent(Event):
    """What every event about a return says. Not published itself."""

    order_id: str
    return_id: str
    owner: str
    number: str
    lines: tuple[OrderedLine, ...]


@dataclass(frozen=True, kw_only=True)
class ReturnRequested(ReturnEvent):
    """Somebody wants to send `lines` of an order back."""


@dataclass(frozen=True, kw_only=True)
class ReturnAuthorized(ReturnEvent):
    """The goods may be sent back."""


@dataclass(frozen=True, kw_only=True)
class ReturnAccepted(ReturnEvent):
    """Goods came back and were inspected: `lines` are taken back, and `refund` is what they are worth, with tax."""

    refund: Money


@dataclass(frozen=True, kw_only=True)
class ReturnLost(ReturnEvent):
    """Goods were lost on their way back, in the parcel `shipment_id`, and support has decided on them.

    `resolution` is `refund` (they are written off, and `refund` goes back, with tax) or `refuse` (the sale stands, and
    `refund` is nothing).
    """

    shipment_id: str
    resolution: str
    refund: Money


@dataclass(frozen=True, kw_only=True)
class ReturnRejected(ReturnEvent):
    """Goods came back and were inspected: nothing of `lines` is taken back."""
