"""The carrier's steps."""

import pytest

from sandbox import carrier
from sandbox.carrier import CarrierPorts, Parcel, ParcelNotFoundError, ParcelStatus, WebhookNotDeliveredError
from tests.times import FixedClock
from tests.unit.sandbox.fakes import FakeParcels, FakeReports

NUMBER = carrier.tracking_number("shp_1")
PARCEL = Parcel(NUMBER, "shp_1", "standard", "DE", "10115", 800)


@pytest.fixture
def reports() -> FakeReports:
    return FakeReports()


@pytest.fixture
def ports(reports: FakeReports) -> CarrierPorts:
    return CarrierPorts(FakeParcels(), reports, FixedClock())


def test_a_tracking_number_is_the_reference_s_own_and_fits_a_path() -> None:
    assert NUMBER == carrier.tracking_number("shp_1") != carrier.tracking_number("shp_2")
    assert NUMBER.startswith("SBX")
    assert NUMBER.isalnum()
    assert len(NUMBER) == 19


def test_the_same_reference_gets_the_first_label(ports: CarrierPorts) -> None:
    first = carrier.create_label(ports, PARCEL)
    carrier.advance_parcel(ports, NUMBER)
    again = carrier.create_label(ports, PARCEL)
    assert first.tracking_number == again.tracking_number
    assert again.status is ParcelStatus.IN_TRANSIT


def test_every_step_is_reported_with_an_id_of_its_own(ports: CarrierPorts, reports: FakeReports) -> None:
    carrier.create_label(ports, PARCEL)
    assert [carrier.advance_parcel(ports, NUMBER).status.value for _ in range(4)] == [
        "in_transit",
        "out_for_delivery",
        "delivered",
        "delivered",
    ]
    assert len({report_id for report_id, _ in reports.sent}) == len(reports.sent) == 3
    assert reports.sent[2][1] == {
        "type": "parcel.delivered",
        "data": {"tracking_number": NUMBER, "status": "delivered", "occurred_at": "2026-11-22T12:00:00.000Z"},
    }


def test_a_step_that_cannot_be_reported_is_not_made(ports: CarrierPorts, reports: FakeReports) -> None:
    carrier.create_label(ports, PARCEL)
    reports.refuses = True
    with pytest.raises(WebhookNotDeliveredError):
        carrier.advance_parcel(ports, NUMBER)
    assert carrier.find_parcel(ports, NUMBER).status is ParcelStatus.LABEL_CREATED


def test_nobody_s_parcel_is_not_found(ports: CarrierPorts) -> None:
    with pytest.raises(ParcelNotFoundError):
        carrier.advance_parcel(ports, "SBX0")
