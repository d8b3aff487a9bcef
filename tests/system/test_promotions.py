"""Promotions over HTTP against the running shop: seen in the cart, taken off the order, used by as many as may."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.system.rest import check_world
from tests.system.shop import ADDRESS, DEADLINE_SECONDS, Shop, Shopper, eventually

BUYERS = 100
AGAIN = {429, 503}
AGAIN_CODES = {"conflict", "checkout_in_progress", "request_in_progress"}


def offer(admin: Shopper, **terms: Any) -> str:
    """The code of a new promotion."""
    code = f"CODE-{uuid.uuid4().hex[:8]}".upper()
    admin.call("POST", "/v1/admin/promotions", {"code": code, **terms}, expect=201)
    return code


def redeemed(admin: Shopper, code: str) -> int | None:
    count: int | None = admin.call("GET", f"/v1/admin/promotions/{code}")["redeemed"]
    return count


def use(shopper: Shopper, code: str) -> dict[str, Any]:
    """The cart afterwards. A promotion that was just made needs a moment to be known to carts."""

    def look() -> dict[str, Any] | None:
        response = shopper.http.put("/v1/cart/promotion", json={"code": code.lower()})
        answer: dict[str, Any] = response.json()
        return answer if response.status_code == 200 else None

    cart = eventually(look, what=f"{code} in the cart")
    assert cart
    return cart


def test_a_code_takes_the_same_off_the_cart_the_quote_and_the_order(shopper: Shopper, admin: Shopper) -> None:
    code = offer(admin, kind="percentage", value=15, limit_total=5, limit_per_customer=1)
    shopper.be_guest()
    variant = shopper.some_variant()
    shopper.put_in_cart(variant["sku"], 3)
    cart = use(shopper, code)
    quote = shopper.quote()
    assert quote["promotion"] == {"code": code, "applied": True, "reason": None}
    assert quote["totals"]["discount"] == cart["discount"]
    assert quote["totals"]["discount"]["amount"] == (3 * variant["price"]["amount"] * 15 + 50) // 100
    order = shopper.order()
    assert order["totals"]["discount"] == cart["discount"]
    shopper.order_once(order["id"], "confirmed")
    emptied = eventually(lambda: not shopper.call("GET", "/v1/cart")["items"], what="an empty cart")
    assert emptied
    assert shopper.call("GET", "/v1/cart")["promotion"] is None
    assert redeemed(admin, code) == 1
    shopper.put_in_cart(variant["sku"], 1)
    use(shopper, code)
    assert shopper.quote()["promotion"]["reason"] == "used_by_customer"
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    shopper.call("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "Not wanted."}, expect=202, headers=headers)
    shopper.order_once(order["id"], "cancelled")
    assert eventually(lambda: redeemed(admin, code) == 0, what="the use to be given back")
    assert shopper.quote()["promotion"]["applied"] is True


def test_free_shipping_and_a_promotion_that_ends_between_quote_and_order(shopper: Shopper, admin: Shopper) -> None:
    code = offer(admin, kind="free_shipping")
    shopper.be_guest()
    shopper.put_in_cart(shopper.some_variant()["sku"], 1)
    assert use(shopper, code)["free_shipping"] is True
    quote = shopper.quote()
    assert quote["totals"]["shipping"]["amount"] == 0
    ended = {"ends_at": "2020-01-01T00:00:00Z"}
    admin.call("PATCH", f"/v1/admin/promotions/{code}", ended, headers={"If-Match": '"1"'})
    body = {
        "shipping_address": ADDRESS,
        "shipping_method": quote["shipping_methods"][0]["id"],
        "payment_method": {"token": "pm_card_visa"},
        "expected_total": quote["totals"]["total"],
        "email": shopper.email,
    }
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    refused = shopper.call("POST", "/v1/orders", body, expect=409, headers=headers)
    assert (refused["code"], refused["reason"]) == ("promotion_not_applicable", "ended")
    agreed = {**body, "expected_total": refused["total"]}
    order = shopper.call("POST", "/v1/orders", agreed, expect=201, headers=headers)
    assert order["totals"]["shipping"]["amount"] > 0


class Buyer:
    """A guest with one thing and the code in the cart, who sends a request again while that makes sense."""

    def __init__(self, http: httpx.Client, sku: str, code: str) -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        token = self.send("POST", "/v1/auth/guest").json()["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        assert self.send("PUT", f"/v1/cart/items/{sku}", {"quantity": 1}).status_code == 200
        assert self.send("PUT", "/v1/cart/promotion", {"code": code}).status_code == 200

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer, once there is one that stays."""

        def ask() -> httpx.Response | None:
            response = self._http.request(method, path, json=body, headers=self._headers)
            again = response.status_code in AGAIN or response.json().get("code") in AGAIN_CODES
            return None if again else response

        answer = eventually(ask, what=f"{method} {path}")
        assert answer is not None
        return answer


def test_of_a_hundred_at_once_one_uses_a_code_for_one(shop: Shop, shopper: Shopper, admin: Shopper) -> None:
    code = offer(admin, kind="percentage", value=50, limit_total=1)
    shopper.be_guest()
    sku = shopper.some_variant()["sku"]
    shopper.put_in_cart(sku, 1)
    use(shopper, code)
    quote = shopper.quote()
    body = {
        "shipping_address": ADDRESS,
        "shipping_method": quote["shipping_methods"][0]["id"],
        "payment_method": {"token": "pm_card_visa"},
        "expected_total": quote["totals"]["total"],
        "email": shopper.email,
    }
    limits = httpx.Limits(max_connections=BUYERS, max_keepalive_connections=BUYERS)
    with (
        httpx.Client(base_url=shop.url, timeout=DEADLINE_SECONDS, limits=limits) as http,
        ThreadPoolExecutor(BUYERS) as pool,
    ):
        buyers = list(pool.map(lambda _: Buyer(http, sku, code), range(BUYERS)))
        answers = list(pool.map(lambda buyer: buyer.send("POST", "/v1/orders", body), buyers))
    outcomes = Counter((answer.status_code, answer.json().get("reason")) for answer in answers)
    assert outcomes == {(201, None): 1, (409, "used_up"): BUYERS - 1}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"promotion_not_applicable"}
    assert redeemed(admin, code) == 1
    check_world(shop)
