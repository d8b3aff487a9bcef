"""The rules of the world see what is wrong: a sound one passes, and each thing that is broken is named."""

from collections.abc import Callable
from typing import Any

import pytest

from scripts.simulation.rules import violations
from scripts.simulation.settling import told_once

World = dict[str, list[dict[str, Any]]]


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def _posting(kind: str, *entries: tuple[str, int]) -> dict[str, Any]:
    listed = [{"account": account, "amount": _money(amount)} for account, amount in entries]
    return {"posting_id": kind, "order_id": "ord_1", "entries": listed}


def _movement(kind: str, reference: str, change: int) -> dict[str, Any]:
    who = {"actor": "cus_ada", "correlation_id": "c", "reason": "r", "at": "2026-11-22T12:00:00.000Z"}
    return {"sku": "A", "kind": kind, "reference": reference, "change": change, **who}


def sound() -> World:
    """One delivered order of two pieces at 6.00, less 2.00, with 1.00 shipping and 2.20 tax, out of ten."""
    line = {"sku": "A", "quantity": 2, "unit_price": _money(600), "discount": _money(200), "tax": _money(200)}
    two = {"bucket_items": 2}
    lost = {"sku": "A", "quantity": 1, "unit_price": _money(600), "discount": _money(0)}
    back = {"sku": "A", "quantity": 1}
    totals = {"subtotal": 1200, "discount": 200, "shipping": 100, "tax": 220, "total": 1320}
    use = {"code": "SUMMER", "free_shipping": False, "counted": True, "limit_per_customer": 2}
    intent = {
        "metadata": {"order_id": "ord_1"},
        "received": 1320,
        "charges": [{"captured": 0}, {"captured": 1320}],
        "refunds": [{"amount": 300, "status": "succeeded"}, {"amount": 9, "status": "failed"}],
        "transactions": [
            {"kind": "charge", "amount": 1320, "fee": 45},
            {"kind": "refund", "amount": -300, "fee": 0},
            {"kind": "adjustment", "amount": -500, "fee": 2000},
        ],
    }
    refund = {"reason": "damaged", "status": "succeeded"}
    dispute = {"status": "open", "amount": _money(500)}
    return {
        "catalog.adjustment": [{"sku": "A", "delta": 7}, {"sku": "A", "delta": 3}],
        "catalog.restock": [{"return_id": "ret_1", "lines": [back]}],
        "catalog.write_off": [{"shipment_id": "shp_3", "replace": False, "lines": [{"sku": "A", "quantity": 1}]}],
        "catalog.sku": [
            {"sku": "A", "available": 5, "allocated": 1, "received": 10, "restocked": 1, "written_off": 1, **two},
            {"sku": "B"},
        ],
        "catalog.bucket": [{"sku": "A", "number": 1, "units": 3, "allocated": 1}],
        "catalog.reservation": [
            {"order_id": "ord_1", "status": "committed", "lines": [line], "redemption": use, "customer_id": "cus_ada"},
            {"order_id": "ord_2", "status": "released", "lines": [line], "redemption": use, "customer_id": "cus_ada"},
            {"order_id": "ord_3", "status": "released", "lines": [lost], "lost": [lost]},
        ],
        "catalog.promotion": [
            {"code": "SUMMER", "kind": "fixed", "value": 200, "limit_total": 1, "limit_per_customer": 2, "version": 1}
        ],
        "catalog.redemptions": [
            {"pk": "redemptions#SUMMER", "sk": "redemptions", "redeemed": 1},
            {"pk": "redemptions#SUMMER#cus_ada", "sk": "customer", "orders": 1},
        ],
        "catalog.ledger": [
            _movement("adjusted", "adj_1", 7),
            _movement("adjusted", "adj_2", 3),
            _movement("held", "ord_1", -2),
            _movement("committed", "ord_1", 0),
            _movement("held", "ord_3", -1),
            _movement("written_off", "shp_3", 0),
            _movement("restocked", "ret_1", 1),
        ],
        "orders.order": [
            {
                "order_id": "ord_1",
                "status": "delivered",
                "lines": [line],
                "promotion": "SUMMER",
                "shipping_method": {"price": _money(100)},
                "totals": {name: _money(amount) for name, amount in totals.items()},
                "confirmed_at": "2026-11-22T12:00:00.000Z",
                "invoice_number": 1,
                "payment": {"refunds": [{"amount": _money(300), "reference": "ret_1"}]},
                "returns": [
                    {
                        "id": "ret_1",
                        "status": "refunded",
                        "lines": [back],
                        "label": {"shipment_id": "shp_2"},
                        "inspected": [{**back, "accepted": True}],
                        "refund": _money(300),
                    }
                ],
            }
        ],
        "payments.ledger": [
            _posting("authorize", ("authorizations", 1320), ("authorizations_held", -1320)),
            _posting("release", ("authorizations_held", 1320), ("authorizations", -1320)),
            _posting("fee", ("provider_fees", 45), ("provider_balance", -45)),
            _posting("refund", ("customer_refunds", 300), ("provider_balance", -300)),
            _posting("dispute", ("disputes", 500), ("provider_fees", 2000), ("provider_balance", -2500)),
            _posting("capture", ("provider_balance", 1320), ("customer_payments", -1320)),
        ],
        "payments.payment": [
            {
                "sk": "payment",
                "order_id": "ord_1",
                "captured": 1320,
                "refunded": 300,
                "refunds": [refund],
                "disputes": [dispute],
            },
            {"sk": "cancellation", "order_id": "ord_2"},
        ],
        "sandbox.intent": [{"intent": intent}],
        "sandbox.parcel": [
            {"reference": "shp_1", "status": "delivered"},
            {"reference": "shp_2", "status": "label_created"},
            {"reference": "shp_3", "status": "voided"},
        ],
        "shipping.shipment": [
            {"shipment_id": "shp_1", "order_id": "ord_1", "status": "delivered", "lines": [line]},
            {
                "shipment_id": "shp_2",
                "order_id": "ord_1",
                "status": "delivered",
                "lines": [back],
                "return_id": "ret_1",
            },
            {
                "shipment_id": "shp_3",
                "order_id": "ord_3",
                "status": "cancelled",
                "lines": [lost],
                "loss": {"resolution": "refund", "settled": True},
            },
        ],
    }


def _set(table: str, **values: Any) -> Callable[[World], None]:
    return lambda world: world[table][0].update(values)


def _charge_twice(world: World) -> None:
    world["sandbox.intent"].append(world["sandbox.intent"][0])


def _drop_capture(world: World) -> None:
    world["payments.ledger"].pop()


def _unbalance(world: World) -> None:
    world["payments.ledger"][0]["entries"].pop()


def _refund_too_much(world: World) -> None:
    world["payments.payment"][0]["refunded"] = 2000
    world["sandbox.intent"][0]["intent"]["refunds"].append({"amount": 2000})
    world["payments.ledger"].append(_posting("refund", ("customer_refunds", 2000), ("provider_balance", -2000)))


def _refund_as_cancelled(world: World) -> None:
    world["payments.payment"][0]["refunds"][0]["reason"] = "order_cancelled"


def _forget_a_fee(world: World) -> None:
    world["sandbox.intent"][0]["intent"]["transactions"][0]["fee"] = 46


def _forget_a_dispute(world: World) -> None:
    world["sandbox.intent"][0]["intent"]["transactions"].pop()


def _commit_twice(world: World) -> None:
    world["catalog.ledger"].append(_movement("committed", "ord_1", 0))


def _lose_the_order(world: World) -> None:
    world["orders.order"].clear()


def _take_back_too_much(world: World) -> None:
    world["orders.order"][0]["returns"][0]["inspected"][0]["quantity"] = 3


def _write_off_what_was_refused(world: World) -> None:
    world["shipping.shipment"][-1]["loss"]["resolution"] = "refuse"


def _leave_a_label(world: World) -> None:
    world["sandbox.parcel"][-1]["status"] = "label_created"


def _refuse_what_came_back(world: World) -> None:
    world["orders.order"][0]["returns"][0]["inspected"][0]["accepted"] = False


def _restock_out_of_nothing(world: World) -> None:
    world["catalog.restock"].append({"return_id": "ret_9", "lines": []})


def _send_back_in_no_parcel(world: World) -> None:
    world["orders.order"][0]["returns"][0]["label"] = None


def _send_back_something_else(world: World) -> None:
    world["shipping.shipment"][1]["lines"] = [{"sku": "B", "quantity": 1}]


def _forget_the_tax(world: World) -> None:
    world["orders.order"][0]["totals"]["tax"] = _money(0)


def _reprice_a_line(world: World) -> None:
    world["orders.order"][0]["lines"][0]["unit_price"] = _money(499)


def _miscount_the_customer(world: World) -> None:
    world["catalog.redemptions"].pop()


def _take_too_much_off(world: World) -> None:
    world["catalog.reservation"][0]["lines"][0]["discount"] = _money(201)


def _take_off_without_a_code(world: World) -> None:
    world["catalog.reservation"][1]["redemption"] = None


def _take_off_more_than_there_is(world: World) -> None:
    world["catalog.reservation"][0]["lines"][0]["unit_price"] = _money(99)


def _hold_something_else(world: World) -> None:
    line = {**world["orders.order"][0]["lines"][0], "discount": _money(100)}
    world["orders.order"][0]["lines"] = [line]


def _ship_for_free(world: World) -> None:
    world["catalog.reservation"][0]["redemption"]["free_shipping"] = True


BROKEN = [
    (_set("catalog.sku", available=9), "stock_is_conserved"),
    (_set("catalog.sku", allocated=-2, available=12), "stock_is_conserved"),
    (_set("catalog.adjustment", delta=8), "stock_is_conserved"),
    (_set("catalog.reservation", status="expired"), "stock_is_conserved"),
    (_set("catalog.reservation", lost=[{"sku": "A", "quantity": 1}]), "stock_is_conserved"),
    (_set("catalog.restock", lines=[{"sku": "A", "quantity": 2}]), "stock_is_conserved"),
    (_set("catalog.write_off", lines=[]), "stock_is_conserved"),
    (_set("catalog.sku", written_off=0), "stock_is_conserved"),
    (_set("catalog.bucket", number=2), "buckets_are_in_the_layout"),
    (_set("catalog.bucket", units=-1), "buckets_are_in_the_layout"),
    (_set("catalog.ledger", change=6), "ledgers_explain_levels"),
    (_set("catalog.ledger", actor=""), "ledgers_explain_levels"),
    (_commit_twice, "ledgers_explain_levels"),
    (_set("catalog.reservation", status="held"), "orders_hold_what_they_should"),
    (_set("orders.order", status="cancelled"), "orders_hold_what_they_should"),
    (_set("orders.order", status="cancelled"), "money_follows_orders"),
    (_set("orders.order", status="cancelled"), "nothing_cancelled_is_on_its_way"),
    (_set("payments.payment", captured=1319), "books_agree"),
    (_set("payments.payment", captured=1319), "money_follows_orders"),
    (_charge_twice, "books_agree"),
    (_forget_a_fee, "books_agree"),
    (_forget_a_dispute, "books_agree"),
    (_refund_as_cancelled, "money_follows_orders"),
    (_drop_capture, "books_agree"),
    (_refund_too_much, "books_agree"),
    (_unbalance, "postings_balance"),
    (_forget_the_tax, "totals_recompute"),
    (_set("orders.order", invoice_number=2), "invoices_have_no_gap"),
    (_set("orders.order", invoice_number=None), "invoices_have_no_gap"),
    (_take_back_too_much, "returns_are_worth_what_was_paid"),
    (_set("orders.order", payment={"refunds": []}), "returns_are_worth_what_was_paid"),
    (_write_off_what_was_refused, "lost_parcels_are_written_off"),
    (_leave_a_label, "no_label_outlives_its_shipment"),
    (_set("sandbox.parcel", reference="shp_9", status="label_created"), "no_label_outlives_its_shipment"),
    (_refuse_what_came_back, "what_is_accepted_is_restocked"),
    (_restock_out_of_nothing, "what_is_accepted_is_restocked"),
    (_send_back_in_no_parcel, "returns_have_their_parcel"),
    (_send_back_something_else, "returns_have_their_parcel"),
    (_reprice_a_line, "totals_recompute"),
    (_set("catalog.redemptions", redeemed=0), "uses_are_counted"),
    (_set("catalog.promotion", limit_total=0), "uses_are_counted"),
    (_set("catalog.reservation", status="released"), "uses_are_counted"),
    (_miscount_the_customer, "uses_are_counted"),
    (_set("catalog.promotion", value=199), "discounts_are_those_of_the_promotion"),
    (_set("catalog.promotion", kind="percentage", value=17), "discounts_are_those_of_the_promotion"),
    (_set("catalog.promotion", kind="free_shipping"), "discounts_are_those_of_the_promotion"),
    (_take_too_much_off, "discounts_are_those_of_the_promotion"),
    (_take_off_without_a_code, "discounts_are_those_of_the_promotion"),
    (_take_off_more_than_there_is, "discounts_are_those_of_the_promotion"),
    (_hold_something_else, "orders_cost_what_is_held"),
    (_set("orders.order", promotion=None), "orders_cost_what_is_held"),
    (_set("orders.order", shipping_method={"price": {"amount": 99}}), "orders_cost_what_is_held"),
    (_ship_for_free, "orders_cost_what_is_held"),
    (_lose_the_order, "money_follows_orders"),
    (_lose_the_order, "orders_hold_what_they_should"),
]


def test_a_sound_world_breaks_no_rule() -> None:
    assert violations(sound()) == []


@pytest.mark.parametrize(("damage", "rule"), BROKEN)
def test_what_is_broken_is_named(damage: Callable[[World], None], rule: str) -> None:
    world = sound()
    damage(world)
    assert rule in {sentence.partition(":")[0] for sentence in violations(world)}


@pytest.mark.parametrize(
    ("kind", "second", "told"),
    [
        ("shipment_dispatched", ("", "", "", "shp_2"), 0),
        ("shipment_dispatched", ("", "", "", "shp_1"), 1),
        ("delivery_attempt_failed", ("", "", "", "shp_1"), 0),
        ("refund_succeeded", ("", "ref_1", "", ""), 0),
    ],
)
def test_each_parcel_and_refund_of_an_order_is_told_of_once(kind: str, second: tuple[str, ...], told: int) -> None:
    rows = [
        {"order_id": "ord_1", "kind": kind, "channel": "email", "event_id": event_id, "status": "sent"}
        for event_id in ("evt_1", "evt_2")
    ]
    subjects = {"evt_1": ("", "", "", "shp_1"), "evt_2": second}
    assert len(list(told_once({"notifications.notification": rows}, subjects))) == told


def test_an_order_s_own_message_is_told_once_and_none_is_left_unsaid() -> None:
    row = {"order_id": "ord_1", "kind": "order_confirmed", "channel": "email", "event_id": "evt_1", "status": "sent"}
    subjects = {"evt_1": ("", "", "", ""), "evt_2": ("", "", "", "")}
    again = {**row, "event_id": "evt_2", "status": "pending"}
    assert len(list(told_once({"notifications.notification": [row, again]}, subjects))) == 2
