"""Shipping's doors, on its table and queue."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from minishop import inbox
from minishop.contracts.orders import OrderCancelRequested, OrderConfirmed, OrderedLine, ReturnRequested
from minishop.contracts.shipping import LabelRequested
from minishop.identity import Role
from minishop.money import Money
from minishop.secrets import secret_field
from shipping import api, consumer, internal, wiring
from shipping.domain.errors import InsufficientStockError
from shipping.domain.shipment import (
    Line,
    Shipment,
    replacement_shipment_id,
    rest_shipment_id,
    return_shipment_id,
    shipment_id,
)
from shipping.messages import LossDeclared, ParcelReported
from shipping.use_cases.ports import Consignment, Destination, Parcel
from tests.helpers import answer_of, bus_message, customer, guest, http_event, sqs_event, staff
from tests.integration.conftest import Aws

ORDER = "ord_1"
SHIPMENT = shipment_id(ORDER)
CONFIRMED = OrderConfirmed(
    order_id=ORDER,
    number="M-1",
    owner="cus_ada",
    lines=(OrderedLine(sku="MUG-RED", quantity=2),),
    total=Money(2890, "EUR"),
)


class StubOrders:
    """Answers as the orders service would for ORDER."""

    def consignment(self, order_id: str) -> Consignment:
        lines = (Line("MUG-RED", 2, 400),)
        return Consignment("cus_ada", lines, Destination("DE", "10115"), "sandbox", "standard")


class StubStock:
    """Writes off what it is told to; with nothing to replace it, if so."""

    def __init__(self) -> None:
        self.is_short = False
        self.calls: list[tuple[str, bool]] = []

    def write_off(self, shipment: Shipment, *, replace: bool) -> None:
        self.calls.append((shipment.id, replace))
        if replace and self.is_short:
            raise InsufficientStockError("Too few.", extra={"shortages": [{"sku": "MUG-RED"}]})


class StubCarrier:
    """Numbers parcels by their references."""

    def create_label(self, parcel: Parcel) -> str:
        return f"SBX-{parcel.reference[4:12]}"


@pytest.fixture
def stock() -> StubStock:
    return StubStock()


@pytest.fixture
def shop(aws: Aws, stock: StubStock, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Shipping's own table and queue; its neighbours answer from memory."""
    aws.use("ShippingConsumerFunction")
    aws.use("ShippingApiFunction")
    real = wiring.ports()
    ports = replace(real, orders=StubOrders(), stock=stock, carrier=StubCarrier())
    for module in (api, consumer, internal):
        monkeypatch.setattr(module, "ports", lambda: ports)
    return aws


def confirmed(shop: Aws) -> dict[str, Any]:
    assert consumer.handler(sqs_event(bus_message(CONFIRMED)), None) == {"batchItemFailures": []}
    response = api.handler(
        http_event("GET /v1/shipments/{id}", path={"id": SHIPMENT}, principal=customer("cus_ada")), None
    )
    assert response["statusCode"] == 200
    answer: dict[str, Any] = answer_of(response)
    return answer


def signed(payload: dict[str, Any], *, message_id: str = "msg_1", secret: str | None = None) -> dict[str, Any]:
    import os

    raw = json.dumps(payload)
    now = datetime.now(UTC)
    hook = Webhook(secret or secret_field(os.environ["CARRIER_SECRET"], "webhook_secret"))
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": hook.sign(message_id, now, raw),
    }
    return http_event("POST /v1/webhooks/carriers/{carrier}", path={"carrier": "sandbox"}, raw=raw, headers=headers)


def test_a_confirmed_order_gets_a_shipment_that_its_owner_sees(shop: Aws) -> None:
    shipment = confirmed(shop)
    assert shipment["status"] == "label_created"
    assert shipment["lines"] == [{"sku": "MUG-RED", "quantity": 2}]
    assert shop.outboxes("ShippingTable") == ["ShipmentCreated"]


def test_somebody_else_s_shipment_is_not_there(shop: Aws) -> None:
    confirmed(shop)
    for principal in (customer("cus_eve"), guest()):
        event = http_event("GET /v1/shipments/{id}", path={"id": SHIPMENT}, principal=principal)
        response = api.handler(event, None)
        assert response["statusCode"] == 404
        assert answer_of(response)["code"] == "shipment_not_found"


def test_the_warehouse_lists_dispatches_and_is_told_once(shop: Aws) -> None:
    confirmed(shop)
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


def by_staff(route: str, role: Role, body: Any = None, key: str = "k1") -> dict[str, Any]:
    """What staff do with the order's shipment."""
    event = http_event(
        f"POST /v1/admin/shipments/{{id}}/{route}",
        path={"id": SHIPMENT},
        principal=staff(role),
        body=body,
        headers={"Idempotency-Key": key},
    )
    response: dict[str, Any] = api.handler(event, None)
    return response


def test_what_does_not_leave_yet_gets_a_shipment_and_a_label_of_its_own(shop: Aws) -> None:
    confirmed(shop)
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
    confirmed(shop)
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
    number = confirmed(shop)["tracking_number"]
    by_staff("dispatch", Role.WAREHOUSE)
    sent: list[Any] = []
    monkeypatch.setattr(inbox, "send", lambda url, message, **more: sent.append((message, more["delay"])))
    assert by_staff("lost", Role.SUPPORT, {"resolution": "refund"})["statusCode"] == 200
    assert sent == [(LossDeclared(shipment_id=SHIPMENT), 60)]
    found = ParcelReported(carrier="sandbox", report_id="msg_9", tracking_number=number, status="delivered")
    assert consumer.handler(sqs_event(bus_message(found)), None) == {"batchItemFailures": []}
    event = http_event("GET /v1/tracking/{tracking_number}", path={"tracking_number": number})
    tracked = answer_of(api.handler(event, None))
    assert (tracked["status"], tracked["timeline"][-1]["kind"]) == ("lost", "delivered")


def test_pages_follow_on_by_cursor_and_a_cursor_is_nobody_else_s(shop: Aws) -> None:
    for number in range(3):
        one = OrderConfirmed(
            order_id=f"ord_{number}", number="M", owner="cus_ada", lines=CONFIRMED.lines, total=CONFIRMED.total
        )
        consumer.handler(sqs_event(bus_message(one)), None)
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


def test_a_signed_report_goes_through_the_inbox_and_moves_the_parcel(shop: Aws) -> None:
    number = confirmed(shop)["tracking_number"]
    data = {"tracking_number": number, "status": "delivered", "occurred_at": "2026-11-22T13:00:00+01:00"}
    event = signed({"type": "parcel.delivered", "data": data})
    assert api.handler(event, None)["statusCode"] == 200
    (message,) = shop.messages("ShippingInbox")
    assert consumer.handler(sqs_event(message["Body"], message["Body"]), None) == {"batchItemFailures": []}
    tracking = api.handler(http_event("GET /v1/tracking/{tracking_number}", path={"tracking_number": number}), None)
    assert answer_of(tracking)["status"] == "delivered"
    assert set(answer_of(tracking)["timeline"][0]) == {"at", "kind"}
    assert shop.outboxes("ShippingTable") == ["ShipmentDelivered", "ShipmentDispatched"]


def test_a_forged_report_has_no_effect(shop: Aws) -> None:
    number = confirmed(shop)["tracking_number"]
    payload = {"type": "parcel.delivered", "data": {"tracking_number": number, "status": "delivered"}}
    forged = signed(payload, secret="Zm9yZ2VkLWZvcmdlZC1mb3JnZWQ=")
    altered = signed(payload)
    altered["body"] = altered["body"].replace("delivered", "in_transit")
    unsigned = signed(payload)
    unsigned["headers"].clear()
    for event in (forged, altered, unsigned):
        response = api.handler(event, None)
        assert (response["statusCode"], answer_of(response)["code"]) == (400, "invalid_signature")
    assert shop.messages("ShippingInbox") == []


def test_a_report_on_an_unknown_parcel_is_kept_for_another_try(shop: Aws) -> None:
    event = signed({"type": "parcel.delivered", "data": {"tracking_number": "SBX-later", "status": "delivered"}})
    api.handler(event, None)
    (message,) = shop.messages("ShippingInbox")
    failures = consumer.handler(sqs_event(message["Body"]), None)
    assert failures == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


@pytest.mark.parametrize("status", ["lunch", "pending", "label_created", "cancelled"])
def test_a_status_that_is_no_carrier_s_to_say_is_kept_among_the_dead_letters(shop: Aws, status: str) -> None:
    number = confirmed(shop)["tracking_number"]
    data = {"tracking_number": number, "status": status}
    assert api.handler(signed({"type": "parcel.news", "data": data}), None)["statusCode"] == 200
    (message,) = shop.messages("ShippingInbox")
    failures = consumer.handler(sqs_event(message["Body"]), None)
    assert failures == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def test_a_carrier_that_does_not_exist_is_not_found(shop: Aws) -> None:
    event = http_event("POST /v1/webhooks/carriers/{carrier}", path={"carrier": "pigeon"}, body={})
    assert api.handler(event, None)["statusCode"] == 404


def test_a_cancelled_order_s_shipment_is_stopped(shop: Aws) -> None:
    confirmed(shop)
    cancelled = OrderCancelRequested(order_id=ORDER, owner="cus_ada", reason="customer")
    assert consumer.handler(sqs_event(bus_message(cancelled)), None) == {"batchItemFailures": []}
    assert shop.outboxes("ShippingTable") == ["ShipmentCancelled"]


def test_a_return_gets_one_parcel_whether_orders_calls_or_tells(shop: Aws) -> None:
    confirmed(shop)
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


def test_rates_are_for_orders_alone(shop: Aws) -> None:
    body = {"address": {"country": "DE", "postal_code": "10115"}, "weight_grams": 1500}
    allowed = internal.handler(http_event("POST /internal/shipping/rates", body=body, caller="orders-api"), None)
    assert [method["id"] for method in answer_of(allowed)["methods"]] == ["standard", "express"]
    assert set(answer_of(allowed)["methods"][0]["delivery"]) == {"from", "to"}
    for caller in ("cart-api", None):
        refused = internal.handler(http_event("POST /internal/shipping/rates", body=body, caller=caller), None)
        assert refused["statusCode"] == 403


def test_methods_are_open_and_their_query_is_checked(shop: Aws) -> None:
    ok = api.handler(http_event("GET /v1/shipping/methods", query={"country": "DE", "weight_grams": "900"}), None)
    assert answer_of(ok)["items"][0]["price"] == {"amount": 490, "currency": "EUR"}
    bad = api.handler(http_event("GET /v1/shipping/methods", query={"country": "de", "weight_grams": "0"}), None)
    assert bad["statusCode"] == 422
    assert {error["pointer"] for error in answer_of(bad)["errors"]} == {"/country", "/weight_grams"}


def test_it_says_that_it_is_well(shop: Aws) -> None:
    response = api.handler(http_event("GET /v1/shipping/health"), None)
    assert answer_of(response) == {"status": "ok", "service": "shipping"}
