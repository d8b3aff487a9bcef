"""Shipments and their labels, against fakes."""

import pytest

from minishop.contracts.shipping import ParcelLine, ShipmentCreated
from shipping.domain import moves
from shipping.domain.errors import CarrierNotFoundError, CarrierUnavailableError, ShipmentNotFoundError
from shipping.domain.label import Destination
from shipping.domain.shipment import Change, Line, Status, return_shipment_id
from shipping.use_cases import labels
from shipping.use_cases.ports import Parcel
from tests.times import NOON
from tests.unit.shipping.fakes import ADA, HOME, NUMBER, ORDER, SERVICE, SHIPMENT, Shop, dispatch


def test_a_confirmed_order_becomes_a_labelled_shipment(labelled: Shop) -> None:
    shipment = labelled.shipments.stored[SHIPMENT]
    assert shipment.status is Status.LABEL_CREATED
    assert shipment.tracking_number == NUMBER
    assert shipment.lines == (Line("MUG-RED", 2, 400), Line("TEE", 1, 200))
    assert labelled.told == ["ShipmentCreated"]
    assert labelled.carrier.parcels == [Parcel(SHIPMENT, "standard", Destination("FR", "75001"), 1000)]


def test_confirming_twice_makes_one_shipment(labelled: Shop) -> None:
    again = labels.create_shipment(labelled.ports, ORDER, SERVICE)
    assert again.tracking_number == NUMBER
    assert labelled.told == ["ShipmentCreated"]
    assert len(labelled.carrier.parcels) == 1


def test_a_silent_carrier_leaves_a_pending_shipment_that_the_next_try_labels(shop: Shop) -> None:
    shop.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    assert shop.shipments.stored[SHIPMENT].status is Status.PENDING
    shop.carrier.down = False
    assert labels.create_shipment(shop.ports, ORDER, SERVICE).status is Status.LABEL_CREATED


def test_two_makers_at_once_make_one_shipment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([None])
    real = shop.shipments.find
    labels.create_shipment(shop.ports, ORDER, SERVICE)
    monkeypatch.setattr(shop.shipments, "find", lambda identity: next(found, real(identity)))
    assert labels.create_shipment(shop.ports, ORDER, SERVICE).tracking_number == NUMBER
    assert shop.told == ["ShipmentCreated"]


@pytest.mark.parametrize("number", ["", "SBX 1", "SBX1\r\nSet-Cookie: a=b", "SBX\u00e9", "1" * 65, "1\n"])
def test_a_number_that_fits_no_address_is_no_label(shop: Shop, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setattr(shop.carrier, "create_label", lambda parcel: number)
    with pytest.raises(CarrierUnavailableError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    assert shop.shipments.stored[SHIPMENT].status is Status.PENDING
    assert shop.shipments.links == {}


def test_a_carrier_that_the_shop_has_given_up_labels_nothing(shop: Shop) -> None:
    shop.orders.carrier = "pigeon"
    with pytest.raises(CarrierNotFoundError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)


def test_a_label_for_a_shipment_that_has_one_changes_nothing(labelled: Shop) -> None:
    shipment = labelled.shipments.stored[SHIPMENT]
    assert moves.label(shipment, "another", SERVICE, NOON) == Change(shipment)


def test_a_return_travels_to_the_shop_in_one_parcel_of_its_own(labelled: Shop) -> None:
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"MUG-RED": 1}, ADA)
    assert labels.create_return(labelled.ports, "ret_1", ORDER, {"MUG-RED": 1}, ADA) == parcel
    assert parcel.id == return_shipment_id("ret_1")
    assert (parcel.owner, parcel.order_id, parcel.return_id) == ("cus_ada", ORDER, "ret_1")
    assert parcel.lines == (Line("MUG-RED", 1, 400),)
    assert labelled.carrier.parcels[1:] == [Parcel(parcel.id, "standard", HOME.destination, 400)]
    event = labelled.shipments.events[-1]
    assert isinstance(event, ShipmentCreated)
    assert (event.return_id, event.lines) == ("ret_1", (ParcelLine(sku="MUG-RED", quantity=1),))
    assert len(labelled.shipments.events) == 2


def test_what_comes_back_may_have_left_in_several_parcels(labelled: Shop) -> None:
    dispatch(labelled, {"MUG-RED": 2})
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    assert parcel.lines == (Line("TEE", 1, 200),)


def test_a_return_whose_label_failed_gets_it_with_the_next_try(labelled: Shop) -> None:
    labelled.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    labelled.carrier.down = False
    assert labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA).tracking_number


def test_nothing_comes_back_of_what_was_never_sent(shop: Shop) -> None:
    with pytest.raises(ShipmentNotFoundError):
        labels.create_return(shop.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
