"""What shoppers and the warehouse do, as lists of actions; between two of them the shop works off what follows.

An action is a request by somebody who does not give up at once: what is answered 5xx, 429 or "try again" is sent again,
with the same Idempotency-Key, as a patient client would.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from minishop.identity import Principal, Role
from scripts.simulation.messages import Answer
from scripts.simulation.shop import Shop

ADMIN = Principal("cus_admin", frozenset({Role.CUSTOMER, Role.ADMIN}))
SUPPORT = Principal("cus_support", frozenset({Role.CUSTOMER, Role.SUPPORT}))
WAREHOUSE = Principal("cus_warehouse", frozenset({Role.CUSTOMER, Role.WAREHOUSE}))
SUPPORT = Principal("cus_support", frozenset({Role.CUSTOMER, Role.SUPPORT}))
PATIENCE = 5
WAIT = timedelta(seconds=12)  # longer than a circuit breaker stays open
AGAIN = {429, 500, 502, 503, 504}
AGAIN_CODES = {"conflict", "checkout_in_progress"}
STOCK = {"MUG": 10, "TEE": 3}
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"code": "ONCE", "kind": "percentage", "value": 15, "limit_total": 1, "limit_per_customer": 1},
    {"code": "TWICE", "kind": "fixed", "value": 333, "limit_total": 2},
    {"code": "SHIPPED", "kind": "free_shipping", "limit_per_customer": 1},
    {"code": "TENTH", "kind": "percentage", "value": 10, "minimum": {"amount": 2500, "currency": "EUR"}},
)
ADDRESS = {
    "full_name": "Grace Hopper",
    "line1": "1 Compiler Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "phone": "+4930123456",
}

WISH = {"shipping_address": ADDRESS, "shipping_method": "standard"}


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
        made = shop.request("POST", "/v1/admin/products", body, principal=ADMIN, headers=_key(f"product-{sku}"))
        assert made.status == 201, made
        path = f"/v1/admin/stock/{sku}/adjustments"
        adjustment = {"delta": count, "reason": "opening stock"}
        stocked = shop.request("POST", path, adjustment, principal=ADMIN, headers=_key(f"stock-{sku}"))
        assert stocked.status == 201, stocked
    for promotion in PROMOTIONS:
        offered = shop.request("POST", "/v1/admin/promotions", promotion, principal=ADMIN)
        assert offered.status == 201, offered
    shop.drain()


def _key(key: str) -> dict[str, str]:
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
        answer = self.send("POST", "/v1/orders", body, headers=_key(f"order-{self.name}-{attempt}"))
        if answer.status == 201:
            self.memory["order"] = answer.body["id"]
        return answer

    def order(self) -> dict[str, Any]:
        """The order as it is shown now."""
        found: dict[str, Any] = self.send("GET", f"/v1/orders/{self.memory['order']}").body
        return found

    def order_once(self, *wanted: str) -> dict[str, Any]:
        """The order once it has got so far, for which they wait a quarter of an hour."""
        for _ in range(15):
            order = self.order()
            if order["status"] in wanted and (order["shipments"] or "placed" in wanted):
                return order
            self.shop.pass_time(timedelta(minutes=1))
            self.shop.run_schedules()
            self.shop.drain()
        raise AssertionError(f"the order does not become {wanted}: {self.order()}")

    def cancel(self) -> Answer:
        """Changes their mind."""
        path = f"/v1/orders/{self.memory['order']}/cancel"
        return self.send("POST", path, {"reason": "Not wanted."}, headers=_key(f"cancel-{self.name}"))

    def dispatch(self) -> Answer:
        """The warehouse hands the parcel over."""
        (shipment,) = self.order_once("confirmed", "shipped")["shipments"]
        self.memory |= {"tracking": shipment["tracking_number"], "shipment": shipment["id"]}
        return self.hand_over(shipment["id"])

    def hand_over(self, shipment_id: str) -> Answer:
        """The warehouse hands this parcel over."""
        path = f"/v1/admin/shipments/{shipment_id}/dispatch"
        return self.send("POST", path, principal=WAREHOUSE, headers=_key(f"dispatch-{shipment_id}"))

    def advance(self, status: str = "") -> Answer:
        """The carrier takes the parcel a step on, or where it is told to."""
        path = f"/carrier/parcels/{self.memory['tracking']}/advance"
        body = {"status": status} if status else None
        return self.send("POST", path, body, api="SandboxApi", principal=None)

    def give_up(self, resolution: str) -> Answer:
        """Support decides on the parcel as lost."""
        shipment = self.memory["shipment"]
        path, headers = f"/v1/admin/shipments/{shipment}/lost", _key(f"lost-{shipment}-{resolution}")
        return self.send("POST", path, {"resolution": resolution}, principal=SUPPORT, headers=headers)

    def open_bank(self) -> None:
        """Opens the page on which the bank asks who pays, for which they wait a quarter of an hour."""
        for _ in range(15):
            shown = self.send("GET", f"/v1/payments?order_id={self.memory['order']}").body["items"]
            if shown and shown[0]["next_action"]:
                self.memory["bank"] = shown[0]["next_action"]["url"].partition("/sandbox/")[2]
                return
            self.shop.pass_time(timedelta(minutes=1))
            self.shop.run_schedules()
            self.shop.drain()
        raise AssertionError("the bank asks nothing")

    def authenticate(self, answer: str = "approve") -> Answer:
        """The card holder tells the bank whether it is they."""
        if "bank" not in self.memory:
            self.open_bank()
        path = f"/sandbox/{self.memory['bank']}"
        return self.send("POST", path, raw=f"answer={answer}", api="SandboxApi", principal=None)

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
            **_key(f"evidence-{dispute}"),
            "Authorization": f"Bearer {self.shop.provider_key}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        form = urlencode({"evidence[uncategorized_text]": evidence})
        path = f"/v1/disputes/{dispute}"
        return self.send("POST", path, raw=form, api="SandboxApi", principal=None, headers=headers)

    def refund(self, amount: int) -> Answer:
        """Support gives part of the money back."""
        (payment,) = self.send("GET", f"/v1/payments?order_id={self.memory['order']}").body["items"]
        body = {"amount": {"amount": amount, "currency": "EUR"}, "reason": "A scratch."}
        path = f"/v1/admin/payments/{payment['id']}/refunds"
        return self.send("POST", path, body, principal=SUPPORT, headers=_key(f"refund-{self.name}-{amount}"))


Action = Callable[[Client], Any]


def _wait(minutes: float) -> Action:
    def wait(client: Client) -> None:
        client.shop.pass_time(timedelta(minutes=minutes))
        client.shop.run_schedules()

    return wait


def _fill(client: Client) -> None:
    assert client.put_in_cart().status == 200


def _use(code: str) -> Action:
    def use(client: Client) -> None:
        answer = client.use_code(code)
        assert answer.status == 200, answer

    return use


def _spread(sku: str, count: int) -> Action:
    """The warehouse has a SKU sold from so many buckets from now on."""

    def spread(client: Client) -> None:
        answer = client.send("PUT", f"/v1/admin/stock/{sku}/buckets", {"count": count}, principal=WAREHOUSE)
        assert answer.status == 200, answer
        client.shop.run_schedules()

    return spread


def _fill_with(quantity: int) -> Action:
    def fill(client: Client) -> None:
        assert client.put_in_cart(quantity=quantity).status == 200

    return fill


def _place(token: str) -> Action:
    def place(client: Client) -> None:
        answer = client.place(token)
        assert answer.status == 201, answer

    return place


def _cancel(client: Client) -> None:
    client.order_once("confirmed")
    answer = client.cancel()
    assert answer.status in {200, 202}, answer


def _authenticate(client: Client) -> None:
    assert client.authenticate().status in {200, 400}, "400 is what an answer that got lost is told the second time"


def _answer_dispute(evidence: str) -> Action:
    def answer(client: Client) -> None:
        answered = client.answer_dispute(evidence)
        assert answered.status == 200, answered

    return answer


def _hear_of_dispute(status: str) -> Action:
    def hear(client: Client) -> None:
        client.dispute_once(status)

    return hear


def _refund(client: Client) -> None:
    client.order_once("confirmed")
    answer = client.refund(100)
    assert answer.status == 201, answer


def _dispatch(client: Client) -> None:
    answer = client.dispatch()
    assert answer.status == 200, answer


def _advance(client: Client) -> None:
    answer = client.advance()
    assert answer.status == 200, answer


def _astray(status: str) -> Action:
    def astray(client: Client) -> None:
        answer = client.advance(status)
        assert answer.status == 200, answer

    return astray


def _give_up(resolution: str) -> Action:
    def give_up(client: Client) -> None:
        answer = client.give_up(resolution)
        assert answer.status == 200, answer

    return give_up


@dataclass(frozen=True)
class Flow:
    """A story, and how it ends when nothing goes wrong (and so when something does)."""

    name: str
    actions: tuple[Action, ...]
    ends: str


FLOWS = (
    Flow(
        "from the cart to the door",
        (_fill, _use("ONCE"), _place("pm_card_visa"), _dispatch, _advance, _advance, _advance),
        "delivered",
    ),
    Flow(
        "lost and refunded",
        (_fill, _place("pm_card_visa"), _dispatch, _advance, _astray("lost"), _give_up("refund")),
        "lost",
    ),
    Flow(
        "lost and sent once more",
        (_fill, _place("pm_card_visa"), _dispatch, _advance, _astray("lost"), _give_up("reship")),
        "label_created",
    ),
    Flow(
        "returned to sender",
        (_fill, _place("pm_card_visa"), _dispatch, _advance, _astray("returning"), _advance),
        "returned",
    ),
    Flow("declined and given up", (_fill, _place("pm_card_chargeDeclined")), "cancelled"),
    Flow("cancelled once confirmed", (_fill, _use("ONCE"), _place("pm_card_visa"), _cancel), "cancelled"),
    Flow(
        "from several buckets, which are closed before it is cancelled",
        (_spread("MUG", 4), _fill_with(5), _place("pm_card_visa"), _spread("MUG", 1), _cancel),
        "cancelled",
    ),
    Flow("the provider's answer is lost", (_fill, _place("pm_sandbox_timeout")), "confirmed"),
    Flow("the provider is out of order for a while", (_fill, _place("pm_sandbox_unavailable")), "confirmed"),
    Flow("a part is refunded", (_fill, _place("pm_sandbox_refundRefused"), _refund), "confirmed"),
    Flow(
        "the bank wants to know who pays", (_fill, _place("pm_card_authenticationRequired"), _authenticate), "confirmed"
    ),
    Flow(
        "disputed and won",
        (_fill, _place("pm_card_createDispute"), _answer_dispute("winning_evidence"), _hear_of_dispute("won")),
        "won",
    ),
    Flow(
        "disputed and lost",
        (_fill, _place("pm_card_createDispute"), _answer_dispute("losing_evidence"), _hear_of_dispute("lost")),
        "lost",
    ),
    Flow("the hold runs out", (_fill, _use("TWICE"), _place("pm_card_authenticationRequired"), _wait(16)), "cancelled"),
)
