"""What happens, and what follows: each row of the domain's table, told over HTTP to the running shop.

The stories do not mind each other (each has a product and people of its own), so they are told at the same time; each
test then hears how its own one ended. Rows that need a hold to run out, or a process to die at a given point, are told
in virtual time and in one process: `tests/faults`, `tests/integration/orders/test_neighbours.py`.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tests.system.rest import check_world
from tests.system.shop import DEADLINE_SECONDS, Shop, Shopper, eventually

STOCK = 5
PRICE = 1299
AT_ONCE = 6


class Teller:
    """Somebody with a customer's account and a product that nobody else buys; and the staff."""

    def __init__(self, shop: Shop, people: ExitStack) -> None:
        self.shop = shop
        self.sku = f"STORY-{uuid.uuid4().hex[:10]}"
        self.admin, self.warehouse, self.me = (people.enter_context(Shopper(shop)) for _ in range(3))
        for staff, name in ((self.admin, "admin"), (self.warehouse, "warehouse")):
            staff.log_in(f"{name}@minishop.test", "minishop-demo-pass")
        self.me.be_guest()
        self._stock()

    def _stock(self) -> None:
        price = {"amount": PRICE, "currency": "EUR"}
        variant = {"sku": self.sku, "title": "One", "price": price, "weight_grams": 300}
        product = {
            "slug": self.sku.lower(),
            "title": "A story",
            "category": "stories",
            "status": "published",
            "variants": [variant],
        }
        self.admin.call("POST", "/v1/admin/products", product, expect=201)
        stocked = {"delta": STOCK, "reason": "opening stock"}
        self.admin.call("POST", f"/v1/admin/stock/{self.sku}/adjustments", stocked, expect=201, headers=self.key())

    def key(self) -> dict[str, str]:
        return {"Idempotency-Key": uuid.uuid4().hex}

    def level(self) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.call("GET", f"/v1/admin/stock/{self.sku}")
        return found

    def available_again(self, units: int) -> None:
        eventually(lambda: self.level()["available"] == units, what=f"{units} available of {self.level()}")

    def place(self, token: str = "pm_card_visa", quantity: int = 2) -> dict[str, Any]:
        self.me.put_in_cart(self.sku, quantity)
        order: dict[str, Any] = self.me.order(token)
        return order

    def confirmed(self, token: str = "pm_card_visa") -> dict[str, Any]:
        order_id = self.place(token)["id"]
        self.me.order_once(order_id, "confirmed")
        return self.once(order_id, lambda order: bool(order["shipments"]), "a shipment")

    def order(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.me.call("GET", f"/v1/orders/{order_id}")
        return found

    def once(self, order_id: str, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """The order as soon as this holds of it."""

        def look() -> dict[str, Any] | None:
            order = self.order(order_id)
            return order if holds(order) else None

        found = eventually(look, within=DEADLINE_SECONDS, what=what)
        assert found
        return found

    def payment(self, order_id: str) -> dict[str, Any]:
        (payment,) = self.me.call("GET", f"/v1/payments?order_id={order_id}")["items"]
        found: dict[str, Any] = payment
        return found

    def refunded_once(self, order_id: str) -> int:
        """Waits until the payment's refunds have come to rest; what went back."""

        def look() -> dict[str, Any] | None:
            payment = self.payment(order_id)
            done = payment["refunds"] and all(refund["status"] == "succeeded" for refund in payment["refunds"])
            return payment if done else None

        found = eventually(look, what="a refund")
        assert found
        amount: int = found["refunded"]["amount"]
        return amount

    def cancel(self, order_id: str, expect: int = 202) -> Any:
        body = {"reason": "changed my mind"}
        return self.me.call("POST", f"/v1/orders/{order_id}/cancel", body, expect=expect, headers=self.key())

    def dispatch(self, order: dict[str, Any]) -> str:
        (shipment,) = order["shipments"]
        path = f"/v1/admin/shipments/{shipment['id']}/dispatch"
        number: str = self.warehouse.call("POST", path, headers=self.key())["tracking_number"]
        self.me.order_once(order["id"], "shipped")
        return number

    def delivered(self) -> dict[str, Any]:
        order = self.confirmed()
        number = self.dispatch(order)
        while self.shop.carrier_step(number)["status"] != "delivered":
            pass
        return self.me.order_once(order["id"], "delivered")

    def lose(self, order: dict[str, Any], resolution: str) -> None:
        path = f"/v1/admin/shipments/{order['shipments'][0]['id']}/lost"
        self.admin.call("POST", path, {"resolution": resolution}, headers=self.key())

    def send_back(self, order_id: str, quantity: int) -> dict[str, Any]:
        body = {"lines": [{"sku": self.sku, "quantity": quantity, "reason": "chipped"}]}
        asked: dict[str, Any] = self.me.call(
            "POST", f"/v1/orders/{order_id}/returns", body, expect=201, headers=self.key()
        )
        return asked

    def inspect(self, return_id: str, quantity: int, *, accepted: bool) -> dict[str, Any]:
        self.admin.call("POST", f"/v1/admin/returns/{return_id}/authorize")
        body = {"lines": [{"sku": self.sku, "quantity": quantity, "accepted": accepted}]}
        received: dict[str, Any] = self.warehouse.call("POST", f"/v1/admin/returns/{return_id}/receive", body)
        return received


def stock_gone_at_checkout(teller: Teller) -> None:
    """409 with what is short; nothing charged, nothing held."""
    teller.me.put_in_cart(teller.sku, STOCK)
    quote = teller.me.quote()
    stolen = {"delta": -1, "reason": "breakage"}
    path = f"/v1/admin/stock/{teller.sku}/adjustments"
    teller.admin.call("POST", path, stolen, expect=201, headers=teller.key())
    refused = teller.me.order(expect=409)
    assert refused["code"] == "insufficient_stock"
    assert refused["shortages"] == [{"sku": teller.sku, "wanted": STOCK, "available": STOCK - 1}]
    assert quote["shortages"] == []
    assert teller.level()["available"] == STOCK - 1
    assert teller.me.call("GET", "/v1/orders")["items"] == []


def declined_and_given_up(teller: Teller) -> None:
    """Order cancelled, hold released, told."""
    order = teller.place("pm_card_chargeDeclined")
    assert teller.level()["available"] == STOCK - 2
    ended = teller.me.order_once(order["id"], "cancelled")
    assert ended["payment_status"] == "declined"
    teller.available_again(STOCK)
    assert teller.payment(order["id"])["captured"]["amount"] == 0
    assert ended["number"] in teller.shop.mail(teller.me.email, "is cancelled")["subject"]


def declined_and_paid_by_another_card(teller: Teller) -> None:
    """The shopper may try again while the hold lasts."""
    order_id = teller.place("pm_card_chargeDeclined")["id"]
    teller.once(order_id, lambda order: order["payment_status"] == "declined", "a decline")
    headers, body = teller.key(), {"payment_method": {"token": "pm_card_visa"}}
    path = f"/v1/orders/{order_id}/payment"
    first = teller.me.call("POST", path, body, expect=202, headers=headers)
    assert teller.me.call("POST", path, body, expect=202, headers=headers) == first
    teller.me.order_once(order_id, "confirmed")
    payment = teller.payment(order_id)
    assert payment["attempts"][0]["status"] == "declined"
    assert (len(payment["attempts"]), payment["captured"]) == (2, first["totals"]["total"])


def cancelled_while_placed(teller: Teller) -> None:
    """Hold released; nothing is charged, or what is charged goes back."""
    order_id = teller.place("pm_card_authenticationRequired")["id"]
    teller.once(order_id, lambda order: order["payment_status"] == "requires_action", "a question of the bank")
    assert teller.cancel(order_id)["status"] == "cancelled"
    teller.available_again(STOCK)
    eventually(lambda: teller.payment(order_id)["status"] == "voided", what="the payment to be voided")
    assert teller.payment(order_id)["captured"]["amount"] == 0


def cancelled_once_confirmed(teller: Teller) -> None:
    """Shipment cancelled first, then refund, then stock back."""
    order = teller.confirmed()
    assert teller.cancel(order["id"])["status"] in {"cancel_requested", "cancelled"}
    ended = teller.me.order_once(order["id"], "cancelled")
    assert [shipment["status"] for shipment in ended["shipments"]] == ["cancelled"]
    assert teller.refunded_once(order["id"]) == order["totals"]["total"]["amount"]
    teller.available_again(STOCK)
    teller.once(order["id"], lambda order: order["payment_status"] == "refunded", "the refund in the order")


def cancelled_but_dispatch_won(teller: Teller) -> None:
    """Cancel refused; a return is offered."""
    order = teller.delivered()
    assert teller.cancel(order["id"], expect=409)["code"] == "already_dispatched"
    assert teller.payment(order["id"])["refunds"] == []
    assert teller.send_back(order["id"], 1)["status"] == "requested"


def parcel_lost_and_refunded(teller: Teller) -> None:
    """Refund, as support decides; the stock is written off."""
    order = teller.confirmed()
    teller.dispatch(order)
    teller.lose(order, "refund")
    lost = teller.once(order["id"], lambda order: order["fulfilment_status"] == "lost", "the loss in the order")
    assert lost["status"] == "shipped"
    assert teller.refunded_once(order["id"]) == order["totals"]["total"]["amount"]
    assert teller.level()["available"] == STOCK - 2
    teller.once(order["id"], lambda order: order["payment_status"] == "refunded", "the refund in the order")


def parcel_lost_and_sent_again(teller: Teller) -> None:
    """Reship, as support decides; the stock is written off."""
    order = teller.confirmed()
    teller.dispatch(order)
    teller.lose(order, "reship")

    def ready(order: dict[str, Any]) -> bool:
        return any(shipment["status"] == "label_created" for shipment in order["shipments"])

    again = teller.once(order["id"], ready, "another parcel")
    (fresh,) = [shipment for shipment in again["shipments"] if shipment["status"] == "label_created"]
    path = f"/v1/admin/shipments/{fresh['id']}/dispatch"
    number = teller.warehouse.call("POST", path, headers=teller.key())["tracking_number"]
    while teller.shop.carrier_step(number)["status"] != "delivered":
        pass
    teller.me.order_once(order["id"], "delivered")
    assert teller.payment(order["id"])["refunds"] == []
    assert teller.level()["available"] == STOCK - 4


def returned_and_accepted(teller: Teller) -> None:
    """Inspected; accepted lines refunded and restocked."""
    order = teller.delivered()
    asked = teller.send_back(order["id"], 1)
    assert asked["label"]
    received = teller.inspect(asked["id"], 1, accepted=True)
    assert received["status"] == "accepted"
    gross = order["lines"][0]["line_total"]["amount"] + order["lines"][0]["tax"]["amount"]
    assert received["refund"]["amount"] in {gross // 2, gross // 2 + 1}
    assert teller.refunded_once(order["id"]) == received["refund"]["amount"]
    teller.available_again(STOCK - 1)
    done = teller.once(order["id"], lambda order: order["returns"][0]["status"] == "refunded", "the return's end")
    assert (done["status"], done["payment_status"]) == ("delivered", "partially_refunded")
    body = {"lines": [{"sku": teller.sku, "quantity": 2, "reason": "too many"}]}
    path = f"/v1/orders/{order['id']}/returns"
    assert teller.me.call("POST", path, body, expect=409, headers=teller.key())["code"] == "not_returnable"


def returned_and_rejected(teller: Teller) -> None:
    """Inspected; what is not accepted is neither refunded nor restocked."""
    order = teller.delivered()
    asked = teller.send_back(order["id"], 2)
    assert teller.inspect(asked["id"], 2, accepted=False)["status"] == "rejected"
    assert teller.payment(order["id"])["refunds"] == []
    assert teller.level()["available"] == STOCK - 2


def refund_fails(teller: Teller) -> None:
    """Tried again with the same key."""
    order = teller.confirmed("pm_sandbox_refundFailsOnce")
    teller.cancel(order["id"])
    teller.me.order_once(order["id"], "cancelled")
    assert teller.refunded_once(order["id"]) == order["totals"]["total"]["amount"]
    assert len(teller.payment(order["id"])["refunds"]) == 1


def provider_silent(teller: Teller) -> None:
    """`unknown`, reconciled until the provider says: confirmed with one charge, without a person."""
    order = teller.confirmed("pm_sandbox_timeout")
    payment = teller.payment(order["id"])
    assert (payment["captured"], len(payment["attempts"])) == (order["totals"]["total"], 1)


def confirmed_order_has_its_invoice(teller: Teller) -> None:
    """An invoice as PDF, once confirmed; a link shows a guest's order without its address."""
    order = teller.confirmed()
    response = teller.me.http.get(f"/v1/orders/{order['id']}/invoice")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert teller.me.call("GET", "/v1/orders/by-link?token=forged", expect=404)["code"] == "order_not_found"
    listed = teller.admin.call("GET", "/v1/admin/orders?status=confirmed&limit=100")["items"]
    assert order["id"] in {one["id"] for one in listed}


STORIES: tuple[Callable[[Teller], None], ...] = (
    stock_gone_at_checkout,
    declined_and_given_up,
    declined_and_paid_by_another_card,
    cancelled_while_placed,
    cancelled_once_confirmed,
    cancelled_but_dispatch_won,
    parcel_lost_and_refunded,
    parcel_lost_and_sent_again,
    returned_and_accepted,
    returned_and_rejected,
    refund_fails,
    provider_silent,
    confirmed_order_has_its_invoice,
)


@pytest.fixture(scope="module")
def outcomes(shop: Shop) -> Iterator[dict[str, "Future[None]"]]:
    """All stories under way, by name."""
    signing_in = threading.Lock()  # the demo accounts are throttled like anybody's

    def tell(story: Callable[[Teller], None]) -> None:
        with ExitStack() as people:
            with signing_in:
                teller = Teller(shop, people)
            story(teller)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {story.__name__: threads.submit(tell, story) for story in STORIES}


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_what_happens_is_followed_by_what_the_domain_says(outcomes: dict[str, "Future[None]"], story: str) -> None:
    outcomes[story].result()


def test_after_all_of_it_every_rule_holds(shop: Shop, outcomes: dict[str, "Future[None]"]) -> None:
    for outcome in outcomes.values():
        outcome.exception()
    check_world(shop)
