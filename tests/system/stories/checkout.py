"""The way of an order, step by step, and what becomes of it before it is confirmed."""

import threading
from collections.abc import Callable

from tests.system.backstage import unheard
from tests.system.shop import eventually
from tests.system.teller import QUANTITY, STOCK, Teller

CAPTURE = ["authorize", "capture", "fee"]  # what the ledger says of one
EXPIRY = threading.Lock()  # what one story does to the telling of a hold's end is no matter for another


def step_1_an_order_is_placed(teller: Teller) -> None:
    """The cart is claimed by one order, all of it held, nothing charged; the same key finishes what was begun."""
    teller.me.put_in_cart(teller.sku, QUANTITY)
    quote = teller.me.quote()
    key = teller.key()["Idempotency-Key"]
    order = teller.me.order("pm_card_authenticationRequired", key=key)
    assert (order["status"], order["totals"]) == ("placed", quote["totals"])
    level = teller.level()
    assert (level["available"], level["allocated"]) == (STOCK - QUANTITY, QUANTITY)
    assert teller.me.order(key="another-key", expect=409)["code"] == "checkout_in_progress"
    assert teller.me.order("pm_card_authenticationRequired", key=key) == order
    assert teller.payment_once(order["id"], "requires_action")["captured"]["amount"] == 0
    assert teller.timeline(order["id"])[0] == "placed"
    teller.cancel(order["id"])
    teller.available_once(STOCK)


def step_2_it_is_paid(teller: Teller) -> None:
    """Authorized and captured in one attempt, and posted."""
    order = teller.place()
    payment = teller.payment_once(order["id"], "captured")
    assert (payment["captured"], len(payment["attempts"])) == (order["totals"]["total"], 1)
    eventually(lambda: teller.postings(order["id"]) == CAPTURE, what="the postings of a capture")


def step_2_declined_it_is_paid_by_another_card(teller: Teller) -> None:
    """The shopper may try again while the hold lasts."""
    headers, body = teller.key(), {"payment_method": {"token": "pm_card_visa"}}

    def pay_in_time() -> str | None:
        """The order, if the second card came before the few seconds were over that this shop leaves for it."""
        placed: str = teller.place("pm_card_chargeDeclined")["id"]
        teller.once_paid_as(placed, "declined")
        answer = teller.me.http.post(f"/v1/orders/{placed}/payment", json=body, headers=headers)
        if answer.status_code == 409:
            teller.me.order_once(placed, "cancelled")
            teller.available_once(STOCK)
            return None
        assert answer.status_code == 202
        return placed

    order_id = str(eventually(pay_in_time, what="a second card in time"))
    path = f"/v1/orders/{order_id}/payment"
    first = teller.me.call("POST", path, body, expect=202, headers=headers)
    assert teller.me.call("POST", path, body, expect=202, headers=headers) == first
    teller.me.order_once(order_id, "confirmed")
    payment = teller.payment(order_id)
    assert payment["attempts"][0]["status"] == "declined"
    assert (len(payment["attempts"]), payment["captured"]) == (2, first["totals"]["total"])


def step_2_the_bank_asks_and_the_shopper_says_yes(teller: Teller) -> None:
    """An action is required; approved, the order is confirmed."""
    order_id, url = teller.asked_by_the_bank()
    teller.answer_the_bank(url)
    teller.me.order_once(order_id, "confirmed")
    assert teller.payment(order_id)["status"] == "captured"


def step_2_the_bank_asks_and_the_shopper_says_no(teller: Teller) -> None:
    """An action is required; refused, the payment is declined, and nothing was taken."""
    order_id, url = teller.asked_by_the_bank()
    teller.answer_the_bank(url, "refuse")
    assert teller.payment_once(order_id, "declined")["captured"]["amount"] == 0
    teller.me.order_once(order_id, "cancelled")
    teller.available_once(STOCK)


def step_3_it_is_confirmed(teller: Teller) -> None:
    """The hold is a sale, the parcel has its label, the cart is emptied, the shopper told, the invoice there."""
    order = teller.confirmed()
    assert order["shipments"][0]["status"] == "label_created"
    assert order["shipments"][0]["lines"] == [{"sku": teller.sku, "quantity": QUANTITY}]
    assert teller.level()["available"] == STOCK - QUANTITY
    assert eventually(lambda: not teller.me.call("GET", "/v1/cart")["items"], what="an empty cart")
    assert order["number"] in teller.shop.mail(teller.me.email, "is confirmed")["subject"]
    response = teller.me.http.get(f"/v1/orders/{order['id']}/invoice")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert teller.me.call("GET", "/v1/orders/by-link?token=forged", expect=404)["code"] == "order_not_found"
    listed = teller.admin.call("GET", "/v1/admin/orders?status=confirmed&limit=100")["items"]
    assert order["id"] in {one["id"] for one in listed}


def step_4_it_is_dispatched_and_delivered(teller: Teller) -> None:
    """Shipped when the warehouse hands it over, delivered when the carrier says so."""
    order, number = teller.dispatched()
    teller.carry(number, "in_transit", "out_for_delivery", "attempt_failed", "out_for_delivery", "delivered")
    teller.me.order_once(order["id"], "delivered")
    kinds = [kind for kind in teller.timeline(order["id"]) if not kind.startswith(("payment", "shipment"))]
    assert kinds == ["placed", "confirmed", "shipped", "delivered"]
    for subject in ("is on its way", "has arrived"):
        assert order["number"] in teller.shop.mail(teller.me.email, subject)["subject"]


def stock_gone_at_checkout(teller: Teller) -> None:
    """409 with what is short; nothing charged, nothing held."""
    teller.me.put_in_cart(teller.sku, STOCK)
    quote = teller.me.quote()
    teller.adjust(-1, "breakage")
    refused = teller.me.order(expect=409)
    assert refused["code"] == "insufficient_stock"
    assert refused["shortages"] == [{"sku": teller.sku, "wanted": STOCK, "available": STOCK - 1}]
    assert quote["shortages"] == []
    assert teller.level()["available"] == STOCK - 1
    assert teller.me.call("GET", "/v1/orders")["items"] == []


def declined_hold_runs_out(teller: Teller) -> None:
    """Order cancelled, hold released, told."""
    order = teller.place("pm_card_chargeDeclined")
    ended = teller.me.order_once(order["id"], "cancelled")
    assert ended["payment_status"] == "declined"
    teller.available_once(STOCK)
    moved = ["released", "held"]
    eventually(lambda: [one["kind"] for one in teller.level()["ledger"]["items"]][:2] == moved, what=f"{moved}")
    assert teller.payment(order["id"])["captured"]["amount"] == 0
    assert ended["number"] in teller.shop.mail(teller.me.email, "is cancelled")["subject"]


def hold_runs_out_while_the_bank_waits(teller: Teller) -> None:
    """Nobody answers the bank: cancelled, voided, the hold given back, told; an answer is too late then."""
    with EXPIRY:
        order_id, url = teller.asked_by_the_bank()
        teller.let_the_hold_run_out(order_id)
        ended = teller.me.order_once(order_id, "cancelled")
    assert teller.payment_once(order_id, "voided")["captured"]["amount"] == 0
    teller.available_once(STOCK)
    assert teller.me.http.post(url, content="answer=approve").status_code == 400
    assert ended["number"] in teller.shop.mail(teller.me.email, "is cancelled")["subject"]


def paid_after_the_hold_ran_out_and_the_stock_is_there(teller: Teller) -> None:
    """Held again, and confirmed; that the hold had ended is heard of afterwards, and changes nothing."""
    order_id, url = teller.asked_by_the_bank()
    with EXPIRY, unheard(teller.shop, "OrdersRule", "ReservationExpired"):
        teller.let_the_hold_run_out(order_id)
        teller.available_once(STOCK)
        teller.answer_the_bank(url)
        order = teller.me.order_once(order_id, "confirmed")
    assert teller.payment(order_id)["captured"] == order["totals"]["total"]
    assert teller.level()["available"] == STOCK - QUANTITY
    assert order["number"] in teller.shop.mail(teller.me.email, "is confirmed")["subject"]


def paid_after_the_hold_ran_out_and_the_stock_is_gone(teller: Teller) -> None:
    """Refunded, cancelled, told."""
    order_id, url = teller.asked_by_the_bank(STOCK)
    with EXPIRY, unheard(teller.shop, "OrdersRule", "ReservationExpired"):
        teller.let_the_hold_run_out(order_id)
        teller.available_once(STOCK)
        teller.adjust(1 - STOCK, "sold over the counter")
        teller.answer_the_bank(url)
        ended = teller.me.order_once(order_id, "cancelled")
    assert teller.refunded_once(order_id) == ended["totals"]["total"]["amount"]
    teller.once_paid_as(order_id, "refunded")
    assert teller.level()["available"] == 1
    assert ended["number"] in teller.shop.mail(teller.me.email, "is cancelled")["subject"]


STORIES: tuple[Callable[[Teller], None], ...] = (
    step_1_an_order_is_placed,
    step_2_it_is_paid,
    step_2_declined_it_is_paid_by_another_card,
    step_2_the_bank_asks_and_the_shopper_says_yes,
    step_2_the_bank_asks_and_the_shopper_says_no,
    step_3_it_is_confirmed,
    step_4_it_is_dispatched_and_delivered,
    stock_gone_at_checkout,
    declined_hold_runs_out,
    hold_runs_out_while_the_bank_waits,
    paid_after_the_hold_ran_out_and_the_stock_is_there,
    paid_after_the_hold_ran_out_and_the_stock_is_gone,
)
