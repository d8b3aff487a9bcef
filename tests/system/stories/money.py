"""Money that goes back, is claimed back, or of which nobody says anything."""

from collections.abc import Callable
from typing import Any

import stripe

from tests.system import backstage
from tests.system.shop import eventually
from tests.system.teller import Teller


def refund_fails(teller: Teller) -> None:
    """Told as failed, and tried again with the same key: one refund, which succeeds."""
    order = teller.confirmed("pm_sandbox_refundRefused")
    teller.cancel(order["id"])
    (failed,) = eventually(lambda: _told(teller, "RefundFailed", order["id"]), what="a refund that failed")

    def succeeded() -> bool:
        backstage.run_schedule(teller.shop, "PaymentsScheduleFunctionReconcile")
        return bool(teller.payment(order["id"])["status"] == "refunded")

    eventually(succeeded, what="the refund")
    (refund,) = teller.payment(order["id"])["refunds"]
    assert (refund["id"], refund["status"]) == (failed["refund_id"], "succeeded")


def _told(teller: Teller, kind: str, order_id: str) -> list[Any]:
    """What events of this type said of an order."""
    return [event["detail"]["data"] for event in backstage.told(teller.shop, type=kind, id=order_id)]


def refund_fails_after_it_was_made(teller: Teller) -> None:
    """The customer's bank returns it: it is the shop's money again, and is sent once more."""
    order = teller.confirmed("pm_sandbox_refundFailsOnce")
    teller.cancel(order["id"])
    teller.me.order_once(order["id"], "cancelled")
    eventually(lambda: "refund_failure" in teller.postings(order["id"]), what="a refund that came back")
    assert teller.refunded_once(order["id"]) == order["totals"]["total"]["amount"]
    assert len(teller.payment(order["id"])["refunds"]) == 1
    assert teller.postings(order["id"]).count("refund") == 2


def refund_is_under_way_for_a_while(teller: Teller) -> None:
    """Pending until the provider says that it has arrived."""
    order = teller.confirmed("pm_card_pendingRefund")
    teller.cancel(order["id"])
    assert teller.refunded_once(order["id"]) == order["totals"]["total"]["amount"]
    teller.once_paid_as(order["id"], "refunded")


def refunded_in_parts_by_support(teller: Teller) -> None:
    """A part, and then the rest; the same key is the same refund, and never more than was captured."""
    order = teller.confirmed()
    payment = teller.payment(order["id"])
    path, currency = f"/v1/admin/payments/{payment['id']}/refunds", payment["captured"]["currency"]
    body: dict[str, Any] = {"amount": {"amount": 100, "currency": currency}, "reason": "A scratch."}
    headers = teller.key()
    first = teller.support.call("POST", path, body, expect=201, headers=headers)
    teller.payment_once(order["id"], "partially_refunded")
    assert teller.support.call("POST", path, body, expect=201, headers=headers) == first
    too_much = {**body, "amount": payment["captured"]}
    refused = teller.support.call("POST", path, too_much, expect=409, headers=teller.key())
    assert refused["code"] == "exceeds_captured"
    rest = {**body, "amount": {"amount": payment["captured"]["amount"] - 100, "currency": currency}}
    teller.support.call("POST", path, rest, expect=201, headers=teller.key())
    teller.payment_once(order["id"], "refunded")
    assert teller.postings(order["id"]) == ["authorize", "capture", "fee", "refund", "refund"]


def provider_silent(teller: Teller) -> None:
    """Charged, and the answer is lost: `unknown`, reconciled, and confirmed with one charge, without a person."""
    order = teller.confirmed("pm_sandbox_timeout")
    payment = teller.payment(order["id"])
    assert (payment["captured"], len(payment["attempts"])) == (order["totals"]["total"], 1)
    assert teller.postings(order["id"]) == ["authorize", "capture", "fee"]


def _dispute(teller: Teller) -> tuple[str, stripe.StripeClient, stripe.Dispute]:
    """A confirmed order whose charge its card holder has disputed."""
    order_id, url = teller.asked_by_the_bank()
    teller.answer_the_bank(url)
    teller.me.order_once(order_id, "confirmed")
    dashboard = backstage.provider(teller.shop, url.partition("/sandbox/")[0])
    intents = dashboard.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    intent = next(one for one in intents if one.to_dict()["metadata"].get("order_id") == order_id)
    dashboard.raw_request("post", f"/sandbox/charges/{intent.latest_charge}/dispute")
    (dispute,) = teller.payment_once(order_id, "disputed")["disputes"]
    assert dispute["amount"] == teller.order(order_id)["totals"]["total"]
    teller.once_paid_as(order_id, "disputed")
    (listed,) = dashboard.v1.disputes.list({"payment_intent": intent.id}).data
    return order_id, dashboard, listed


def disputed_and_won(teller: Teller) -> None:
    """The money is taken back by the bank, and returned when the shop's evidence is good; the fee is not."""
    order_id, dashboard, dispute = _dispute(teller)
    dashboard.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert teller.payment_once(order_id, "captured")["disputes"][0]["status"] == "won"
    teller.once_paid_as(order_id, "captured")
    assert teller.postings(order_id) == ["authorize", "capture", "dispute", "dispute_reversal", "fee"]


def disputed_and_lost(teller: Teller) -> None:
    """The money is gone: the payment stays disputed, and nothing of it can be refunded as well."""
    order_id, dashboard, dispute = _dispute(teller)
    dashboard.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "losing_evidence"}})

    def lost() -> bool:
        return bool(teller.payment(order_id)["disputes"][0]["status"] == "lost")

    eventually(lost, what="the dispute to be lost")
    payment = teller.payment(order_id)
    assert payment["status"] == "disputed"
    body = {"amount": {"amount": 1, "currency": "EUR"}, "reason": "A scratch."}
    path = f"/v1/admin/payments/{payment['id']}/refunds"
    assert teller.support.call("POST", path, body, expect=409, headers=teller.key())["code"] == "exceeds_captured"


STORIES: tuple[Callable[[Teller], None], ...] = (
    refund_fails,
    refund_fails_after_it_was_made,
    refund_is_under_way_for_a_while,
    refunded_in_parts_by_support,
    provider_silent,
    disputed_and_won,
    disputed_and_lost,
)
