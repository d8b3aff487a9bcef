"""Goods that go back, against fakes."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from minishop.contracts.orders import (
    OrderedLine,
    RefundRequested,
    ReturnAccepted,
    ReturnAuthorized,
    ReturnRejected,
    ReturnRequested,
)
from minishop.errors import IdempotencyKeyReusedError
from minishop.identity import Principal, Role
from minishop.money import Money
from orders.domain import return_changes
from orders.domain.checkout import Line
from orders.domain.errors import (
    AlreadyReceivedError,
    ForbiddenMoveError,
    NotDeliveredError,
    NotReturnableError,
    OrderNotFoundError,
    ReturnNotAuthorizedError,
    ReturnNotFoundError,
    ReturnWindowClosedError,
)
from orders.domain.order import Order
from orders.domain.progress import Parcel, ParcelLine, ParcelStatus, PaymentStatus, Refund, Status
from orders.domain.refunds import worth_of
from orders.domain.returns import MOVES, InspectedLine, Return, ReturnLabel, ReturnLine, ReturnStatus
from orders.use_cases import reactions, returns
from orders.use_cases.checkout import place_order
from tests.helpers import customer, staff
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur, wish

ORDER = wish().order_id
TOTAL = eur(3706)  # two mugs at 12.99 and 4.90 for shipping, with 20 % tax
ASTRAY = {ReturnStatus.REJECTED, ReturnStatus.LOST}
ONE_MUG, TWO_MUGS = eur(1559), eur(3118)


@pytest.fixture
def shop() -> Shop:
    """With Ada's two mugs delivered."""
    shop = Shop()
    place_order(shop.checkout, wish())
    reactions.record_capture(shop.reactions, ORDER, TOTAL, ORIGIN)
    for status in (ParcelStatus.LABEL_CREATED, ParcelStatus.IN_TRANSIT, ParcelStatus.DELIVERED):
        parcel = Parcel("shp_1", status, "sandbox", "SBX-1", (ParcelLine("MUG", 2),), packed=True)
        reactions.record_parcel(shop.reactions, ORDER, parcel, ORIGIN)
    assert now(shop).status is Status.DELIVERED
    shop.orders.events.clear()
    return shop


def now(shop: Shop) -> Order:
    return shop.orders.stored[ORDER]


def ask(shop: Shop, quantity: int = 1, key: str = "r", principal: Principal | None = None, **changes: Any) -> Return:
    values: dict[str, Any] = {
        "fingerprint": f"f{quantity}",
        "lines": (ReturnLine("MUG", quantity, "chipped"),),
        "order_id": ORDER,
    }
    command = returns.RequestReturn(principal=principal or customer(ADA), key=key, origin=ORIGIN, **(values | changes))
    return returns.request_return(shop.returns, command)


def receive(shop: Shop, return_id: str, *lines: tuple[int, bool], sku: str = "MUG") -> Return:
    inspected = tuple(InspectedLine(sku, quantity, accepted) for quantity, accepted in lines)
    return returns.receive_return(shop.returns, return_id, inspected, ORIGIN)


def authorize(shop: Shop, return_id: str) -> Return:
    return returns.authorize_return(shop.returns, return_id, ORIGIN)


def accepted(shop: Shop, quantity: int = 1, key: str = "r") -> Return:
    asked = ask(shop, quantity, key)
    authorize(shop, asked.id)
    return receive(shop, asked.id, (quantity, True))


def pay_back(shop: Shop, one: Return) -> None:
    assert one.refund
    reactions.record_refund(shop.reactions, ORDER, Refund(f"ref_{one.id}", one.refund, one.id), ORIGIN)


def test_a_return_goes_from_the_wish_to_the_money(shop: Shop) -> None:
    asked = ask(shop)
    assert (asked.status, asked.label) == (
        ReturnStatus.REQUESTED,
        ReturnLabel("shp_back", "sandbox", f"SBX-{asked.id}"),
    )
    assert authorize(shop, asked.id).status is ReturnStatus.AUTHORIZED
    reactions.record_return_sent(shop.reactions, ORDER, asked.id, ORIGIN)
    assert returns.list_returns(shop.returns, ORDER, customer(ADA))[0].status is ReturnStatus.IN_TRANSIT
    received = receive(shop, asked.id, (1, True))
    assert (received.status, received.refund) == (ReturnStatus.ACCEPTED, ONE_MUG)
    pay_back(shop, received)
    (done,) = now(shop).returns
    assert done.status is ReturnStatus.REFUNDED
    assert now(shop).payment.status is PaymentStatus.PARTIALLY_REFUNDED
    assert now(shop).status is Status.DELIVERED
    kinds = [entry.kind for entry in now(shop).timeline if entry.detail == asked.id]
    assert kinds == [f"return_{status}" for status in ReturnStatus if status not in ASTRAY]


def test_each_move_is_told_once(shop: Shop) -> None:
    one = accepted(shop)
    about = {"order_id": ORDER, "return_id": one.id, "owner": ADA, "number": now(shop).number}
    lines = (OrderedLine(sku="MUG", quantity=1),)
    assert shop.orders.events == [
        ReturnRequested(**about, lines=lines),
        ReturnAuthorized(**about, lines=lines),
        ReturnAccepted(**about, lines=lines, refund=ONE_MUG),
        RefundRequested(order_id=ORDER, owner=ADA, reference=one.id, amount=ONE_MUG, reason="return"),
    ]
    ask(shop)
    authorize(shop, one.id)
    receive(shop, one.id, (1, True))
    assert len(shop.orders.events) == 4


def test_what_is_not_taken_back_is_not_refunded(shop: Shop) -> None:
    asked = ask(shop, 2)
    authorize(shop, asked.id)
    rejected = receive(shop, asked.id, (2, False))
    assert (rejected.status, rejected.refund) == (ReturnStatus.REJECTED, None)
    told = shop.orders.events[-1]
    assert isinstance(told, ReturnRejected)
    assert told.lines == (OrderedLine(sku="MUG", quantity=2),)
    with pytest.raises(NotReturnableError):
        ask(shop, 1, "again")


def test_of_a_return_one_half_can_be_taken_back(shop: Shop) -> None:
    asked = ask(shop, 2)
    authorize(shop, asked.id)
    assert receive(shop, asked.id, (1, True), (1, False)).refund == ONE_MUG
    told = shop.orders.events[-2]
    assert isinstance(told, ReturnAccepted)
    assert told.lines == (OrderedLine(sku="MUG", quantity=1),)


def test_what_never_arrived_can_be_returned_after_all(shop: Shop) -> None:
    asked = ask(shop, 2)
    authorize(shop, asked.id)
    receive(shop, asked.id, (1, True))
    assert ask(shop, 1, "the other").status is ReturnStatus.REQUESTED


def test_never_more_goes_back_than_was_delivered_over_all_returns(shop: Shop) -> None:
    with pytest.raises(NotReturnableError) as refused:
        ask(shop, 3)
    assert refused.value.errors[0].pointer == "/lines/0/quantity"
    ask(shop, 1, "first")
    with pytest.raises(NotReturnableError):
        ask(shop, 2, "second")
    ask(shop, 1, "third")
    with pytest.raises(NotReturnableError):
        ask(shop, 1, "fourth")
    split = (ReturnLine("MUG", 1, "a"), ReturnLine("MUG", 1, "b"), ReturnLine("TEA", 1, "c"))
    with pytest.raises(NotReturnableError) as refused:
        ask(shop, key="fifth", lines=split)
    assert len(refused.value.errors) == 3


def test_two_returns_at_once_share_what_there_is(shop: Shop) -> None:
    shop.orders.rival = lambda: ask(shop, 2, "rival")
    with pytest.raises(NotReturnableError):
        ask(shop, 1, "late")
    assert len(now(shop).returns) == 1


def test_an_order_has_a_bounded_number_of_returns(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(return_changes, "MAX_RETURNS", 1)
    ask(shop)
    with pytest.raises(NotReturnableError):
        ask(shop, key="another")


def test_goods_go_back_within_the_window(shop: Shop) -> None:
    shop.clock.pass_time(days=30)
    ask(shop, 1, "in time")
    shop.clock.pass_time(seconds=1)
    with pytest.raises(ReturnWindowClosedError):
        ask(shop, 1, "too late")


def test_nothing_goes_back_before_it_has_arrived() -> None:
    shop = Shop()
    place_order(shop.checkout, wish())
    with pytest.raises(NotDeliveredError):
        ask(shop)


@pytest.mark.parametrize("principal", [customer("cus_eve"), staff(Role.ADMIN), staff(Role.SUPPORT)])
def test_only_the_owner_sends_goods_back(shop: Shop, principal: Principal) -> None:
    with pytest.raises(OrderNotFoundError):
        ask(shop, principal=principal)


def test_a_customer_sends_back_what_they_bought_as_a_guest(shop: Shop) -> None:
    assert ask(shop, principal=customer("cus_new", guest=ADA)).status is ReturnStatus.REQUESTED


def test_the_same_key_gets_the_first_answer_whatever_happened_since(shop: Shop) -> None:
    first = ask(shop)
    authorize(shop, first.id)
    receive(shop, first.id, (1, True))
    assert ask(shop) == first
    with pytest.raises(IdempotencyKeyReusedError):
        ask(shop, 2)


def test_a_label_that_is_not_there_yet_comes_with_shipping_s_event(shop: Shop) -> None:
    shop.labels.down = True
    asked = ask(shop)
    assert asked.label is None
    label = ReturnLabel("shp_back", "sandbox", "SBX-9")
    for again in (label, ReturnLabel("shp_other", "sandbox", "SBX-10")):
        reactions.record_return_label(shop.reactions, ORDER, asked.id, again)
    assert ask(shop).label == label


def test_a_label_that_comes_by_its_event_first_is_the_one(shop: Shop) -> None:
    label = ReturnLabel("shp_back", "sandbox", "SBX-first")

    def event() -> None:
        reactions.record_return_label(shop.reactions, ORDER, now(shop).returns[0].id, label)

    shop.labels.before = event
    assert ask(shop).label == label


def test_staff_look_for_a_return_that_is_not_there(shop: Shop) -> None:
    with pytest.raises(ReturnNotFoundError):
        authorize(shop, "ret_never")
    with pytest.raises(ReturnNotFoundError):
        receive(shop, "ret_never", (1, True))
    with pytest.raises(ReturnNotFoundError):
        reactions.record_return_sent(shop.reactions, ORDER, "ret_never", ORIGIN)


def test_goods_are_inspected_once_they_were_agreed_to_and_with_one_result(shop: Shop) -> None:
    asked = ask(shop)
    with pytest.raises(ReturnNotAuthorizedError):
        receive(shop, asked.id, (1, True))
    authorize(shop, asked.id)
    with pytest.raises(NotReturnableError):
        receive(shop, asked.id, (2, True))
    with pytest.raises(NotReturnableError):
        receive(shop, asked.id, (1, True), sku="TEA")
    receive(shop, asked.id, (1, True))
    with pytest.raises(AlreadyReceivedError):
        receive(shop, asked.id, (1, False))


def test_a_parcel_sent_before_anybody_agreed_waits_for_that(shop: Shop) -> None:
    asked = ask(shop)
    for _ in range(2):
        reactions.record_return_sent(shop.reactions, ORDER, asked.id, ORIGIN)
    assert now(shop).returns[0].status is ReturnStatus.REQUESTED
    assert authorize(shop, asked.id).status is ReturnStatus.IN_TRANSIT


def test_goods_that_are_inspected_before_the_carrier_speaks_stay_inspected(shop: Shop) -> None:
    one = accepted(shop)
    reactions.record_return_sent(shop.reactions, ORDER, one.id, ORIGIN)
    assert now(shop).returns[0].status is ReturnStatus.ACCEPTED


def free_of_charge(shop: Shop) -> None:
    order = now(shop)
    (line,) = order.lines
    lines = (replace(line, discount=line.unit_price * 2, tax=eur(0)),)
    shop.orders.stored[ORDER] = replace(order, lines=lines)


def test_what_cost_nothing_is_settled_without_any_money(shop: Shop) -> None:
    free_of_charge(shop)
    one = accepted(shop)
    assert (one.status, one.refund) == (ReturnStatus.REFUNDED, eur(0))
    assert shop.told == ["ReturnRequested", "ReturnAuthorized", "ReturnAccepted"]


def test_money_for_something_else_settles_no_return(shop: Shop) -> None:
    one = accepted(shop)
    reactions.record_refund(shop.reactions, ORDER, Refund("ref_1", eur(1)), ORIGIN)
    reactions.record_refund(shop.reactions, ORDER, Refund("ref_2", eur(1), "shp_1"), ORIGIN)
    assert now(shop).returns[0].status is ReturnStatus.ACCEPTED
    for _ in range(2):
        pay_back(shop, one)
    assert now(shop).returns[0].status is ReturnStatus.REFUNDED


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_carrier_the_staff_and_the_money_in_any_order_end_alike(shop: Shop, order: tuple[int, ...]) -> None:
    one = ask(shop, 2)
    label = ReturnLabel("shp_back", "sandbox", "SBX-1")

    def staff_agree() -> None:
        authorize(shop, one.id)
        receive(shop, one.id, (2, True))

    events: list[Callable[[], object]] = [
        lambda: reactions.record_return_sent(shop.reactions, ORDER, one.id, ORIGIN),
        lambda: reactions.record_return_label(shop.reactions, ORDER, one.id, label),
        staff_agree,
    ]
    for index in (*order, *order):
        events[index]()
    pay_back(shop, now(shop).returns[0])
    (done,) = now(shop).returns
    assert (done.status, done.refund, done.sent) == (ReturnStatus.REFUNDED, TWO_MUGS, True)
    assert shop.told.count("RefundRequested") == 1


def test_a_return_refuses_moves_that_are_not_known(shop: Shop) -> None:
    ask(shop)
    (one,) = now(shop).returns
    for start, allowed in MOVES.items():
        for target in set(ReturnStatus) - allowed:
            with pytest.raises(ForbiddenMoveError):
                replace(one, status=start).moved(target, shop.clock.now())


@pytest.mark.parametrize("gross", range(95, 106))
def test_units_are_worth_their_line_to_the_cent_however_they_are_cut(shop: Shop, gross: int) -> None:
    line = Line(
        sku="A",
        product_id="p",
        title="A",
        quantity=7,
        unit_price=eur(20),
        discount=eur(140 - gross),
        weight_grams=1,
        tax=eur(0),
    )
    order = replace(now(shop), lines=(line,))
    whole = worth_of(order, {"A": 7})
    for first in range(1, 7):
        split = replace(order, returns=(inspected(first),))
        assert worth_of(order, {"A": first}) + worth_of(split, {"A": 7 - first}) == whole == Money(gross, "EUR")


def inspected(units: int) -> Return:
    moment = Shop().clock.now()
    lines = (InspectedLine("A", units, accepted=True), InspectedLine("A", 1, accepted=False))
    return Return(id="ret_1", order_id=ORDER, lines=(), requested_at=moment, updated_at=moment, inspected=lines)


def test_the_refunds_of_all_returns_add_up_to_the_line(shop: Shop) -> None:
    first, second = accepted(shop, 1, "a"), accepted(shop, 1, "b")
    assert first.refund
    assert second.refund
    assert first.refund + second.refund == TWO_MUGS


def test_returns_stay_in_the_timeline_when_remarks_no_longer_fit(shop: Shop) -> None:
    for number in range(100):
        reactions.record_refund(shop.reactions, ORDER, Refund(f"ref_{number}", eur(1)), ORIGIN)
    one = accepted(shop)
    assert [entry.kind for entry in now(shop).timeline if entry.detail == one.id][-1] == "return_accepted"
