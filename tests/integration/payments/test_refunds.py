"""Refunds through payments' doors, against the sandbox provider over HTTP."""

import json
from typing import Any

import pytest

from minishop.contracts.orders import RefundRequested
from minishop.identity import Role
from minishop.money import Money
from payments import api
from tests.helpers import answer_of, bus_message, customer, http_event, staff
from tests.integration.payments.conftest import CANCELLED, ORDER, PAYMENT, TAKEN, Shop, requested

SUPPORT = staff(Role.SUPPORT)


def ask(
    amount: int = 1000, *, key: str | None = "key-1", payment: str = PAYMENT, currency: str = "EUR"
) -> dict[str, Any]:
    body = {"amount": {"amount": amount, "currency": currency}, "reason": "damaged"}
    event = http_event(
        "POST /v1/admin/payments/{id}/refunds",
        principal=SUPPORT,
        path={"id": payment},
        body=body,
        headers={"Idempotency-Key": key} if key else {},
    )
    return api.handler(event, None)


def referenced(reference: str, amount: int) -> str:
    wish = RefundRequested(
        order_id=ORDER, owner="cus_ada", reference=reference, amount=Money(amount, "EUR"), reason="return"
    )
    return bus_message(wish)


def statuses(shop: Shop) -> list[tuple[int, str]]:
    return [(refund["amount"]["amount"], refund["status"]) for refund in shop.payment()["refunds"]]


def test_support_refunds_a_part_and_the_same_key_is_answered_as_it_was(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    first = ask()
    assert first["statusCode"] == 201
    assert statuses(shop) == [(1000, "requested")]
    shop.take_inbox()
    assert shop.payment()["status"] == "partially_refunded"
    assert answer_of(ask()) == answer_of(first)
    shop.take_inbox()
    assert statuses(shop) == [(1000, "succeeded")]
    assert shop.charged() == 3380
    assert shop.postings() == {**TAKEN, "provider_balance": TAKEN["provider_balance"] - 1000, "customer_refunds": 1000}


def test_what_cannot_be_refunded_is_refused(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    ask()
    for response, status, code in (
        (ask(3381, key="key-2"), 409, "exceeds_captured"),
        (ask(2000), 422, "idempotency_key_reused"),
        (ask(0, key="key-3"), 422, "invalid"),
        (ask(100, key="key-4", currency="USD"), 422, "currency_mismatch"),
        (ask(100, key=None), 400, "idempotency_key_required"),
        (ask(100, key="key-5", payment="pay_none"), 404, "payment_not_found"),
    ):
        assert (response["statusCode"], answer_of(response)["code"]) == (status, code)
    assert statuses(shop) == [(1000, "requested")]


def test_only_support_and_admins_refund(shop: Shop) -> None:
    body = {"amount": {"amount": 1, "currency": "EUR"}, "reason": "damaged"}
    for principal in (customer(), staff(Role.WAREHOUSE)):
        event = http_event("POST /v1/admin/payments/{id}/refunds", principal=principal, path={"id": PAYMENT}, body=body)
        assert api.handler(event, None)["statusCode"] == 403


def test_a_refund_whose_message_got_lost_is_made_by_the_schedule(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    ask()
    shop.aws.messages("PaymentsInbox")
    shop.reconcile()
    assert statuses(shop) == [(1000, "succeeded")]


def test_what_orders_asks_for_is_refunded_once_per_reference(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    assert shop.take(referenced("ret_1", 1000), referenced("ret_1", 1000), referenced("shp_1", 500)) == 0
    assert statuses(shop) == [(1000, "succeeded"), (500, "succeeded")]
    told = [json.loads(item["outbox"]["S"]) for item in shop.aws.items("PaymentsTable") if "outbox" in item]
    assert told[0][0]["detail"]["data"]["reference"] == "shp_1"
    assert shop.take(referenced("ret_2", 2881)) == 0
    assert statuses(shop)[-1] == (2881, "failed")
    assert shop.aws.outboxes("PaymentsTable") == ["RefundFailed"]
    assert shop.charged() == 2880


def test_what_orders_asks_for_before_the_payment_is_known_comes_again(shop: Shop) -> None:
    assert shop.take(referenced("ret_1", 1000)) == 1


def test_a_refund_that_is_refused_is_tried_again_with_the_same_key(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_refundRefused"))
    shop.take(CANCELLED)
    assert statuses(shop) == [(4380, "failed")]
    assert shop.postings() == TAKEN
    assert shop.reconcile(minutes=59)["settled"] == 0
    shop.reconcile(minutes=1)
    assert statuses(shop) == [(4380, "succeeded")]
    assert shop.charged() == 0


def test_a_refund_that_comes_back_is_made_anew(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_refundFailsOnce"))
    shop.take(CANCELLED)
    assert statuses(shop) == [(4380, "succeeded")]
    assert "refund.failed" in shop.work_off_inbox()
    assert statuses(shop) == [(4380, "failed")]
    assert shop.postings() == TAKEN
    shop.reconcile(minutes=60)
    assert shop.payment()["status"] == "refunded"
    assert shop.charged() == 0


def test_a_refund_that_is_pending_is_settled_by_its_webhook(shop: Shop) -> None:
    shop.take(requested("pm_card_pendingRefund"))
    shop.take(CANCELLED)
    assert statuses(shop) == [(4380, "pending")]
    shop.work_off_inbox()
    assert statuses(shop) == [(4380, "succeeded")]


@pytest.mark.parametrize("method", ["pm_card_visa", "pm_sandbox_refundFailsOnce"])
def test_a_failure_calls_somebody(shop: Shop, method: str, caplog: pytest.LogCaptureFixture) -> None:
    shop.take(requested(method))
    shop.take(CANCELLED)
    shop.work_off_inbox()
    calls = [vars(record) for record in caplog.records if record.message == "needs attention"]
    assert [call["RefundFailed"] for call in calls] == ([] if method == "pm_card_visa" else [1])
    for call in calls:
        (metric,) = call["_aws"]["CloudWatchMetrics"]
        assert metric["Namespace"] == "Minishop"
        assert (metric["Dimensions"], call["stack"]) == ([["stack", "service"]], "minishop")
