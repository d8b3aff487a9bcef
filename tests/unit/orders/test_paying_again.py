"""Further attempts to pay, against fakes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from minishop.contracts.orders import PaymentRequested
from minishop.errors import IdempotencyKeyReusedError
from minishop.identity import Principal, Role
from orders.domain import changes
from orders.domain.errors import NotPayableError, OrderNotFoundError
from orders.domain.order import Order
from orders.domain.progress import PaymentStatus, Status
from orders.use_cases import reactions, tracking
from orders.use_cases.checkout import place_order
from tests.helpers import customer, staff
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur, wish

ORDER = wish().order_id
TOTAL = eur(3706)


@pytest.fixture
def shop() -> Shop:
    """With Ada's order placed, and her card declined."""
    shop = Shop()
    place_order(shop.checkout, wish())
    decline(shop, 1)
    shop.orders.events.clear()
    return shop


def now(shop: Shop) -> Order:
    return shop.orders.stored[ORDER]


def decline(shop: Shop, attempt: int) -> None:
    reactions.record_decline(shop.reactions, ORDER, attempt, "card_declined", ORIGIN)


def close(shop: Shop, attempt: int) -> None:
    reactions.close_retry_window(shop.reactions, ORDER, attempt, ORIGIN)


def pay(shop: Shop, key: str = "p", principal: Principal | None = None, **changes: Any) -> Order:
    values: dict[str, Any] = {"fingerprint": "f", "payment_method": "pm_card_visa"}
    command = tracking.PayAgain(
        order_id=ORDER, principal=principal or customer(ADA), key=key, origin=ORIGIN, **(values | changes)
    )
    return tracking.pay_again(shop.checkout, command)


def test_a_declined_order_is_paid_by_another_card(shop: Shop) -> None:
    answer = pay(shop)
    assert (answer.status, answer.payment.status, answer.version) == (Status.PLACED, PaymentStatus.PENDING, 3)
    (told,) = shop.orders.events
    assert isinstance(told, PaymentRequested)
    assert (told.attempt, told.amount, told.payment_method) == (2, TOTAL, "pm_card_visa")
    assert told.expires_at == now(shop).hold_expires_at
    reactions.record_capture(shop.reactions, ORDER, TOTAL, ORIGIN)
    assert now(shop).status is Status.CONFIRMED


def test_the_same_key_is_one_attempt_and_one_answer(shop: Shop) -> None:
    first = pay(shop)
    decline(shop, 2)
    assert pay(shop) == replace(first, timeline=now(shop).timeline)
    assert shop.told == ["PaymentRequested"]
    with pytest.raises(IdempotencyKeyReusedError):
        pay(shop, fingerprint="other")


def test_the_window_of_the_first_attempt_does_not_close_on_the_second(shop: Shop) -> None:
    pay(shop)
    close(shop, 1)
    decline(shop, 1)
    assert (now(shop).status, now(shop).payment.status) == (Status.PLACED, PaymentStatus.PENDING)
    decline(shop, 2)
    assert shop.retry_window.opened[-1] == (ORDER, 2)
    close(shop, 2)
    assert now(shop).status is Status.CANCELLED


def test_a_window_that_closes_first_wins(shop: Shop) -> None:
    shop.orders.rival = lambda: close(shop, 1)
    with pytest.raises(NotPayableError):
        pay(shop)
    assert shop.told == ["OrderCancelled"]


def test_a_hold_that_runs_out_during_the_attempt_cancels(shop: Shop) -> None:
    pay(shop)
    reactions.expire_hold(shop.reactions, ORDER, ORIGIN)
    assert now(shop).status is Status.CANCELLED


def test_two_attempts_at_once_are_one(shop: Shop) -> None:
    shop.orders.rival = lambda: pay(shop, "other")
    with pytest.raises(NotPayableError):
        pay(shop)
    assert shop.told == ["PaymentRequested"]


def test_nothing_is_paid_again_once_the_hold_is_over(shop: Shop) -> None:
    shop.clock.pass_time(seconds=(now(shop).hold_expires_at - shop.clock.now()) / timedelta(seconds=1))
    with pytest.raises(NotPayableError):
        pay(shop)


def test_what_is_captured_or_under_way_is_not_paid_again(shop: Shop) -> None:
    pay(shop)
    with pytest.raises(NotPayableError):
        pay(shop, "while pending")
    reactions.record_capture(shop.reactions, ORDER, TOTAL, ORIGIN)
    with pytest.raises(NotPayableError):
        pay(shop, "afterwards")


def test_attempts_are_counted(shop: Shop) -> None:
    for attempt in range(2, changes.MAX_ATTEMPTS + 1):
        pay(shop, f"key-{attempt}")
        decline(shop, attempt)
    with pytest.raises(NotPayableError):
        pay(shop, "one too many")


@pytest.mark.parametrize("principal", [customer("cus_eve"), staff(Role.SUPPORT), staff(Role.ADMIN)])
def test_only_the_owner_pays(shop: Shop, principal: Principal) -> None:
    with pytest.raises(OrderNotFoundError):
        pay(shop, principal=principal)


def test_staff_list_orders_of_the_last_month_unless_they_say_otherwise(shop: Shop) -> None:
    span = tracking.recent(shop.checkout, None, None, shop.clock.now() + timedelta(seconds=1))
    assert span.until - span.since == tracking.RECENT
    orders, _ = tracking.list_all_orders(shop.checkout, span, 20, None)
    assert [order.id for order in orders] == [ORDER]
    assert tracking.recent(shop.checkout, None, None, None).until == shop.clock.now()
    since = shop.clock.now() - timedelta(days=1)
    assert tracking.recent(shop.checkout, Status.PLACED, since, None).since == since
