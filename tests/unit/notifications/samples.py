"""An event for every kind of message: the golden sample of its contract, changed where the kind wants it so."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from minishop.contracts.cart import CartLine
from minishop.contracts.shipping import ShipmentEvent
from minishop.events import Event
from notifications import kinds
from notifications.domain.occasions import Kind, Occasion
from scripts.golden_events import path_of
from tests.times import NOON

CHANGED: Mapping[str, Mapping[str, Any]] = {
    "payment_action_required": {"action_url": "https://bank.example.test/3ds?id=1&step=2"},
    "password_reset": {"was_reset": True},
    "password_to_choose": {"contested": True},
    "new_sign_in": {"device": "Firefox, Windows", "known_device": False},
    "session_revoked": {"reason": "token_reused"},
    "cart_abandoned": {"lines": (CartLine(sku="MUG-RED", quantity=2), CartLine(sku="SOLD-OUT", quantity=1))},
    "refund_succeeded": {"reference": ""},
    "return_requested": {"return_id": "ret_1"},
    "stock_low": {"available": 3, "threshold": 5},
}
"""What a kind's sample says other than the golden one, by kind."""

PARTIES = {"owner": "cus_ada", "customer_id": "cus_ada", "order_id": "ord_1"}

VERIFY_EMAIL = kinds.named("verify_email")
REGISTRATION_ATTEMPTED = kinds.named("registration_attempted")
CHANGE_EMAIL = kinds.named("change_email")
PASSWORD_CHANGED = kinds.named("password_changed")
ORDER_CONFIRMED = kinds.named("order_confirmed")
PAYMENT_DECLINED = kinds.named("payment_declined")
ORDER_CANCELLED = kinds.named("order_cancelled")
REFUND_SUCCEEDED = kinds.named("refund_succeeded")
SHIPMENT_DISPATCHED = kinds.named("shipment_dispatched")
SHIPMENT_DELIVERED = kinds.named("shipment_delivered")
STOCK_LOW = kinds.named("stock_low")


def event_of(kind: Kind, **members: Any) -> Event:
    """What the kind follows from; with other `members` where they are given."""
    golden = json.loads(path_of(kind.event).read_text("utf-8"))["detail"]["data"]
    event = msgspec.convert(golden, kind.event)
    known = {name: value for name, value in PARTIES.items() if hasattr(event, name)}
    if isinstance(event, ShipmentEvent):
        known["return_id"] = ""
    return replace(event, **{**known, **CHANGED.get(kind.name, {}), **members})


def occasion_of(kind: Kind, event_id: str = "evt_1", **members: Any) -> Occasion:
    """Why somebody is told."""
    return Occasion.of(kind, event_of(kind, **members), event_id=event_id, at=NOON)


def is_of_an_order(kind: Kind) -> bool:
    """Whether it is about an order."""
    return hasattr(event_of(kind), "order_id")
