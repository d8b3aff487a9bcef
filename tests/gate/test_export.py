"""What somebody gets who asks for all that the shop holds of them."""

from typing import Any

from tests.gate.cloud import Cloud
from tests.gate.people import People
from tests.system.shop import Shopper, eventually


def test_an_export_has_what_each_service_holds_the_former_guest_s_history_too(cloud: Cloud, people: People) -> None:
    with Shopper(cloud) as shopper:
        shopper.be_guest()
        shopper.put_in_cart(people.things["sku"], 1)
        order = shopper.order()["id"]
        shopper.order_once(order, "confirmed")
        cloud.mail(shopper.email, "is confirmed")
        shopper.become_customer()
        preferences = shopper.call("GET", "/v1/me/notification-preferences")

        def export() -> dict[str, Any] | None:
            found: dict[str, Any] = shopper.call("GET", "/v1/me/export")
            ids = {
                "orders": [each["id"] for each in found["orders"]],
                "payments": [each["order_id"] for each in found["payments"] if each["status"] == "captured"],
                "shipments": [each["order_id"] for each in found["shipments"] if each["tracking_number"]],
            }
            told = {each["kind"]: each["order_id"] for each in found["notifications"]}
            both = told.get("order_confirmed") == order and "verify_email" in told
            return found if both and all(each == [order] for each in ids.values()) else None

        found = eventually(export, what="an export with the guest's history")
        assert found
        assert found["incomplete"] == {}
        assert found["notification_preferences"] == preferences["preferences"]
        shown = shopper.call("GET", f"/v1/payments?order_id={order}")["items"]
        assert found["payments"] == shown
        assert found["shipments"] == [shopper.call("GET", f"/v1/shipments/{found['shipments'][0]['id']}")]
        assert (found["profile"]["email"], found["cart"]["items"]) == (shopper.email, [])
