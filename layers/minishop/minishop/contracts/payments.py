"""What payments publishes."""

from dataclasses import dataclass

from minishop.events import Event
from minishop.money import Money


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Event):
    """The money for an order is ours."""

    payment_id: str
    order_id: str
    attempt: int
    amount: Money


@dataclass(frozen=True, kw_only=True)
class PaymentDeclined(Event):
    """An attempt failed for good; `decline_code` is the provider's."""

    payment_id: str
    order_id: str
    attempt: int
    decline_code: str


@dataclass(frozen=True, kw_only=True)
class PaymentActionRequired(Event):
    """The shopper has to prove who they are before the attempt goes on; `action_url` is where."""

    payment_id: str
    order_id: str
    attempt: int
    action_url: str


@dataclass(frozen=True, kw_only=True)
class PaymentVoided(Event):
    """A payment ended without any money moving."""

    payment_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class RefundSucceeded(Event):
    """Money went back. `reference` is what orders asked for it by; empty when it was asked for otherwise."""

    refund_id: str
    payment_id: str
    order_id: str
    amount: Money
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class RefundFailed(Event):
    """A refund was refused, or came back; it is tried again, unless it is `final`: then it could not even be asked for.

    `reference` is as in RefundSucceeded, `request` as in RefundRequested; `code` says why it failed.
    """

    refund_id: str
    payment_id: str
    order_id: str
    amount: Money
    reference: str = ""
    final: bool = False
    code: str = ""
    request: int = 1


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(Event):
    """The card holder's bank wants `amount` back, or has decided: `status` is `open`, `won` or `lost`."""

    payment_id: str
    order_id: str
    dispute_id: str
    amount: Money
    reason: str
    status: str
