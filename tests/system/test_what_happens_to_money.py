"""Rows of the table of failures that are about money, over HTTP against the running shop, each by its name."""

import time
from typing import Any

import httpx
import pytest

from tests.system.rest import check_world
from tests.system.shop import Shop, Shopper, eventually


@pytest.fixture(scope="module")
def support(shop: Shop) -> Any:
    """The support's demo account, signed in."""
    with Shopper(shop) as somebody:
        somebody.log_in("support@minishop.test", "minishop-demo-pass")
        yield somebody


def ordered(shopper: Shopper, token: str) -> dict[str, Any]:
    """A guest's order, paid by this token."""
    shopper.be_guest()
    shopper.put_in_cart(shopper.some_variant()["sku"], 1)
    order: dict[str, Any] = shopper.order(token)
    return order


def payment_of(shopper: Shopper, order: dict[str, Any]) -> dict[str, Any]:
    """The order's payment, as soon as there is one."""
    items = eventually(lambda: shopper.call("GET", f"/v1/payments?order_id={order['id']}")["items"], what="a payment")
    found: dict[str, Any] = items[0]
    return found


def payment_once(shopper: Shopper, order: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """The order's payment, as soon as it has one of these statuses."""

    def look() -> dict[str, Any] | None:
        payment = payment_of(shopper, order)
        return payment if payment["status"] in statuses else None

    found = eventually(look, what=f"a payment that is {statuses}")
    assert found
    return found


def cancel(shopper: Shopper, order: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": f"cancel-{order['id']}"}
    shopper.call("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "Not wanted."}, expect=202, headers=headers)


def run_payments_schedule(shop: Shop, shopper: Shopper) -> None:
    """Payments' minute has come."""
    for schedule in shop.get("/_local/schedules")["items"]:
        if schedule["id"].startswith("PaymentsSchedule") and "minute)" in schedule["expression"]:
            shopper.call("POST", f"/_local/schedules/{schedule['id']}/run")


def test_refund_fails(shop: Shop, shopper: Shopper) -> None:
    """Tried again with the same key, until it succeeds."""
    order = ordered(shopper, "pm_sandbox_refundRefused")
    shopper.order_once(order["id"], "confirmed")
    cancel(shopper, order)
    failed = eventually(
        lambda: [one for one in payment_of(shopper, order)["refunds"] if one["status"] == "failed"],
        what="a refund that failed",
    )

    def succeeded() -> bool:
        run_payments_schedule(shop, shopper)
        return bool(payment_of(shopper, order)["status"] == "refunded")

    eventually(succeeded, what="the refund")
    (refund,) = payment_of(shopper, order)["refunds"]
    assert refund == {**failed[0], "status": "succeeded"}


def test_provider_silent(shopper: Shopper) -> None:
    """Charged, and the answer is lost: confirmed with one charge, without a person."""
    order = ordered(shopper, "pm_sandbox_timeout")
    shopper.order_once(order["id"], "confirmed")
    payment = payment_of(shopper, order)
    assert (payment["captured"], len(payment["attempts"])) == (order["totals"]["total"], 1)


def test_cancelled_while_placed_a_charge_that_still_arrives_is_refunded(shopper: Shopper) -> None:
    order = ordered(shopper, "pm_card_authenticationRequired")
    url = payment_once(shopper, order, "requires_action")["next_action"]["url"]
    assert shopper.http.post(url, content="answer=approve").status_code == 200
    cancel(shopper, order)
    shopper.order_once(order["id"], "cancelled")
    payment = payment_once(shopper, order, "voided", "refunded")
    assert payment["captured"] == payment["refunded"]


def test_a_part_is_refunded_by_support(shopper: Shopper, support: Shopper, admin: Shopper) -> None:
    order = ordered(shopper, "pm_card_visa")
    shopper.order_once(order["id"], "confirmed")
    payment = payment_of(shopper, order)
    body = {"amount": {"amount": 100, "currency": payment["captured"]["currency"]}, "reason": "A scratch."}
    path, headers = f"/v1/admin/payments/{payment['id']}/refunds", {"Idempotency-Key": payment["id"]}
    first = support.call("POST", path, body, expect=201, headers=headers)
    payment_once(shopper, order, "partially_refunded")
    assert support.call("POST", path, body, expect=201, headers=headers) == first
    too_much = {**body, "amount": payment["captured"]}
    refused = support.call("POST", path, too_much, expect=409, headers={"Idempotency-Key": order["id"]})
    assert refused["code"] == "exceeds_captured"
    kinds = [one["kind"] for one in admin.pages("/v1/admin/ledger?limit=100") if one["order_id"] == order["id"]]
    assert sorted(kinds) == ["authorize", "capture", "fee", "refund"]


def test_a_payment_is_disputed(shopper: Shopper) -> None:
    order = ordered(shopper, "pm_card_createDispute")
    (dispute,) = payment_once(shopper, order, "disputed")["disputes"]
    assert dispute["amount"] == order["totals"]["total"]


def test_forged_stale_and_unsigned_webhooks_are_refused(shop: Shop, shopper: Shopper) -> None:
    path, body = "/v1/webhooks/payments/stripe", '{"id": "evt_1", "type": "payment_intent.succeeded", "data": {}}'
    for number in range(30):
        header = ("", f"t={number},v1={number:064x}", f"t={int(time.time())},v1={number:064x}")[number % 3]
        answer = shopper.http.post(path, content=body, headers={"Stripe-Signature": header})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert httpx.post(f"{shop.url}/v1/webhooks/payments/nobody", content=body).status_code == 404


def test_after_all_this_the_books_agree(shop: Shop) -> None:
    check_world(shop)
