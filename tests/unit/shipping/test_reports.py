"""What carriers say, in every order in which it may arrive."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.domain import moves, reports
from shipping.domain.errors import ShipmentNotFoundError
from shipping.domain.reports import MAX_TIMELINE, STAGES, Report
from shipping.domain.shipment import Line, Shipment, Status
from shipping.use_cases import departures, labels
from shipping.use_cases.reports import record_report
from tests.times import NOON
from tests.unit.shipping.fakes import ADA, CARRIER, NUMBER, ORDER, SERVICE, SHIPMENT, Shop

LATER = NOON + timedelta(days=30)


def report(shop: Shop, status: Status, key: str, hours: float = 0) -> Shipment:
    shop.clock.at = max(shop.clock.at, NOON + timedelta(hours=hours))
    return record_report(shop.ports, "sandbox", NUMBER, Report(status, key, NOON + timedelta(hours=hours)), CARRIER)


def test_the_carrier_s_steps_are_told_in_order(dispatched: Shop) -> None:
    for hour, status in enumerate((Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERED)):
        report(dispatched, status, key=status.value, hours=hour)
    assert dispatched.told[2:] == ["ShipmentInTransit", "ShipmentOutForDelivery", "ShipmentDelivered"]
    kinds = [entry.kind for entry in dispatched.shipments.stored[SHIPMENT].timeline]
    assert kinds == ["created", "label_created", "dispatched", "in_transit", "out_for_delivery", "delivered"]


def test_a_repeated_report_changes_nothing(dispatched: Shop) -> None:
    first = report(dispatched, Status.DELIVERED, key="msg_1")
    assert report(dispatched, Status.DELIVERED, key="msg_1").version == first.version


def test_the_same_word_under_another_id_changes_nothing(dispatched: Shop) -> None:
    first = report(dispatched, Status.DELIVERED, key="msg_1", hours=2)
    assert report(dispatched, Status.DELIVERED, key="msg_2", hours=2).version == first.version


def test_a_late_report_is_kept_but_never_moves_back(dispatched: Shop) -> None:
    report(dispatched, Status.DELIVERED, key="msg_2", hours=2)
    late = report(dispatched, Status.IN_TRANSIT, key="msg_1")
    assert late.status is Status.DELIVERED
    assert late.timeline[-1].kind == "in_transit"
    assert dispatched.told[2:] == ["ShipmentDelivered"]


def test_a_first_scan_dispatches_what_nobody_dispatched(labelled: Shop) -> None:
    report(labelled, Status.IN_TRANSIT, key="msg_1")
    assert labelled.told[1:] == ["ShipmentDispatched", "ShipmentInTransit"]


def test_further_scans_on_the_way_are_kept_and_not_told_again(dispatched: Shop) -> None:
    for hour in range(3):
        report(dispatched, Status.IN_TRANSIT, key=f"msg_{hour}", hours=hour)
    assert dispatched.told[2:] == ["ShipmentInTransit"]
    assert len(dispatched.shipments.stored[SHIPMENT].timeline) == 6


def test_a_failed_attempt_is_told_and_the_next_day_s_tour_goes_on(dispatched: Shop) -> None:
    steps = (Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED, Status.EXCEPTION, Status.OUT_FOR_DELIVERY)
    seen = [report(dispatched, status, key=f"msg_{hour}", hours=hour).status for hour, status in enumerate(steps)]
    assert seen == list(steps)
    assert dispatched.told[2:] == ["ShipmentOutForDelivery", "DeliveryAttemptFailed", "ShipmentOutForDelivery"]
    assert report(dispatched, Status.ATTEMPT_FAILED, key="late", hours=2.5).status is Status.OUT_FOR_DELIVERY


def test_a_parcel_that_comes_back_is_told_with_its_lines(dispatched: Shop) -> None:
    assert report(dispatched, Status.RETURNING, key="msg_1", hours=1).status is Status.RETURNING
    assert report(dispatched, Status.RETURNED, key="msg_2", hours=2).status is Status.RETURNED
    assert dispatched.told[2:] == ["ShipmentReturned"]
    assert [line.sku for line in dispatched.shipments.events[-1].lines] == ["MUG-RED", "TEE"]  # type: ignore[attr-defined]


def test_what_the_carrier_calls_lost_waits_for_support_and_may_turn_up(dispatched: Shop) -> None:
    assert report(dispatched, Status.LOST, key="msg_1", hours=1).status is Status.LOST
    assert report(dispatched, Status.IN_TRANSIT, key="msg_2", hours=2).status is Status.LOST
    assert dispatched.told[2:] == []
    assert report(dispatched, Status.DELIVERED, key="msg_3", hours=3).status is Status.DELIVERED


def test_a_return_s_way_is_told_with_the_return(labelled: Shop) -> None:
    parcel = labels.create_return(labelled.ports, "ret_1", ORDER, {"TEE": 1}, ADA)
    said = Report(Status.IN_TRANSIT, "msg_1", NOON)
    assert record_report(labelled.ports, "sandbox", parcel.tracking_number, said, CARRIER).status is Status.IN_TRANSIT
    assert labelled.told[2:] == ["ShipmentDispatched", "ShipmentInTransit"]
    assert {event.return_id for event in labelled.shipments.events[2:]} == {"ret_1"}  # type: ignore[attr-defined]


def test_a_report_on_a_cancelled_shipment_is_kept_and_moves_nothing(labelled: Shop) -> None:
    departures.cancel_shipment(labelled.ports, ORDER, "cus_ada", ADA, reason="customer")
    stray = report(labelled, Status.IN_TRANSIT, key="msg_1")
    assert stray.status is Status.CANCELLED
    assert stray.timeline[-1].kind == "in_transit"
    assert labelled.told[1:] == ["ShipmentCancelled"]


def test_a_number_that_is_not_known_or_has_no_label_yet_is_tried_again(shop: Shop) -> None:
    with pytest.raises(ShipmentNotFoundError):
        report(shop, Status.IN_TRANSIT, key="msg_1")
    shop.carrier.down = True
    with pytest.raises(Exception, match="down"):
        labels.create_shipment(shop.ports, ORDER, SERVICE)
    shop.shipments.link(NUMBER, SHIPMENT)
    with pytest.raises(ShipmentNotFoundError):
        report(shop, Status.IN_TRANSIT, key="msg_1")


def test_a_carrier_has_no_say_in_another_s_parcels(dispatched: Shop) -> None:
    with pytest.raises(ShipmentNotFoundError):
        record_report(dispatched.ports, "driver", NUMBER, Report(Status.DELIVERED, "msg_1", NOON), CARRIER)
    assert dispatched.shipments.stored[SHIPMENT].status is Status.IN_TRANSIT


def test_a_carrier_s_clock_that_is_wrong_counts_as_now_or_as_the_beginning(dispatched: Shop) -> None:
    dispatched.clock.pass_time(hours=1)
    for hours, key in ((-9000, "msg_1"), (9000, "msg_2")):
        said = Report(Status.IN_TRANSIT, key, NOON + timedelta(hours=hours))
        record_report(dispatched.ports, "sandbox", NUMBER, said, CARRIER)
    times = [entry.at for entry in dispatched.shipments.stored[SHIPMENT].timeline if entry.kind == "in_transit"]
    assert times == [NOON, NOON + timedelta(hours=1)]


def test_a_talkative_carrier_fills_no_table_and_the_parcel_still_arrives(dispatched: Shop) -> None:
    for number in range(MAX_TIMELINE):
        report(dispatched, Status.IN_TRANSIT, key=f"msg_{number}", hours=number / 100)
    assert len(dispatched.shipments.stored[SHIPMENT].timeline) == MAX_TIMELINE
    assert report(dispatched, Status.DELIVERED, key="last", hours=9).status is Status.DELIVERED
    assert len(dispatched.shipments.stored[SHIPMENT].timeline) == MAX_TIMELINE + 1


def _outbound() -> Shipment:
    lines = (Line("MUG-RED", 2, 400),)
    made = moves.prepare(ORDER, "cus_ada", lines, SERVICE, carrier="sandbox", service="standard", at=NOON)
    return moves.label(made, NUMBER, SERVICE, NOON).shipment


SAID = st.builds(
    lambda status, hour, number: Report(status, f"msg_{number}", NOON + timedelta(hours=hour)),
    st.sampled_from(sorted(STAGES)),
    st.integers(0, 5),
    st.integers(0, 10**6),
)


@given(st.lists(SAID, max_size=8, unique_by=lambda one: one.key), st.data())
def test_the_same_reports_in_any_order_and_repeated_end_alike(said: list[Report], data: st.DataObject) -> None:
    repeated = said + data.draw(st.lists(st.sampled_from(said), max_size=5)) if said else []
    ends = set()
    for order in (said, data.draw(st.permutations(repeated))):
        shipment, stage, told = _outbound(), 0, Counter[str]()
        for one in order:
            before = shipment.timeline
            change = reports.record(shipment, one, CARRIER, LATER)
            shipment = change.shipment
            told.update(type(event).__name__ for event in change.events)
            assert shipment.timeline[: len(before)] == before
            assert STAGES.get(shipment.status, 0) >= stage
            stage = STAGES.get(shipment.status, 0)
        entries = frozenset((entry.kind, entry.at) for entry in shipment.timeline if entry.kind != "dispatched")
        ends.add((shipment.status, entries))
        assert all(told[name] <= 1 for name in ("ShipmentDispatched", "ShipmentDelivered", "ShipmentReturned"))
        assert told["ShipmentReturned"] == (shipment.status is Status.RETURNED)
    assert len(ends) == 1
