"""Rows of the table of failures that take longer than anybody waits, in virtual time: what they come to, by name."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.simulation.client import Client
from scripts.simulation.faults import Fault
from scripts.simulation.flows import STOCK
from scripts.simulation.network import Call
from scripts.simulation.settling import check_world, what_is_wrong
from scripts.simulation.shop import Shop

HOLD = timedelta(minutes=15)


def payment_of(client: Client) -> dict[str, Any]:
    """The payment of the client's order as it is shown."""
    (payment,) = client.send("GET", f"/v1/payments?order_id={client.memory['order']}").body["items"]
    found: dict[str, Any] = payment
    return found


def ordered(shop: Shop, token: str, *, name: str = "1", quantity: int = 2) -> Client:
    """Somebody who has ordered and pays by this token."""
    client = Client(shop, name=name)
    assert client.put_in_cart(quantity=quantity).status == 200
    answer = client.place(token)
    assert answer.status == 201, answer
    shop.drain()
    return client


def test_paid_after_the_hold_ran_out_is_held_again(shop: Shop) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    shop.pass_time(HOLD + timedelta(minutes=1))
    client.authenticate()
    shop.drain()
    assert client.order()["status"] == "confirmed"
    assert payment_of(client)["status"] == "captured"
    check_world(shop)


def drain_but(shop: Shop, *late: str) -> None:
    """Lets everything happen but these messages, by the end of their name: an event's, or a queue's and an event's."""
    while steps := [step for step in shop.steps() if not step.label.endswith(late)]:
        shop.take(steps[0])


CATALOG_HEARS = "CatalogInbox OrderConfirmed"


def test_paid_in_the_last_moment_the_hold_goes_on_while_the_catalogue_has_yet_to_hear_of_it(shop: Shop) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    shop.pass_time(HOLD - timedelta(seconds=20))
    client.authenticate()
    drain_but(shop, CATALOG_HEARS)
    assert client.order()["status"] == "confirmed"
    shop.pass_time(timedelta(minutes=10))
    shop.run_schedules()
    drain_but(shop, CATALOG_HEARS, "ReservationExpired")
    other = Client(shop, name="2")
    other.put_in_cart(quantity=STOCK["MUG"])
    assert other.place().status == 409, "its stock is still held"
    shop.drain()
    assert client.order()["shipments"]
    check_world(shop)


def test_a_paid_order_has_no_parcel_until_its_goods_are_sold_to_it(shop: Shop) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    shop.pass_time(HOLD - timedelta(minutes=2))
    client.authenticate()
    drain_but(shop, CATALOG_HEARS)
    assert client.order()["status"] == "confirmed"
    shop.pass_time(timedelta(minutes=3))
    shop.run_schedules()
    drain_but(shop, CATALOG_HEARS, "ReservationExpired")  # the hold has ended, of which nobody has heard
    other = Client(shop, name="2")
    other.put_in_cart(quantity=STOCK["MUG"])
    assert other.place().status == 201
    drain_but(shop, CATALOG_HEARS, "ReservationExpired")
    assert client.order()["status"] == "confirmed"
    assert client.order()["shipments"] == [], "what could be dispatched would be the other's"
    shop.drain()
    assert client.order()["status"] == "cancelled"
    assert payment_of(client)["status"] == "refunded"
    check_world(shop)
    assert other.order()["status"] == "confirmed"


def test_paid_after_the_hold_ran_out_and_the_stock_is_gone_is_refunded_and_cancelled(shop: Shop) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    client.open_bank()
    shop.pass_time(HOLD + timedelta(minutes=1))
    shop.run_schedules()
    drain_but(shop, "ReservationExpired")  # the hold has ended; what orders is told of that comes late
    other = Client(shop, name="2")
    other.put_in_cart(quantity=STOCK["MUG"])
    assert other.place().status == 201
    client.authenticate()
    drain_but(shop, "ReservationExpired")
    assert client.order()["status"] == "cancelled"
    assert payment_of(client)["status"] == "refunded"
    check_world(shop)
    assert other.order()["status"] == "confirmed"


def test_a_charge_that_still_arrives_after_the_order_was_cancelled_is_given_back(shop: Shop) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    client.authenticate()  # the bank says yes, which the shop has yet to hear
    assert client.cancel().status == 202
    drain_but(shop, "ProviderReported")
    shop.drain()
    assert client.order()["status"] == "cancelled"
    assert payment_of(client)["status"] in {"refunded", "voided"}
    check_world(shop)


@pytest.mark.parametrize("answer", ["approve", "refuse"])
def test_the_shopper_s_answer_to_the_bank_decides(shop: Shop, answer: str) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    assert client.order()["payment_status"] == "requires_action"
    assert client.authenticate(answer).status == 200
    shop.drain()
    assert payment_of(client)["status"] == {"approve": "captured", "refuse": "declined"}[answer]
    check_world(shop)
    assert client.order()["status"] == {"approve": "confirmed", "refuse": "cancelled"}[answer]


def test_an_action_that_nobody_takes_ends_with_the_hold(shop: Shop) -> None:
    client = ordered(shop, "pm_card_authenticationRequired")
    client.open_bank()
    check_world(shop)
    assert client.order()["status"] == "cancelled"
    assert payment_of(client)["status"] == "voided"
    assert client.authenticate().status == 400


def test_a_provider_that_is_dark_for_an_hour_loses_nothing_and_all_is_settled_ten_minutes_after(shop: Shop) -> None:
    called_off, scratched = (ordered(shop, "pm_card_visa", name=name, quantity=1) for name in ("off", "scratched"))
    back = shop.now + timedelta(hours=1)

    def dark(call: Call) -> Fault | None:
        theirs = call.name.startswith("SandboxApi") and "/carrier/" not in call.name
        return Fault.NOT_APPLIED if theirs and shop.now < back else None

    shop.network.plan = dark
    clients = []
    for minute in range(60):
        if minute in {1, 20, 47, 55, 59}:
            clients.append(ordered(shop, "pm_card_visa", name=str(minute), quantity=1))
        if minute == 30:
            assert (called_off.cancel().status, scratched.refund(100).status) == (202, 201)
        shop.run_schedules()
        shop.drain()
        assert {payment_of(client)["status"] for client in clients} <= {"unknown"}
        shop.pass_time(timedelta(minutes=1))
    for _ in range(10):
        shop.pass_time(timedelta(minutes=1))
        shop.run_schedules()
        shop.drain()
    assert what_is_wrong(shop) == []
    ends = {int(client.name): (client.order()["status"], payment_of(client)["status"]) for client in clients}
    assert ends == {
        1: ("cancelled", "voided"),
        20: ("cancelled", "voided"),
        47: ("confirmed", "captured"),
        55: ("confirmed", "captured"),
        59: ("confirmed", "captured"),
    }
    assert (called_off.order()["status"], payment_of(called_off)["status"]) == ("cancelled", "refunded")
    assert (scratched.order()["status"], payment_of(scratched)["status"]) == ("confirmed", "partially_refunded")
    intents = shop.tables()["sandbox.intent"]
    assert len(intents) == len(clients) + 2
    assert sum(int(row["intent"]["received"]) > 0 for row in intents) == 3 + 2


@pytest.mark.parametrize(
    ("evidence", "dispute", "status"), [("winning", "won", "captured"), ("losing", "lost", "disputed")]
)
def test_a_disputed_payment_is_disputed_until_the_bank_decides(
    shop: Shop, evidence: str, dispute: str, status: str
) -> None:
    client = ordered(shop, "pm_card_createDispute")
    assert payment_of(client)["status"] == "disputed"
    check_world(shop)
    assert client.answer_dispute(f"{evidence}_evidence").status == 200
    shop.drain()
    assert payment_of(client)["status"] == status
    assert client.dispute_once(dispute)
    check_world(shop)


def test_a_dispute_of_which_every_webhook_got_lost_is_found_by_the_day_s_books(shop: Shop) -> None:
    def lost(call: Call) -> Fault | None:
        return Fault.NOT_APPLIED if call.name.startswith("PublicApi POST /v1/webhooks/payments") else None

    shop.network.plan = lost
    client = ordered(shop, "pm_card_createDispute")
    assert payment_of(client)["status"] == "captured"
    assert client.answer_dispute("winning_evidence").status == 200
    assert client.dispute_once("won")
    check_world(shop)


@pytest.mark.parametrize("token", ["pm_sandbox_refundRefused", "pm_card_pendingRefund"])
def test_a_refund_that_fails_is_tried_again_until_it_succeeds(shop: Shop, token: str) -> None:
    client = ordered(shop, token)
    assert client.cancel().status == 202
    check_world(shop)
    payment = payment_of(client)
    assert (payment["status"], [refund["status"] for refund in payment["refunds"]]) == ("refunded", ["succeeded"])
