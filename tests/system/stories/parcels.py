"""Parcels that go astray, in parts, or back, and what is sent back by shoppers."""

from collections.abc import Callable

from tests.system.shop import eventually
from tests.system.teller import QUANTITY, STOCK, Teller


def parcel_lost_refund(teller: Teller) -> None:
    """Refunded, as support decides; the stock is written off, and a parcel that turns up changes nothing."""
    order, number = teller.dispatched()
    (shipment,) = order["shipments"]
    teller.carry(number, "in_transit", "lost")
    made = teller.me.call("GET", f"/v1/shipments/{shipment['id']}")["created_at"]
    path = f"/v1/admin/shipments?status=lost&limit=100&from={made}"
    eventually(
        lambda: shipment["id"] in [one["id"] for one in teller.support.call("GET", path)["items"]],
        what="the shipment among the lost ones",
    )
    assert teller.lose(shipment["id"], "refund")["status"] == "lost"
    lost = teller.once(order["id"], lambda order: order["fulfilment_status"] == "lost", "the loss in the order")
    assert lost["status"] == "shipped"
    total = order["totals"]["total"]["amount"]
    assert teller.refunded_once(order["id"]) == total
    assert teller.level()["available"] == STOCK - QUANTITY
    teller.once_paid_as(order["id"], "refunded")
    teller.carry(number, "delivered")
    assert teller.me.call("GET", f"/v1/tracking/{number}")["status"] == "lost"
    shown = teller.me.call("GET", f"/v1/shipments/{shipment['id']}")
    assert shown["resolution"] == "refund"
    kinds = [entry["kind"] for entry in shown["timeline"]]
    assert kinds[3:] == ["in_transit", "lost", "given_up", "written_off", "delivered"]
    assert teller.payment(order["id"])["refunded"]["amount"] == total


def parcel_lost_reship(teller: Teller) -> None:
    """Sent once more, as support decides; the stock is written off."""
    order, number = teller.dispatched()
    (lost,) = order["shipments"]
    teller.carry(number, "in_transit", "exception", "lost")
    teller.lose(lost["id"], "reship")
    teller.available_once(STOCK - 2 * QUANTITY)
    parcels = teller.with_parcels(order["id"], 2)["shipments"]
    (again,) = (one for one in parcels if one["id"] != lost["id"])
    assert again["lines"] == lost["lines"]
    second = teller.send_off(again["id"])
    assert second != number
    teller.carry(second, "in_transit", "exception", "out_for_delivery", "delivered")
    teller.me.order_once(order["id"], "delivered")
    assert teller.payment(order["id"])["refunds"] == []


def parcel_returned_to_its_sender(teller: Teller) -> None:
    """Undelivered and back: a return that nobody asked for, inspected, refunded and restocked."""
    order, number = teller.dispatched()
    teller.carry(number, "in_transit", "returning", "returned")
    back = teller.return_once(order["id"], "in_transit")
    assert back["lines"][0]["quantity"] == QUANTITY
    teller.receive(back["id"], QUANTITY, accepted=True)
    teller.return_once(order["id"], "refunded")
    teller.available_once(STOCK)


def parcel_left_in_two_parts(teller: Teller) -> None:
    """What leaves in two parcels has arrived when both have."""
    order = teller.confirmed(quantity=3)
    (first,) = order["shipments"]
    label = teller.warehouse.http.get(f"/v1/admin/shipments/{first['id']}/label")
    assert (label.status_code, label.headers["content-type"]) == (200, "application/pdf")
    assert label.content.startswith(b"%PDF-")
    number = teller.send_off(first["id"], {"lines": [{"sku": teller.sku, "quantity": 1}]})
    shipments = teller.with_parcels(order["id"], 2)["shipments"]
    assert sorted(one["lines"][0]["quantity"] for one in shipments) == [1, 2]
    teller.carry(number, "in_transit", "out_for_delivery", "delivered")
    assert teller.order(order["id"])["status"] == "shipped"
    (second,) = (one for one in shipments if one["id"] != first["id"])
    teller.carry(teller.send_off(second["id"]), "in_transit", "out_for_delivery", "delivered")
    teller.me.order_once(order["id"], "delivered")


def returned_accepted_lines_are_refunded_and_restocked(teller: Teller) -> None:
    """Labelled, authorized, on its way with the carrier, received, accepted, refunded."""
    order = teller.delivered()
    asked = teller.send_back(order["id"], 1)
    assert asked["label"]
    teller.authorize(asked["id"])
    teller.carry(asked["label"]["tracking_number"], "in_transit")
    teller.return_once(order["id"], "in_transit")
    received = teller.receive(asked["id"], 1, accepted=True)
    assert received["status"] == "accepted"
    gross = order["lines"][0]["line_total"]["amount"] + order["lines"][0]["tax"]["amount"]
    assert received["refund"]["amount"] in {gross // 2, gross // 2 + 1}
    assert teller.refunded_once(order["id"]) == received["refund"]["amount"]
    teller.available_once(STOCK - 1)
    done = teller.once(order["id"], lambda order: order["returns"][0]["status"] == "refunded", "the return's end")
    assert (done["status"], done["payment_status"]) == ("delivered", "partially_refunded")
    body = {"lines": [{"sku": teller.sku, "quantity": 2, "reason": "too many"}]}
    path = f"/v1/orders/{order['id']}/returns"
    assert teller.me.call("POST", path, body, expect=409, headers=teller.key())["code"] == "not_returnable"


def returned_rejected_lines_are_neither(teller: Teller) -> None:
    """Brought by hand, inspected, and not taken back."""
    order = teller.delivered()
    asked = teller.send_back(order["id"], QUANTITY)
    teller.authorize(asked["id"])
    assert teller.receive(asked["id"], QUANTITY, accepted=False)["status"] == "rejected"
    assert teller.payment(order["id"])["refunds"] == []
    assert teller.level()["available"] == STOCK - QUANTITY
    subject = "return"
    assert eventually(
        lambda: [one for one in teller.shop.mailbox(teller.me.email) if subject in (one["subject"] or "").lower()],
        what="a mail about the return",
    )


def returned_and_lost_on_its_way(teller: Teller) -> None:
    """Sent back, and lost by the carrier: paid for all the same, as support decides, and not restocked."""
    order = teller.delivered()
    asked = teller.send_back(order["id"], 1)
    teller.authorize(asked["id"])
    teller.carry(asked["label"]["tracking_number"], "in_transit")
    teller.return_once(order["id"], "in_transit")
    path = f"/v1/admin/returns/{asked['id']}/lost"
    given_up = teller.support.call("POST", path, {"resolution": "refund"})
    assert given_up["status"] == "lost"
    assert teller.support.call("POST", path, {"resolution": "refuse"}, expect=409)["code"] == "already_resolved"
    assert teller.refunded_once(order["id"]) == given_up["refund"]["amount"]
    assert teller.return_once(order["id"], "refunded")["received"] == []
    assert teller.level()["available"] == STOCK - QUANTITY


STORIES: tuple[Callable[[Teller], None], ...] = (
    parcel_lost_refund,
    parcel_lost_reship,
    parcel_returned_to_its_sender,
    parcel_left_in_two_parts,
    returned_accepted_lines_are_refunded_and_restocked,
    returned_rejected_lines_are_neither,
    returned_and_lost_on_its_way,
)
