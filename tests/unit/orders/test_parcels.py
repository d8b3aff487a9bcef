"""Parcels that are split, fail, get lost or come back, against fakes."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from minishop.contracts.orders import OrderDelivered, OrderedLine, RefundRequested, ReturnAccepted
from orders.domain.checkout import Cart, CartLine
from orders.domain.order import Order
from orders.domain.progress import FulfilmentStatus, Loss, Parcel, ParcelLine, ParcelStatus, Status
from orders.domain.returns import InspectedLine, ReturnLine, ReturnStatus
from orders.use_cases import reactions, returns
from orders.use_cases.checkout import place_order
from tests.helpers import customer
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur, wish

ORDER = wish().order_id
MUGS, TEAS = ParcelLine("MUG", 2), ParcelLine("TEA", 2)
Event = Callable[[], None]


@pytest.fixture
def shop() -> Shop:
    """With Ada's two mugs and two teas paid."""
    shop = Shop()
    shop.carts.carts[ADA] = Cart((CartLine("MUG", 2), CartLine("TEA", 2)))
    total = eur(2598 + 998 + 490 + 520 + 200 + 98)
    place_order(shop.checkout, wish(expected_total=total))
    reactions.record_capture(shop.reactions, ORDER, total, ORIGIN)
    shop.orders.events.clear()
    return shop


def now(shop: Shop) -> Order:
    return shop.orders.stored[ORDER]


def parcel(name: str, status: ParcelStatus, lines: Sequence[ParcelLine] = (), sequence: int = 0) -> Parcel:
    return Parcel(name, status, "sandbox", f"SBX-{name}", tuple(lines), packed=bool(lines), sequence=sequence)


def tell(shop: Shop, name: str, status: ParcelStatus, *lines: ParcelLine, sequence: int = 0) -> None:
    reactions.record_parcel(shop.reactions, ORDER, parcel(name, status, lines, sequence), ORIGIN)


def plan(shop: Shop, name: str, *lines: ParcelLine) -> None:
    planned = Parcel(name, ParcelStatus.LABEL_CREATED, "sandbox", f"SBX-{name}", lines)
    reactions.record_parcel(shop.reactions, ORDER, planned, ORIGIN)


def lose(shop: Shop, name: str, *lines: ParcelLine, refund: bool = True) -> None:
    reactions.record_loss(shop.reactions, ORDER, parcel(name, ParcelStatus.LOST, lines), ORIGIN, refund=refund)


def refunds(shop: Shop) -> list[tuple[str, int, str]]:
    told = [event for event in shop.orders.events if isinstance(event, RefundRequested)]
    return [(event.reference, event.amount.amount, event.reason) for event in told]


def split_events(shop: Shop) -> list[Event]:
    """The first parcel was planned with everything, and left with the mugs alone."""
    return [
        lambda: plan(shop, "a", MUGS, TEAS),
        lambda: tell(shop, "a", ParcelStatus.IN_TRANSIT, MUGS),
        lambda: tell(shop, "a", ParcelStatus.DELIVERED),
        lambda: plan(shop, "b", TEAS),
        lambda: tell(shop, "b", ParcelStatus.IN_TRANSIT, TEAS),
        lambda: tell(shop, "b", ParcelStatus.DELIVERED),
    ]


def test_an_order_in_two_parcels_is_shipped_with_the_first_and_delivered_with_the_last(shop: Shop) -> None:
    events = split_events(shop)
    for event in events[:3]:
        event()
    assert (now(shop).status, now(shop).fulfilment_status) == (Status.SHIPPED, FulfilmentStatus.DELIVERED)
    for event in events[3:5]:
        event()
    assert (now(shop).status, now(shop).fulfilment_status) == (Status.SHIPPED, FulfilmentStatus.IN_TRANSIT)
    events[5]()
    assert now(shop).status is Status.DELIVERED
    assert shop.told == ["OrderShipped", "OrderDelivered"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(6)))[::7])
def test_two_parcels_in_any_order_of_events_end_alike(shop: Shop, order: tuple[int, ...]) -> None:
    events = split_events(shop)
    for index in order:
        events[index]()
        assert now(shop).status is not Status.DELIVERED or {2, 5, 1, 4} <= set(order[: order.index(index) + 1])
    for index in order:
        events[index]()
    end = now(shop)
    assert end.status is Status.DELIVERED
    assert {one.id: one.lines for one in end.parcels} == {"a": (MUGS,), "b": (TEAS,)}
    assert sorted(shop.told) == ["OrderDelivered", "OrderShipped"]


def test_what_is_told_on_the_way_shows(shop: Shop) -> None:
    assert now(shop).fulfilment_status is FulfilmentStatus.UNFULFILLED
    plan(shop, "a", MUGS, TEAS)
    steps = (
        (ParcelStatus.IN_TRANSIT, FulfilmentStatus.IN_TRANSIT),
        (ParcelStatus.OUT_FOR_DELIVERY, FulfilmentStatus.OUT_FOR_DELIVERY),
        (ParcelStatus.ATTEMPT_FAILED, FulfilmentStatus.ATTEMPT_FAILED),
        (ParcelStatus.OUT_FOR_DELIVERY, FulfilmentStatus.OUT_FOR_DELIVERY),
    )
    for sequence, (status, shown) in enumerate(steps):
        tell(shop, "a", status, MUGS, TEAS, sequence=sequence)
        assert now(shop).fulfilment_status is shown
    kinds = [entry.kind for entry in now(shop).timeline][-4:]
    assert kinds == ["shipped", "shipment_out_for_delivery", "shipment_attempt_failed", "shipment_out_for_delivery"]


def test_an_older_word_on_the_same_stage_changes_nothing(shop: Shop) -> None:
    tell(shop, "a", ParcelStatus.ATTEMPT_FAILED, MUGS, TEAS, sequence=7)
    before = now(shop)
    tell(shop, "a", ParcelStatus.OUT_FOR_DELIVERY, sequence=6)
    assert now(shop) == before


def test_a_lost_parcel_s_worth_goes_back_once(shop: Shop) -> None:
    plan(shop, "a", MUGS, TEAS)
    tell(shop, "a", ParcelStatus.IN_TRANSIT, MUGS)
    plan(shop, "b", TEAS)
    for _ in range(2):
        lose(shop, "a", MUGS)
    assert refunds(shop) == [("a", 3118, "lost")]
    assert now(shop).losses == (Loss("a", (MUGS,), eur(3118)),)
    assert now(shop).status is Status.SHIPPED
    tell(shop, "b", ParcelStatus.IN_TRANSIT, TEAS)
    tell(shop, "b", ParcelStatus.DELIVERED)
    assert now(shop).status is Status.DELIVERED
    told = shop.orders.events[-1]
    assert isinstance(told, OrderDelivered)
    assert told.shipment_id == "b"


def test_an_order_that_is_lost_whole_goes_back_with_its_shipping(shop: Shop) -> None:
    lose(shop, "a", MUGS, TEAS)
    assert refunds(shop) == [("a", now(shop).totals.total.amount, "lost")]
    assert (now(shop).status, now(shop).fulfilment_status) == (Status.SHIPPED, FulfilmentStatus.LOST)


def test_an_order_that_is_lost_in_two_parcels_goes_back_to_the_cent(shop: Shop) -> None:
    lose(shop, "a", MUGS)
    lose(shop, "b", TEAS)
    assert sum(amount for _, amount, _ in refunds(shop)) == now(shop).totals.total.amount


def test_a_lost_parcel_that_is_sent_again_costs_nothing_and_arrives(shop: Shop) -> None:
    tell(shop, "a", ParcelStatus.IN_TRANSIT, MUGS, TEAS)
    for _ in range(2):
        lose(shop, "a", MUGS, TEAS, refund=False)
    assert refunds(shop) == []
    plan(shop, "b", MUGS, TEAS)
    assert now(shop).fulfilment_status is FulfilmentStatus.LABEL_CREATED
    tell(shop, "b", ParcelStatus.IN_TRANSIT, MUGS, TEAS)
    tell(shop, "b", ParcelStatus.DELIVERED)
    assert now(shop).status is Status.DELIVERED


def test_a_lost_order_that_was_free_asks_for_no_money(shop: Shop) -> None:
    shop.orders.stored[ORDER] = free(now(shop))
    lose(shop, "a", MUGS, TEAS)
    assert refunds(shop) == []
    assert len(now(shop).losses) == 1


def free(order: Order) -> Order:
    return replace(order, totals=replace(order.totals, total=eur(0)))


def come_back(shop: Shop, name: str, *lines: ParcelLine) -> None:
    told = parcel(name, ParcelStatus.RETURNED, lines)
    reactions.record_parcel_returned(shop.reactions, ORDER, told, ORIGIN)


def test_a_parcel_that_comes_back_is_a_return_that_staff_inspect(shop: Shop) -> None:
    tell(shop, "a", ParcelStatus.IN_TRANSIT, MUGS, TEAS)
    for _ in range(2):
        come_back(shop, "a", MUGS, TEAS)
    (one,) = now(shop).returns
    assert (one.status, one.shipment_id) == (ReturnStatus.IN_TRANSIT, "a")
    assert one.lines == (ReturnLine("MUG", 2, "returned to sender"), ReturnLine("TEA", 2, "returned to sender"))
    assert now(shop).fulfilment_status is FulfilmentStatus.RETURNED
    lines = (InspectedLine("MUG", 2, accepted=True), InspectedLine("TEA", 2, accepted=False))
    received = returns.receive_return(shop.returns, one.id, lines, ORIGIN)
    assert received.refund == eur(3118)
    told = next(event for event in shop.orders.events if isinstance(event, ReturnAccepted))
    assert told.lines == (OrderedLine(sku="MUG", quantity=2),)
    kinds = [entry.kind for entry in now(shop).timeline if entry.detail == one.id]
    assert kinds == [
        "return_requested",
        "return_authorized",
        "return_in_transit",
        "return_received",
        "return_accepted",
    ]


def test_what_came_back_undelivered_is_not_what_a_shopper_can_return(shop: Shop) -> None:
    tell(shop, "a", ParcelStatus.IN_TRANSIT, MUGS)
    tell(shop, "b", ParcelStatus.IN_TRANSIT, TEAS)
    come_back(shop, "a", MUGS)
    tell(shop, "b", ParcelStatus.DELIVERED)
    assert now(shop).status is Status.DELIVERED
    command = returns.RequestReturn(
        order_id=ORDER,
        principal=customer(ADA),
        key="r",
        fingerprint="f",
        lines=(ReturnLine("TEA", 2, "stale"),),
        origin=ORIGIN,
    )
    assert returns.request_return(shop.returns, command).status is ReturnStatus.REQUESTED
