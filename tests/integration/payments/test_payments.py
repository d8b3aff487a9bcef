"""Payments' doors on its table and queue, against the sandbox provider over HTTP."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from minishop.contracts.auth import GuestUpgraded
from minishop.errors import AlreadyExistsError
from minishop.identity import Role
from minishop.money import Money
from minishop.secrets import secret_field
from minishop.sweeps import SweepError
from payments import api, internal
from payments.domain import moves, refunds
from payments.domain.payment import Payment
from payments.domain.refunds import Wish
from payments.domain.states import RefundStatus, Status
from payments.domain.verdicts import Verdict
from payments.provider import ProviderRefusedError, StripeProvider
from payments.repository import PaymentTable
from sandbox import api as sandbox_api
from tests.helpers import answer_of, bus_message, customer, guest, http_event, staff
from tests.integration.payments.conftest import CANCELLED, GIVEN_BACK, ORDER, PAYMENT, TAKEN, Shop, requested
from tests.times import NOON

WISH = Wish("one", Money(4380, "EUR"), "damaged")


def test_a_payment_is_authorized_and_captured(shop: Shop) -> None:
    assert shop.take(requested("pm_card_visa")) == 0
    payment = shop.payment()
    assert payment["status"] == "captured"
    assert payment["captured"] == {"amount": 4380, "currency": "EUR"}
    assert shop.aws.outboxes("PaymentsTable") == ["PaymentCaptured"]
    assert shop.postings() == TAKEN
    assert shop.charged() == 4380


def test_auth_exports_somebody_s_payments_and_nobody_else_does(shop: Shop) -> None:
    owners = {ORDER: "cus_ada", "ord_2": "gst_1", "ord_3": "cus_eve"}
    for order_id, owner in owners.items():
        shop.take(requested("pm_card_visa", order_id=order_id, owner=owner))

    def export(owner: str, orders: list[str], caller: str = "auth-api") -> Any:
        body = {"owner": owner, "order_ids": orders}
        return internal.handler(http_event("POST /internal/exports/payments", body=body, caller=caller), None)

    everything = [*owners, "ord_nobody", ORDER]
    before = answer_of(export("cus_ada", everything))
    assert (before["items"], before["complete"]) == ([shop.payment()], True)
    shop.take(bus_message(GuestUpgraded(guest_id="gst_1", customer_id="cus_ada")))
    after = answer_of(export("cus_ada", everything))["items"]
    assert [payment["order_id"] for payment in after] == [ORDER, "ord_2"]
    assert answer_of(export("cus_ada", [])) == {"items": [], "complete": True}
    assert export("cus_ada", everything, "orders-api")["statusCode"] == 403
    assert export("cus_ada", ["ord_1"] * 1001)["statusCode"] == 422


def test_a_redelivery_changes_nothing_and_asks_nobody(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    before, asked = shop.aws.items("PaymentsTable"), len(shop.bridge.calls)
    assert shop.take(requested("pm_card_visa"), requested("pm_card_visa")) == 0
    assert shop.aws.items("PaymentsTable") == before
    assert len(shop.bridge.calls) == asked


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_nobody_knows", "resource_missing"),
    ],
)
def test_a_decline_is_told_with_the_provider_s_code(shop: Shop, method: str, code: str) -> None:
    assert shop.take(requested(method)) == 0
    payment = shop.payment()
    assert payment["status"] == "declined"
    assert payment["attempts"][0]["decline_code"] == code
    assert shop.aws.outboxes("PaymentsTable") == ["PaymentDeclined"]
    assert shop.postings() == {}


def test_after_a_decline_another_attempt_may_succeed(shop: Shop) -> None:
    shop.take(requested("pm_card_chargeDeclined"))
    assert shop.take(requested("pm_card_visa", attempt=2)) == 0
    assert [attempt["status"] for attempt in shop.payment()["attempts"]] == ["declined", "captured"]


def test_an_answer_that_got_lost_leaves_the_payment_unknown_until_the_schedule_asks_again(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_timeout"))
    assert shop.payment()["status"] == "unknown"
    assert shop.aws.outboxes("PaymentsTable") == []
    assert shop.reconcile() == {"settled": 1}
    assert shop.payment()["status"] == "captured"
    assert shop.charged() == 4380
    assert shop.reconcile() == {"settled": 0}


def test_the_provider_s_webhook_settles_what_is_unknown(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_timeout"))
    assert shop.work_off_inbox() == ["payment_intent.amount_capturable_updated"]
    assert shop.payment()["status"] == "captured"
    assert shop.work_off_inbox() == ["payment_intent.succeeded"]
    assert shop.charged() == 4380


def test_a_provider_that_is_out_of_order_is_asked_until_it_works(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_unavailable"))
    statuses = [shop.payment()["status"]]
    for _ in range(3):
        shop.reconcile()
        statuses.append(shop.payment()["status"])
    assert statuses == ["unknown", "unknown", "unknown", "captured"]
    assert shop.charged() == 4380


def test_a_provider_that_nobody_reaches_is_unknown_and_not_failed(shop: Shop) -> None:
    shop.bridge.down = True
    assert shop.take(requested("pm_card_visa")) == 0
    assert shop.payment()["status"] == "unknown"
    shop.bridge.down = False
    shop.reconcile()
    assert shop.payment()["status"] == "captured"


def test_a_crash_after_the_charge_and_before_the_save_charges_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:

    def die(*_arguments: object) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(PaymentTable, "save", die)
        assert shop.take(requested("pm_card_visa")) == 1
    assert shop.take(requested("pm_card_visa")) == 0
    assert shop.payment()["status"] == "captured"
    assert shop.charged() == 4380
    intents = [item for item in shop.aws.items("SandboxTable") if "intent" in item]
    assert len(intents) == 1


def test_an_action_that_is_required_is_told_and_goes_on_once_it_is_done(shop: Shop) -> None:
    shop.take(requested("pm_card_authenticationRequired"))
    payment = shop.payment()
    assert payment["status"] == "requires_action"
    url = payment["next_action"]["url"]
    assert shop.aws.outboxes("PaymentsTable") == ["PaymentActionRequired"]
    secret = url.rpartition("/")[2]
    key = "POST /sandbox/actions/{client_secret}"
    done = sandbox_api.handler(http_event(key, path={"client_secret": secret}, raw="answer=approve"), None)
    assert done["statusCode"] == 200
    shop.work_off_inbox()
    assert shop.payment()["status"] == "captured"


def test_an_action_that_is_refused_is_a_decline_even_when_the_webhook_is_lost(shop: Shop) -> None:
    shop.take(requested("pm_card_authenticationRequired"))
    secret = shop.payment()["next_action"]["url"].rpartition("/")[2]
    key = "POST /sandbox/actions/{client_secret}"
    sandbox_api.handler(http_event(key, path={"client_secret": secret}, raw="answer=refuse"), None)
    shop.reconcile()
    payment = shop.payment()
    assert payment["status"] == "declined"
    assert payment["attempts"][0]["decline_code"] == "authentication_failed"


def test_a_cancelled_order_gets_its_money_back(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    assert shop.take(CANCELLED, CANCELLED) == 0
    payment = shop.payment()
    assert payment["status"] == "refunded"
    assert [refund["status"] for refund in payment["refunds"]] == ["succeeded"]
    assert shop.aws.outboxes("PaymentsTable") == ["RefundSucceeded"]
    assert shop.postings() == GIVEN_BACK
    assert shop.charged() == 0


def test_a_refund_whose_answer_got_lost_is_made_once(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    shop.bridge.lose_answer_of = "POST /v1/refunds"
    shop.take(CANCELLED)
    assert [refund["status"] for refund in shop.payment()["refunds"]] == ["requested"]
    shop.reconcile()
    assert shop.payment()["status"] == "refunded"
    assert shop.charged() == 0


def test_a_cancellation_that_comes_first_stops_the_payment(shop: Shop) -> None:
    assert shop.take(CANCELLED, requested("pm_card_visa")) == 0
    event = http_event("GET /v1/payments", principal=customer(), query={"order_id": ORDER})
    assert answer_of(api.handler(event, None)) == {"items": []}
    assert shop.bridge.calls == []


def test_a_charge_that_arrives_after_the_cancellation_is_let_go(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_timeout"))
    shop.take(CANCELLED)
    assert shop.payment()["status"] == "voided"
    assert shop.aws.outboxes("PaymentsTable") == ["PaymentVoided"]
    assert shop.postings() == {}
    assert shop.charged() == 0


def listing(principal: Any, order_id: str = ORDER) -> Any:
    return answer_of(
        api.handler(http_event("GET /v1/payments", principal=principal, query={"order_id": order_id}), None)
    )


def test_payments_are_shown_to_their_owner_and_to_support_and_to_nobody_else(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    assert len(listing(customer())["items"]) == 1
    assert len(listing(staff(Role.SUPPORT))["items"]) == 1
    assert len(listing(staff(Role.ADMIN))["items"]) == 1
    assert listing(customer("cus_eve")) == listing(customer(), "ord_none") == {"items": []}
    assert listing(guest()) == {"items": []}
    assert listing(staff(Role.WAREHOUSE)) == {"items": []}
    assert listing(None)["status"] == 401


def test_the_query_needs_an_order(shop: Shop) -> None:
    response = api.handler(http_event("GET /v1/payments", principal=customer()), None)
    assert response["statusCode"] == 422


def test_health_is_open(shop: Shop) -> None:
    assert answer_of(api.handler(http_event("GET /v1/payments/health"), None)) == {
        "status": "ok",
        "service": "payments",
    }


def webhook(
    body: str, *, signed: int | None = None, secret: str | None = None, provider: str = "stripe"
) -> dict[str, Any]:
    import os

    import stripe

    key = secret or secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret")
    header = stripe.WebhookSignature.generate_signature_header(body, key, signed)
    event = http_event(
        "POST /v1/webhooks/payments/{provider}",
        path={"provider": provider},
        raw=body,
        headers={"Stripe-Signature": header},
    )
    return api.handler(event, None)


def report(payment: str = PAYMENT, kind: str = "payment_intent.succeeded") -> str:
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": {"metadata": {"payment_id": payment}}}})


def test_a_forged_or_stale_webhook_is_refused(shop: Shop) -> None:
    now = int(shop.clock.now().timestamp())
    for response in (
        webhook(report(), secret="whsec_guess"),
        webhook(report(), signed=now - 301),
        webhook(report(), signed=now + 301),
    ):
        assert response["statusCode"] == 400
        assert answer_of(response)["code"] == "invalid_signature"
    assert shop.aws.messages("PaymentsInbox") == []


@pytest.mark.parametrize("header", ["", "t=1", "v1=aa", "t=x,v1=aa", "t=1,v1=ä", "=,=", "t=1,v1=aa,t=2"])
def test_an_unreadable_signature_is_refused(shop: Shop, header: str) -> None:
    event = http_event(
        "POST /v1/webhooks/payments/{provider}",
        path={"provider": "stripe"},
        raw=report(),
        headers={"Stripe-Signature": header},
    )
    assert api.handler(event, None)["statusCode"] == 400


def test_a_webhook_of_no_interest_is_taken_and_forgotten(shop: Shop) -> None:
    now = int(shop.clock.now().timestamp())
    no_kind = json.dumps({**json.loads(report()), "type": ["payment_intent.succeeded"]})
    for body in (
        report(kind="plan.created"),
        json.dumps([1]),
        json.dumps({"type": "payment_intent.succeeded"}),
        no_kind,
    ):
        assert webhook(body, signed=now)["statusCode"] == 200
    assert webhook(report(), signed=now, provider="paypal")["statusCode"] == 404
    assert shop.aws.messages("PaymentsInbox") == []


def test_a_webhook_about_a_payment_that_is_not_known_yet_is_kept_and_tried_again(shop: Shop) -> None:
    assert webhook(report(), signed=int(shop.clock.now().timestamp()))["statusCode"] == 200
    (message,) = shop.aws.messages("PaymentsInbox")
    assert shop.take(str(message["Body"])) == 1
    shop.take(requested("pm_card_visa"))
    assert shop.take(str(message["Body"])) == 0


def test_the_schedule_goes_on_when_one_payment_cannot_be_settled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.bridge.down = True
    shop.take(requested("pm_card_visa"), requested("pm_card_visa", order_id="ord_2"))
    shop.bridge.down = False
    ask = StripeProvider.authorize
    asked: list[str] = []

    def authorize(self: StripeProvider, payment: Payment) -> Verdict:
        asked.append(payment.order_id)
        if len(asked) == 1:
            raise RuntimeError("broken")
        return ask(self, payment)

    monkeypatch.setattr(StripeProvider, "authorize", authorize)
    with pytest.raises(SweepError) as swept:
        shop.reconcile()
    assert (swept.value.done, swept.value.failed) == (1, 1)
    assert set(asked) == {ORDER, "ord_2"}


def test_payments_that_always_fail_keep_no_other_waiting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.bridge.down = True
    poisoned = [f"ord_{number}" for number in range(10, 70)]
    shop.take(*(requested("pm_card_visa", order_id=order_id) for order_id in poisoned))
    shop.clock.pass_time(seconds=1)
    shop.take(requested("pm_card_visa"))
    shop.bridge.down = False
    ask = StripeProvider.authorize
    asked: list[str] = []

    def authorize(self: StripeProvider, payment: Payment) -> Verdict:
        asked.append(payment.order_id)
        if payment.order_id in poisoned:
            raise RuntimeError("poison")
        return ask(self, payment)

    monkeypatch.setattr(StripeProvider, "authorize", authorize)
    with pytest.raises(SweepError) as swept:
        shop.reconcile()
    assert (swept.value.done, swept.value.failed) == (1, len(poisoned))
    assert shop.payment()["status"] == "captured"
    asked.clear()
    assert shop.reconcile(minutes=0) == {"settled": 0}
    with pytest.raises(SweepError):
        shop.reconcile(minutes=1)
    assert sorted(asked) == poisoned
    monkeypatch.setattr(StripeProvider, "authorize", ask)
    assert shop.reconcile(minutes=1) == {"settled": len(poisoned)}
    assert shop.reconcile() == {"settled": 0}


def test_what_is_saved_while_it_is_put_off_stays_due_as_it_was_saved(shop: Shop) -> None:
    shop.bridge.down = True
    shop.take(requested("pm_card_visa"))
    shop.clock.pass_time(minutes=1)
    table = PaymentTable()
    (due,) = table.due(shop.clock.now())
    shop.take(requested("pm_card_visa"))
    saved = table.find(PAYMENT)
    table.put_off(due, shop.clock.now() + timedelta(hours=9))
    assert table.find(PAYMENT) == saved


@pytest.mark.parametrize("key", ["sk_wrong", "rk_test_minishop"])
def test_a_wrong_key_or_one_that_may_not_is_the_shop_s_fault_and_no_decline(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    import payments.provider

    monkeypatch.setattr(payments.provider, "secret_field", lambda *_arguments: key)
    assert shop.take(requested("pm_card_visa")) == 1
    assert shop.payment()["status"] == "pending"


def authorized(order_id: str = ORDER) -> Payment:
    """A payment that the provider has authorized, and nobody has saved."""
    asked = moves.begin(
        order_id, "cus_ada", Money(4380, "EUR"), number=1, method="pm_card_visa", correlation_id="c-1", at=NOON
    ).payment
    return moves.conclude(asked, StripeProvider().authorize(asked), at=NOON).payment


def captured() -> Payment:
    payment = authorized()
    return moves.conclude(payment, StripeProvider().capture(payment), at=NOON).payment


def test_a_move_that_comes_too_late_says_what_is_the_case(shop: Shop) -> None:
    provider, let_go = StripeProvider(), authorized()
    assert provider.void(let_go).status is Status.VOIDED
    assert provider.capture(let_go).status is Status.VOIDED
    taken = authorized("ord_2")
    assert provider.capture(taken).status is Status.CAPTURED
    assert provider.void(taken).status is Status.CAPTURED


def test_a_refund_that_the_provider_refuses_has_failed(shop: Shop) -> None:
    payment = captured()
    asked = refunds.request_refund(payment, WISH, at=NOON).payment
    too_much = replace(asked, refunds=(replace(asked.refunds[0], amount=Money(9999, "EUR")),))
    verdict = StripeProvider().refund(too_much, too_much.refunds[0])
    assert (verdict.status, verdict.provider_ref) == (RefundStatus.FAILED, "")
    assert shop.charged() == 4380


def test_a_refund_that_is_pending_is_looked_up_and_not_made_again(shop: Shop) -> None:
    asked = refunds.request_refund(captured(), WISH, at=NOON).payment
    made = StripeProvider().refund(asked, asked.refunds[0])
    pending = replace(asked.refunds[0], status=RefundStatus.PENDING, provider_ref=made.provider_ref)
    assert StripeProvider().refund(asked, pending) == made
    assert shop.bridge.calls[-1] == f"GET /v1/refunds/{made.provider_ref}"


def test_a_request_that_the_provider_does_not_understand_is_no_decline(shop: Shop) -> None:
    lost = moves.conclude(authorized(), Verdict(Status.UNKNOWN, "pi_none"), at=NOON).payment
    with pytest.raises(ProviderRefusedError):
        StripeProvider().look_up(lost)


def test_the_schedule_leaves_for_the_next_minute_what_it_has_no_time_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.bridge.down = True
    shop.take(requested("pm_card_visa"), requested("pm_card_visa", order_id="ord_2"))

    def authorize(_self: StripeProvider, _payment: Payment) -> Verdict:
        shop.clock.pass_time(seconds=41)
        return Verdict(Status.UNKNOWN)

    monkeypatch.setattr(StripeProvider, "authorize", authorize)
    assert shop.reconcile() == {"settled": 1}
    monkeypatch.undo()
    assert [due.id for due in PaymentTable().due(shop.clock.now())] != []


def test_a_cancellation_that_the_table_only_claims_to_have_is_not_taken_as_remembered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AlreadyExistsError("said without reason")

    with monkeypatch.context() as patch:
        patch.setattr("payments.repository.dynamodb.insert", refuse)
        assert shop.take(CANCELLED) == 1
    assert not PaymentTable().is_cancelled(PAYMENT)
    assert shop.take(CANCELLED, CANCELLED) == 0
    assert PaymentTable().is_cancelled(PAYMENT)
