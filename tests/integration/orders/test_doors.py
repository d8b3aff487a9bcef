"""Orders' doors, on its table and queue."""

import json
from typing import Any

import pytest

from minishop import dynamodb
from minishop.contracts.auth import GuestUpgraded
from minishop.contracts.catalog import ReservationExpired
from minishop.contracts.payments import PaymentActionRequired, PaymentDeclined, PaymentVoided, RefundSucceeded
from minishop.contracts.shipping import (
    ParcelLine,
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentDispatched,
)
from minishop.identity import Principal, Role
from orders import api, consumer, internal, relay, wiring
from orders.clients import CartClient, CatalogClient, ShippingClient
from orders.domain.checkout import Cart, CartLine
from orders.domain.errors import SaveUnansweredError
from orders.repository import OrderTable
from orders.retries import InboxRetryWindow
from tests.helpers import answer_of, customer, guest, http_event, sqs_event, staff
from tests.integration.conftest import Aws
from tests.integration.orders.samples import ADDRESS, BODY
from tests.integration.orders.shop import ALL_FINE, TOTAL, Shop, captured, parcel
from tests.unit.orders.fakes import ADA


def test_a_quote_says_what_it_costs_and_how_it_can_travel(shop: Shop) -> None:
    shop.carts.carts[ADA] = Cart((CartLine("MUG", 2),))
    response = shop.call("POST /v1/checkout/quote", body={"shipping_address": ADDRESS})
    assert response["statusCode"] == 200
    quote = answer_of(response)
    assert quote["totals"] == {
        "subtotal": {"amount": 2598, "currency": "EUR"},
        "discount": {"amount": 0, "currency": "EUR"},
        "shipping": {"amount": 490, "currency": "EUR"},
        "tax": {"amount": 618, "currency": "EUR"},
        "total": {"amount": 3706, "currency": "EUR"},
        "tax_included": False,
    }
    assert quote["shipping_methods"][0]["delivery"] == {"from": "2026-11-24", "to": "2026-11-27"}
    assert quote["shortages"] == []


def test_a_quote_names_what_is_short_and_refuses_an_unknown_method(shop: Shop) -> None:
    shop.carts.carts[ADA] = Cart((CartLine("MUG", 2),))
    shop.catalog.stock["MUG"] = 1
    response = shop.call("POST /v1/checkout/quote", body={"shipping_address": ADDRESS})
    assert answer_of(response)["shortages"] == [{"sku": "MUG", "wanted": 2, "available": 1}]
    unknown = shop.call("POST /v1/checkout/quote", body={"shipping_address": ADDRESS, "shipping_method": "pigeon"})
    assert unknown["statusCode"] == 422
    assert answer_of(unknown)["errors"][0]["pointer"] == "/shipping_method"


def test_an_order_is_placed_written_once_and_told(shop: Shop) -> None:
    first, second = shop.place(), shop.place()
    assert first["statusCode"] == second["statusCode"] == 201
    assert first["body"] == second["body"]
    order = answer_of(first)
    assert first["headers"]["Location"] == f"/v1/orders/{order['id']}"
    assert first["headers"]["ETag"] == '"1"'
    assert (order["status"], order["payment_status"], order["fulfilment_status"]) == (
        "placed",
        "pending",
        "unfulfilled",
    )
    assert order["lines"] == [
        {
            "sku": "MUG",
            "product_id": "prd_mug",
            "title": "The MUG",
            "quantity": 2,
            "unit_price": {"amount": 1299, "currency": "EUR"},
            "discount": {"amount": 0, "currency": "EUR"},
            "tax": {"amount": 520, "currency": "EUR"},
            "tax_rate": "20",
            "line_total": {"amount": 2598, "currency": "EUR"},
        }
    ]
    assert order["shipping_address"]["phone"] == "+4930123456"
    assert (order["email"], order["shipments"], order["returns"]) == (None, [], [])
    assert shop.aws.outboxes("OrdersTable") == ["OrderPlaced", "PaymentRequested"]


def test_the_first_answer_comes_again_however_far_the_order_is(shop: Shop) -> None:
    first = shop.place()
    shop.tell(captured(answer_of(first)["id"]))
    assert shop.order(answer_of(first)["id"])["status"] == "confirmed"
    assert shop.place()["body"] == first["body"]
    reused = shop.place(email="ada@minishop.test")
    assert (reused["statusCode"], answer_of(reused)["code"]) == (422, "idempotency_key_reused")


def test_refusals_say_what_is_wrong(shop: Shop) -> None:
    without_key = shop.call("POST /v1/orders", body=BODY)
    assert (without_key["statusCode"], answer_of(without_key)["code"]) == (400, "idempotency_key_required")
    no_email = shop.place(guest())
    assert (no_email["statusCode"], answer_of(no_email)["errors"][0]["pointer"]) == (422, "/email")
    two_addresses = shop.place(address_id="adr_1")
    assert "either" in answer_of(two_addresses)["errors"][0]["detail"]
    card = shop.place(payment_method={"token": "pm_card_visa", "number": "4242424242424242"})
    assert answer_of(card)["errors"][0]["pointer"] == "/payment_method/number"
    for number in ("4242424242424242", "4242-4242-4242-4242"):
        as_token = shop.place(payment_method={"token": number})
        assert answer_of(as_token)["errors"][0]["pointer"] == "/payment_method/token"
        assert number not in as_token["body"]
    changed = shop.place(expected_total={"amount": 1, "currency": "EUR"})
    assert (changed["statusCode"], answer_of(changed)["code"]) == (409, "total_changed")
    shop.catalog.stock["MUG"] = 0
    short = shop.place()
    assert (short["statusCode"], answer_of(short)["code"]) == (409, "insufficient_stock")
    assert answer_of(short)["shortages"][0]["sku"] == "MUG"
    assert shop.call("POST /v1/orders", staff(Role.SUPPORT, identity="cus_s"), body={})["statusCode"] == 400
    assert shop.aws.items("OrdersTable") == []


def test_a_guest_orders_with_an_address_and_keeps_the_order_after_signing_in(shop: Shop) -> None:
    order = answer_of(shop.place(guest(), email="ada@minishop.test"))
    assert order["email"] == "ada@minishop.test"
    upgraded = GuestUpgraded(guest_id="gst_1", customer_id=ADA)
    assert shop.tell(upgraded, upgraded) == ALL_FINE
    assert shop.order(order["id"])["version"] == 2
    listed = answer_of(shop.call("GET /v1/orders"))
    assert [found["id"] for found in listed["items"]] == [order["id"]]
    assert answer_of(shop.call("GET /v1/orders", guest()))["items"] == []


def test_what_a_guest_orders_after_signing_in_elsewhere_is_in_the_customer_s_list_too(shop: Shop) -> None:
    upgraded = GuestUpgraded(guest_id="gst_1", customer_id=ADA)
    assert shop.tell(upgraded, upgraded) == ALL_FINE
    order = answer_of(shop.place(guest(), email="ada@minishop.test"))
    assert answer_of(shop.call("GET /v1/orders"))["items"] == []
    assert shop.tell(captured(order["id"]), captured(order["id"])) == ALL_FINE
    listed = answer_of(shop.call("GET /v1/orders"))["items"]
    assert [(found["id"], found["status"]) for found in listed] == [(order["id"], "confirmed")]
    shown = shop.call("GET /v1/orders/{id}", guest(), path={"id": order["id"]})
    assert (shown["statusCode"], answer_of(shown)["version"]) == (200, 2)


def test_a_payment_that_was_voided_shows_in_the_order(shop: Shop) -> None:
    order_id: str = answer_of(shop.place())["id"]
    voided = PaymentVoided(payment_id="pay_1", order_id=order_id)
    assert shop.tell(voided, voided) == ALL_FINE
    assert (shop.order(order_id)["payment_status"], shop.order(order_id)["version"]) == ("voided", 2)


@pytest.mark.parametrize(
    ("principal", "status"),
    [
        (customer(ADA), 200),
        (staff(Role.SUPPORT), 200),
        (staff(Role.ADMIN), 200),
        (staff(Role.WAREHOUSE), 404),
        (customer("cus_eve"), 404),
        (guest(), 404),
    ],
)
def test_an_order_and_its_timeline_are_there_for_those_who_may_see_them(
    shop: Shop, principal: Principal, status: int
) -> None:
    order = answer_of(shop.place())
    path = {"id": order["id"]}
    assert shop.call("GET /v1/orders/{id}", principal, path=path)["statusCode"] == status
    assert shop.call("GET /v1/orders/{id}/timeline", principal, path=path)["statusCode"] == status
    never = shop.call("GET /v1/orders/{id}", principal, path={"id": "ord_never"})
    assert (never["statusCode"], answer_of(never)["code"]) == (404, "order_not_found")


def test_orders_are_listed_latest_first_page_by_page(shop: Shop) -> None:
    placed = []
    for number in range(5):
        shop.carts.claims.clear()
        shop.clock.pass_time(seconds=1)
        placed.append(answer_of(shop.place(key=f"key-{number}"))["id"])
    shop.place(customer("cus_eve"))
    seen: list[str] = []
    query = {"limit": "2"}
    pages = 0
    while query:
        page = answer_of(shop.call("GET /v1/orders", query=query))
        seen += [order["id"] for order in page["items"]]
        pages += 1
        query = {"limit": "2", "cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert (seen, pages) == (placed[::-1], 3)


def test_a_cursor_is_nobody_else_s(shop: Shop) -> None:
    for number in range(2):
        shop.carts.claims.clear()
        shop.place(key=f"key-{number}")
    cursor = answer_of(shop.call("GET /v1/orders", query={"limit": "1"}))["next_cursor"]
    refused = shop.call("GET /v1/orders", customer("cus_eve"), query={"limit": "1", "cursor": cursor})
    assert (refused["statusCode"], answer_of(refused)["code"]) == (400, "invalid_cursor")


def test_the_whole_way_of_an_order(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    created = parcel(ShipmentCreated, order_id, lines=(ParcelLine(sku="MUG", quantity=2),))
    for event in (captured(order_id), created, parcel(ShipmentDispatched, order_id)):
        assert shop.tell(event, event) == ALL_FINE
    shipped = shop.order(order_id)
    assert (shipped["status"], shipped["fulfilment_status"], shipped["version"]) == ("shipped", "in_transit", 4)
    assert shop.aws.outboxes("OrdersTable") == ["OrderShipped"]
    shop.tell(parcel(ShipmentDelivered, order_id))
    delivered = shop.order(order_id)
    assert (delivered["status"], delivered["payment_status"]) == ("delivered", "captured")
    assert delivered["shipments"] == [
        {
            "id": "shp_1",
            "status": "delivered",
            "carrier": "sandbox",
            "tracking_number": "SBX-1",
            "lines": [{"sku": "MUG", "quantity": 2}],
        }
    ]
    timeline = answer_of(shop.call("GET /v1/orders/{id}/timeline", path={"id": order_id}))
    assert [entry["kind"] for entry in timeline["items"]] == [
        "placed",
        "payment_captured",
        "confirmed",
        "shipment_label_created",
        "shipment_in_transit",
        "shipped",
        "shipment_delivered",
        "delivered",
    ]
    assert set(timeline["items"][0]) == {"at", "kind", "actor", "detail"}
    item = next(item for item in shop.aws.items("OrdersTable") if item["sk"]["S"] == "order")
    assert all(entry["M"]["correlation_id"]["S"] for entry in item["timeline"]["L"])


def test_a_save_without_events_does_not_tell_the_last_ones_again(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    asked = PaymentActionRequired(payment_id="pay_1", order_id=order_id, attempt=1, action_url="https://pay.test/1")
    assert shop.tell(asked) == ALL_FINE
    assert shop.order(order_id)["payment_status"] == "requires_action"
    assert shop.aws.outboxes("OrdersTable") == []


def test_a_declined_order_is_cancelled_by_the_message_that_it_sends_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = answer_of(shop.place())["id"]
    shop.aws.use("OrdersConsumerFunction")
    monkeypatch.setenv("PAYMENT_RETRY_SECONDS", "0")
    declined = PaymentDeclined(payment_id="pay_1", order_id=order_id, attempt=1, decline_code="card_declined")
    assert shop.tell(declined) == ALL_FINE
    (message,) = shop.aws.messages("OrdersInbox")
    assert json.loads(message["Body"])["detail-type"] == "RetryWindowClosed"
    assert consumer.handler(sqs_event(message["Body"], message["Body"]), None) == ALL_FINE
    order = answer_of(internal_order(order_id))
    assert order["status"] == "cancelled"
    assert shop.aws.outboxes("OrdersTable") == ["OrderCancelled"]


def test_the_shopper_tries_another_card(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    declined = PaymentDeclined(payment_id="pay_1", order_id=order_id, attempt=1, decline_code="card_declined")
    route, headers = "POST /v1/orders/{id}/payment", {"Idempotency-Key": "again"}
    body = {"payment_method": {"token": "pm_card_visa"}}
    too_early = shop.call(route, path={"id": order_id}, body=body, headers=headers)
    assert (too_early["statusCode"], answer_of(too_early)["code"]) == (409, "not_payable")
    shop.tell(declined)
    first = shop.call(route, path={"id": order_id}, body=body, headers=headers)
    assert (first["statusCode"], answer_of(first)["payment_status"]) == (202, "pending")
    assert shop.aws.outboxes("OrdersTable") == ["PaymentRequested"]
    shop.tell(captured(order_id))
    assert shop.order(order_id)["status"] == "confirmed"
    assert shop.call(route, path={"id": order_id}, body=body, headers=headers)["body"] == first["body"]


def test_a_hold_that_runs_out_cancels_and_a_refund_is_noted(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    expired = ReservationExpired(order_id=order_id, lines=())
    refund = RefundSucceeded(refund_id="ref_1", payment_id="pay_1", order_id=order_id, amount=TOTAL)
    assert shop.tell(expired, captured(order_id), refund) == ALL_FINE
    order = shop.order(order_id)
    assert (order["status"], order["payment_status"]) == ("cancelled", "refunded")


def test_an_event_about_an_order_that_is_not_there_fails_alone(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    failures = shop.tell(captured("ord_never"), captured(order_id))
    assert failures == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert shop.order(order_id)["status"] == "confirmed"


def cancel(shop: Shop, order_id: str, key: str = "c", reason: str = "changed my mind") -> dict[str, Any]:
    return shop.call(
        "POST /v1/orders/{id}/cancel",
        path={"id": order_id},
        body={"reason": reason},
        headers={"Idempotency-Key": key},
    )


def test_an_order_is_cancelled_once_and_answered_alike(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    shop.tell(captured(order_id))
    first = cancel(shop, order_id)
    assert (first["statusCode"], answer_of(first)["status"]) == (202, "cancel_requested")
    assert first["headers"]["ETag"] == '"3"'
    assert shop.aws.outboxes("OrdersTable") == ["OrderCancelRequested"]
    shop.tell(parcel(ShipmentCancelled, order_id))
    assert shop.order(order_id)["status"] == "cancelled"
    assert cancel(shop, order_id)["body"] == first["body"]
    assert answer_of(cancel(shop, order_id, key="d"))["status"] == "cancelled"
    assert answer_of(cancel(shop, order_id, reason="other"))["code"] == "idempotency_key_reused"


def test_what_has_left_is_not_cancelled(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    shop.tell(captured(order_id), parcel(ShipmentDispatched, order_id))
    refused = cancel(shop, order_id)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (409, "already_dispatched")


def internal_order(order_id: str, caller: str | None = "shipping-consumer") -> dict[str, Any]:
    return internal.handler(http_event("GET /internal/orders/{id}", path={"id": order_id}, caller=caller), None)


@pytest.mark.parametrize(("header", "locale"), [("", None), ("de-AT, de;q=0.9", "de-AT")])
def test_notifications_learns_in_which_language_an_order_was_placed(
    shop: Shop, header: str, locale: str | None
) -> None:
    order_id = answer_of(shop.place(language=header))["id"]
    assert answer_of(internal_order(order_id, "notifications-consumer"))["locale"] == locale


def test_other_services_get_what_they_need_to_know(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    order = answer_of(internal_order(order_id))
    assert order["lines"][0]["weight_grams"] == 400
    assert (order["owner"], order["shipping_address"]["country"]) == (ADA, "DE")
    assert order["shipping_method"]["service"] == "standard"
    assert internal_order(order_id, "notifications-consumer")["statusCode"] == 200
    assert internal_order("ord_never")["statusCode"] == 404
    for caller in ("cart-api", None):
        assert internal_order(order_id, caller)["statusCode"] == 403


def test_each_route_makes_just_the_calls_that_it_needs(shop: Shop) -> None:
    made: list[str] = []

    def count(model: Any, **_: Any) -> None:
        made.append(model.name)

    def calls(response: dict[str, Any]) -> list[str]:
        assert response["statusCode"] < 300
        taken = made[:]
        made.clear()
        return taken

    dynamodb.connection().client.meta.events.register("before-call.dynamodb", count)
    placed = shop.place()
    path = {"id": answer_of(placed)["id"]}
    assert calls(placed) == ["GetItem", "GetItem", "PutItem"]  # the order by its key, the tax rates
    assert calls(shop.place()) == ["GetItem"]
    assert calls(shop.call("GET /v1/orders/{id}", path=path)) == ["GetItem"]
    assert calls(shop.call("GET /v1/orders/{id}/timeline", path=path)) == ["GetItem"]
    assert calls(internal_order(path["id"])) == ["GetItem"]
    assert calls(shop.call("GET /v1/orders", query={"limit": "1"})) == ["Query"]
    assert calls(cancel(shop, path["id"])) == ["GetItem", "PutItem"]


def test_what_was_placed_goes_to_the_bus(shop: Shop) -> None:
    shop.place()
    (item,) = shop.aws.items("OrdersTable")
    shop.aws.use("OrdersRelayFunction")
    record = {"dynamodb": {"SequenceNumber": "1", "NewImage": {"outbox": item["outbox"]}}}
    assert relay.handler({"Records": [record]}, None) == ALL_FINE


def test_a_table_that_does_not_answer_leaves_the_outcome_open(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = answer_of(shop.place())["id"]
    order = OrderTable().find(order_id)
    assert order
    monkeypatch.setenv("ORDERS_TABLE", "there-is-no-such-table")
    dynamodb.reset_connections()
    with pytest.raises(SaveUnansweredError):
        OrderTable().insert(order, ())


def test_the_doors_are_wired_to_the_real_neighbours(aws: Aws) -> None:
    aws.use("OrdersApiFunction")
    checkout = wiring.checkout_ports()
    assert isinstance(checkout.carts, CartClient)
    assert isinstance(checkout.catalog, CatalogClient)
    assert isinstance(checkout.shipping, ShippingClient)
    assert isinstance(wiring.ports().orders, OrderTable)
    assert isinstance(wiring.reaction_ports().retry_window, InboxRetryWindow)


def test_it_says_that_it_is_well(shop: Shop) -> None:
    response = api.handler(http_event("GET /v1/orders/health"), None)
    assert answer_of(response) == {"status": "ok", "service": "orders"}
