"""What shipping shows, against fakes."""

from datetime import date

import pytest

from minishop.identity import Role
from minishop.money import Money
from shipping.domain.errors import ShipmentNotFoundError
from shipping.domain.shipment import Status
from shipping.rates import rates
from shipping.use_cases import queries
from tests.helpers import customer, staff
from tests.unit.shipping.fakes import NUMBER, SHIPMENT, Shop


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


@pytest.mark.parametrize(
    ("country", "grams", "standard", "express"),
    [
        ("DE", 0, 490, 990),
        ("DE", 1000, 490, 990),
        ("FR", 1001, 590, 1190),
        ("US", 2500, 2690, 5890),
    ],
)
def test_prices_by_zone_and_started_kilogram(country: str, grams: int, standard: int, express: int) -> None:
    offers = rates(country, grams, date(2026, 11, 22), "EUR")
    assert [(offer.id, offer.price) for offer in offers] == [
        ("standard", Money(standard, "EUR")),
        ("express", Money(express, "EUR")),
    ]


def test_a_parcel_that_is_too_heavy_has_no_price(shop: Shop) -> None:
    assert queries.quote_rates(shop.ports, "DE", 30_001) == ()
    assert queries.quote_rates(shop.ports, "DE", 30_000)[0].delivery.earliest == date(2026, 11, 24)
