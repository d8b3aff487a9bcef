"""Those who stand before the gate: a token for each principal of the matrix, and what the owner has."""

import time
import uuid
from types import TracebackType
from typing import Any, Self

from scripts.local.aws.clients import clients
from scripts.local.demo.seed import PASSWORD
from tests.gate.cloud import Cloud
from tests.gate.mint import Mint, encode, like
from tests.system.shop import ADDRESS, Shopper, eventually

STAFF = ("support", "warehouse", "admin")
AN_HOUR = 3600  # seconds
RENEWED_SECONDS = 120.0


class People:
    """Principals by name, each with its bearer token ("" for nobody's), and things by name."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.shoppers: dict[str, Shopper] = {}
        self.tokens: dict[str, str] = {"none": ""}
        self.things: dict[str, str] = {}
        self._since = 0.0  # when staff's tokens were new

    def __enter__(self) -> Self:
        self._come_in()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for shopper in self.shoppers.values():
            shopper.http.close()

    def headers(self, principal: str) -> dict[str, str]:
        """What a principal sends with any request. Staff's tokens live for five minutes: they are renewed before."""
        if principal in STAFF and time.monotonic() - self._since > RENEWED_SECONDS:
            for name in STAFF:
                assert self.shoppers[name].refresh(), name
                self._note(name)
            self._since = time.monotonic()
        token = self.tokens[principal]
        return {"Authorization": f"Bearer {token}"} if token else {}

    def leaving(self, principal: str) -> dict[str, str]:
        """The same for a request that ends the session: of somebody like it, who is not needed any more."""
        if principal in {"other", *STAFF}:
            claims = self.mint.claims
            return {"Authorization": f"Bearer {self.mint.token({'sid': claims['sid'] + '0'})}"}
        if principal != "owner":
            return self.headers(principal)
        with Shopper(self._cloud) as somebody:
            somebody.become_customer()
            return {"Authorization": str(somebody.http.headers["Authorization"])}

    def _come_in(self) -> None:
        for name in ("guest", "owner", "other", "revoked", *STAFF):
            self.shoppers[name] = Shopper(self._cloud)
        for name in STAFF:
            self.shoppers[name].log_in(f"{name}@minishop.test", PASSWORD)
        self.shoppers["guest"].be_guest()
        for name in ("owner", "other", "revoked"):
            self.shoppers[name].become_customer()
        for name in self.shoppers:
            self._note(name)
        self._since = time.monotonic()
        leaving = self.shoppers["revoked"]
        leaving.call("POST", "/v1/auth/logout", {"refresh_token": leaving.refresh_token}, expect=204)
        self._mint()
        self._buy()
        self._settle_in()

    def _note(self, name: str) -> None:
        self.tokens[name] = str(self.shoppers[name].http.headers["Authorization"]).removeprefix("Bearer ")

    @property
    def mint(self) -> Mint:
        """Makes tokens of the owner's."""
        stack = self._cloud.stack
        return like(self.tokens["owner"], clients(stack.endpoint, stack.region)("kms"))

    def _mint(self) -> None:
        mint = self.mint
        issued = mint.claims["iat"] - AN_HOUR
        self.tokens["expired"] = mint.token({"iat": issued, "exp": issued + 900})
        header, claims, _ = self.tokens["owner"].split(".")
        self.tokens["forged"] = f"{header}.{claims}.{encode(bytes(range(64)))}"
        for name in STAFF:
            self.tokens[f"{name} alone"] = mint.token({"roles": [name], "sub": f"cus_only{name}"})

    def _settle_in(self) -> None:
        """What of an account has an address of its own: the owner's addresses, and another session."""
        owner = self.shoppers["owner"]
        for name in ("address", "address to delete"):
            self.things[name] = owner.call("POST", "/v1/me/addresses", ADDRESS, expect=201)["id"]
        with Shopper(self._cloud) as elsewhere:
            elsewhere.log_in(owner.email, "a long enough pass phrase")
        sessions = owner.call("GET", "/v1/me/sessions")["items"]
        (self.things["session"],) = [session["id"] for session in sessions if not session["current"]]

    def _buy(self) -> None:
        sku = f"GATE-{uuid.uuid4().hex[:8]}"
        admin, owner = self.shoppers["admin"], self.shoppers["owner"]
        price = {"amount": 1000, "currency": "EUR"}
        variant = {"sku": sku, "title": "One", "price": price, "weight_grams": 100}
        product: dict[str, Any] = {
            "slug": sku.lower(),
            "title": "A lamp",
            "category": "lamps",
            "status": "published",
            "variants": [variant],
        }
        admin.call("POST", "/v1/admin/products", product, expect=201)
        stocked = {"delta": 100, "reason": "opening stock"}
        key = {"Idempotency-Key": f"stock-{sku}"}
        admin.call("POST", f"/v1/admin/stock/{sku}/adjustments", stocked, expect=201, headers=key)
        owner.put_in_cart(sku, 1)
        to_cancel = owner.order()
        owner.order_once(to_cancel["id"], "confirmed")
        eventually(lambda: not owner.call("GET", "/v1/cart")["items"], what="an empty cart")
        owner.put_in_cart(sku, 1)
        order = owner.order()

        def shipment() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = owner.call("GET", f"/v1/orders/{order['id']}")["shipments"]
            return found

        self.things = {"sku": sku, "order": order["id"], "order to cancel": to_cancel["id"]}
        self.things["shipment"] = eventually(shipment, what="a shipment")[0]["id"]
