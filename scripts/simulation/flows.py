"""The stories that the shop is put through, and the stock that they begin with.

Between two actions the shop works off what follows from the first.
"""

from dataclasses import dataclass
from typing import Any

from scripts.simulation import actions
from scripts.simulation.actions import Action
from scripts.simulation.client import ADMIN, idempotently
from scripts.simulation.shop import Shop

STOCK = {"MUG": 10, "TEE": 3}
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"code": "ONCE", "kind": "percentage", "value": 15, "limit_total": 1, "limit_per_customer": 1},
    {"code": "TWICE", "kind": "fixed", "value": 333, "limit_total": 2},
    {"code": "SHIPPED", "kind": "free_shipping", "limit_per_customer": 1},
    {"code": "TENTH", "kind": "percentage", "value": 10, "minimum": {"amount": 2500, "currency": "EUR"}},
)


def stock_the_shop(shop: Shop) -> None:
    """Two products, with stock, and promotions."""
    for sku, count in STOCK.items():
        variant = {"sku": sku, "title": sku.title(), "options": {}, "price": {"amount": 1250, "currency": "EUR"}}
        body = {
            "title": sku.title(),
            "slug": sku.lower(),
            "category": "things",
            "description": "A thing.",
            "images": [],
            "status": "published",
            "variants": [{**variant, "weight_grams": 300}],
        }
        made = shop.request("POST", "/v1/admin/products", body, principal=ADMIN, headers=idempotently(f"product-{sku}"))
        assert made.status == 201, made
        path = f"/v1/admin/stock/{sku}/adjustments"
        adjustment = {"delta": count, "reason": "opening stock"}
        stocked = shop.request("POST", path, adjustment, principal=ADMIN, headers=idempotently(f"stock-{sku}"))
        assert stocked.status == 201, stocked
    for promotion in PROMOTIONS:
        offered = shop.request("POST", "/v1/admin/promotions", promotion, principal=ADMIN)
        assert offered.status == 201, offered
    shop.drain()


@dataclass(frozen=True)
class Flow:
    """A story, and how it ends when nothing goes wrong (and so when something does)."""

    name: str
    actions: tuple[Action, ...]
    ends: str


BOUGHT = (actions.fill, actions.place("pm_card_visa"))
SENT = (*BOUGHT, actions.dispatch, actions.carry("in_transit"))
DELIVERED = (*SENT, actions.carry("out_for_delivery"), actions.carry("delivered"))

FLOWS = (
    Flow(
        "from the cart to the door",
        (
            *(actions.fill, actions.use("ONCE"), actions.place("pm_card_visa")),
            *(actions.dispatch, actions.carry("in_transit")),
            *(actions.carry("out_for_delivery"), actions.carry("delivered")),
        ),
        "delivered",
    ),
    Flow("lost and refunded", (*SENT, actions.carry("lost"), actions.give_up("refund")), "lost"),
    Flow("lost and sent once more", (*SENT, actions.carry("lost"), actions.give_up("reship")), "label_created"),
    Flow("returned to sender", (*SENT, actions.carry("returning"), actions.carry("returned")), "returned"),
    Flow("declined and given up", (actions.fill, actions.place("pm_card_chargeDeclined")), "cancelled"),
    Flow(
        "declined, and paid by another card",
        (actions.fill, actions.place("pm_card_chargeDeclined"), actions.pay_again("pm_card_visa")),
        "confirmed",
    ),
    Flow(
        "sent back, and one of two accepted",
        (*DELIVERED, actions.ask_return, actions.authorize_return, actions.send_back, actions.receive(1)),
        "refunded",
    ),
    Flow(
        "sent back, and not accepted",
        (*DELIVERED, actions.ask_return, actions.send_back, actions.authorize_return, actions.receive(0)),
        "rejected",
    ),
    Flow(
        "lost on its way back, and paid for",
        (
            *(*DELIVERED, actions.ask_return, actions.authorize_return),
            *(actions.send_back, actions.carry("lost"), actions.lose_return("refund")),
        ),
        "refunded",
    ),
    Flow(
        "cancelled once confirmed",
        (actions.fill, actions.use("ONCE"), actions.place("pm_card_visa"), actions.cancel),
        "cancelled",
    ),
    Flow(
        "from several buckets, which are closed before it is cancelled",
        (
            *(actions.spread("MUG", 4), actions.fill_with(5), actions.place("pm_card_visa")),
            *(actions.spread("MUG", 1), actions.cancel),
        ),
        "cancelled",
    ),
    Flow("the provider's answer is lost", (actions.fill, actions.place("pm_sandbox_timeout")), "confirmed"),
    Flow(
        "the provider is out of order for a while",
        (actions.fill, actions.place("pm_sandbox_unavailable")),
        "confirmed",
    ),
    Flow(
        "a part is refunded",
        (actions.fill, actions.place("pm_sandbox_refundRefused"), actions.refund),
        "confirmed",
    ),
    Flow(
        "the bank wants to know who pays",
        (actions.fill, actions.place("pm_card_authenticationRequired"), actions.authenticate),
        "confirmed",
    ),
    Flow(
        "disputed and won",
        (
            *(actions.fill, actions.place("pm_card_createDispute")),
            *(actions.answer_dispute("winning_evidence"), actions.hear_of_dispute("won")),
        ),
        "won",
    ),
    Flow(
        "disputed and lost",
        (
            *(actions.fill, actions.place("pm_card_createDispute")),
            *(actions.answer_dispute("losing_evidence"), actions.hear_of_dispute("lost")),
        ),
        "lost",
    ),
    Flow(
        "the hold runs out",
        (actions.fill, actions.use("TWICE"), actions.place("pm_card_authenticationRequired"), actions.wait(16)),
        "cancelled",
    ),
)
