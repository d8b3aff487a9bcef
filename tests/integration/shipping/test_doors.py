"""Shipping's doors, on its table and queue."""

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from pypdf import PdfReader

from minishop import clock, inbox
from minishop.contracts.auth import GuestUpgraded, UserErased
from minishop.contracts.orders import OrderCancelRequested, OrderedLine, ReturnLost, ReturnRequested
from minishop.contracts.shipping import LabelRequested, ShipmentCancelled
from minishop.identity import Role
from minishop.money import Money
from minishop.observability import logger
from shipping import api, consumer, internal
from shipping.domain.shipment import replacement_shipment_id, rest_shipment_id, return_shipment_id, shipment_id
from shipping.messages import LossDeclared, ParcelReported
from tests.contract.template import resources
from tests.helpers import answer_of, bus_message, customer, guest, http_event, sqs_event, staff
from tests.integration.conftest import Aws
from tests.integration.shipping.samples import ORDER, SHIPMENT, SOLD, StubCarrier, StubStock, by_staff, sold

HEAVY = {"country": "DE", "weight_grams": "30001"}


def test_a_confirmed_order_gets_a_shipment_that_its_owner_sees(shop: Aws) -> None:
    shipment = sold()
    assert shipment["status"] == "label_created"
    assert shipment["lines"] == [{"sku": "MUG-RED", "quantity": 2}]
    assert shop.outboxes("ShippingTable") == ["ShipmentCreated"]


def test_somebody_else_s_shipment_is_not_there(shop: Aws) -> None:
    sold()
    for principal in (customer("cus_eve"), guest()):
        event = http_event("GET /v1/shipments/{id}", path={"id": SHIPMENT}, principal=principal)
        response = api.handler(event, None)
        assert response["statusCode"] == 404
        assert answer_of(response)["code"] == "shipment_not_found"


def test_auth_exports_somebody_s_shipments_and_nobody_else_does(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shipping.repository.PAGE", 1)
    first = sold()
    another = replace(SOLD, order_id="ord_2")
    consumer.handler(sqs_event(bus_message(another)), None)

    def export(owner: str, caller: str = "auth-api") -> Any:
        event = http_event("GET /internal/exports/shipments/{owner}", path={"owner": owner}, caller=caller)
        return internal.handler(event, None)

    found = answer_of(export("cus_ada"))
    assert {shipment["order_id"] for shipment in found["items"]} == {ORDER, "ord_2"}
    assert first in found["items"]
    assert found["complete"]
    assert answer_of(export("cus_eve")) == {"items": [], "complete": True}
    assert export("cus_ada", "orders-api")["statusCode"] == 403


def test_the_warehouse_lists_dispatches_and_is_told_once(shop: Aws) -> None:
    sold()
    warehouse = staff(Role.WAREHOUSE)
    listed = answer_of(api.handler(http_event("GET /v1/admin/shipments", principal=warehouse), None))
    assert [shipment["id"] for shipment in listed["items"]] == [SHIPMENT]
    assert listed["next_cursor"] is None
    event = http_event(
        "POST /v1/admin/shipments/{id}/dispatch",
        path={"id": SHIPMENT},
        principal=warehouse,
        headers={"Idempotency-Key": "k1"},
    )
    first, second = api.handler(event, None), api.handler(event, None)
    assert first["statusCode"] == second["statusCode"] == 200
    assert first["body"] == second["body"]
    assert answer_of(first)["status"] == "in_transit"
    assert first["headers"]["ETag"] == '"3"'


def test_what_does_not_leave_yet_gets_a_shipment_and_a_label_of_its_own(shop: Aws) -> None:
    sold()
    lines = [{"sku": "MUG-RED", "quantity": 1}]
    refused = by_staff("dispatch", Role.WAREHOUSE, {"lines": [{"sku": "MUG-RED", "quantity": 3}]})
    assert (refused["statusCode"], answer_of(refused)["code"]) == (422, "lines_not_in_shipment")
    first, again = (by_staff("dispatch", Role.WAREHOUSE, {"lines": lines}) for _ in range(2))
    assert first["statusCode"] == 200
    assert first["body"] == again["body"]
    assert answer_of(first)["lines"] == lines
    reused = by_staff("dispatch", Role.WAREHOUSE)
    assert (reused["statusCode"], answer_of(reused)["code"]) == (422, "idempotency_key_reused")
    rest = rest_shipment_id(SHIPMENT)
    assert shop.outboxes("ShippingTable") == ["LabelRequested", "ShipmentDispatched"]
    wanted = LabelRequested(shipment_id=rest, order_id=ORDER, owner="cus_ada", carrier="sandbox", tracking_number="")
    assert consumer.handler(sqs_event(bus_message(wanted)), None) == {"batchItemFailures": []}
    event = http_event("GET /v1/shipments/{id}", path={"id": rest}, principal=customer("cus_ada"))
    assert answer_of(api.handler(event, None))["tracking_number"] == f"SBX-{rest[4:12]}"


def test_a_lost_parcel_is_settled_once_and_the_reminder_finds_nothing_to_do(shop: Aws, stock: StubStock) -> None:
    sold()
    assert by_staff("lost", Role.SUPPORT, {"resolution": "refund"})["statusCode"] == 409
    by_staff("dispatch", Role.WAREHOUSE)
    stock.is_short = True
    short = by_staff("lost", Role.SUPPORT, {"resolution": "reship"})
    assert (short["statusCode"], answer_of(short)["code"]) == (409, "insufficient_stock")
    assert answer_of(short)["shortages"] == [{"sku": "MUG-RED"}]
    stock.is_short = False
    first, again = (by_staff("lost", Role.SUPPORT, {"resolution": "reship"}, key="k2") for _ in range(2))
    assert first["statusCode"] == 200
    assert first["body"] == again["body"]
    assert (answer_of(first)["status"], answer_of(first)["resolution"]) == ("lost", "reship")
    assert stock.calls == [(SHIPMENT, True), (SHIPMENT, True)]
    assert shop.outboxes("ShippingTable") == ["LabelRequested", "ShipmentLost"]
    assert {item["sk"]["S"] for item in shop.items("ShippingTable")} == {"shipment", "tracking"}
    event = http_event(
        "GET /v1/shipments/{id}", path={"id": replacement_shipment_id(SHIPMENT)}, principal=customer("cus_ada")
    )
    assert answer_of(api.handler(event, None))["status"] == "pending"
    reminder = bus_message(LossDeclared(shipment_id=SHIPMENT))
    assert consumer.handler(sqs_event(reminder), None) == {"batchItemFailures": []}
    assert len(stock.calls) == 2


def test_a_decision_comes_with_a_reminder_before_anything_else(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    number = sold()["tracking_number"]
    by_staff("dispatch", Role.WAREHOUSE)
    sent: list[Any] = []
    monkeypatch.setattr(inbox, "send", lambda url, message, **more: sent.append((message, more["delay"])))
    assert by_staff("lost", Role.SUPPORT, {"resolution": "refund"})["statusCode"] == 200
    assert sent == [(LossDeclared(shipment_id=SHIPMENT), 60)]
    found = ParcelReported(carrier="sandbox", report_id="msg_9", tracking_number=number, status="delivered")
    logged: list[str] = []
    monkeypatch.setattr(logger(), "error", lambda text, **more: logged.append(text))
    assert consumer.handler(sqs_event(bus_message(found)), None) == {"batchItemFailures": []}
    assert logged == [consumer.TURNED_UP]
    pattern = resources()["ShippingTurnedUpFilter"]["Properties"]["FilterPattern"]
    assert pattern == f'{{ $.message = "{consumer.TURNED_UP}" }}'
    event = http_event("GET /v1/tracking/{tracking_number}", path={"tracking_number": number})
    tracked = answer_of(api.handler(event, None))
    assert tracked["status"] == "lost"
    kinds = [entry["kind"] for entry in tracked["timeline"]]
    assert sorted(kinds) == ["created", "delivered", "dispatched", "given_up", "label_created"]
    assert [entry["at"] for entry in tracked["timeline"]] == sorted(entry["at"] for entry in tracked["timeline"])


def test_support_lists_what_carriers_have_lost_by_when_it_was_made(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    made = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for number in range(3):
        monkeypatch.setattr(clock.system, "source", lambda at=made + timedelta(days=number): at)
        consumer.handler(sqs_event(bus_message(replace(SOLD, order_id=f"ord_{number}"))), None)
    for number in range(2):
        by_staff("dispatch", Role.WAREHOUSE, key=f"k{number}", shipment=shipment_id(f"ord_{number}"))
        by_staff(
            "lost", Role.SUPPORT, {"resolution": "refund"}, key=f"l{number}", shipment=shipment_id(f"ord_{number}")
        )

    def lost(**span: str) -> list[str]:
        query = {"status": "lost", **span}
        event = http_event("GET /v1/admin/shipments", principal=staff(Role.SUPPORT), query=query)
        return [shipment["order_id"] for shipment in answer_of(api.handler(event, None))["items"]]

    assert lost() == ["ord_0", "ord_1"]
    assert lost(**{"from": "2026-11-21"}) == ["ord_1"]
    assert lost(to="2026-11-21T12:00:00Z") == ["ord_0"]
    assert lost(**{"from": "2026-11-21T12:00:00Z", "to": "2026-11-21T12:00:00.001Z"}) == ["ord_1"]
    assert lost(**{"from": "2026-11-22", "to": "2026-11-21"}) == []
    (shipment,) = [one for one in shop.items("ShippingTable") if one.get("order_id", {}).get("S") == "ord_2"]
    event = http_event(
        "GET /v1/shipments/{id}", path={"id": shipment["shipment_id"]["S"]}, principal=staff(Role.SUPPORT)
    )
    assert answer_of(api.handler(event, None))["status"] == "label_created"


def test_pages_follow_on_by_cursor_and_a_cursor_is_nobody_else_s(shop: Aws) -> None:
    for number in range(3):
        consumer.handler(sqs_event(bus_message(replace(SOLD, order_id=f"ord_{number}"))), None)
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(2):
        response = api.handler(
            http_event("GET /v1/admin/shipments", principal=staff(Role.WAREHOUSE), query=query), None
        )
        page = answer_of(response)
        seen += [shipment["id"] for shipment in page["items"]]
        if page["next_cursor"]:
            query = {"limit": "2", "cursor": page["next_cursor"]}
    assert sorted(seen) == sorted(shipment_id(f"ord_{number}") for number in range(3))
    stranger = staff(Role.ADMIN, identity="cus_other")
    refused = api.handler(http_event("GET /v1/admin/shipments", principal=stranger, query=query), None)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (400, "invalid_cursor")


def test_of_dispatch_and_cancellation_at_once_one_wins_and_both_know_which(shop: Aws) -> None:
    orders = [f"ord_{number}" for number in range(50)]
    warehouse, at_once = staff(Role.WAREHOUSE), Barrier(2)
    for order in orders:
        consumer.handler(sqs_event(bus_message(replace(SOLD, order_id=order))), None)

    def dispatch(order: str) -> int:
        event = http_event(
            "POST /v1/admin/shipments/{id}/dispatch",
            path={"id": shipment_id(order)},
            principal=warehouse,
            headers={"Idempotency-Key": order},
        )
        at_once.wait()
        return int(api.handler(event, None)["statusCode"])

    def cancel(order: str) -> bool:
        wish = OrderCancelRequested(order_id=order, owner="cus_ada", reason="customer")
        at_once.wait()
        return consumer.handler(sqs_event(bus_message(wish)), None) == {"batchItemFailures": []}

    with ThreadPoolExecutor(2) as pool:
        pairs = [(pool.submit(dispatch, order), pool.submit(cancel, order)) for order in orders]
        answers = {order: (left.result(), heard.result()) for order, (left, heard) in zip(orders, pairs, strict=True)}
    for order, (status, heard) in answers.items():
        event = http_event("GET /v1/shipments/{id}", path={"id": shipment_id(order)}, principal=warehouse)
        shipment = answer_of(api.handler(event, None))
        kinds = [entry["kind"] for entry in shipment["timeline"]]
        assert heard
        assert (status, shipment["status"]) in {(200, "in_transit"), (409, "cancelled")}
        assert kinds.count("dispatched") + kinds.count("cancelled") == 1
    told = shop.outboxes("ShippingTable")
    assert told.count("ShipmentDispatched") + told.count("ShipmentCancelled") == len(orders) == len(told)


def test_a_label_is_printed_for_who_packs_the_parcel(shop: Aws) -> None:
    sold()
    back = http_event(
        "PUT /internal/returns/{return_id}",
        path={"return_id": "ret_1"},
        body={"order_id": ORDER, "lines": [{"sku": "MUG-RED", "quantity": 1}]},
        caller="orders-api",
    )
    parcel = answer_of(internal.handler(back, None))["shipment_id"]
    asked = (
        ("GET /v1/admin/shipments/{id}/label", SHIPMENT, staff(Role.WAREHOUSE)),
        ("GET /v1/shipments/{id}/label", parcel, customer("cus_ada")),
    )
    for key, shipment, principal in asked:
        response = api.handler(http_event(key, path={"id": shipment}, principal=principal), None)
        assert (response["statusCode"], response["isBase64Encoded"]) == (200, True)
        assert response["headers"]["Content-Type"] == "application/pdf"
        assert response["headers"]["Cache-Control"] == "no-store"
        page = PdfReader(io.BytesIO(base64.b64decode(response["body"]))).pages[0].extract_text()
        assert "Ada Lovelace" in page
    for shipment, principal in ((SHIPMENT, customer("cus_ada")), (parcel, customer("cus_eve"))):
        event = http_event("GET /v1/shipments/{id}/label", path={"id": shipment}, principal=principal)
        assert api.handler(event, None)["statusCode"] == 404
    assert "Lovelace" not in json.dumps(shop.items("ShippingTable"))


def test_whose_shipments_they_are_follows_from_what_auth_tells(shop: Aws) -> None:
    sold()
    for event, owner in (
        (GuestUpgraded(guest_id="cus_ada", customer_id="cus_later"), "cus_later"),
        (UserErased(customer_id="cus_later"), "erased"),
    ):
        assert consumer.handler(sqs_event(bus_message(event), bus_message(event)), None) == {"batchItemFailures": []}
        (shipment,) = (item for item in shop.items("ShippingTable") if item["sk"]["S"] == "shipment")
        assert shipment["owner"]["S"] == owner
    passing = {"customer#cus_later", "guest#cus_ada"}  # that they are forgotten has to be known for a while
    kept = shop.items("ShippingTable")
    assert {item["pk"]["S"] for item in kept if "expires_at" in item} == passing
    assert "cus_" not in json.dumps([item for item in kept if item["pk"]["S"] not in passing])


def test_a_cancelled_order_s_shipment_is_stopped(shop: Aws) -> None:
    sold()
    cancelled = OrderCancelRequested(order_id=ORDER, owner="cus_ada", reason="customer")
    assert consumer.handler(sqs_event(bus_message(cancelled)), None) == {"batchItemFailures": []}
    assert shop.outboxes("ShippingTable") == ["ShipmentCancelled"]


def test_a_label_that_the_carrier_uses_all_the_same_is_alarmed(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    sold()
    cancelled = OrderCancelRequested(order_id=ORDER, owner="cus_ada", reason="customer")
    stopped = ShipmentCancelled(
        shipment_id=SHIPMENT, order_id=ORDER, owner="cus_ada", carrier="sandbox", tracking_number="SBX"
    )
    logged: list[str] = []
    monkeypatch.setattr(logger(), "error", lambda text, **more: logged.append(text))
    bodies = [bus_message(event) for event in (cancelled, stopped)]
    assert consumer.handler(sqs_event(*bodies), None) == {"batchItemFailures": []}
    assert logged == []
    monkeypatch.setattr(StubCarrier, "void_label", lambda *_: False)
    assert consumer.handler(sqs_event(bodies[1]), None) == {"batchItemFailures": []}
    assert logged == [consumer.TURNED_UP]


def test_a_return_gets_one_parcel_whether_orders_calls_or_tells(shop: Aws) -> None:
    sold()
    lines = [{"sku": "MUG-RED", "quantity": 1}]
    call = http_event(
        "PUT /internal/returns/{return_id}",
        path={"return_id": "ret_1"},
        body={"order_id": ORDER, "lines": lines},
        caller="orders-api",
    )
    first = internal.handler(call, None)
    told = ReturnRequested(
        order_id=ORDER,
        return_id="ret_1",
        owner="cus_ada",
        number="M-1",
        lines=(OrderedLine(sku="MUG-RED", quantity=1),),
    )
    assert consumer.handler(sqs_event(bus_message(told)), None) == {"batchItemFailures": []}
    assert answer_of(internal.handler(call, None)) == answer_of(first)
    shipment = return_shipment_id("ret_1")
    assert answer_of(first) == {
        "shipment_id": shipment,
        "carrier": "sandbox",
        "tracking_number": f"SBX-{shipment[4:12]}",
    }
    shown = api.handler(
        http_event("GET /v1/shipments/{id}", path={"id": shipment}, principal=customer("cus_ada")), None
    )
    assert answer_of(shown)["return_id"] == "ret_1"
    assert answer_of(shown)["lines"] == lines
    other = http_event(
        "PUT /internal/returns/{return_id}",
        path={"return_id": "ret_1"},
        body={"order_id": ORDER, "lines": lines},
        caller="cart-api",
    )
    assert internal.handler(other, None)["statusCode"] == 403


def test_a_parcel_that_was_given_up_with_its_return_is_lost_and_its_turning_up_is_alarmed(
    shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold()
    shipment, lines = return_shipment_id("ret_1"), (OrderedLine(sku="MUG-RED", quantity=1),)
    about = {"order_id": ORDER, "return_id": "ret_1", "owner": "cus_ada", "number": "M-1"}
    lost = ReturnLost(**about, lines=lines, shipment_id=shipment, resolution="refuse", refund=Money(0, "EUR"))
    early = consumer.handler(sqs_event(bus_message(lost)), None)
    assert len(early["batchItemFailures"]) == 1
    asked = ReturnRequested(**about, lines=lines)
    found = ParcelReported(
        carrier="sandbox", report_id="rep_1", tracking_number=f"SBX-{shipment[4:12]}", status="delivered"
    )
    bodies = [bus_message(event) for event in (asked, lost, lost, found)]
    logged: list[str] = []
    monkeypatch.setattr(logger(), "error", lambda text, **more: logged.append(text))
    assert consumer.handler(sqs_event(*bodies), None) == {"batchItemFailures": []}
    shown = http_event("GET /v1/shipments/{id}", path={"id": shipment}, principal=customer("cus_ada"))
    assert answer_of(api.handler(shown, None))["status"] == "lost"
    assert logged == [consumer.TURNED_UP]


def test_rates_are_for_orders_alone(shop: Aws) -> None:
    body = {"address": {"country": "DE", "postal_code": "10115"}, "weight_grams": 1500}
    allowed = internal.handler(http_event("POST /internal/shipping/rates", body=body, caller="orders-api"), None)
    assert [method["id"] for method in answer_of(allowed)["methods"]] == ["standard", "same-day", "express"]
    assert set(answer_of(allowed)["methods"][0]["delivery"]) == {"from", "to"}
    for caller in ("cart-api", None):
        refused = internal.handler(http_event("POST /internal/shipping/rates", body=body, caller=caller), None)
        assert refused["statusCode"] == 403


def test_methods_are_open_and_their_query_is_checked(shop: Aws) -> None:
    ok = api.handler(http_event("GET /v1/shipping/methods", query={"country": "DE", "weight_grams": "900"}), None)
    assert answer_of(ok)["items"][0]["price"] == {"amount": 490, "currency": "EUR"}
    for query, unserved in (({"country": "KP", "weight_grams": "9"}, "country_not_served"), (HEAVY, "too_heavy")):
        none = answer_of(api.handler(http_event("GET /v1/shipping/methods", query=query), None))
        assert none == {"items": [], "unserved": unserved}
    bad = api.handler(http_event("GET /v1/shipping/methods", query={"country": "de", "weight_grams": "0"}), None)
    assert bad["statusCode"] == 422
    assert {error["pointer"] for error in answer_of(bad)["errors"]} == {"/country", "/weight_grams"}


def test_it_says_that_it_is_well(shop: Aws) -> None:
    response = api.handler(http_event("GET /v1/shipping/health"), None)
    assert answer_of(response) == {"status": "ok", "service": "shipping"}
