"""The provider's reports through payments' doors: disputes, quarantine, the ledger's list."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from minishop.contracts.auth import GuestUpgraded
from minishop.identity import Role
from minishop.sweeps import SweepError
from payments import api, schedule
from payments.domain.payment import Payment, ProviderSilentError
from payments.provider import StripeProvider
from payments.records import ReportTable
from payments.repository import PaymentTable
from tests.helpers import answer_of, bus_message, customer, guest, http_event, staff
from tests.integration.payments.conftest import CANCELLED, FEE, ORDER, PAYMENT, TAKEN, Shop, requested

ADMIN = staff(Role.ADMIN)
DISPUTE_FEE = 2000


def listing(path: str, **query: str) -> Any:
    return answer_of(api.handler(http_event(f"GET {path}", principal=ADMIN, query=query), None))


def test_a_dispute_is_told_posted_and_decided(shop: Shop) -> None:
    shop.take(requested("pm_card_createDispute"))
    assert "charge.dispute.created" in shop.work_off_inbox()
    payment = shop.payment()
    assert payment["status"] == "disputed"
    (dispute,) = payment["disputes"]
    assert (dispute["status"], dispute["reason"], dispute["amount"]["amount"]) == ("open", "fraudulent", 4380)
    assert shop.postings() == {
        **TAKEN,
        "provider_balance": -FEE - DISPUTE_FEE,
        "provider_fees": FEE + DISPUTE_FEE,
        "disputes": 4380,
    }
    StripeProvider().client.v1.disputes.update(
        dispute["id"], {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    )
    assert "charge.dispute.closed" in shop.work_off_inbox()
    assert shop.payment()["status"] == "captured"
    assert shop.postings()["provider_balance"] == 4380 - FEE - DISPUTE_FEE


def test_a_dispute_whose_webhooks_got_lost_is_found_by_the_next_day(shop: Shop) -> None:
    shop.take(requested("pm_card_createDispute"))
    shop.work_off_inbox()
    (dispute,) = shop.payment()["disputes"]
    StripeProvider().client.v1.disputes.close(dispute["id"])
    shop.aws.messages("PaymentsInbox")
    shop.reconcile(minutes=24 * 60)
    assert shop.payment()["disputes"][0]["status"] == "lost"


def test_a_sum_that_does_not_match_is_kept_apart_for_an_admin(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_timeout"))
    shop.aws.messages("PaymentsInbox")
    shop.report(amount_received=438)
    shop.report(amount_received=4380, currency="usd")
    assert shop.payment()["status"] == "unknown"
    found = listing("/v1/admin/payments/quarantine", limit="1")
    (suspect,) = found["items"]
    assert (suspect["reason"], suspect["said"], suspect["expected"]) == (
        "mismatch",
        {"amount": 438, "currency": "EUR"},
        {"amount": 4380, "currency": "EUR"},
    )
    (other,) = listing("/v1/admin/payments/quarantine", limit="1", cursor=found["next_cursor"])["items"]
    assert other["said"] == {"amount": 4380, "currency": "USD"}


def test_a_report_about_an_unknown_payment_is_kept_and_takes_effect_once_it_is_known(shop: Shop) -> None:
    shop.report(taken=4)
    (suspect,) = listing("/v1/admin/payments/quarantine")["items"]
    assert (suspect["reason"], suspect["payment_id"]) == ("unknown_payment", PAYMENT)
    assert schedule.handler({"task": "retry_suspects"}, None) == {"released": 0}
    shop.take(requested("pm_sandbox_timeout"))
    shop.clock.pass_time(minutes=5)
    assert schedule.handler({"task": "retry_suspects"}, None) == {"released": 1}
    assert shop.payment()["status"] == "captured"
    assert listing("/v1/admin/payments/quarantine")["items"] == []


def test_reports_that_always_fail_keep_no_other_waiting_and_are_put_off(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        shop.report(taken=4, metadata={"payment_id": f"pay_{number}"})
    shop.report(taken=4)
    shop.take(requested("pm_card_visa"))
    find = PaymentTable.find

    def poisoned(self: PaymentTable, payment_id: str) -> Payment | None:
        if payment_id != PAYMENT:
            raise RuntimeError("poison")
        return find(self, payment_id)

    monkeypatch.setattr(PaymentTable, "find", poisoned)
    with pytest.raises(SweepError) as swept:
        schedule.handler({"task": "retry_suspects"}, None)
    assert (swept.value.done, swept.value.failed) == (1, 60)
    assert schedule.handler({"task": "retry_suspects"}, None) == {"released": 0}
    shop.clock.pass_time(hours=73)
    assert schedule.handler({"task": "retry_suspects"}, None) == {"released": 0}
    assert list(ReportTable().due(shop.clock.now() + timedelta(days=99))) == []
    assert len(listing("/v1/admin/payments/quarantine", limit="100")["items"]) == 60


def test_a_report_that_turns_out_not_to_match_stays_apart_for_that(shop: Shop) -> None:
    shop.report(taken=4, amount_received=438)
    shop.take(requested("pm_card_visa"))
    assert schedule.handler({"task": "retry_suspects"}, None) == {"released": 0}
    (suspect,) = listing("/v1/admin/payments/quarantine")["items"]
    assert (suspect["reason"], suspect["expected"]["amount"]) == ("mismatch", 4380)
    assert list(ReportTable().due(shop.clock.now() + timedelta(days=99))) == []


def test_an_admin_dismisses_what_is_kept_apart(shop: Shop) -> None:
    shop.report(taken=4)

    def dismiss(identity: str) -> Any:
        key = "DELETE /v1/admin/payments/quarantine/{id}"
        return api.handler(http_event(key, principal=ADMIN, path={"id": identity}), None)

    assert [dismiss("evt_1")["statusCode"] for _ in range(2)] == [204, 204]
    assert answer_of(dismiss("evt_none"))["code"] == "suspect_not_found"
    assert listing("/v1/admin/payments/quarantine")["items"] == []
    kept = [item for item in shop.aws.items("PaymentsTable") if item["sk"]["S"] == "report"]
    assert [item["dismissed_by"]["S"] for item in kept] == [ADMIN.id]
    shop.take(requested("pm_sandbox_timeout"))
    shop.reports = 0
    shop.report()
    assert shop.payment()["status"] == "unknown"


def test_the_ledger_is_listed_by_day_and_page(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    shop.clock.pass_time(hours=24 * 40)
    shop.take(CANCELLED)
    day = shop.clock.now().date().isoformat()
    assert [posting["kind"] for posting in listing("/v1/admin/ledger")["items"]] == ["refund"]
    assert [posting["kind"] for posting in listing("/v1/admin/ledger", **{"from": day})["items"]] == ["refund"]
    assert listing("/v1/admin/ledger", to="2026-01-01")["items"] == []
    assert listing("/v1/admin/ledger", **{"from": "9999-12-31", "to": "0001-01-01"})["items"] == []
    found, query = list[Any](), {"from": "2026-01-01", "limit": "2"}
    while True:
        page = listing("/v1/admin/ledger", **query)
        assert len(page["items"]) <= 2
        found += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(posting["kind"] for posting in found[:3]) == ["authorize", "capture", "fee"]
    assert [posting["kind"] for posting in found[3:]] == ["refund"]
    for posting in found:
        assert sum(entry["amount"]["amount"] for entry in posting["entries"]) == 0
    assert {posting["kind"] for posting in found if posting["source"]} == {"capture", "fee", "refund"}


@pytest.mark.parametrize("value", ["0.5", "1", "-3", "yesterday"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_number_is_no_day(shop: Shop, name: str, value: str) -> None:
    problem = listing("/v1/admin/ledger", **{name: value})
    assert (problem["status"], problem["errors"][0]["pointer"]) == (422, f"/{name}")


def test_a_cursor_is_for_its_own_span(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"))
    cursor = listing("/v1/admin/ledger", limit="1")["next_cursor"]
    assert listing("/v1/admin/ledger", limit="1", to="2027-01-01", cursor=cursor)["code"] == "invalid_cursor"


def test_a_guest_s_payments_become_the_customer_s(shop: Shop) -> None:
    shop.take(requested("pm_card_visa", owner="gst_1"))

    def seen_by(principal: Any) -> int:
        event = http_event("GET /v1/payments", principal=principal, query={"order_id": ORDER})
        return len(answer_of(api.handler(event, None))["items"])

    assert [seen_by(guest()), seen_by(customer())] == [1, 0]
    upgrade = bus_message(GuestUpgraded(guest_id="gst_1", customer_id="cus_ada"))
    assert shop.take(upgrade, upgrade) == 0
    assert shop.take(bus_message(GuestUpgraded(guest_id="gst_1", customer_id="cus_eve"))) == 0
    assert [seen_by(guest()), seen_by(customer()), seen_by(customer("cus_eve"))] == [0, 1, 0]


def test_the_day_s_books_agree_until_somebody_takes_money_past_the_shop(shop: Shop) -> None:
    shop.take(requested("pm_card_visa"), requested("pm_card_createDispute", order_id="ord_2"))
    shop.work_off_inbox()
    shop.take(CANCELLED)
    day = shop.clock.now().date()
    path = "/v1/admin/reconciliations/{day}"

    def reconciled() -> Any:
        shop.clock.at = datetime.combine(day, time(3, 30), UTC) + timedelta(days=2)
        counts = schedule.handler({"task": "reconcile_books"}, None)
        event = http_event(f"GET {path}", principal=ADMIN, path={"day": day.isoformat()})
        report = answer_of(api.handler(event, None))
        assert len(report["differences"]) == counts["differences"]
        return report

    assert reconciled()["differences"] == []
    charge = StripeProvider().client.v1.payment_intents.create(
        {"amount": 500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    )
    report = reconciled()
    (difference,) = report["differences"]
    assert difference["source"] == charge.latest_charge
    assert (difference["ledger"]["amount"], difference["provider"]["amount"]) == (0, 500 - 33)
    (sums,) = report["sums"]
    assert sums["provider"]["amount"] - sums["ledger"]["amount"] == 500 - 33
    for other in ("2026-11-01", "yesterday"):
        event = http_event(f"GET {path}", principal=ADMIN, path={"day": other})
        assert answer_of(api.handler(event, None))["code"] == "reconciliation_not_found"


def test_a_provider_that_is_silent_is_reconciled_with_later(shop: Shop) -> None:
    shop.bridge.down = True
    with pytest.raises(ProviderSilentError):
        schedule.handler({"task": "reconcile_books"}, None)
