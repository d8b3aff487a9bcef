"""What leaves and what is stopped, against fakes."""

import pytest

from minishop.errors import ConcurrentUpdateError
from shipping.carrier import CarrierUnavailableError
from shipping.domain.errors import NotDispatchableError
from shipping.domain.shipment import Status
from shipping.use_cases import departures, labels
from shipping.use_cases.ports import ATTEMPTS
from tests.unit.shipping.fakes import ADA, ORDER, SERVICE, SHIPMENT, STAFF, Shop


def cancel(shop: Shop) -> Status:
    return departures.cancel_shipment(shop.ports, ORDER, "cus_ada", ADA, reason="customer").status


def test_dispatch_is_told_once(dispatched: Shop) -> None:
    departures.dispatch_shipment(dispatched.ports, SHIPMENT, STAFF)
    assert dispatched.told == ["ShipmentCreated", "ShipmentDispatched"]
    shipment = dispatched.shipments.stored[SHIPMENT]
    assert shipment.status is Status.IN_TRANSIT
    assert [(entry.kind, entry.actor, entry.correlation_id) for entry in shipment.timeline] == [
        ("created", "service:shipping", "correlation-1"),
        ("label_created", "service:shipping", "correlation-1"),
        ("dispatched", "cus_staff", "request-1"),
    ]


def test_what_has_no_label_cannot_leave(shop: Shop) -> None:
    shop.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    with pytest.raises(NotDispatchableError):
        departures.dispatch_shipment(shop.ports, SHIPMENT, STAFF)


def test_what_was_stopped_cannot_leave_any_more(labelled: Shop) -> None:
    cancel(labelled)
    with pytest.raises(NotDispatchableError):
        departures.dispatch_shipment(labelled.ports, SHIPMENT, STAFF)
    assert labelled.shipments.stored[SHIPMENT].status is Status.CANCELLED


def test_a_return_is_not_the_warehouse_s_to_hand_over(labelled: Shop) -> None:
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    with pytest.raises(NotDispatchableError):
        departures.dispatch_shipment(labelled.ports, parcel.id, STAFF)


def test_a_shipment_that_has_not_left_is_stopped(labelled: Shop) -> None:
    for _ in range(2):
        assert cancel(labelled) is Status.CANCELLED
    assert labelled.told[1:] == ["ShipmentCancelled"]


def test_one_that_has_left_is_not(dispatched: Shop) -> None:
    assert cancel(dispatched) is Status.IN_TRANSIT
    assert "ShipmentCancelled" not in dispatched.told


def test_a_shipment_cancelled_before_it_is_made_is_never_made(shop: Shop) -> None:
    cancel(shop)
    assert labels.create_shipment(shop.ports, ORDER, SERVICE).status is Status.CANCELLED
    assert shop.carrier.parcels == []
    assert shop.told == ["ShipmentCancelled"]


def test_cancelled_in_the_moment_it_is_made(labelled: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([None])
    real = labelled.shipments.find
    monkeypatch.setattr(labelled.shipments, "find", lambda identity: next(found, real(identity)))
    assert cancel(labelled) is Status.CANCELLED
    assert labelled.told == ["ShipmentCreated", "ShipmentCancelled"]


def test_a_lost_race_is_run_again(labelled: Shop) -> None:
    labelled.shipments.races = 2
    assert departures.dispatch_shipment(labelled.ports, SHIPMENT, STAFF).dispatched


def test_a_hopeless_race_is_given_up(labelled: Shop) -> None:
    labelled.shipments.races = ATTEMPTS
    with pytest.raises(ConcurrentUpdateError):
        departures.dispatch_shipment(labelled.ports, SHIPMENT, STAFF)
