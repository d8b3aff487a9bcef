"""What shipping shows, against fakes."""

from datetime import date

import pytest

from minishop.identity import Role
from shipping.domain.errors import AddressGoneError, NoLabelError, ShipmentNotFoundError
from shipping.domain.shipment import Status
from shipping.use_cases import departures, labels, queries
from shipping.use_cases.ports import Span
from tests.helpers import customer, staff
from tests.unit.shipping.fakes import ADA, ADDRESS, HOME, NUMBER, ORDER, SHIPMENT, Shop


def test_a_parcel_is_priced_from_today_on(shop: Shop) -> None:
    assert queries.quote_rates(shop.ports, "DE", None, 30_000).rates[0].delivery.earliest == date(2026, 11, 24)


def test_owner_and_staff_see_a_shipment_and_others_do_not(labelled: Shop) -> None:
    adas = (customer("cus_ada"), customer("cus_later", guest="cus_ada"))
    for principal in (*adas, staff(Role.WAREHOUSE), staff(Role.SUPPORT), staff(Role.ADMIN)):
        assert queries.get_shipment(labelled.ports, SHIPMENT, principal).id == SHIPMENT
    with pytest.raises(ShipmentNotFoundError):
        queries.get_shipment(labelled.ports, SHIPMENT, customer("cus_eve"))


def test_an_export_has_all_shipments_of_one_s_own_latest_first(labelled: Shop) -> None:
    labelled.clock.pass_time(minutes=1)
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    exported, complete = queries.export_shipments(labelled.ports, "cus_ada")
    assert ([shipment.id for shipment in exported], complete) == ([parcel.id, SHIPMENT], True)
    assert queries.export_shipments(labelled.ports, "cus_eve") == ([], True)


def test_anyone_with_the_number_can_track(labelled: Shop) -> None:
    assert queries.track(labelled.ports, NUMBER).status is Status.LABEL_CREATED
    with pytest.raises(ShipmentNotFoundError):
        queries.track(labelled.ports, "SBX-nothing")


def test_a_label_says_who_sends_what_to_whom(labelled: Shop) -> None:
    label = queries.get_label(labelled.ports, SHIPMENT)
    assert (label.sender, label.receiver) == (HOME, ADDRESS)
    assert (label.tracking_number, label.reference, label.weight_grams) == (NUMBER, SHIPMENT, 1000)
    assert (label.carrier, label.service, label.is_return) == ("sandbox", "standard", False)


def test_a_return_s_label_is_its_sender_s_to_print(labelled: Shop) -> None:
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    label = queries.get_return_label(labelled.ports, parcel.id, customer("cus_ada"))
    assert (label.sender, label.receiver, label.is_return) == (ADDRESS, HOME, True)
    for shipment, principal in ((SHIPMENT, customer("cus_ada")), (parcel.id, customer("cus_eve"))):
        with pytest.raises(ShipmentNotFoundError):
            queries.get_return_label(labelled.ports, shipment, principal)


def test_what_is_not_labelled_or_was_stopped_has_no_label(shop: Shop) -> None:
    departures.cancel_shipment(shop.ports, ORDER, "cus_ada", ADA, reason="customer")
    with pytest.raises(NoLabelError):
        queries.get_label(shop.ports, SHIPMENT)


def test_of_somebody_who_is_forgotten_there_is_no_label(labelled: Shop) -> None:
    labelled.orders.forgotten = True
    with pytest.raises(AddressGoneError):
        queries.get_label(labelled.ports, SHIPMENT)


def test_staff_list_by_state(labelled: Shop) -> None:
    shipments, position = queries.list_shipments(labelled.ports, Span(Status.LABEL_CREATED), 20, None)
    assert [shipment.id for shipment in shipments] == [SHIPMENT]
    assert position is None
