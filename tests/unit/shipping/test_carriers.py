"""What it takes to be a carrier: the shop's own driver, who has no network, is one file and one line."""

import pytest

from minishop.errors import IdempotencyKeyReusedError
from shipping.carriers import CARRIERS
from shipping.carriers.driver import OwnDriver
from shipping.domain.errors import CarrierNotFoundError, NotOnItsWayError, ReportedByCarrierError
from shipping.domain.label import Destination
from shipping.domain.shipment import Shipment, Status, Wish
from shipping.use_cases import labels
from shipping.use_cases.ports import Parcel
from shipping.use_cases.reports import ReportProgress, read_webhook, report_progress
from tests.unit.shipping.fakes import ORDER, SERVICE, SHIPMENT, STAFF, Shop, dispatch

PARCEL = Parcel("shp_1", "same-day", Destination("DE", "10115"), 800)


@pytest.fixture
def driven(shop: Shop) -> Shop:
    """A shop whose order goes by its own driver."""
    shop.orders.carrier = "driver"
    labels.create_shipment(shop.ports, ORDER, SERVICE)
    return shop


def say(shop: Shop, status: Status, key: str) -> Shipment:
    return report_progress(shop.ports, ReportProgress(SHIPMENT, status, Wish(key, status)), STAFF)


def test_every_carrier_is_made_without_a_network() -> None:
    assert {name: type(make()).__name__ for name, make in CARRIERS.items()} == {
        "sandbox": "SandboxCarrier",
        "driver": "OwnDriver",
    }


def test_the_driver_s_numbers_are_the_reference_s_own_and_fit_a_path() -> None:
    driver = OwnDriver()
    number = driver.create_label(PARCEL)
    assert number == OwnDriver().create_label(PARCEL)
    assert number != driver.create_label(Parcel("shp_2", "same-day", PARCEL.destination, 800))
    assert number.isalnum()
    assert len(number) == 19
    assert driver.void_label(PARCEL.reference)


def test_a_parcel_goes_all_the_way_by_a_carrier_that_says_nothing(driven: Shop) -> None:
    dispatch(driven)
    steps = (Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED, Status.OUT_FOR_DELIVERY, Status.DELIVERED)
    for hour, status in enumerate(steps):
        driven.clock.pass_time(hours=1)
        assert say(driven, status, f"key-{hour}").status is status
    assert driven.told == [
        *("ShipmentCreated", "ShipmentDispatched", "ShipmentOutForDelivery", "DeliveryAttemptFailed"),
        *("ShipmentOutForDelivery", "ShipmentDelivered"),
    ]
    assert driven.shipments.stored[SHIPMENT].timeline[-1].actor == "cus_staff"


def test_the_same_word_again_is_answered_as_it_was_then(driven: Shop) -> None:
    dispatch(driven)
    first = say(driven, Status.OUT_FOR_DELIVERY, "key-1")
    driven.clock.pass_time(hours=1)
    say(driven, Status.DELIVERED, "key-2")
    again = say(driven, Status.OUT_FOR_DELIVERY, "key-1")
    assert (again.status, again.version, again.timeline) == (first.status, first.version, first.timeline)
    assert say(driven, Status.DELIVERED, "key-2").version == first.version + 1
    with pytest.raises(IdempotencyKeyReusedError):
        say(driven, Status.RETURNED, "key-1")


def test_the_same_word_in_the_same_moment_under_another_key_changes_nothing(driven: Shop) -> None:
    dispatch(driven)
    first = say(driven, Status.DELIVERED, "key-1")
    assert say(driven, Status.DELIVERED, "key-2").version == first.version


def test_what_has_not_left_is_nowhere_yet(driven: Shop) -> None:
    with pytest.raises(NotOnItsWayError):
        say(driven, Status.DELIVERED, "key-1")


def test_a_return_by_the_driver_leaves_when_the_warehouse_hears_of_it(driven: Shop) -> None:
    parcel = labels.create_return(driven.ports, "ret_1", ORDER, {"TEE": 1}, STAFF)
    said = ReportProgress(parcel.id, Status.IN_TRANSIT, Wish("key-1", ""))
    assert report_progress(driven.ports, said, STAFF).status is Status.IN_TRANSIT
    assert driven.told[2:] == ["ShipmentDispatched", "ShipmentInTransit"]


def test_nobody_speaks_for_a_carrier_that_speaks_for_itself(dispatched: Shop) -> None:
    with pytest.raises(ReportedByCarrierError):
        say(dispatched, Status.DELIVERED, "key-1")


def test_webhooks_are_read_by_the_carrier_that_sends_them_and_by_nobody_else(shop: Shop) -> None:
    assert read_webhook(shop.ports, "sandbox", b"SBX1", {"webhook-id": "msg_1"}).tracking_number == "SBX1"
    for name in ("driver", "pigeon"):
        with pytest.raises(CarrierNotFoundError):
            read_webhook(shop.ports, name, b"DRV1", {"webhook-id": "msg_1"})
