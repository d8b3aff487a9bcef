"""Parcels that never arrive, against fakes."""

import pytest

from minishop.contracts.shipping import ParcelLine, ShipmentLost
from minishop.errors import IdempotencyKeyReusedError, UnavailableError
from shipping.domain import losses as rules
from shipping.domain.errors import AlreadyResolvedError, InsufficientStockError, NotOnItsWayError
from shipping.domain.reports import Report
from shipping.domain.shipment import Loss, Resolution, Shipment, Status, Wish, replacement_shipment_id
from shipping.use_cases import labels, losses
from shipping.use_cases.losses import DeclareLost, declare_lost
from shipping.use_cases.reports import record_report
from tests.times import NOON
from tests.unit.shipping.fakes import ADA, CARRIER, NUMBER, ORDER, SERVICE, SHIPMENT, STAFF, Shop

REPLACEMENT = replacement_shipment_id(SHIPMENT)
REFUND, RESHIP = Resolution.REFUND, Resolution.RESHIP


def lose(shop: Shop, resolution: Resolution, key: str = "lost-1", shipment: str = SHIPMENT) -> Shipment:
    return declare_lost(shop.ports, DeclareLost(shipment, resolution, Wish(key, resolution)), STAFF)


def arrive(shop: Shop, status: Status = Status.DELIVERED) -> Shipment:
    return record_report(shop.ports, "sandbox", NUMBER, Report(status, "msg_1", NOON), CARRIER)


def test_a_lost_parcel_is_written_off_and_told_once(dispatched: Shop) -> None:
    lost = lose(dispatched, REFUND)
    assert (lost.status, lost.loss and lost.loss.settled) == (Status.LOST, True)
    assert lose(dispatched, REFUND).version == lost.version
    assert dispatched.stock.written_off == {SHIPMENT: False}
    assert dispatched.stock.calls == 1
    event = dispatched.shipments.events[-1]
    assert isinstance(event, ShipmentLost)
    assert (event.resolution, event.shipment_id) == ("refund", SHIPMENT)
    assert event.lines == (ParcelLine(sku="MUG-RED", quantity=2), ParcelLine(sku="TEE", quantity=1))
    assert dispatched.told[2:] == ["ShipmentLost"]
    assert list(dispatched.shipments.stored) == [SHIPMENT]
    assert [entry.kind for entry in lost.timeline[3:]] == ["given_up", "written_off"]


def test_a_parcel_that_is_sent_once_more_has_a_label_of_its_own(dispatched: Shop) -> None:
    for _ in range(2):
        lose(dispatched, RESHIP)
    assert dispatched.stock.written_off == {SHIPMENT: True}
    again = dispatched.shipments.stored[REPLACEMENT]
    assert again.lines == dispatched.shipments.stored[SHIPMENT].lines
    assert (again.status, again.service, again.tracking_number) == (Status.PENDING, "standard", "")
    assert dispatched.told[2:] == ["ShipmentLost", "LabelRequested"]
    assert labels.label_shipment(dispatched.ports, REPLACEMENT, SERVICE).tracking_number == f"SBX-{REPLACEMENT}"


def test_it_cannot_be_decided_twice_in_two_ways(dispatched: Shop) -> None:
    lose(dispatched, REFUND)
    with pytest.raises(AlreadyResolvedError):
        lose(dispatched, RESHIP, key="another")
    with pytest.raises(IdempotencyKeyReusedError):
        lose(dispatched, RESHIP)
    assert lose(dispatched, REFUND, key="another").status is Status.LOST
    assert dispatched.told[2:] == ["ShipmentLost"]


def test_what_is_short_is_not_sent_again_and_can_be_refunded(dispatched: Shop) -> None:
    dispatched.stock.refuses = InsufficientStockError("short", extra={"shortages": []})
    with pytest.raises(InsufficientStockError):
        lose(dispatched, RESHIP)
    shipment = dispatched.shipments.stored[SHIPMENT]
    assert (shipment.status, shipment.loss) == (Status.LOST, None)
    dispatched.stock.refuses = None
    assert losses.finish_loss(dispatched.ports, SHIPMENT, SERVICE).loss is None
    lose(dispatched, REFUND, key="another")
    assert dispatched.told[2:] == ["ShipmentLost"]
    assert dispatched.stock.written_off == {SHIPMENT: False}


def test_a_decision_that_catalog_did_not_answer_is_carried_out_later(dispatched: Shop) -> None:
    dispatched.stock.refuses = UnavailableError("down")
    with pytest.raises(UnavailableError):
        lose(dispatched, REFUND)
    assert dispatched.reminders.noted == [SHIPMENT]
    assert dispatched.told[2:] == []
    with pytest.raises(IdempotencyKeyReusedError):
        lose(dispatched, RESHIP)
    dispatched.stock.refuses = None
    losses.finish_loss(dispatched.ports, SHIPMENT, SERVICE)
    losses.finish_loss(dispatched.ports, SHIPMENT, SERVICE)
    assert dispatched.told[2:] == ["ShipmentLost"]
    assert lose(dispatched, REFUND).timeline[-1].actor == "service:shipping"


def test_the_same_wish_is_answered_as_it_was_then(dispatched: Shop) -> None:
    first = lose(dispatched, REFUND)
    arrive(dispatched)
    again = lose(dispatched, REFUND)
    assert (again.version, again.timeline) == (first.version, first.timeline)


def test_an_outcome_that_comes_after_another_decision_changes_nothing(dispatched: Shop) -> None:
    lose(dispatched, REFUND)
    settled = dispatched.shipments.stored[SHIPMENT]
    stale = Loss(RESHIP, Wish("lost-0", ""))
    assert rules.settle(settled, stale, SERVICE, NOON).shipment is settled
    assert rules.withdraw(settled, stale, SERVICE, NOON).shipment is settled


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.RETURNED])
def test_what_has_arrived_is_not_lost(dispatched: Shop, status: Status) -> None:
    arrive(dispatched, status)
    with pytest.raises(NotOnItsWayError):
        lose(dispatched, REFUND)
    assert dispatched.stock.calls == 0
    assert dispatched.reminders.noted == []


def test_what_has_not_left_is_not_lost(labelled: Shop) -> None:
    with pytest.raises(NotOnItsWayError):
        lose(labelled, REFUND)


def test_a_return_that_is_lost_is_settled_with_the_return(labelled: Shop) -> None:
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    with pytest.raises(NotOnItsWayError):
        lose(labelled, REFUND, shipment=parcel.id)


def test_what_the_carrier_calls_lost_is_for_support_to_settle(dispatched: Shop) -> None:
    arrive(dispatched, Status.LOST)
    assert lose(dispatched, RESHIP).status is Status.LOST
    assert "ShipmentLost" in dispatched.told


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.RETURNED, Status.IN_TRANSIT])
def test_a_parcel_that_turns_up_after_it_was_written_off_is_noted_and_that_is_all(
    dispatched: Shop, status: Status
) -> None:
    lose(dispatched, REFUND)
    before = len(dispatched.told)
    found = arrive(dispatched, status)
    assert (found.status, found.timeline[-1].kind) == (Status.LOST, status.value)
    assert len(dispatched.told) == before
    assert dispatched.stock.calls == 1


def note(shop: Shop, resolution: Resolution = Resolution.REFUSE) -> Shipment:
    return losses.note_loss(shop.ports, SHIPMENT, "ret_1", resolution, STAFF)


def test_a_parcel_that_was_given_up_with_its_return_is_noted_once_and_tells_nothing(dispatched: Shop) -> None:
    told = list(dispatched.told)
    noted = note(dispatched)
    assert (noted.status, noted.loss and noted.loss.resolution) == (Status.LOST, Resolution.REFUSE)
    assert note(dispatched, REFUND) == noted
    assert (dispatched.told, dispatched.stock.written_off) == (told, {})
    turned_up = arrive(dispatched)
    assert (turned_up.status, turned_up.is_settled) == (Status.LOST, True)
