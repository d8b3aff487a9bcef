"""Who tells a story: somebody with a product that nobody else buys, and the shop's staff."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.system import backstage
from tests.system.shop import DEADLINE_SECONDS, Shop, Shopper, eventually

STOCK = 5
PRICE = 1299
QUANTITY = 2  # of what is ordered, where a story does not say otherwise


@dataclass(frozen=True)
class Staff:
    """The shop's demo accounts, signed in."""

    admin: Shopper
    support: Shopper
    warehouse: Shopper


class Teller:
    """Somebody with an empty cart, and a product of their own."""

    def __init__(self, shop: Shop, staff: Staff, me: Shopper) -> None:
        self.shop = shop
        self.admin, self.support, self.warehouse = staff.admin, staff.support, staff.warehouse
        self.me = me
        self.sku = f"STORY-{uuid.uuid4().hex[:10]}"
        me.be_guest()
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
        self.adjust(STOCK, "opening stock")

    def key(self) -> dict[str, str]:
        return {"Idempotency-Key": uuid.uuid4().hex}

    # ── stock ──────────────────────────────────────────────────────────────────────────────────────────────────

    def adjust(self, delta: int, reason: str) -> None:
        path = f"/v1/admin/stock/{self.sku}/adjustments"
        self.admin.call("POST", path, {"delta": delta, "reason": reason}, expect=201, headers=self.key())

    def level(self) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.call("GET", f"/v1/admin/stock/{self.sku}")
        return found

    def available_once(self, units: int) -> None:
        eventually(lambda: self.level()["available"] == units, what=f"{units} available of {self.level()}")

    # ── orders ─────────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, token: str = "pm_card_visa", quantity: int = QUANTITY) -> dict[str, Any]:
        self.me.put_in_cart(self.sku, quantity)
        order: dict[str, Any] = self.me.order(token)
        return order

    def confirmed(self, token: str = "pm_card_visa", quantity: int = QUANTITY) -> dict[str, Any]:
        """An order that is paid, with its parcel's label."""
        order_id = self.place(token, quantity)["id"]
        self.me.order_once(order_id, "confirmed")
        return self.with_parcels(order_id, 1)

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

    def once_paid_as(self, order_id: str, status: str) -> dict[str, Any]:
        """The order once it shows this of its payment."""
        return self.once(order_id, lambda order: order["payment_status"] == status, f"a payment {status} in the order")

    def cancel(self, order_id: str, expect: int = 202) -> Any:
        body = {"reason": "changed my mind"}
        return self.me.call("POST", f"/v1/orders/{order_id}/cancel", body, expect=expect, headers=self.key())

    def timeline(self, order_id: str) -> list[str]:
        return [entry["kind"] for entry in self.me.call("GET", f"/v1/orders/{order_id}/timeline")["items"]]

    def let_the_hold_run_out(self, order_id: str) -> None:
        backstage.let_the_hold_run_out(self.shop, order_id)
        backstage.run_schedule(self.shop, "ExpireReservations")

    # ── payments ───────────────────────────────────────────────────────────────────────────────────────────────

    def payment(self, order_id: str) -> dict[str, Any]:
        items = eventually(lambda: self.me.call("GET", f"/v1/payments?order_id={order_id}")["items"], what="a payment")
        (found,) = items
        payment: dict[str, Any] = found
        return payment

    def payment_once(self, order_id: str, *statuses: str) -> dict[str, Any]:
        """The payment as soon as it has one of these statuses."""

        def look() -> dict[str, Any] | None:
            payment = self.payment(order_id)
            return payment if payment["status"] in statuses else None

        found = eventually(look, what=f"the payment of {order_id} to be {statuses}")
        assert found
        return found

    def asked_by_the_bank(self, quantity: int = QUANTITY) -> tuple[str, str]:
        """An order whose payment waits for an answer to the bank, and where that is given."""
        order_id = self.place("pm_card_authenticationRequired", quantity)["id"]
        self.once_paid_as(order_id, "requires_action")
        url: str = self.payment_once(order_id, "requires_action")["next_action"]["url"]
        return order_id, url

    def answer_the_bank(self, url: str, answer: str = "approve") -> None:
        assert self.me.http.post(url, content=f"answer={answer}").status_code == 200

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

    def postings(self, order_id: str) -> list[str]:
        """The kinds of what today's ledger says of an order."""
        since = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        posted = self.admin.pages(f"/v1/admin/ledger?limit=100&from={since}")
        return sorted(one["kind"] for one in posted if one["order_id"] == order_id)

    # ── parcels ────────────────────────────────────────────────────────────────────────────────────────────────

    def with_parcels(self, order_id: str, count: int) -> dict[str, Any]:
        """The order, once so many parcels of it have a label."""

        def labelled(order: dict[str, Any]) -> bool:
            return sum(bool(one["tracking_number"]) for one in order["shipments"]) == count

        return self.once(order_id, labelled, f"{count} labelled parcels")

    def send_off(self, shipment_id: str, body: Any = None, *, expect: int = 200) -> str:
        """The warehouse hands a parcel over; its tracking number."""
        path = f"/v1/admin/shipments/{shipment_id}/dispatch"
        left = self.warehouse.call("POST", path, body, expect=expect, headers={"Idempotency-Key": shipment_id})
        number: str = left.get("tracking_number", "")
        return number

    def dispatched(self, token: str = "pm_card_visa", quantity: int = QUANTITY) -> tuple[dict[str, Any], str]:
        """An order whose parcel has left, and the parcel's number."""
        order = self.confirmed(token, quantity)
        number = self.send_off(order["shipments"][0]["id"])
        return self.me.order_once(order["id"], "shipped"), number

    def delivered(self, token: str = "pm_card_visa") -> dict[str, Any]:
        order, number = self.dispatched(token)
        self.carry(number, "in_transit", "out_for_delivery", "delivered")
        return self.me.order_once(order["id"], "delivered")

    def carry(self, number: str, *steps: str) -> None:
        """The carrier takes a parcel through these steps, and the shop hears of each."""
        for step in steps:
            assert self.shop.carrier_step(number, step)["status"] == step
            eventually(lambda step=step: self._last_heard_of(number) == step, what=f"{number} to be {step}")  # type: ignore[misc]

    def _last_heard_of(self, number: str) -> str:
        kind: str = self.shop.get(f"/v1/tracking/{number}")["timeline"][-1]["kind"]
        return kind

    def lose(self, shipment_id: str, resolution: str) -> dict[str, Any]:
        """Support decides on a lost parcel, and asks twice."""
        path, headers = f"/v1/admin/shipments/{shipment_id}/lost", {"Idempotency-Key": f"lost-{shipment_id}"}
        answers = [self.support.call("POST", path, {"resolution": resolution}, headers=headers) for _ in range(2)]
        assert answers[0] == answers[1]
        answer: dict[str, Any] = answers[0]
        return answer

    # ── returns ────────────────────────────────────────────────────────────────────────────────────────────────

    def send_back(self, order_id: str, quantity: int) -> dict[str, Any]:
        body = {"lines": [{"sku": self.sku, "quantity": quantity, "reason": "chipped"}]}
        path = f"/v1/orders/{order_id}/returns"
        asked: dict[str, Any] = self.me.call("POST", path, body, expect=201, headers=self.key())
        return asked

    def authorize(self, return_id: str) -> None:
        self.support.call("POST", f"/v1/admin/returns/{return_id}/authorize")

    def receive(self, return_id: str, quantity: int, *, accepted: bool) -> dict[str, Any]:
        body = {"lines": [{"sku": self.sku, "quantity": quantity, "accepted": accepted}]}
        received: dict[str, Any] = self.warehouse.call("POST", f"/v1/admin/returns/{return_id}/receive", body)
        return received

    def return_once(self, order_id: str, status: str) -> dict[str, Any]:
        """The order's one return as soon as it has this status."""

        def look() -> Sequence[dict[str, Any]]:
            found = self.me.call("GET", f"/v1/orders/{order_id}/returns")["items"]
            return [one for one in found if one["status"] == status]

        (found,) = eventually(look, what=f"the return to be {status}")
        one: dict[str, Any] = found
        return one
