"""Parcels' events at orders' queue door."""

from minishop.contracts.shipping import (
    DeliveryAttemptFailed,
    ParcelLine,
    ShipmentCreated,
    ShipmentDispatched,
    ShipmentLost,
    ShipmentOutForDelivery,
    ShipmentReturned,
)
from minishop.events import Event
from tests.helpers import answer_of
from tests.integration.orders.shop import ALL_FINE, Shop, captured, parcel

LINES = (ParcelLine(sku="MUG", quantity=2),)


def dispatched(shop: Shop) -> str:
    order_id: str = answer_of(shop.place())["id"]
    created = parcel(ShipmentCreated, order_id, lines=LINES)
    assert shop.tell(captured(order_id), created, parcel(ShipmentDispatched, order_id, lines=LINES)) == ALL_FINE
    return order_id


def lost(order_id: str, resolution: str, **more: str) -> Event:
    return parcel(ShipmentLost, order_id, lines=LINES, resolution=resolution, **more)


def test_the_carrier_s_words_show_in_the_order(shop: Shop) -> None:
    order_id = dispatched(shop)
    assert shop.tell(parcel(ShipmentOutForDelivery, order_id)) == ALL_FINE
    assert shop.order(order_id)["fulfilment_status"] == "out_for_delivery"
    assert shop.tell(parcel(DeliveryAttemptFailed, order_id)) == ALL_FINE
    timeline = answer_of(shop.call("GET /v1/orders/{id}/timeline", path={"id": order_id}))
    assert [entry["kind"] for entry in timeline["items"]][-1] == "shipment_out_for_delivery"


def test_a_lost_parcel_asks_for_its_money_back(shop: Shop) -> None:
    order_id = dispatched(shop)
    assert shop.tell(lost(order_id, "refund")) == ALL_FINE
    assert shop.aws.outboxes("OrdersTable") == ["RefundRequested"]
    order = shop.order(order_id)
    assert (order["status"], order["fulfilment_status"]) == ("shipped", "lost")
    assert shop.tell(lost(order_id, "refund"), lost(order_id, "reship")) == ALL_FINE
    assert shop.order(order_id)["version"] == order["version"]


def test_a_parcel_of_a_return_moves_no_order(shop: Shop) -> None:
    order_id = dispatched(shop)
    before = shop.order(order_id)
    assert shop.tell(lost(order_id, "refund", return_id="ret_1")) == ALL_FINE
    back = parcel(ShipmentReturned, order_id, lines=LINES, return_id="ret_1")
    assert shop.tell(back) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert shop.order(order_id) == before


def test_a_parcel_that_comes_back_opens_a_return(shop: Shop) -> None:
    order_id = dispatched(shop)
    back = parcel(ShipmentReturned, order_id, lines=LINES)
    assert shop.tell(back, back) == ALL_FINE
    order = shop.order(order_id)
    assert [one["status"] for one in order["returns"]] == ["in_transit"]
    assert order["returns"][0]["label"]["shipment_id"] == "shp_1"
