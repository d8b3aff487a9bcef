"""What shipping shows, against fakes."""

from datetime import date

import pytest

from minishop.identity import Role
from shipping.domain.errors import ShipmentNotFoundError
from shipping.domain.shipment import Status
from shipping.use_cases import queries
from tests.helpers import customer, staff
from tests.unit.shipping.fakes import NUMBER, SHIPMENT, Shop


def test_a_parcel_is_priced_from_today_on(shop: Shop) -> None:
    assert queries.quote_rates(shop.ports, "DE", None, 30_000).rates[0].delivery.earliest == date(2026, 11, 24)


def test_owner_and_warehouse_see_a_shipment_and_others_do_not(labelled: Shop) -> None:
    for principal in (customer("cus_ada"), staff(Role.WAREHOUSE), staff(Role.ADMIN)):
        assert queries.get_shipment(labelled.ports, SHIPMENT, principal).id == SHIPMENT
    for principal in (customer("cus_eve"), staff(Role.SUPPORT)):
        with pytest.raises(ShipmentNotFoundError):
            queries.get_shipment(labelled.ports, SHIPMENT, principal)


def test_anyone_with_the_number_can_track(labelled: Shop) -> None:
    assert queries.track(labelled.ports, NUMBER).status is Status.LABEL_CREATED
    with pytest.raises(ShipmentNotFoundError):
        queries.track(labelled.ports, "SBX-nothing")


def test_the_warehouse_lists_by_state(labelled: Shop) -> None:
    shipments, position = queries.list_shipments(labelled.ports, Status.LABEL_CREATED, 20, None)
    assert [shipment.id for shipment in shipments] == [SHIPMENT]
    assert position is None
