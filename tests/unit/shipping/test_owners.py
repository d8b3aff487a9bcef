"""Whose shipments they are, against fakes."""

import pytest

from shipping.domain.errors import ShipmentNotFoundError
from shipping.domain.shipment import Status
from shipping.use_cases import departures, labels, owners, queries
from tests.helpers import customer
from tests.unit.shipping.fakes import ADA, ORDER, SHIPMENT, Shop


@pytest.fixture
def returning(labelled: Shop) -> Shop:
    """An order with a parcel each way."""
    labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    return labelled


def test_a_guest_s_shipments_are_the_customer_s_that_the_guest_turned_out_to_be(returning: Shop) -> None:
    for _ in range(2):
        owners.hand_over(returning.ports, "cus_ada", "cus_later")
    assert {shipment.owner for shipment in returning.shipments.stored.values()} == {"cus_later"}
    assert queries.get_shipment(returning.ports, SHIPMENT, customer("cus_later")).status is Status.LABEL_CREATED
    with pytest.raises(ShipmentNotFoundError):
        queries.get_shipment(returning.ports, SHIPMENT, customer("cus_ada"))


@pytest.mark.parametrize("told_first", [True, False])
def test_a_parcel_that_is_made_about_when_a_guest_signs_in_is_the_customer_s(told_first: bool) -> None:
    shop = Shop()
    shop.orders.owner = "gst_1"

    if told_first:
        owners.adopt(shop.ports, "gst_1", "cus_later")
    else:  # the shipment is there, and the index that tells of it is late
        shop.carrier.meanwhile = lambda: shop.guests.remember("gst_1", "cus_later")
    labels.create_shipment(shop.ports, ORDER, ADA)
    made = shop.shipments.stored[SHIPMENT]
    assert (made.owner, made.status) == ("cus_later", Status.LABEL_CREATED)


def test_nothing_is_left_of_somebody_who_is_forgotten(returning: Shop) -> None:
    departures.cancel_shipment(returning.ports, ORDER, "cus_ada", ADA, reason="customer")
    owners.adopt(returning.ports, "gst_1", "cus_ada")
    owners.forget_owner(returning.ports, "cus_ada")
    assert returning.guests.successor_of("gst_1").forgotten
    assert "cus_ada" not in repr(returning.shipments.stored)
    assert {shipment.owner for shipment in returning.shipments.stored.values()} == {owners.NOBODY}


@pytest.mark.parametrize("upgraded_first", [True, False])
def test_a_late_order_of_somebody_who_is_forgotten_is_shipped_for_nobody_by_name(upgraded_first: bool) -> None:
    shop = Shop()
    shop.orders.owner = "gst_1"
    if upgraded_first:
        owners.adopt(shop.ports, "gst_1", "cus_later")
    owners.forget_owner(shop.ports, "cus_later")
    labels.create_shipment(shop.ports, ORDER, ADA)
    if not upgraded_first:
        owners.adopt(shop.ports, "gst_1", "cus_later")
    made = shop.shipments.stored[SHIPMENT]
    assert (made.owner, made.status) == (owners.NOBODY, Status.LABEL_CREATED)


def test_what_became_another_s_meanwhile_stays_so(returning: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returning.shipments, "owned_by", lambda owner, position: ([SHIPMENT], None))
    owners.hand_over(returning.ports, "cus_eve", "cus_later")
    assert returning.shipments.stored[SHIPMENT].owner == "cus_ada"
