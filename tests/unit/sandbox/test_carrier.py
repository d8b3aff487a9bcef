"""The carrier's steps."""

import pytest

from sandbox import carrier
from sandbox.carrier import (
    CarrierPorts,
    Parcel,
    ParcelNotFoundError,
    ParcelStatus,
    StepNotPossibleError,
    WebhookNotDeliveredError,
)
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


def test_a_parcel_goes_astray_when_it_is_told_to(ports: CarrierPorts, reports: FakeReports) -> None:
    carrier.create_label(ports, PARCEL)
    way = (
        *("in_transit", "exception", "out_for_delivery", "attempt_failed", "out_for_delivery", "attempt_failed"),
        *("lost", "returned"),
    )
    assert [carrier.advance_parcel(ports, NUMBER, ParcelStatus(step)).status.value for step in way] == list(way)
    assert len({report_id for report_id, _ in reports.sent}) == len(way)
    assert carrier.advance_parcel(ports, NUMBER).status is ParcelStatus.RETURNED


@pytest.mark.parametrize("status", [ParcelStatus.DELIVERED, ParcelStatus.LABEL_CREATED, ParcelStatus.ATTEMPT_FAILED])
def test_it_goes_nowhere_that_it_cannot(ports: CarrierPorts, reports: FakeReports, status: ParcelStatus) -> None:
    carrier.create_label(ports, PARCEL)
    carrier.advance_parcel(ports, NUMBER)
    with pytest.raises(StepNotPossibleError):
        carrier.advance_parcel(ports, NUMBER, status)
    assert len(reports.sent) == 1


def test_a_step_that_was_asked_for_by_name_is_made_once(ports: CarrierPorts, reports: FakeReports) -> None:
    carrier.create_label(ports, PARCEL)
    for _ in range(2):
        assert carrier.advance_parcel(ports, NUMBER, ParcelStatus.IN_TRANSIT).status is ParcelStatus.IN_TRANSIT
    assert len(reports.sent) == 1


def test_a_step_that_cannot_be_reported_is_not_made(ports: CarrierPorts, reports: FakeReports) -> None:
    carrier.create_label(ports, PARCEL)
    reports.refuses = True
    with pytest.raises(WebhookNotDeliveredError):
        carrier.advance_parcel(ports, NUMBER)
    assert carrier.find_parcel(ports, NUMBER).status is ParcelStatus.LABEL_CREATED


def test_nobody_s_parcel_is_not_found(ports: CarrierPorts) -> None:
    with pytest.raises(ParcelNotFoundError):
        carrier.advance_parcel(ports, "SBX0")
