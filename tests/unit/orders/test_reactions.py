"""How events move orders on, against fakes."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from minishop.contracts.orders import OrderCancelled, OrderCancelRequested, OrderConfirmed, OrderDelivered, OrderShipped
from minishop.errors import ConcurrentUpdateError
from minishop.internal import ServiceUnavailableError
from orders.domain import changes, moves
from orders.domain.errors import (
    CaptureMismatchError,
    ForbiddenMoveError,
    OrderNotFoundError,
    PromotionNotApplicableError,
)
from orders.domain.order import Order
from orders.domain.progress import (
    Dispute,
    FulfilmentStatus,
    Origin,
    Parcel,
    ParcelLine,
    ParcelStatus,
    PaymentStatus,
    Refund,
    Status,
)
from orders.use_cases import reactions, tracking
from orders.use_cases.checkout import place_order
from tests.helpers import customer, guest
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur, wish

TOTAL = eur(3706)
PAYMENTS = Origin("service:payments", "correlation-1")


@pytest.fixture
def shop() -> Shop:
    """With Ada's order placed."""
    shop = Shop()
    place_order(shop.checkout, wish())
    shop.orders.events.clear()
    return shop


ORDER = wish().order_id


def now(shop: Shop) -> Order:
    return shop.orders.stored[ORDER]


def capture(shop: Shop) -> None:
    reactions.record_capture(shop.reactions, ORDER, TOTAL, PAYMENTS)


def decline(shop: Shop) -> None:
    reactions.record_decline(shop.reactions, ORDER, 1, "card_declined", PAYMENTS)


def act(shop: Shop) -> None:
    reactions.record_action(shop.reactions, ORDER, 1, PAYMENTS)


def close(shop: Shop) -> None:
    reactions.close_retry_window(shop.reactions, ORDER, 1, ORIGIN)


def expire(shop: Shop) -> None:
    reactions.expire_hold(shop.reactions, ORDER, ORIGIN)


def refund(shop: Shop) -> None:
    reactions.record_refund(shop.reactions, ORDER, Refund("ref_1", TOTAL), PAYMENTS)


def parcel(shop: Shop, status: ParcelStatus, lines: tuple[ParcelLine, ...] = (), number: str = "SBX-1") -> None:
    told = Parcel("shp_1", status, "sandbox", number, lines, packed=status is ParcelStatus.IN_TRANSIT)
    reactions.record_parcel(shop.reactions, ORDER, told, ORIGIN)


def create(shop: Shop) -> None:
    parcel(shop, ParcelStatus.LABEL_CREATED, (ParcelLine("MUG", 2),))


def dispatch(shop: Shop) -> None:
    parcel(shop, ParcelStatus.IN_TRANSIT, (ParcelLine("MUG", 2),))


def deliver(shop: Shop) -> None:
    parcel(shop, ParcelStatus.DELIVERED)


def stop(shop: Shop) -> None:
    parcel(shop, ParcelStatus.CANCELLED)


def cancel(shop: Shop) -> Order:
    command = tracking.CancelOrder(
        order_id=ORDER, principal=customer(ADA), key="c", fingerprint="f", remark="changed my mind", origin=ORIGIN
    )
    return tracking.cancel_order(shop.checkout, command)


def test_a_paid_order_is_confirmed_and_told(shop: Shop) -> None:
    capture(shop)
    assert (now(shop).status, now(shop).payment.status) == (Status.CONFIRMED, PaymentStatus.CAPTURED)
    (told,) = shop.orders.events
    assert isinstance(told, OrderConfirmed)
    assert told.total == TOTAL
    assert [(line.sku, line.quantity) for line in told.lines] == [("MUG", 2)]
    assert [entry.kind for entry in now(shop).timeline] == ["placed", "payment_captured", "confirmed"]
    assert now(shop).timeline[-1].actor == "service:payments"


def test_a_capture_of_another_amount_is_for_a_person_to_look_at(shop: Shop) -> None:
    with pytest.raises(CaptureMismatchError):
        reactions.record_capture(shop.reactions, ORDER, eur(1), PAYMENTS)
    assert now(shop).status is Status.PLACED


def test_parcels_take_the_order_to_the_door(shop: Shop) -> None:
    capture(shop)
    create(shop)
    assert now(shop).fulfilment_status is FulfilmentStatus.LABEL_CREATED
    dispatch(shop)
    assert (now(shop).status, now(shop).fulfilment_status) == (Status.SHIPPED, FulfilmentStatus.IN_TRANSIT)
    deliver(shop)
    assert now(shop).status is Status.DELIVERED
    _, shipped, delivered = shop.orders.events
    assert isinstance(shipped, OrderShipped)
    assert isinstance(delivered, OrderDelivered)
    assert (shipped.tracking_number, delivered.shipment_id) == ("SBX-1", "shp_1")


def test_a_paid_order_whose_hold_ran_out_is_held_again(shop: Shop) -> None:
    shop.clock.pass_time(minutes=15)
    shop.catalog.give_up(ORDER, "expired")
    capture(shop)
    assert now(shop).status is Status.CONFIRMED
    assert shop.catalog.held == [ORDER]


@pytest.mark.parametrize("gone", ["sold", "released"])
def test_a_paid_order_whose_stock_is_gone_is_cancelled(shop: Shop, gone: str) -> None:
    shop.clock.pass_time(minutes=15)
    shop.catalog.give_up(ORDER, "expired" if gone == "sold" else "released")
    shop.catalog.stock["MUG"] = 1
    capture(shop)
    assert (now(shop).status, now(shop).payment.status) == (Status.CANCELLED, PaymentStatus.CAPTURED)
    (told,) = shop.orders.events
    assert isinstance(told, OrderCancelled)
    assert (told.reason, told.was_confirmed) == ("out_of_stock", False)


def test_a_paid_order_whose_promotion_is_used_up_by_now_is_cancelled(shop: Shop) -> None:
    shop.clock.pass_time(minutes=15)

    def refuse() -> None:
        raise PromotionNotApplicableError("used up")

    shop.catalog.before_hold = refuse
    capture(shop)
    assert now(shop).status is Status.CANCELLED


def test_a_capture_waits_while_catalog_is_down(shop: Shop) -> None:
    shop.clock.pass_time(minutes=15)
    shop.catalog.hold_lost = False
    with pytest.raises(ServiceUnavailableError):
        capture(shop)
    assert now(shop).status is Status.PLACED


def test_a_declined_order_waits_for_another_try_and_is_cancelled_when_there_is_none(shop: Shop) -> None:
    decline(shop)
    assert (now(shop).status, now(shop).payment.status) == (Status.PLACED, PaymentStatus.DECLINED)
    assert shop.retry_window.opened == [(ORDER, 1)]
    close(shop)
    assert now(shop).status is Status.CANCELLED
    (told,) = shop.orders.events
    assert isinstance(told, OrderCancelled)
    assert told.reason == "declined"


def test_a_retry_window_that_could_not_be_opened_is_opened_at_the_next_delivery(shop: Shop) -> None:
    shop.retry_window.down = True
    with pytest.raises(ServiceUnavailableError):
        decline(shop)
    shop.retry_window.down = False
    decline(shop)
    assert shop.retry_window.opened == [(ORDER, 1)]
    assert [entry.kind for entry in now(shop).timeline].count("payment_declined") == 1


def test_a_window_closes_on_nothing_but_its_own_declined_attempt(shop: Shop) -> None:
    close(shop)
    reactions.close_retry_window(shop.reactions, ORDER, 2, ORIGIN)
    assert now(shop).status is Status.PLACED
    decline(shop)
    reactions.close_retry_window(shop.reactions, ORDER, 2, ORIGIN)
    assert now(shop).status is Status.PLACED


def test_an_outdated_attempt_says_nothing(shop: Shop) -> None:
    reactions.record_decline(shop.reactions, ORDER, 7, "old", PAYMENTS)
    reactions.record_action(shop.reactions, ORDER, 7, PAYMENTS)
    assert now(shop).payment.status is PaymentStatus.PENDING
    assert shop.retry_window.opened == []


def test_a_decline_of_an_attempt_that_was_replaced_opens_no_window(shop: Shop) -> None:
    decline(shop)
    shop.retry_window.opened.clear()
    reactions.record_decline(shop.reactions, ORDER, 7, "old", PAYMENTS)
    assert shop.retry_window.opened == []


def test_an_action_is_asked_for_while_the_payment_is_pending(shop: Shop) -> None:
    act(shop)
    assert now(shop).payment.status is PaymentStatus.REQUIRES_ACTION
    capture(shop)
    act(shop)
    assert now(shop).payment.status is PaymentStatus.CAPTURED


def test_an_unpaid_order_is_cancelled_when_its_hold_runs_out(shop: Shop) -> None:
    expire(shop)
    (told,) = shop.orders.events
    assert isinstance(told, OrderCancelled)
    assert told.reason == "expired"


def test_a_declined_order_whose_hold_runs_out_was_declined(shop: Shop) -> None:
    decline(shop)
    expire(shop)
    (told,) = shop.orders.events
    assert isinstance(told, OrderCancelled)
    assert told.reason == "declined"


def test_a_hold_whose_order_was_never_written_is_nobody_s_business(shop: Shop) -> None:
    reactions.expire_hold(shop.reactions, "ord_never", ORIGIN)
    assert shop.orders.events == []


def test_a_confirmed_order_outlives_its_hold_while_there_is_stock(shop: Shop) -> None:
    capture(shop)
    shop.catalog.give_up(ORDER, "expired")
    expire(shop)
    assert now(shop).status is Status.CONFIRMED
    assert shop.catalog.held == [ORDER]


def test_a_confirmed_order_whose_stock_is_gone_is_to_be_cancelled(shop: Shop) -> None:
    capture(shop)
    shop.catalog.give_up(ORDER, "expired")
    shop.catalog.stock["MUG"] = 0
    expire(shop)
    assert now(shop).status is Status.CANCEL_REQUESTED
    told = shop.orders.events[-1]
    assert isinstance(told, OrderCancelRequested)
    assert told.reason == "out_of_stock"
    stop(shop)
    assert now(shop).status is Status.CANCELLED


def test_stock_is_lost_to_a_confirmed_order_only(shop: Shop) -> None:
    order = now(shop)
    assert changes.lose_stock(order, ORIGIN, shop.clock.now()) == (order, ())


def test_a_cancelled_order_that_is_paid_after_all_stays_cancelled(shop: Shop) -> None:
    cancel(shop)
    capture(shop)
    assert (now(shop).status, now(shop).payment.status) == (Status.CANCELLED, PaymentStatus.CAPTURED)
    assert shop.told == ["OrderCancelled"]
    refund(shop)
    assert now(shop).payment.status is PaymentStatus.REFUNDED


def test_refunds_add_up_and_each_counts_once(shop: Shop) -> None:
    capture(shop)
    for _ in range(2):
        reactions.record_refund(shop.reactions, ORDER, Refund("ref_a", eur(706)), PAYMENTS)
    assert now(shop).payment.status is PaymentStatus.PARTIALLY_REFUNDED
    reactions.record_refund(shop.reactions, ORDER, Refund("ref_b", eur(3000)), PAYMENTS)
    assert now(shop).payment.status is PaymentStatus.REFUNDED
    assert now(shop).status is Status.CONFIRMED


def test_a_stopped_parcel_cancels_only_what_was_to_be_cancelled(shop: Shop) -> None:
    capture(shop)
    create(shop)
    stop(shop)
    assert (now(shop).status, now(shop).fulfilment_status) == (Status.CONFIRMED, FulfilmentStatus.CANCELLED)
    answer = cancel(shop)
    assert answer.status is Status.CANCELLED
    told = shop.orders.events[-1]
    assert isinstance(told, OrderCancelled)
    assert (told.reason, told.was_confirmed) == ("customer", True)


def test_a_parcel_that_waits_keeps_the_cancellation_waiting(shop: Shop) -> None:
    capture(shop)
    cancel(shop)
    create(shop)
    assert now(shop).status is Status.CANCEL_REQUESTED
    stop(shop)
    assert now(shop).status is Status.CANCELLED


def test_dispatch_wins_over_a_cancellation_that_was_asked_for(shop: Shop) -> None:
    capture(shop)
    create(shop)
    cancel(shop)
    dispatch(shop)
    assert now(shop).status is Status.SHIPPED
    assert shop.told == ["OrderConfirmed", "OrderCancelRequested", "OrderShipped"]


HAPPY: list[Callable[[Shop], None]] = [capture, create, dispatch, deliver]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_events_in_any_order_and_twice_end_alike(shop: Shop, order: tuple[int, ...]) -> None:
    for index in (*order, *order):
        HAPPY[index](shop)
    end = now(shop)
    assert (end.status, end.payment.status) == (Status.DELIVERED, PaymentStatus.CAPTURED)
    lines = (ParcelLine("MUG", 2),)
    arrived = Parcel("shp_1", ParcelStatus.DELIVERED, "sandbox", "SBX-1", lines, packed=True)
    assert end.parcels == (replace(arrived, delivered_at=shop.clock.now()),)
    assert sorted(shop.told) == ["OrderConfirmed", "OrderDelivered", "OrderShipped"]


CANCELLED: list[Callable[[Shop], object]] = [capture, cancel, stop, refund]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_cancellation_in_any_order_ends_alike(shop: Shop, order: tuple[int, ...]) -> None:
    for index in (*order, *order):
        CANCELLED[index](shop)
    assert (now(shop).status, now(shop).payment.status) == (Status.CANCELLED, PaymentStatus.REFUNDED)
    assert shop.told.count("OrderCancelled") == 1


@pytest.mark.parametrize("order", list(itertools.permutations([act, decline, close, expire])))
def test_a_refused_payment_in_any_order_ends_alike(shop: Shop, order: tuple[Callable[[Shop], None], ...]) -> None:
    for event in (*order, *order):
        event(shop)
    assert (now(shop).status, now(shop).payment.status) == (Status.CANCELLED, PaymentStatus.DECLINED)
    assert shop.told == ["OrderCancelled"]


def test_what_was_first_heard_of_late_keeps_what_it_learns(shop: Shop) -> None:
    parcel(shop, ParcelStatus.CANCELLED, number="")
    create(shop)
    (known,) = now(shop).parcels
    assert (known.status, known.tracking_number) == (ParcelStatus.CANCELLED, "SBX-1")


def test_the_history_refuses_moves_that_are_not_known(shop: Shop) -> None:
    for start, allowed in moves.MOVES.items():
        for target in set(Status) - allowed:
            with pytest.raises(ForbiddenMoveError):
                moves.move(replace(now(shop), status=start), target, ORIGIN, shop.clock.now())


def test_the_timeline_is_bounded_and_never_loses_a_move(shop: Shop) -> None:
    for number in range(100):
        reactions.record_refund(shop.reactions, ORDER, Refund(f"ref_{number}", eur(1)), PAYMENTS)
    capture(shop)
    timeline = now(shop).timeline
    assert len(timeline) == moves.MAX_REMARKS + 1
    assert timeline[-1].kind == "confirmed"


def test_an_event_about_an_order_that_is_not_there_is_kept_for_another_try(shop: Shop) -> None:
    with pytest.raises(OrderNotFoundError):
        reactions.record_capture(shop.reactions, "ord_never", TOTAL, PAYMENTS)


def test_two_events_at_once_both_count(shop: Shop) -> None:
    shop.orders.rival = lambda: act(shop)
    capture(shop)
    assert [entry.kind for entry in now(shop).timeline][1:] == [
        "payment_requires_action",
        "payment_captured",
        "confirmed",
    ]


def test_an_order_that_keeps_changing_is_left_for_later(shop: Shop) -> None:
    def rival() -> None:
        order = now(shop)
        shop.orders.stored[ORDER] = replace(order, version=order.version + 1)
        shop.orders.rival = rival

    shop.orders.rival = rival
    with pytest.raises(ConcurrentUpdateError):
        capture(shop)


def test_a_guest_s_orders_become_the_customer_s(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "GUEST_PAGE", 2)
    order = now(shop)
    for number in range(5):
        guest = replace(order, id=f"ord_{number}", owner="gst_1")
        shop.orders.stored[guest.id] = guest
    for _ in range(2):
        reactions.adopt_orders(shop.reactions, "gst_1", "cus_new", ORIGIN)
    adopted = [found for found in shop.orders.stored.values() if found.owner == "cus_new"]
    assert len(adopted) == 5
    assert {found.version for found in adopted} == {order.version + 1}
    assert adopted[0].timeline[-1].kind == "owner_changed"


def heard(shop: Shop, what: str) -> None:
    """What is heard of a payment, in any case something of this."""
    match what:
        case "captured":
            capture(shop)
        case "declined":
            reactions.record_decline(shop.reactions, ORDER, 1, "card_declined", PAYMENTS)
        case "asked":
            reactions.record_action(shop.reactions, ORDER, 1, PAYMENTS)
        case "expired":
            reactions.expire_hold(shop.reactions, ORDER, PAYMENTS)


@pytest.mark.parametrize("what", ["captured", "declined", "asked", "expired"])
@pytest.mark.parametrize("upgraded_first", [True, False])
def test_an_order_that_a_guest_places_about_when_signing_in_is_the_customer_s(what: str, upgraded_first: bool) -> None:
    shop = Shop()
    shop.carts.carts["gst_1"] = shop.carts.carts[ADA]

    def place() -> None:
        placed = place_order(shop.checkout, wish(principal=guest(), email="ada@minishop.test"))
        shop.orders.stored[ORDER] = replace(placed, id=ORDER)

    def sign_in() -> None:
        reactions.adopt_orders(shop.reactions, "gst_1", "cus_new", ORIGIN)

    for do in (sign_in, place) if upgraded_first else (place, sign_in):
        do()
    heard(shop, what)
    heard(shop, what)
    order = now(shop)
    assert (order.owner, order.buyer) == ("cus_new", "gst_1")
    assert [entry.kind for entry in order.timeline].count("owner_changed") == 1
    assert order.is_visible_to(customer("cus_new"))
    assert order.is_visible_to(guest())
    told = [event for event in shop.orders.events if isinstance(event, (OrderConfirmed, OrderCancelled))]
    assert [(event.owner, event.buyer) for event in told] == [("cus_new", "gst_1")] * (what in {"captured", "expired"})


def test_a_guest_who_signs_in_while_the_payment_is_heard_of_loses_nothing() -> None:
    shop = Shop()
    shop.carts.carts["gst_1"] = shop.carts.carts[ADA]
    placed = place_order(shop.checkout, wish(principal=guest(), email="ada@minishop.test"))
    shop.orders.stored[ORDER] = replace(placed, id=ORDER)
    shop.orders.rival = lambda: reactions.adopt_orders(shop.reactions, "gst_1", "cus_new", ORIGIN)
    capture(shop)
    assert (now(shop).owner, now(shop).status) == ("cus_new", Status.CONFIRMED)


def test_a_voided_payment_is_shown_and_what_was_told_before_it_changes_nothing(shop: Shop) -> None:
    for _ in range(2):
        reactions.record_void(shop.reactions, ORDER, PAYMENTS)
    heard(shop, "asked")
    reactions.record_decline(shop.reactions, ORDER, 1, "card_declined", PAYMENTS)
    assert now(shop).payment.status is PaymentStatus.VOIDED
    assert [entry.kind for entry in now(shop).timeline] == ["placed", "payment_voided"]


def test_what_was_charged_is_not_voided(shop: Shop) -> None:
    capture(shop)
    reactions.record_void(shop.reactions, ORDER, PAYMENTS)
    assert now(shop).payment.status is PaymentStatus.CAPTURED


def test_an_order_that_is_the_customer_s_already_stays_as_it_is(shop: Shop) -> None:
    order = now(shop)
    assert changes.hand_over(order, ADA, ORIGIN, shop.clock.now()) == (order, ())


def dispute(shop: Shop, status: str) -> None:
    reactions.record_dispute(shop.reactions, ORDER, Dispute("dp_1", status), PAYMENTS)


@pytest.mark.parametrize("told", [["open", "won"], ["open", "open", "won", "won"], ["won", "open"]])
def test_a_dispute_shows_until_it_is_decided(shop: Shop, told: list[str]) -> None:
    capture(shop)
    for status in told:
        dispute(shop, status)
        expected = PaymentStatus.DISPUTED if status == "open" and told[0] == "open" else PaymentStatus.CAPTURED
        assert now(shop).payment.status is expected
    kinds = [entry.kind for entry in now(shop).timeline if entry.detail == "dp_1"]
    assert kinds == (["payment_dispute_open"] if told[0] == "open" else []) + ["payment_dispute_won"]
