"""Promotions: their rules, and their uses with the holds that take them, against fakes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain import promotions as domain
from catalog.domain.promotions import (
    CodeTakenError,
    InvalidPromotionError,
    Kind,
    Outcome,
    Promotion,
    PromotionNotApplicableError,
    PromotionNotFoundError,
    Reason,
    Usage,
)
from catalog.domain.stock import Expected, Move, Quote, Reservation, TotalChangedError, Wanted
from catalog.use_cases import promotions, stock
from minishop.contracts.catalog import PromotionChanged
from minishop.errors import StaleVersionError
from minishop.money import Money
from tests.times import NOON
from tests.unit.catalog.fakes import Shop, eur, promotion

SECOND = timedelta(seconds=1)


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.stock.offer("RED", 50, 1000)
    shop.stock.offer("BLUE", 50, 999)
    shop.stock.offer("FREE", 50, 0)
    return shop


def offer(shop: Shop, **more: Any) -> Promotion:
    return promotions.create_promotion(shop.ports, promotion(**more)).promotion


def quote(shop: Shop, *lines: tuple[str, int], code: str = "SUMMER", customer: str = "cus_ada") -> Quote:
    wanted = [Wanted(sku, quantity) for sku, quantity in lines or [("RED", 1)]]
    return stock.quote(shop.ports, wanted, code, customer)


def hold(shop: Shop, order: str = "ord_1", *, quantity: int = 1, **more: Any) -> Any:
    asked = shop.hold_request(("RED", quantity), order=order, **{"promotion": "SUMMER", **more})
    return stock.hold_stock(shop.ports, asked)


def refusal(shop: Shop, order: str, **more: Any) -> str:
    with pytest.raises(PromotionNotApplicableError) as caught:
        hold(shop, order, **more)
    reason: str = caught.value.extra["reason"]
    return reason


def expire(shop: Shop, order: str = "ord_1") -> None:
    shop.clock.pass_time(minutes=16)
    assert stock.expire_reservation(shop.ports, shop.stock.reservations[order])


@given(
    prices=st.lists(st.integers(0, 10**12), min_size=1, max_size=90),
    part=st.fractions(0, 1),
)
def test_a_discount_is_shared_out_to_the_cent_and_no_line_falls_below_zero(prices: list[int], part: Any) -> None:
    amount = eur(sum(prices)).share(part)
    parts = domain.allocate(amount, [eur(price) for price in prices])
    assert sum(part.amount for part in parts) == amount.amount
    assert all(0 <= part.amount <= price for part, price in zip(parts, prices, strict=True))
    whole = sum(prices)
    for given_part, price in zip(parts, prices, strict=True):
        assert not whole or abs(given_part.amount * whole - amount.amount * price) < whole


def test_what_is_left_over_goes_to_the_largest_remainders_and_among_equals_to_the_first() -> None:
    assert domain.allocate(eur(100), [eur(333), eur(333), eur(333)]) == (eur(34), eur(33), eur(33))
    assert domain.allocate(eur(5), [eur(10), eur(1), eur(9)]) == (eur(3), eur(0), eur(2))
    assert domain.allocate(eur(0), [eur(0), eur(0)]) == (eur(0), eur(0))


@pytest.mark.parametrize(
    ("more", "off"),
    [
        ({"value": 10}, 300),
        ({"value": 100}, 2999),
        ({"value": 33}, 990),
        ({"kind": Kind.FIXED, "value": 500}, 500),
        ({"kind": Kind.FIXED, "value": 10**12}, 2999),
        ({"kind": Kind.FREE_SHIPPING, "value": 0}, 0),
    ],
)
def test_a_quote_is_less_by_what_the_promotion_takes_off(shop: Shop, more: dict[str, Any], off: int) -> None:
    offer(shop, **more)
    found = quote(shop, ("RED", 2), ("BLUE", 1), ("FREE", 1), code=" summer ")
    assert (found.subtotal, found.discount) == (eur(2999), eur(off))
    assert found.free_shipping is (more.get("kind") is Kind.FREE_SHIPPING)
    assert found.lines[-1].discount == eur(0)


def test_a_promotion_holds_in_its_window_to_the_second(shop: Shop) -> None:
    offer(shop, starts_at=NOON, ends_at=NOON + 10 * SECOND)
    seen = []
    for second in (-1, 0, 9, 10):
        shop.clock.at = NOON + second * SECOND
        outcome = quote(shop).promotion
        assert outcome is not None
        seen.append(outcome.reason)
    assert seen == [Reason.NOT_STARTED, None, None, Reason.ENDED]


def test_a_promotion_holds_from_its_minimum_on(shop: Shop) -> None:
    offer(shop, minimum=eur(2000))
    assert quote(shop, ("BLUE", 2)).promotion == Outcome("SUMMER", None, Reason.BELOW_MINIMUM)
    assert quote(shop, ("RED", 2)).discount == eur(200)


def test_a_code_that_nobody_knows_takes_nothing_off(shop: Shop) -> None:
    found = quote(shop, code="winter")
    assert (found.discount, found.promotion) == (eur(0), Outcome("WINTER", None, Reason.UNKNOWN))


def test_a_use_is_counted_with_the_hold_once_and_given_back_with_it(shop: Shop) -> None:
    offer(shop, limit_total=5, limit_per_customer=2)
    for _ in range(2):
        hold(shop)
    assert promotions.get_promotion(shop.ports, "summer").redeemed == 1
    assert shop.promotions.customers["SUMMER", "cus_ada"] == 1
    stock.commit_reservation(shop.ports, "ord_1")
    assert shop.promotions.totals["SUMMER"] == 1
    for _ in range(2):
        stock.release_reservation(shop.ports, "ord_1", "c", restock=True)
    assert (shop.promotions.totals["SUMMER"], shop.promotions.customers["SUMMER", "cus_ada"]) == (0, 0)


def test_a_promotion_without_limits_is_not_counted(shop: Shop) -> None:
    offer(shop)
    assert hold(shop).quote.discount == eur(100)
    assert not shop.promotions.totals
    assert not shop.promotions.customers
    assert [counted.redeemed for counted in promotions.list_promotions(shop.ports, 20, None)[0]] == [None]


def test_the_last_use_is_one_order_s_until_it_comes_back(shop: Shop) -> None:
    offer(shop, limit_total=1)
    hold(shop, "ord_1")
    assert refusal(shop, "ord_2") == "used_up"
    expire(shop)
    hold(shop, "ord_2")
    assert refusal(shop, "ord_1") == "used_up"


def test_a_customer_s_limit_is_theirs_alone_and_a_guest_s_too(shop: Shop) -> None:
    offer(shop, limit_per_customer=1)
    hold(shop, "ord_1", customer_id="gst_1")
    assert refusal(shop, "ord_2", customer_id="gst_1") == "used_by_customer"
    hold(shop, "ord_3", customer_id="gst_2")


def test_a_hold_at_the_last_use_that_somebody_else_takes_first_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(shop, limit_total=1)
    save = shop.stock.save

    def save_late(move: Move, *, at: datetime) -> Reservation:
        shop.promotions.totals["SUMMER"] = 1
        return save(move, at=at)

    monkeypatch.setattr(shop.stock, "save", save_late)
    assert refusal(shop, "ord_1") == "used_up"
    assert shop.stock.sold["RED"].available == 50


def test_a_last_use_that_an_order_holds_is_not_used_up_for_it(shop: Shop) -> None:
    offer(shop, limit_total=1, limit_per_customer=1)
    offer(shop, code="OTHER")
    hold(shop)

    def discounted(order: str | None, code: str = "SUMMER") -> bool:
        found = stock.quote(shop.ports, [Wanted("RED", 1)], code, "cus_ada", order_id=order)
        return found.discount == eur(100)

    assert [discounted("ord_1"), discounted("ord_2"), discounted(None)] == [True, False, False]
    hold(shop, "ord_3", promotion="OTHER")
    assert not discounted("ord_3")
    shop.promotions.stored["SUMMER"] = replace(shop.promotions.stored["SUMMER"], ends_at=NOON)
    assert discounted("ord_1"), "it ended after the hold"
    shop.promotions.stored["SUMMER"] = replace(shop.promotions.stored["SUMMER"], ends_at=None)
    expire(shop)
    hold(shop, "ord_4", customer_id="cus_eve")
    assert not discounted("ord_1"), "its use has gone to another order"


def test_a_hold_that_is_taken_again_keeps_its_discount_and_is_counted_by_the_limits_of_now(shop: Shop) -> None:
    before = offer(shop, limit_total=1, ends_at=NOON + timedelta(minutes=1))
    hold(shop, quantity=2)
    expire(shop)
    shop.promotions.stored["SUMMER"] = replace(before, value=50, limit_total=None, limit_per_customer=1)
    again = hold(shop, expected=None)
    assert again.quote.discount == eur(200)
    assert (shop.promotions.totals["SUMMER"], shop.promotions.customers["SUMMER", "cus_ada"]) == (0, 1)


def test_a_commit_of_an_expired_hold_whose_promotion_is_used_up_is_not_swallowed(shop: Shop) -> None:
    offer(shop, limit_total=1)
    hold(shop)
    expire(shop)
    hold(shop, "ord_2")
    with pytest.raises(PromotionNotApplicableError):
        stock.commit_reservation(shop.ports, "ord_1")


def test_a_hold_is_what_its_buyer_was_told_or_it_is_refused(shop: Shop) -> None:
    ended = offer(shop, limit_total=9)
    hold(shop, "ord_1", expected=Expected(eur(1000), eur(100)))
    with pytest.raises(TotalChangedError):
        hold(shop, "ord_2", expected=Expected(eur(1000), eur(99)))
    with pytest.raises(TotalChangedError):
        hold(shop, "ord_2", expected=Expected(eur(1000), eur(100), free_shipping=True))
    shop.promotions.stored["SUMMER"] = replace(ended, ends_at=NOON)
    assert refusal(shop, "ord_2", expected=Expected(eur(1000), eur(100))) == "ended"
    assert refusal(shop, "ord_2") == "ended"
    without = hold(shop, "ord_2", expected=Expected(eur(1000), eur(0)))
    assert (without.redemption, without.quote.discount) == (None, eur(0))


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"value": 0}, "/value"),
        ({"value": 101}, "/value"),
        ({"kind": Kind.FIXED, "value": 0}, "/value"),
        ({"kind": Kind.FREE_SHIPPING, "value": 1}, "/value"),
        ({"currency": "USD"}, "/currency"),
        ({"minimum": Money(1, "USD")}, "/minimum/currency"),
        ({"starts_at": NOON, "ends_at": NOON}, "/ends_at"),
    ],
)
def test_a_promotion_that_makes_no_sense_is_refused(shop: Shop, more: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidPromotionError) as caught:
        offer(shop, **more)
    assert [problem.pointer for problem in caught.value.errors] == [pointer]


def test_a_promotion_is_made_once_and_told(shop: Shop) -> None:
    offer(shop, minimum=eur(10), ends_at=NOON)
    with pytest.raises(CodeTakenError):
        offer(shop)
    told = PromotionChanged(
        code="SUMMER",
        kind="percentage",
        value=10,
        currency="EUR",
        minimum=eur(10),
        starts_at=None,
        ends_at=NOON,
    )
    assert shop.promotions.events == [told]


def test_a_change_is_told_and_one_that_changes_nothing_is_not(shop: Shop) -> None:
    offer(shop)
    shop.clock.pass_time(minutes=1)

    def change(value: int, expected: int) -> Promotion:
        edited = promotions.change_promotion(
            shop.ports, "summer", lambda before: replace(before, value=value), expected=expected
        )
        return edited.promotion

    changed = change(20, 1)
    assert (changed.value, changed.version, changed.updated_at) == (20, 2, shop.clock.now())
    assert change(20, 2) == changed
    assert len(shop.promotions.events) == 2
    with pytest.raises(StaleVersionError):
        change(30, 1)
    with pytest.raises(InvalidPromotionError):
        change(101, 2)
    shop.promotions.race = True
    with pytest.raises(StaleVersionError):
        change(30, 2)


def test_a_promotion_that_is_not_there_is_not_shown(shop: Shop) -> None:
    with pytest.raises(PromotionNotFoundError):
        promotions.get_promotion(shop.ports, "NONE")


def test_limits_are_reached_at_their_number() -> None:
    limited = promotion(limit_total=2, limit_per_customer=1)
    assert domain.exhausted(limited, Usage(1, 0)) is None
    assert domain.exhausted(limited, Usage(2, 0)) is Reason.USED_UP
    assert domain.exhausted(limited, Usage(1, 1)) is Reason.USED_BY_CUSTOMER
