"""The sandbox carrier's labels over HTTP, as shipping asks for them."""

from collections.abc import Iterator

import pytest

from sandbox import api as sandbox_api
from sandbox import carrier
from sandbox.wiring import carrier_ports
from shipping.carriers.sandbox import SandboxCarrier
from shipping.domain.errors import CarrierUnavailableError
from shipping.domain.label import Destination
from shipping.use_cases.ports import Parcel
from tests.integration.bridge import Bridge, serve
from tests.integration.conftest import Aws

PARCEL = Parcel("shp_1", "standard", Destination("DE", "10115"), 800)


@pytest.fixture
def bridge(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    """The sandbox, served."""
    aws.use("SandboxApiFunction")
    with serve(sandbox_api.api) as (url, bridge):
        monkeypatch.setenv("CARRIER_URL", url)
        yield bridge


def status_of(reference: str) -> str:
    found = carrier_ports().parcels.find(carrier.tracking_number(reference))
    assert found
    return found.status.value


def test_a_label_is_made_once_and_given_back_once(bridge: Bridge) -> None:
    shipper = SandboxCarrier()
    assert shipper.create_label(PARCEL) == shipper.create_label(PARCEL)
    assert [shipper.void_label("shp_1") for _ in range(2)] == [True, True]
    assert status_of("shp_1") == "voided"


def test_a_label_that_was_never_made_is_given_back_already(bridge: Bridge) -> None:
    assert SandboxCarrier().void_label("shp_never")


def test_a_label_whose_parcel_is_on_its_way_stays(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    shipper = SandboxCarrier()
    shipper.create_label(PARCEL)
    monkeypatch.setattr(type(carrier_ports().reports), "send", lambda *_args, **_named: None)
    carrier.advance_parcel(carrier_ports(), carrier.tracking_number("shp_1"))
    assert not shipper.void_label("shp_1")
    assert status_of("shp_1") == "in_transit"


def test_a_carrier_that_does_not_answer_or_not_with_sense_is_asked_again(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "void_label", lambda *_: 1 / 0)
    with pytest.raises(CarrierUnavailableError):
        SandboxCarrier().void_label("shp_1")
    monkeypatch.setenv("CARRIER_URL", "http://127.0.0.1:1")
    with pytest.raises(CarrierUnavailableError):
        SandboxCarrier().void_label("shp_1")
