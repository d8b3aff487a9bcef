"""What leaves and what is stopped, against fakes."""

import pytest

from minishop.contracts.shipping import ParcelLine
from minishop.errors import ConcurrentUpdateError, IdempotencyKeyReusedError
from shipping.domain import moves
from shipping.domain.errors import CarrierUnavailableError, LinesNotInShipmentError, NotDispatchableError
from shipping.domain.label import Destination
from shipping.domain.reports import Report
from shipping.domain.shipment import Line, Status, Wish, rest_shipment_id
from shipping.use_cases import departures, labels
from shipping.use_cases.ports import ATTEMPTS, Parcel
from shipping.use_cases.reports import record_report
from tests.times import NOON
from tests.unit.shipping.fakes import ADA, CARRIER, NUMBER, ORDER, SERVICE, SHIPMENT, STAFF, Shop, dispatch


def cancel(shop: Shop) -> Status:
    return departures.cancel_shipment(shop.ports, ORDER, "cus_ada", ADA, reason="customer").status


def test_dispatch_is_told_once(dispatched: Shop) -> None:
    dispatch(dispatched)
    assert dispatched.told == ["ShipmentCreated", "ShipmentDispatched"]
    shipment = dispatched.shipments.stored[SHIPMENT]
    assert shipment.status is Status.IN_TRANSIT
    assert [(entry.kind, entry.actor, entry.correlation_id) for entry in shipment.timeline] == [
        ("created", "service:shipping", "correlation-1"),
        ("label_created", "service:shipping", "correlation-1"),
        ("dispatched", "cus_staff", "request-1"),
    ]


def test_the_same_wish_is_answered_as_it_was_then(dispatched: Shop) -> None:
    first = dispatched.shipments.stored[SHIPMENT]
    arrived = Report(Status.DELIVERED, "msg_1", NOON)
    record_report(dispatched.ports, "sandbox", NUMBER, arrived, CARRIER)
    again = dispatch(dispatched)
    assert (again.status, again.version, again.timeline) == (Status.IN_TRANSIT, first.version, first.timeline)
    assert dispatch(dispatched, key="another").status is Status.DELIVERED
    with pytest.raises(IdempotencyKeyReusedError):
        dispatch(dispatched, {"TEE": 1})


def test_what_stays_behind_becomes_a_shipment_that_gets_a_label_of_its_own(labelled: Shop) -> None:
    left = dispatch(labelled, {"MUG-RED": 1})
    assert left.lines == (Line("MUG-RED", 1, 400),)
    rest = labelled.shipments.stored[rest_shipment_id(SHIPMENT)]
    assert (rest.status, rest.order_id, rest.owner) == (Status.PENDING, ORDER, "cus_ada")
    assert rest.lines == (Line("MUG-RED", 1, 400), Line("TEE", 1, 200))
    assert labelled.told == ["ShipmentCreated", "ShipmentDispatched", "LabelRequested"]
    assert labelled.shipments.events[1].lines == (ParcelLine(sku="MUG-RED", quantity=1),)  # type: ignore[attr-defined]
    for _ in range(2):
        labels.label_shipment(labelled.ports, rest.id, SERVICE)
    assert labelled.carrier.parcels[1:] == [Parcel(rest.id, "standard", Destination("FR", "75001"), 600)]
    assert labelled.told[3:] == ["ShipmentCreated"]
    assert dispatch(labelled, {"MUG-RED": 1}).lines == left.lines
    assert len(labelled.shipments.stored) == 2


def test_all_lines_named_leave_nothing_behind(labelled: Shop) -> None:
    dispatch(labelled, {"MUG-RED": 2, "TEE": 1})
    assert list(labelled.shipments.stored) == [SHIPMENT]


@pytest.mark.parametrize("quantities", [{"MUG-RED": 3}, {"HAT": 1}, {"TEE": 1, "HAT": 1}])
def test_more_than_the_shipment_holds_cannot_leave(labelled: Shop, quantities: dict[str, int]) -> None:
    with pytest.raises(LinesNotInShipmentError):
        dispatch(labelled, quantities)
    assert labelled.shipments.stored[SHIPMENT].status is Status.LABEL_CREATED


def test_what_left_cannot_leave_again_with_other_lines(dispatched: Shop) -> None:
    assert dispatch(dispatched, {"TEE": 1, "MUG-RED": 2}, key="another").status is Status.IN_TRANSIT
    with pytest.raises(NotDispatchableError):
        dispatch(dispatched, {"TEE": 1}, key="a third")


def test_what_has_no_label_cannot_leave(shop: Shop) -> None:
    shop.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    with pytest.raises(NotDispatchableError):
        dispatch(shop)


def test_what_was_stopped_cannot_leave_any_more(labelled: Shop) -> None:
    cancel(labelled)
    with pytest.raises(NotDispatchableError):
        dispatch(labelled)
    assert labelled.shipments.stored[SHIPMENT].status is Status.CANCELLED


def test_a_return_is_not_the_warehouse_s_to_hand_over(labelled: Shop) -> None:
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    with pytest.raises(NotDispatchableError):
        moves.dispatch(parcel, None, Wish("dispatch-1", ""), STAFF, NOON)


def test_a_shipment_that_has_not_left_is_stopped(labelled: Shop) -> None:
    for _ in range(2):
        assert cancel(labelled) is Status.CANCELLED
    assert labelled.told[1:] == ["ShipmentCancelled"]


def test_a_shipment_that_waits_for_its_label_is_stopped(shop: Shop) -> None:
    shop.carrier.down = True
    with pytest.raises(CarrierUnavailableError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    assert shop.shipments.stored[SHIPMENT].status is Status.PENDING
    assert cancel(shop) is Status.CANCELLED
    assert shop.told == ["ShipmentCancelled"]


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
    assert dispatch(labelled).dispatched


def test_a_hopeless_race_is_given_up(labelled: Shop) -> None:
    labelled.shipments.races = ATTEMPTS
    with pytest.raises(ConcurrentUpdateError):
        dispatch(labelled)


def test_the_label_of_what_was_stopped_goes_back_once_the_carrier_answers(labelled: Shop) -> None:
    labelled.carrier.down = True
    assert cancel(labelled) is Status.CANCELLED
    with pytest.raises(CarrierUnavailableError):
        labels.void_label(labelled.ports, SHIPMENT)
    labelled.carrier.down = False
    for _ in range(2):
        assert labels.void_label(labelled.ports, SHIPMENT)
    assert labelled.carrier.labels == {SHIPMENT: "void"}
    assert labelled.told == ["ShipmentCreated", "ShipmentCancelled"]


def test_a_label_that_is_used_all_the_same_is_said_to_be(labelled: Shop) -> None:
    cancel(labelled)
    labelled.carrier.labels[SHIPMENT] = "used"
    assert not labels.void_label(labelled.ports, SHIPMENT)


def test_what_is_not_stopped_keeps_its_label_and_what_never_had_one_gives_none_back(labelled: Shop) -> None:
    assert labels.void_label(labelled.ports, SHIPMENT)
    assert labelled.carrier.labels == {SHIPMENT: "made"}
    unmade = Shop()
    cancel(unmade)
    unmade.carrier.down = True
    assert labels.void_label(unmade.ports, SHIPMENT)
    assert labels.create_shipment(unmade.ports, ORDER, SERVICE).status is Status.CANCELLED


def test_a_label_that_is_made_while_the_shipment_is_stopped_goes_back(shop: Shop) -> None:
    shop.carrier.meanwhile = lambda: cancel(shop)
    assert labels.create_shipment(shop.ports, ORDER, SERVICE).status is Status.CANCELLED
    assert shop.carrier.labels == {SHIPMENT: "void"}


def test_a_label_whose_making_was_cut_off_goes_back_with_the_next_try(shop: Shop) -> None:
    def die() -> None:
        cancel(shop)
        shop.carrier.labels[SHIPMENT] = "made"
        raise CarrierUnavailableError("the answer got lost")

    shop.carrier.meanwhile = die
    with pytest.raises(CarrierUnavailableError):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    labels.create_shipment(shop.ports, ORDER, SERVICE)
    assert shop.carrier.labels == {SHIPMENT: "void"}
