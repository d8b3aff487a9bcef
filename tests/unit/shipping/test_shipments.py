"""The shipment's way, against fakes."""

from datetime import date

import pytest

from minishop.contracts.shipping import ParcelLine
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Role
from minishop.money import Money
from shipping import domain, use_cases
from shipping.carrier import CarrierUnavailableError
from shipping.domain import NotDispatchableError, Shipment, ShipmentNotFoundError, Status
from shipping.rates import rates
from tests.helpers import customer, staff
from tests.times import NOON
from tests.unit.shipping.fakes import Shop

ORDER = "ord_1"
SHIPMENT = domain.shipment_id(ORDER)
NUMBER = f"SBX-{SHIPMENT}"


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def labelled(shop: Shop) -> Shop:
    use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping")
    return shop


@pytest.fixture
def dispatched(labelled: Shop) -> Shop:
    use_cases.dispatch_shipment(labelled.ports, SHIPMENT, actor="cus_staff")
    return labelled


def report(shop: Shop, status: Status, key: str) -> Shipment:
    return use_cases.record_report(shop.ports, NUMBER, status, key=key, actor="carrier:sandbox")


def test_a_confirmed_order_becomes_a_labelled_shipment(labelled: Shop) -> None:
    shipment = labelled.shipments.stored[SHIPMENT]
    assert shipment.status is Status.LABEL_CREATED
    assert shipment.tracking_number == NUMBER
    assert shipment.lines == (ParcelLine(sku="MUG-RED", quantity=2),)
    assert labelled.told == ["ShipmentCreated"]


def test_confirming_twice_makes_one_shipment(labelled: Shop) -> None:
    again = use_cases.create_shipment(labelled.ports, ORDER, actor="service:shipping")
    assert again.tracking_number == NUMBER
    assert labelled.told == ["ShipmentCreated"]
    assert labelled.carrier.references == [SHIPMENT]


def test_a_silent_carrier_leaves_a_pending_shipment_that_the_next_try_labels(shop: Shop) -> None:
    shop.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping")
    assert shop.shipments.stored[SHIPMENT].status is Status.PENDING
    shop.carrier.down = False
    assert use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping").status is Status.LABEL_CREATED


def test_two_makers_at_once_make_one_shipment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([None])
    real = shop.shipments.find
    use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping")
    monkeypatch.setattr(shop.shipments, "find", lambda identity: next(found, real(identity)))
    assert use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping").tracking_number == NUMBER
    assert shop.told == ["ShipmentCreated"]


def test_dispatch_is_told_once(dispatched: Shop) -> None:
    use_cases.dispatch_shipment(dispatched.ports, SHIPMENT, actor="cus_staff")
    assert dispatched.told == ["ShipmentCreated", "ShipmentDispatched"]
    assert dispatched.shipments.stored[SHIPMENT].status is Status.IN_TRANSIT


def test_what_has_no_label_cannot_leave(shop: Shop) -> None:
    shop.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping")
    with pytest.raises(NotDispatchableError):
        use_cases.dispatch_shipment(shop.ports, SHIPMENT, actor="cus_staff")


def test_what_was_stopped_cannot_leave_any_more(labelled: Shop) -> None:
    use_cases.cancel_shipment(labelled.ports, ORDER, "cus_ada", reason="customer", actor="cus_ada")
    with pytest.raises(NotDispatchableError):
        use_cases.dispatch_shipment(labelled.ports, SHIPMENT, actor="cus_staff")
    assert labelled.shipments.stored[SHIPMENT].status is Status.CANCELLED


def test_the_carrier_s_steps_are_told_in_order(dispatched: Shop) -> None:
    for status in (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERED):
        report(dispatched, status, key=status.value)
    assert dispatched.told[2:] == ["ShipmentInTransit", "ShipmentOutForDelivery", "ShipmentDelivered"]
    kinds = [entry.kind for entry in dispatched.shipments.stored[SHIPMENT].timeline]
    assert kinds == ["created", "label_created", "dispatched", "in_transit", "out_for_delivery", "delivered"]


def test_a_repeated_report_changes_nothing(dispatched: Shop) -> None:
    first = report(dispatched, Status.DELIVERED, key="msg_1")
    assert report(dispatched, Status.DELIVERED, key="msg_1").version == first.version


def test_a_late_report_is_kept_but_never_moves_back(dispatched: Shop) -> None:
    report(dispatched, Status.DELIVERED, key="msg_2")
    late = report(dispatched, Status.IN_TRANSIT, key="msg_1")
    assert late.status is Status.DELIVERED
    assert late.timeline[-1].kind == "in_transit"
    assert dispatched.told[2:] == ["ShipmentDelivered"]


def test_a_first_scan_dispatches_what_nobody_dispatched(labelled: Shop) -> None:
    report(labelled, Status.IN_TRANSIT, key="msg_1")
    assert labelled.told[1:] == ["ShipmentDispatched", "ShipmentInTransit"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.LABEL_CREATED, Status.CANCELLED])
def test_a_carrier_cannot_report_what_is_not_its_business(dispatched: Shop, status: Status) -> None:
    before = dispatched.shipments.stored[SHIPMENT]
    assert report(dispatched, status, key="msg_1") == before


def test_a_report_on_a_cancelled_shipment_changes_nothing(labelled: Shop) -> None:
    use_cases.cancel_shipment(labelled.ports, ORDER, "cus_ada", reason="customer", actor="cus_ada")
    assert report(labelled, Status.IN_TRANSIT, key="msg_1").status is Status.CANCELLED


def test_a_shipment_that_has_not_left_is_stopped(labelled: Shop) -> None:
    for _ in range(2):
        stopped = use_cases.cancel_shipment(labelled.ports, ORDER, "cus_ada", reason="customer", actor="cus_ada")
        assert stopped.status is Status.CANCELLED
    assert labelled.told[1:] == ["ShipmentCancelled"]


def test_one_that_has_left_is_not(dispatched: Shop) -> None:
    left = use_cases.cancel_shipment(dispatched.ports, ORDER, "cus_ada", reason="customer", actor="cus_ada")
    assert left.status is Status.IN_TRANSIT
    assert "ShipmentCancelled" not in dispatched.told


def test_a_shipment_cancelled_before_it_is_made_is_never_made(shop: Shop) -> None:
    use_cases.cancel_shipment(shop.ports, ORDER, "cus_ada", reason="customer", actor="cus_ada")
    assert use_cases.create_shipment(shop.ports, ORDER, actor="service:shipping").status is Status.CANCELLED
    assert shop.carrier.references == []
    assert shop.told == ["ShipmentCancelled"]


def test_cancelled_in_the_moment_it_is_made(labelled: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([None])
    real = labelled.shipments.find
    monkeypatch.setattr(labelled.shipments, "find", lambda identity: next(found, real(identity)))
    stopped = use_cases.cancel_shipment(labelled.ports, ORDER, "cus_ada", reason="customer", actor="cus_ada")
    assert stopped.status is Status.CANCELLED
    assert labelled.told == ["ShipmentCreated", "ShipmentCancelled"]


def test_a_label_for_a_shipment_cancelled_meanwhile_changes_nothing(labelled: Shop) -> None:
    shipment = labelled.shipments.stored[SHIPMENT]
    assert domain.label(shipment, "another", at=NOON, actor="service:shipping") == (shipment, ())


def test_a_lost_race_is_run_again_and_a_hopeless_one_given_up(labelled: Shop) -> None:
    labelled.shipments.races = 2
    assert use_cases.dispatch_shipment(labelled.ports, SHIPMENT, actor="cus_staff").dispatched
    labelled.shipments.races = use_cases.ATTEMPTS
    with pytest.raises(ConcurrentUpdateError):
        report(labelled, Status.DELIVERED, key="msg_1")


def test_owner_and_warehouse_see_a_shipment_and_others_do_not(labelled: Shop) -> None:
    for principal in (customer("cus_ada"), staff(Role.WAREHOUSE), staff(Role.ADMIN)):
        assert use_cases.get_shipment(labelled.ports, SHIPMENT, principal).id == SHIPMENT
    for principal in (customer("cus_eve"), staff(Role.SUPPORT)):
        with pytest.raises(ShipmentNotFoundError):
            use_cases.get_shipment(labelled.ports, SHIPMENT, principal)


def test_anyone_with_the_number_can_track(labelled: Shop) -> None:
    assert use_cases.track(labelled.ports, NUMBER).status is Status.LABEL_CREATED
    with pytest.raises(ShipmentNotFoundError):
        use_cases.track(labelled.ports, "SBX-nothing")


def test_the_warehouse_lists_by_state(labelled: Shop) -> None:
    shipments, position = use_cases.list_shipments(labelled.ports, Status.LABEL_CREATED, 20, None)
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
    assert use_cases.quote_rates(shop.ports, "DE", 30_001) == ()
    assert use_cases.quote_rates(shop.ports, "DE", 30_000)[0].delivery.earliest == date(2026, 11, 24)
