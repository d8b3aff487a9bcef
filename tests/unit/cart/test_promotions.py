"""The cart's promotion, against fakes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cart.domain import promotions as domain
from cart.domain.carts import Cart
from cart.domain.promotions import Promotion, PromotionNotApplicableError, UnknownPromotionError
from cart.domain.showing import NoticeCode, ShownCart
from cart.facts import MAX_KEPT, RecentFacts
from cart.use_cases import carts, claims, facts
from minishop.errors import ConcurrentUpdateError
from minishop.money import Money
from tests.times import NOON
from tests.unit.cart.fakes import Shop, eur

ADA = "cus_ada"
GUEST = "gst_1"
SECOND = timedelta(seconds=1)


@pytest.fixture
def shop() -> Shop:
    """Two red mugs at 12.90 in Ada's cart."""
    shop = Shop()
    carts.put_item(shop.ports, ADA, "RED", 2)
    return shop


def promotion(**more: Any) -> Promotion:
    return Promotion(**{"code": "SUMMER", "kind": "percentage", "value": 10, "currency": "EUR", **more})


def offer(shop: Shop, sequence: int = 1, **more: Any) -> None:
    facts.learn_promotion(shop.ports, promotion(**more), sequence)


def put(shop: Shop, code: str = "summer", owner: str = ADA) -> ShownCart:
    return carts.put_promotion(shop.ports, owner, code)


def show(shop: Shop, owner: str = ADA) -> ShownCart:
    return carts.get_cart(shop.ports, owner)


def stored(shop: Shop, owner: str = ADA) -> Cart:
    return claims.read_cart(shop.ports, owner)


@pytest.mark.parametrize(
    ("more", "off", "free_shipping"),
    [
        ({}, 258, False),
        ({"value": 100}, 2580, False),
        ({"kind": "fixed", "value": 500}, 500, False),
        ({"kind": "fixed", "value": 10**12}, 2580, False),
        ({"kind": "free_shipping", "value": 0}, 0, True),
        ({"minimum": eur(2580)}, 258, False),
    ],
)
def test_a_cart_shows_what_its_code_takes_off(
    shop: Shop, more: dict[str, Any], off: int, *, free_shipping: bool
) -> None:
    offer(shop, **more)
    shown = put(shop, " Summer ")
    assert shown == show(shop)
    assert (shown.cart.promotion, shown.discount, shown.total) == ("SUMMER", eur(off), eur(2580 - off))
    assert (shown.free_shipping, shown.notices) == (free_shipping, ())


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"ends_at": NOON}, "ended"),
        ({"minimum": eur(2581)}, "below_minimum"),
    ],
)
def test_a_code_that_does_not_apply_is_refused_with_the_reason(shop: Shop, more: dict[str, Any], reason: str) -> None:
    offer(shop, **more)
    with pytest.raises(PromotionNotApplicableError) as refused:
        put(shop)
    assert refused.value.extra == {"reason": reason}
    assert stored(shop).promotion is None


@pytest.mark.parametrize("more", [{"code": "WINTER"}, {"starts_at": NOON + SECOND}, {"currency": "USD"}])
def test_a_code_that_is_none_or_none_yet_is_unknown(shop: Shop, more: dict[str, Any]) -> None:
    offer(shop, **more)
    with pytest.raises(UnknownPromotionError):
        put(shop)


def test_a_promotion_holds_in_its_window_to_the_second() -> None:
    between = promotion(starts_at=NOON, ends_at=NOON + 10 * SECOND)
    seen = [domain.refuse(between, eur(1), NOON + second * SECOND) for second in (-1, 0, 9, 10)]
    assert seen == [domain.UNKNOWN, None, None, domain.ENDED]


def test_a_notice_tells_when_the_code_applies_no_longer(shop: Shop) -> None:
    offer(shop, minimum=eur(2000))
    put(shop)
    below = carts.put_item(shop.ports, ADA, "RED", 1)
    assert [notice.code for notice in below.notices] == [NoticeCode.PROMOTION_NOT_APPLICABLE]
    assert (below.discount, below.total, below.cart.promotion) == (eur(0), eur(1290), "SUMMER")
    assert carts.put_item(shop.ports, ADA, "RED", 2).notices == ()
    facts.learn_usage(shop.ports, "SUMMER", 1, used_up=True)
    assert [notice.detail for notice in show(shop).notices] == ["The promotion is used up."]
    facts.learn_usage(shop.ports, "SUMMER", 2, used_up=False)
    assert show(shop).notices == ()
    offer(shop, 2, ends_at=NOON)
    assert [notice.detail for notice in show(shop).notices] == ["The promotion is over."]


def test_what_was_told_earlier_never_overwrites_what_was_told_later(shop: Shop) -> None:
    facts.learn_usage(shop.ports, "SUMMER", 5, used_up=False)
    facts.learn_usage(shop.ports, "SUMMER", 4, used_up=True)
    offer(shop, 3, value=30)
    offer(shop, 2, value=20)
    assert put(shop).discount == eur(774)


def test_a_code_can_come_before_the_first_line_and_after_the_cart_has_expired(shop: Shop) -> None:
    offer(shop)
    assert put(shop, owner=GUEST).cart.promotion == "SUMMER"
    assert carts.put_item(shop.ports, GUEST, "RED", 1).discount == eur(129)
    shop.clock.pass_time(days=90)
    assert show(shop, GUEST).cart.promotion is None
    assert put(shop, owner=GUEST).cart.promotion == "SUMMER"


def test_two_that_begin_a_cart_at_once_both_get_their_way(shop: Shop) -> None:
    def other_first() -> None:
        carts.put_item(shop.ports, GUEST, "RED", 1)

    offer(shop)
    shop.carts.races = [lambda: None, other_first]
    put(shop, owner=GUEST)
    assert (stored(shop, GUEST).promotion, stored(shop, GUEST).quantities) == ("SUMMER", {"RED": 1})


def test_a_code_is_taken_out_and_taking_it_out_twice_is_no_error(shop: Shop) -> None:
    offer(shop)
    put(shop)
    for _ in range(2):
        assert carts.remove_promotion(shop.ports, ADA).cart.promotion is None
    assert carts.remove_promotion(shop.ports, "gst_none").cart.version == 0


def test_clearing_takes_the_code_out_as_well(shop: Shop) -> None:
    offer(shop)
    put(shop)
    assert carts.clear_cart(shop.ports, ADA).cart.promotion is None
    put(shop)
    assert carts.clear_cart(shop.ports, ADA).cart.promotion is None


def claim(shop: Shop, order: str = "ord_1", owner: str = ADA) -> str | None:
    claimed = claims.claim_cart(shop.ports, owner, order, timedelta(minutes=15)).claim
    assert claimed is not None
    return claimed.promotion


def test_a_claim_has_the_code_of_its_moment_and_the_order_takes_it_along(shop: Shop) -> None:
    offer(shop)
    offer(shop, code="OTHER")
    put(shop)
    assert claim(shop) == "SUMMER"
    put(shop, "OTHER")
    assert claim(shop) == "SUMMER"
    claims.settle_order(shop.ports, ADA, "ord_1", {"RED": 2})
    assert stored(shop).promotion == "OTHER", "put in since"
    carts.put_item(shop.ports, ADA, "RED", 1)
    assert claim(shop, "ord_2") == "OTHER"
    claims.settle_order(shop.ports, ADA, "ord_2", {"RED": 1})
    assert stored(shop).promotion is None


def test_a_released_claim_leaves_the_code_in_the_cart(shop: Shop) -> None:
    offer(shop)
    put(shop)
    claim(shop)
    claims.release_cart(shop.ports, ADA, "ord_1")
    assert stored(shop).promotion == "SUMMER"


def test_a_guest_s_code_comes_along_unless_the_customer_has_one(shop: Shop) -> None:
    offer(shop)
    offer(shop, code="OTHER")
    for owner, code in ((GUEST, "SUMMER"), ("gst_2", "OTHER")):
        carts.put_item(shop.ports, owner, "BLUE", 1)
        put(shop, code, owner)
        assert carts.merge_carts(shop.ports, ADA, owner).cart.promotion == "SUMMER"
        assert stored(shop, owner).promotion is None


def test_a_kind_that_is_not_known_here_takes_nothing_off_here(shop: Shop) -> None:
    offer(shop, kind="two_for_one")
    assert (put(shop).discount, put(shop).notices) == (eur(0), ())


def test_promotions_are_asked_for_once_in_thirty_seconds(shop: Shop) -> None:
    recent = RecentFacts(shop.facts, shop.clock)
    assert recent.promotion("SUMMER") is None
    recent.learn_promotion(promotion(), 1)
    recent.learn_usage("SUMMER", 1, used_up=True)
    shop.facts.asked.clear()
    for _ in range(3):
        assert recent.promotion("SUMMER") == replace(promotion(), used_up=True)
    assert shop.facts.asked == ["SUMMER"]
    shop.clock.pass_time(seconds=30)
    recent.promotion("SUMMER")
    assert shop.facts.asked == ["SUMMER"] * 2


def test_memory_of_promotions_does_not_grow_without_bounds(shop: Shop) -> None:
    recent = RecentFacts(shop.facts, shop.clock)
    for number in range(MAX_KEPT + 1):
        shop.facts.promotions[f"C{number}"] = promotion(code=f"C{number}")
        recent.promotion(f"C{number}")
    assert len(recent._promotions) == 1


def test_a_cart_that_keeps_changing_is_given_up(shop: Shop) -> None:
    def refused() -> None:
        raise ConcurrentUpdateError(ADA)

    offer(shop)
    shop.carts.races = [refused] * 99
    with pytest.raises(ConcurrentUpdateError):
        put(shop)


def test_money_of_two_currencies_never_meets(shop: Shop) -> None:
    foreign = promotion(kind="fixed", value=100, currency="USD", minimum=Money(1, "USD"))
    assert domain.refuse(foreign, eur(1000), NOON) is domain.UNKNOWN


@pytest.mark.parametrize(("bought", "code"), [(2, None), (1, "SUMMER")])
def test_an_order_whose_claim_has_ended_takes_the_code_of_a_cart_that_it_empties(
    shop: Shop, bought: int, code: str | None
) -> None:
    offer(shop)
    put(shop)
    claims.settle_order(shop.ports, ADA, "ord_1", {"RED": bought})
    assert stored(shop).promotion == code
