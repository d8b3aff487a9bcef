"""Somebody at a screen: a shopper, and the staff and carriers who act on what the shopper has ordered.

A request is by somebody who does not give up at once: what is answered 5xx, 429 or "try again" is sent again, with the
same Idempotency-Key, as a patient client would.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from minishop.identity import Principal, Role
from scripts.simulation.messages import Answer
from scripts.simulation.shop import Shop

T = TypeVar("T")
ADMIN = Principal("cus_admin", frozenset({Role.CUSTOMER, Role.ADMIN}))
SUPPORT = Principal("cus_support", frozenset({Role.CUSTOMER, Role.SUPPORT}))
WAREHOUSE = Principal("cus_warehouse", frozenset({Role.CUSTOMER, Role.WAREHOUSE}))
PATIENCE = 5
WAIT = timedelta(seconds=12)  # longer than a circuit breaker stays open
AGAIN = {429, 500, 502, 503, 504}
AGAIN_CODES = {"conflict", "checkout_in_progress"}
MINUTES = 15  # for which they look again and again for what is to come by itself
ADDRESS = {
    "full_name": "Grace Hopper",
    "line1": "1 Compiler Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "phone": "+4930123456",
}
WISH = {"shipping_address": ADDRESS, "shipping_method": "standard"}


def idempotently(key: str) -> dict[str, str]:
    """The headers of a request under this key."""
    return {"Idempotency-Key": key}


@dataclass
class Client:
    """Somebody at a screen. `memory` is what they noted down."""

    shop: Shop
    name: str = "1"
    memory: dict[str, Any] = field(default_factory=dict)
    patience: int = PATIENCE

    @property
    def principal(self) -> Principal:
        """Who they are."""
        return Principal(f"gst_{self.name}", frozenset({Role.GUEST}))

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """A request, again and again while that makes sense."""
        options.setdefault("principal", self.principal)
        answer = self.shop.request(method, path, body, **options)
        for _ in range(self.patience - 1):
            code = answer.body.get("code", "") if isinstance(answer.body, Mapping) else ""
            if answer.status not in AGAIN and code not in AGAIN_CODES:
                return answer
            self.shop.pass_time(WAIT)
            answer = self.shop.request(method, path, body, **options)
        return answer

    def look_for(self, what: str, look: Callable[[], T | None]) -> T:
        """What is there once it has come by itself, for which they wait a quarter of an hour."""
        for _ in range(MINUTES):
            if found := look():
                return found
            self.shop.pass_time(timedelta(minutes=1))
            self.shop.run_schedules()
            self.shop.drain()
        raise AssertionError(f"never seen: {what}; the order is {self.order()}")

    # ── what a shopper does ────────────────────────────────────────────────────────────────────────────────────

    def put_in_cart(self, sku: str = "MUG", quantity: int = 2) -> Answer:
        """Fills the cart."""
        return self.send("PUT", f"/v1/cart/items/{sku}", {"quantity": quantity})

    def use_code(self, code: str) -> Answer:
        """Puts a promotion's code into the cart."""
        return self.send("PUT", "/v1/cart/promotion", {"code": code})

    def quote(self) -> Answer:
        """Asks what the cart costs."""
        return self.send("POST", "/v1/checkout/quote", WISH)

    def place(self, token: str = "pm_card_visa", attempt: int = 1) -> Answer:
        """Asks what it costs, and orders it."""
        quote = self.quote()
        return self.place_for(quote.body["totals"]["total"], token, attempt) if quote.status == 200 else quote

    def place_for(self, total: Any, token: str = "pm_card_visa", attempt: int = 1) -> Answer:
        """Orders what is in the cart for this total."""
        body = {**WISH, "payment_method": {"token": token}, "expected_total": total, "email": "grace@example.com"}
        answer = self.send("POST", "/v1/orders", body, headers=idempotently(f"order-{self.name}-{attempt}"))
        if answer.status == 201:
            self.memory["order"] = answer.body["id"]
        return answer

    def order(self) -> dict[str, Any]:
        """The order as it is shown now."""
        found: dict[str, Any] = self.send("GET", f"/v1/orders/{self.memory['order']}").body
        return found

    def order_once(self, *wanted: str) -> dict[str, Any]:
        """The order once it has got so far."""

        def look() -> dict[str, Any] | None:
            order = self.order()
            return order if order["status"] in wanted and (order["shipments"] or "placed" in wanted) else None

        return self.look_for(f"an order that is {wanted}", look)

    def payment(self) -> dict[str, Any] | None:
        """The order's payment as it is shown now; None while there is none."""
        shown: list[dict[str, Any]] = self.send("GET", f"/v1/payments?order_id={self.memory['order']}").body["items"]
        return shown[0] if shown else None

    def pay_again(self, token: str = "pm_card_visa", attempt: int = 2) -> Answer:
        """Tries another card after a decline."""
        path = f"/v1/orders/{self.memory['order']}/payment"
        headers = idempotently(f"pay-{self.memory['order']}-{attempt}")
        return self.send("POST", path, {"payment_method": {"token": token}}, headers=headers)

    def cancel(self) -> Answer:
        """Changes their mind."""
        path = f"/v1/orders/{self.memory['order']}/cancel"
        return self.send("POST", path, {"reason": "Not wanted."}, headers=idempotently(f"cancel-{self.name}"))

    def open_bank(self) -> None:
        """Opens the page on which the bank asks who pays."""

        def look() -> dict[str, Any] | None:
            payment = self.payment()
            return payment if payment and payment["next_action"] else None

        asked = self.look_for("a question of the bank", look)
        self.memory["bank"] = asked["next_action"]["url"].partition("/sandbox/")[2]

    def authenticate(self, answer: str = "approve") -> Answer:
        """The card holder tells the bank whether it is they."""
        if "bank" not in self.memory:
            self.open_bank()
        path = f"/sandbox/{self.memory['bank']}"
        return self.send("POST", path, raw=f"answer={answer}", api="SandboxApi", principal=None)

    def ask_return(self, lines: Sequence[Mapping[str, Any]], number: int = 1) -> Answer:
        """Asks to send goods back; `lines` are of `sku` and `quantity`."""
        path = f"/v1/orders/{self.memory['order']}/returns"
        body = {"lines": [{**line, "reason": "Too small."} for line in lines]}
        return self.send("POST", path, body, headers=idempotently(f"return-{self.memory['order']}-{number}"))

    # ── what staff and carriers do ─────────────────────────────────────────────────────────────────────────────

    def dispatch(self) -> Answer:
        """The warehouse hands the parcel over."""
        (shipment,) = self.order_once("confirmed", "shipped")["shipments"]
        self.memory |= {"tracking": shipment["tracking_number"], "shipment": shipment["id"]}
        return self.hand_over(shipment["id"])

    def hand_over(self, shipment_id: str) -> Answer:
        """The warehouse hands this parcel over."""
        path = f"/v1/admin/shipments/{shipment_id}/dispatch"
        return self.send("POST", path, principal=WAREHOUSE, headers=idempotently(f"dispatch-{shipment_id}"))

    def advance(self, status: str = "") -> Answer:
        """The carrier takes the parcel a step on, or where it is told to."""
        path = f"/carrier/parcels/{self.memory['tracking']}/advance"
        body = {"status": status} if status else None
        return self.send("POST", path, body, api="SandboxApi", principal=None)

    def give_up(self, resolution: str) -> Answer:
        """Support decides on the parcel as lost."""
        shipment = self.memory["shipment"]
        path, headers = f"/v1/admin/shipments/{shipment}/lost", idempotently(f"lost-{shipment}-{resolution}")
        return self.send("POST", path, {"resolution": resolution}, principal=SUPPORT, headers=headers)

    def dispute_once(self, status: str) -> dict[str, Any]:
        """The dispute about their payment once it stands like this, which the day's books tell at the latest."""
        for _ in range(8):
            shown = self.send("GET", f"/v1/payments?order_id={self.memory['order']}").body["items"]
            for dispute in shown[0]["disputes"] if shown else ():
                if dispute["status"] == status:
                    found: dict[str, Any] = dispute
                    return found
            self.shop.pass_time(timedelta(hours=12))
            self.shop.run_schedules()
            self.shop.drain()
        raise AssertionError(f"the dispute is never {status}")

    def answer_dispute(self, evidence: str) -> Answer:
        """Somebody of the shop sends evidence by the provider's dashboard."""
        dispute = self.dispute_once("open")["id"]
        headers = {
            **idempotently(f"evidence-{dispute}"),
            "Authorization": f"Bearer {self.shop.provider_key}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        form = urlencode({"evidence[uncategorized_text]": evidence})
        path = f"/v1/disputes/{dispute}"
        return self.send("POST", path, raw=form, api="SandboxApi", principal=None, headers=headers)

    def refund(self, amount: int) -> Answer:
        """Support gives part of the money back."""
        payment = self.payment()
        assert payment is not None
        body = {"amount": {"amount": amount, "currency": "EUR"}, "reason": "A scratch."}
        path = f"/v1/admin/payments/{payment['id']}/refunds"
        headers = idempotently(f"refund-{self.name}-{amount}")
        return self.send("POST", path, body, principal=SUPPORT, headers=headers)

    def authorize_return(self, return_id: str) -> Answer:
        """Support agrees to a return."""
        return self.send("POST", f"/v1/admin/returns/{return_id}/authorize", principal=SUPPORT)

    def receive_return(self, return_id: str, lines: Sequence[Mapping[str, Any]]) -> Answer:
        """The warehouse looks at what came back; `lines` are of `sku`, `quantity` and `accepted`."""
        path = f"/v1/admin/returns/{return_id}/receive"
        return self.send("POST", path, {"lines": list(lines)}, principal=WAREHOUSE)

    def lose_return(self, return_id: str, resolution: str) -> Answer:
        """Support gives up what is lost on its way back."""
        body = {"resolution": resolution}
        return self.send("POST", f"/v1/admin/returns/{return_id}/lost", body, principal=SUPPORT)

    def label_of_return(self) -> dict[str, Any]:
        """The label of the order's last return, once there is one."""

        def look() -> dict[str, Any] | None:
            returns = self.order()["returns"]
            label: dict[str, Any] | None = returns[-1]["label"] if returns else None
            return label

        return self.look_for("the label of a return", look)
