"""Orders that are cancelled, at every point at which somebody may try to."""

from collections.abc import Callable

from tests.system.backstage import unheard
from tests.system.teller import QUANTITY, STOCK, Teller


def cancelled_while_placed(teller: Teller) -> None:
    """Hold released; nothing is charged."""
    order_id, _ = teller.asked_by_the_bank()
    assert teller.cancel(order_id)["status"] == "cancelled"
    teller.available_once(STOCK)
    assert teller.payment_once(order_id, "voided")["captured"]["amount"] == 0


def cancelled_while_placed_a_charge_that_still_arrives_is_refunded(teller: Teller) -> None:
    """The bank has said yes, which the shop has yet to hear: whatever was taken goes back."""
    order_id, url = teller.asked_by_the_bank()
    teller.answer_the_bank(url)
    teller.cancel(order_id)
    teller.me.order_once(order_id, "cancelled")
    payment = teller.payment_once(order_id, "voided", "refunded")
    assert payment["captured"] == payment["refunded"]
    teller.available_once(STOCK)


def cancelled_once_confirmed_not_dispatched(teller: Teller) -> None:
    """Shipment cancelled first (shipping decides), then refund, then stock back."""
    order = teller.confirmed()
    assert teller.cancel(order["id"])["status"] in {"cancel_requested", "cancelled"}
    ended = teller.me.order_once(order["id"], "cancelled")
    assert [shipment["status"] for shipment in ended["shipments"]] == ["cancelled"]
    assert teller.refunded_once(order["id"]) == order["totals"]["total"]["amount"]
    teller.available_once(STOCK)
    teller.once_paid_as(order["id"], "refunded")
    kinds = teller.timeline(order["id"])
    assert kinds.index("shipment_cancelled") < kinds.index("cancelled") < kinds.index("payment_refunded")


def cancelled_but_dispatch_won(teller: Teller) -> None:
    """Cancel refused (409), and a return is offered."""
    order = teller.delivered()
    assert teller.cancel(order["id"], expect=409)["code"] == "already_dispatched"
    assert teller.payment(order["id"])["refunds"] == []
    assert teller.send_back(order["id"], 1)["status"] == "requested"


def cancelled_but_dispatch_won_the_race(teller: Teller) -> None:
    """Back to shipped: the parcel leaves before shipping hears of the wish, which then comes to nothing."""
    order = teller.confirmed()
    with unheard(teller.shop, "ShippingRule", "OrderCancelRequested"):
        assert teller.cancel(order["id"])["status"] == "cancel_requested"
        teller.send_off(order["shipments"][0]["id"])
        teller.me.order_once(order["id"], "shipped")
    teller.shop.mail(teller.me.email, "is on its way")
    kinds = [kind for kind in teller.timeline(order["id"]) if kind in {"cancel_requested", "shipped", "cancelled"}]
    assert kinds == ["cancel_requested", "shipped"]
    assert teller.payment(order["id"])["refunds"] == []
    assert not [one for one in teller.shop.mailbox(teller.me.email) if "is cancelled" in (one["subject"] or "")]
    assert teller.level()["available"] == STOCK - QUANTITY


STORIES: tuple[Callable[[Teller], None], ...] = (
    cancelled_while_placed,
    cancelled_while_placed_a_charge_that_still_arrives_is_refunded,
    cancelled_once_confirmed_not_dispatched,
    cancelled_but_dispatch_won,
    cancelled_but_dispatch_won_the_race,
)
