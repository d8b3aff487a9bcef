"""Returns at orders' doors, on its table."""

from typing import Any

from minishop.contracts.payments import RefundFailed, RefundSucceeded
from minishop.contracts.shipping import (
    ParcelLine,
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentInTransit,
)
from minishop.identity import Role
from minishop.money import Money
from tests.helpers import answer_of, customer, staff
from tests.integration.orders.shop import ALL_FINE, Shop, captured, parcel

LINES = [{"sku": "MUG", "quantity": 1, "reason": "chipped"}]


def delivered(shop: Shop) -> str:
    """An order that has arrived."""
    order_id: str = answer_of(shop.place())["id"]
    left = parcel(ShipmentDispatched, order_id, lines=(ParcelLine(sku="MUG", quantity=2),))
    assert shop.tell(captured(order_id), left, parcel(ShipmentDelivered, order_id)) == ALL_FINE
    assert shop.order(order_id)["status"] == "delivered"
    return order_id


def ask(shop: Shop, order_id: str, key: str = "r", **options: Any) -> dict[str, Any]:
    route, body = "POST /v1/orders/{id}/returns", {"lines": LINES}
    headers = {"Idempotency-Key": key}
    return shop.call(route, path={"id": order_id}, headers=headers, **({"body": body} | options))


def authorize(shop: Shop, return_id: str) -> dict[str, Any]:
    return shop.call("POST /v1/admin/returns/{id}/authorize", staff(Role.SUPPORT), path={"id": return_id})


def receive(shop: Shop, return_id: str, *, accepted: bool) -> dict[str, Any]:
    body = {"lines": [{"sku": "MUG", "quantity": 1, "accepted": accepted}]}
    route = "POST /v1/admin/returns/{id}/receive"
    return shop.call(route, staff(Role.WAREHOUSE), path={"id": return_id}, body=body)


def test_goods_go_back_and_the_money_too(shop: Shop) -> None:
    order_id = delivered(shop)
    first = ask(shop, order_id)
    assert first["statusCode"] == 201
    asked = answer_of(first)
    assert asked["label"]["url"] == "/v1/shipments/shp_back/label"
    assert (asked["status"], asked["lines"], asked["refund"]) == ("requested", LINES, None)
    assert answer_of(authorize(shop, asked["id"]))["status"] == "authorized"
    assert shop.tell(parcel(ShipmentInTransit, order_id, return_id=asked["id"])) == ALL_FINE
    assert shop.order(order_id)["returns"][0]["status"] == "in_transit"
    received = answer_of(receive(shop, asked["id"], accepted=True))
    assert (received["status"], received["refund"]) == ("accepted", {"amount": 1559, "currency": "EUR"})
    assert shop.aws.outboxes("OrdersTable") == ["RefundRequested", "ReturnAccepted"]
    refund = RefundSucceeded(
        refund_id="ref_1",
        payment_id="pay_1",
        order_id=order_id,
        amount=Money(1559, "EUR"),
        reference=asked["id"],
    )
    assert shop.tell(refund, refund) == ALL_FINE
    order = shop.order(order_id)
    assert (order["returns"][0]["status"], order["payment_status"]) == ("refunded", "partially_refunded")
    listed = answer_of(shop.call("GET /v1/orders/{id}/returns", path={"id": order_id}))
    assert listed == {"items": order["returns"], "next_cursor": None}
    assert ask(shop, order_id)["body"] == first["body"]


def retry(shop: Shop, order_id: str, reference: str, **options: Any) -> dict[str, Any]:
    route = "POST /v1/admin/orders/{id}/refunds/{reference}/retry"
    return shop.call(route, staff(Role.SUPPORT), path={"id": order_id, "reference": reference}, **options)


def test_a_refund_that_cannot_be_made_shows_in_the_order_and_support_asks_again(shop: Shop) -> None:
    order_id = delivered(shop)
    asked = answer_of(ask(shop, order_id))["id"]
    authorize(shop, asked)
    receive(shop, asked, accepted=True)
    amount = Money(1559, "EUR")
    about = {"refund_id": "ref_1", "payment_id": "pay_1", "order_id": order_id, "amount": amount, "reference": asked}
    assert shop.tell(RefundFailed(**about, code="insufficient_funds")) == ALL_FINE
    assert shop.order(order_id)["failed_refunds"] == [], "payments tries that one again by itself"
    hopeless = RefundFailed(**about, code="exceeds_captured", final=True)
    assert shop.tell(hopeless, hopeless) == ALL_FINE
    due = {"amount": 1559, "currency": "EUR"}
    order = shop.order(order_id)
    assert order["failed_refunds"] == [{"reference": asked, "amount": due, "code": "exceeds_captured"}]
    assert order["returns"][0]["status"] == "accepted"
    shop.aws.outboxes("OrdersTable")
    too_much = retry(shop, order_id, asked, body={"amount": due | {"amount": 1560}})
    assert (too_much["statusCode"], answer_of(too_much)["code"]) == (422, "exceeds_due")
    for _ in range(2):
        again = retry(shop, order_id, asked)
        assert (again["statusCode"], answer_of(again)["failed_refunds"]) == (200, [])
    assert shop.aws.outboxes("OrdersTable") == ["RefundRequested"]
    assert shop.tell(RefundSucceeded(**about)) == ALL_FINE
    assert shop.order(order_id)["returns"][0]["status"] == "refunded"
    assert answer_of(retry(shop, order_id, "ret_none"))["code"] == "refund_not_found"
    assert answer_of(retry(shop, "ord_none", asked))["code"] == "order_not_found"


def test_a_label_that_shipping_tells_later_reaches_the_return(shop: Shop) -> None:
    order_id = delivered(shop)
    shop.labels.down = True
    asked = answer_of(ask(shop, order_id))
    assert asked["label"] is None
    line = ParcelLine(sku="MUG", quantity=1)
    created = parcel(ShipmentCreated, order_id, lines=(line,), return_id=asked["id"])
    stopped = parcel(ShipmentCancelled, order_id, return_id=asked["id"])
    assert shop.tell(created, stopped) == ALL_FINE
    order = shop.order(order_id)
    assert order["returns"][0]["label"]["tracking_number"] == "SBX-1"
    assert (len(order["shipments"]), order["fulfilment_status"]) == (1, "delivered")


def test_refusals_say_why(shop: Shop) -> None:
    order_id = delivered(shop)
    asked = answer_of(ask(shop, order_id))["id"]
    too_many = ask(shop, order_id, key="s", body={"lines": [LINES[0] | {"quantity": 2}]})
    assert (too_many["statusCode"], answer_of(too_many)["code"]) == (409, "not_returnable")
    assert answer_of(too_many)["errors"][0]["pointer"] == "/lines/0/quantity"
    assert answer_of(ask(shop, order_id, principal=customer("cus_eve")))["code"] == "order_not_found"
    assert answer_of(receive(shop, asked, accepted=True))["code"] == "return_not_authorized"
    authorize(shop, asked)
    assert answer_of(receive(shop, asked, accepted=False))["status"] == "rejected"
    assert answer_of(receive(shop, asked, accepted=True))["code"] == "already_received"
    assert answer_of(authorize(shop, "ret_nobodys"))["code"] == "return_not_found"


def test_what_is_lost_on_its_way_back_is_decided_on_by_support(shop: Shop) -> None:
    order_id = delivered(shop)
    asked = answer_of(ask(shop, order_id))["id"]
    route, path = "POST /v1/admin/returns/{id}/lost", {"id": asked}

    def lose(resolution: str, role: Role = Role.SUPPORT) -> dict[str, Any]:
        return shop.call(route, staff(role), path=path, body={"resolution": resolution})

    assert answer_of(lose("refund"))["code"] == "return_not_authorized"
    authorize(shop, asked)
    assert lose("refund", Role.WAREHOUSE)["statusCode"] == 403
    assert lose("reship")["statusCode"] == 422
    lost = answer_of(lose("refund"))
    assert (lost["status"], lost["refund"]) == ("lost", {"amount": 1559, "currency": "EUR"})
    assert shop.aws.outboxes("OrdersTable") == ["RefundRequested", "ReturnLost"]
    assert answer_of(lose("refund")) == lost
    assert (lose("refuse")["statusCode"], answer_of(lose("refuse"))["code"]) == (409, "already_resolved")
    assert answer_of(receive(shop, asked, accepted=True))["code"] == "return_lost"
    assert shop.order(order_id)["returns"] == [lost]
