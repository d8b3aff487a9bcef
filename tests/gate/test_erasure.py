"""Somebody who is forgotten: nothing that they ever typed is left where it does not belong."""

import re
import uuid
from typing import Any

from tests.gate.canaries import places
from tests.gate.cloud import Cloud
from tests.gate.people import People
from tests.system.rest import unsettled
from tests.system.shop import ADDRESS, Shopper, eventually

PASSWORD = "a long enough pass phrase"

OPEN = "open order's "  # what is under way is kept by the order alone, until it is there
REPLACED = {"first phone"}  # another one took its place; the former address is kept for warnings


class Person:
    """A customer with something in every field that there is."""

    def __init__(self, cloud: Cloud, sku: str) -> None:
        self._cloud = cloud
        self._sku = sku
        self._seed = uuid.uuid4().hex[:8]
        self.planted: dict[str, str] = {}
        self.open_parcel = ""

    def _text(self, name: str) -> str:
        return self.planted.setdefault(name, f"zx{len(self.planted):02d}{self._seed}")

    def _number(self, name: str) -> str:
        return self.planted.setdefault(name, f"+4916{len(self.planted):02d}{int(self._seed, 16) % 10**8:08d}")

    def _address(self, whose: str) -> dict[str, str]:
        fields = ("full_name", "line1", "line2", "city", "region")
        texts = {field: self._text(f"{whose} {field}") for field in fields}
        return {**ADDRESS, **texts, "phone": self._number(f"{whose} phone")}

    def live(self, shopper: Shopper, warehouse: Shopper) -> None:
        """Everything that a customer does: an order has arrived, one was cancelled, one is still in the warehouse."""
        shopper.http.headers["User-Agent"] = self._text("user agent")
        shopper.email = f"{self._text('e-mail')}@example.com"
        person = {"email": shopper.email, "password": PASSWORD, "full_name": self._text("name")}
        shopper.call("POST", "/v1/auth/register", {**person, "phone": self._number("first phone")}, expect=202)
        self._follow(shopper, shopper.email, "Confirm your e-mail address")
        shopper.log_in(shopper.email, PASSWORD)
        self._move(shopper)
        shopper.call("POST", "/v1/me/addresses", self._address("address book's"), expect=201)
        self.carry(warehouse, self._parcel_of(shopper, self._buy(shopper, "order's")))
        self._cancel(shopper, self._buy(shopper, "cancelled order's"))
        self.open_parcel = self._parcel_of(shopper, self._buy(shopper, OPEN.strip()))
        shopper.put_in_cart(self._sku, 1)
        eventually(lambda: not unsettled(self._cloud), what="a shop at rest")

    def _follow(self, shopper: Shopper, address: str, subject: str) -> None:
        (link,) = re.findall(r"token=([\w.~%-]+)", self._cloud.mail(address, subject)["text"])
        shopper.call("POST", "/v1/auth/verify-email", {"token": link}, expect=204)

    def _move(self, shopper: Shopper) -> None:
        later = f"{self._text('later e-mail')}@example.com"
        shopper.call("POST", "/v1/me/email", {"new_email": later, "password": PASSWORD}, expect=202)
        self._follow(shopper, later, "Confirm your new e-mail address")
        phone = self._number("phone")
        shopper.call("POST", "/v1/me/phone", {"phone": phone}, expect=202)

        def texts() -> list[str]:
            return [one["text"] for one in self._cloud.get("/_local/mailbox")["items"] if one["to"] == phone]

        (code,) = re.findall(r"\b\d{6}\b", eventually(texts, what="a text message")[0])
        shopper.call("POST", "/v1/me/phone/verify", {"code": code}, expect=204)
        wanted = f"{self._text('wanted e-mail')}@example.com"
        shopper.call("POST", "/v1/me/email", {"new_email": wanted, "password": PASSWORD}, expect=202)
        shopper.call("POST", "/v1/me/phone", {"phone": self._number("wanted phone")}, expect=202)

    def _buy(self, shopper: Shopper, whose: str) -> str:
        """The id of an order that is confirmed."""
        shopper.put_in_cart(self._sku, 1)
        address = self._address(whose)
        quote = shopper.call("POST", "/v1/checkout/quote", {"shipping_address": address})
        body = {
            "shipping_address": address,
            "shipping_method": quote["shipping_methods"][0]["id"],
            "payment_method": {"token": "pm_card_visa"},
            "expected_total": quote["totals"]["total"],
            "email": f"{self._text(f'{whose} e-mail')}@example.com",
        }
        order = shopper.call("POST", "/v1/orders", body, expect=201, headers={"Idempotency-Key": uuid.uuid4().hex})
        shopper.order_once(order["id"], "confirmed")
        eventually(lambda: not shopper.call("GET", "/v1/cart")["items"], what="an empty cart")
        return str(order["id"])

    def _parcel_of(self, shopper: Shopper, order_id: str) -> str:
        """The id of its parcel, once that has a label."""

        def parcels() -> list[dict[str, Any]]:
            shown = shopper.call("GET", f"/v1/orders/{order_id}")["shipments"]
            return [parcel for parcel in shown if parcel["tracking_number"]]

        (parcel,) = eventually(parcels, what="a parcel with its label")
        return str(parcel["id"])

    def _cancel(self, shopper: Shopper, order_id: str) -> None:
        """The customer says why, and gets the money back."""
        reason = {"reason": self._text("cancelled order's reason")}
        headers = {"Idempotency-Key": f"cancel-{order_id}"}
        shopper.call("POST", f"/v1/orders/{order_id}/cancel", reason, expect=202, headers=headers)
        shopper.order_once(order_id, "cancelled")

    def carry(self, warehouse: Shopper, parcel: str) -> None:
        """The parcel goes all its way, and the shop has heard of it."""
        headers = {"Idempotency-Key": f"dispatch-{parcel}"}
        sent = warehouse.call("POST", f"/v1/admin/shipments/{parcel}/dispatch", headers=headers)
        for status in ("in_transit", "out_for_delivery", "delivered"):
            self._cloud.carrier_step(sent["tracking_number"], status)
        tracking = f"/v1/tracking/{sent['tracking_number']}"
        eventually(lambda: self._cloud.get(tracking)["status"] == "delivered", what="a parcel at the door")

    def kept_in(self) -> dict[str, set[str]]:
        """Where each thing is found."""
        found: dict[str, set[str]] = {}
        for place, text in places(self._cloud):
            for name, canary in self.planted.items():
                if canary in text:
                    found.setdefault(name, set()).add(place)
        return found


def test_what_somebody_typed_is_nowhere_once_they_are_forgotten(cloud: Cloud, people: People) -> None:
    person, warehouse = Person(cloud, people.things["sku"]), people.shoppers["warehouse"]
    with Shopper(cloud) as shopper:
        person.live(shopper, warehouse)
        assert set(person.planted) - set(person.kept_in()) == REPLACED  # the control: all else is found
        shopper.call("DELETE", "/v1/me", expect=204)
    of_the_open_order = {name: {"table Orders"} for name in person.planted if name.startswith(OPEN)}

    eventually(lambda: not unsettled(cloud), what="a shop at rest")
    eventually(lambda: person.kept_in() == of_the_open_order, what="what the open order needs, and no more")

    person.carry(warehouse, person.open_parcel)
    eventually(lambda: not unsettled(cloud), what="a shop at rest")
    eventually(lambda: not person.kept_in(), what="nothing left")
