"""The cart, against fakes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cart.domain import carts as domain
from cart.domain.carts import Cart, CartEmptyError, CartFullError, CheckoutInProgressError
from cart.domain.showing import Facts, NoticeCode, ShownCart, UnknownSkuError
from cart.use_cases import carts, claims, idle
from cart.use_cases import facts as learning
from cart.use_cases.facts import Told
from cart.use_cases.ports import ATTEMPTS
from minishop.contracts.cart import CartAbandoned, CartLine, CartMerged
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.cart.fakes import Shop, eur

ADA = "cus_ada"
GUEST = "gst_1"
HOLD = timedelta(minutes=15)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def put(shop: Shop, sku: str = "RED", quantity: int = 2, owner: str = ADA) -> ShownCart:
    return carts.put_item(shop.ports, owner, sku, quantity)


def quantities(shop: Shop, owner: str = ADA) -> dict[str, int]:
    return claims.read_cart(shop.ports, owner).quantities


def claim(shop: Shop, order: str = "ord_1", owner: str = ADA) -> Cart:
    return claims.claim_cart(shop.ports, owner, order, HOLD)


def test_an_empty_cart_costs_nothing(shop: Shop) -> None:
    shown = carts.get_cart(shop.ports, ADA)
    assert (shown.lines, shown.subtotal, shown.cart.version) == ((), eur(0), 0)
    assert shop.facts.asked == []


def test_lines_show_what_was_told_of_them(shop: Shop) -> None:
    shown = put(shop)
    (line,) = shown.lines
    assert (line.title, line.unit_price, line.line_total, line.available) == ("Mug, red", eur(1290), eur(2580), 10)
    assert line.notices == ()
    assert shown.subtotal == eur(2580)


def test_a_cart_that_is_cached_is_not_read(shop: Shop) -> None:
    put(shop)
    shop.carts.stored.clear()
    assert carts.get_cart(shop.ports, ADA).subtotal == eur(2580)


def test_lines_keep_the_order_in_which_they_came(shop: Shop) -> None:
    for sku in ("RED", "BLUE", "RED"):
        shop.clock.pass_time(seconds=1)
        put(shop, sku, 5)
    shown = carts.get_cart(shop.ports, ADA)
    assert [line.sku for line in shown.lines] == ["RED", "BLUE"]


def test_zero_takes_a_line_out_and_so_does_removing(shop: Shop) -> None:
    put(shop)
    put(shop, quantity=0)
    assert quantities(shop) == {}
    put(shop)
    carts.remove_item(shop.ports, ADA, "RED")
    carts.remove_item(shop.ports, ADA, "RED")
    carts.remove_item(shop.ports, "cus_nobody", "RED")
    assert quantities(shop) == {}


def test_what_is_not_on_sale_cannot_be_put_in(shop: Shop) -> None:
    shop.facts.stored["GONE"] = replace(shop.facts.stored["RED"], on_sale=False)
    shop.facts.stored["LEVEL"] = Facts(sku="LEVEL", available=3)
    shop.facts.stored["PRICELESS"] = Facts(sku="PRICELESS", on_sale=True)
    for sku in ("GONE", "LEVEL", "PRICELESS", "NOBODY"):
        with pytest.raises(UnknownSkuError):
            put(shop, sku)


def test_a_full_cart_takes_changes_but_no_further_line(shop: Shop) -> None:
    for number in range(domain.MAX_LINES):
        shop.offer(f"S{number}", 100)
        put(shop, f"S{number}")
    with pytest.raises(CartFullError):
        put(shop, "RED")
    assert put(shop, "S0", 9).cart.lines["S0"].quantity == 9


def test_two_first_lines_at_once_are_both_there(shop: Shop) -> None:
    def other_first() -> None:
        put(shop, "BLUE", 1)

    shop.carts.races = [lambda: None, other_first]
    put(shop)
    assert quantities(shop) == {"RED": 2, "BLUE": 1}


def test_a_cart_that_appears_between_two_tries_is_used(shop: Shop) -> None:
    def refused() -> None:
        shop.carts.save(Cart(owner=ADA, updated_at=NOON))
        raise ConcurrentUpdateError(ADA)

    shop.carts.races = [refused]
    put(shop)
    assert quantities(shop) == {"RED": 2}


def test_a_cart_that_keeps_coming_and_going_is_given_up(shop: Shop) -> None:
    def appear() -> None:
        shop.carts.stored[ADA] = Cart(owner=ADA, updated_at=NOON, version=1)

    def vanish() -> None:
        shop.carts.stored.clear()

    shop.carts.races = [vanish, appear] * ATTEMPTS
    with pytest.raises(ConcurrentUpdateError):
        put(shop)


def always(shop: Shop, owner: str) -> None:
    """Somebody is quicker every time."""
    shop.carts.races = [lambda: shop.carts.touch(owner)] * 99


def test_clearing_takes_everything_out_once(shop: Shop) -> None:
    assert carts.clear_cart(shop.ports, ADA).cart.version == 0
    put(shop)
    shop.carts.races = [lambda: shop.carts.touch(ADA)]
    assert carts.clear_cart(shop.ports, ADA).lines == ()
    assert carts.clear_cart(shop.ports, ADA).cart.version == 3
    put(shop)
    always(shop, ADA)
    with pytest.raises(ConcurrentUpdateError):
        carts.clear_cart(shop.ports, ADA)


def codes(shown: ShownCart) -> list[NoticeCode]:
    return [notice.code for line in shown.lines for notice in line.notices]


def test_notices_tell_what_has_changed_since(shop: Shop) -> None:
    put(shop)
    shop.offer("RED", 1400, available=1)
    shown = carts.get_cart(shop.ports, ADA)
    assert codes(shown) == [NoticeCode.PRICE_CHANGED, NoticeCode.INSUFFICIENT_STOCK]
    assert shown.subtotal == eur(2800)
    assert codes(put(shop, quantity=1)) == []


def test_what_is_gone_is_shown_at_its_last_price_and_costs_nothing(shop: Shop) -> None:
    put(shop)
    learning.learn_product(shop.ports, Told(product_id="prd_1", image="", variants={}, gone=("RED",)), 2)
    shown = carts.get_cart(shop.ports, ADA)
    assert codes(shown) == [NoticeCode.UNAVAILABLE]
    assert (shown.lines[0].unit_price, shown.lines[0].title, shown.subtotal) == (eur(1290), "Mug, red", eur(0))
    shop.facts.stored.clear()
    assert carts.get_cart(shop.ports, ADA).lines[0].title == "RED"


def test_products_and_levels_are_learnt_each_by_its_own_sequence(shop: Shop) -> None:
    learning.learn_level(shop.ports, "NEW", 7, 3)
    learning.learn_level(shop.ports, "NEW", 9, 2)
    told = Told(product_id="prd_2", image="/i.jpg", variants={"NEW": ("Bowl", eur(500))}, gone=())
    learning.learn_product(shop.ports, told, 1)
    learning.learn_product(shop.ports, replace(told, variants={"NEW": ("Old", eur(1))}), 0)
    assert shop.facts.stored["NEW"] == Facts(
        sku="NEW", product_id="prd_2", title="Bowl", image="/i.jpg", price=eur(500), on_sale=True, available=7
    )


def test_a_claim_has_the_lines_of_its_moment(shop: Shop) -> None:
    put(shop)
    for _ in range(2):
        claimed = claim(shop)
        assert claimed.claim is not None
        assert claimed.claim.quantities == {"RED": 2}
        put(shop, quantity=5)
    assert claims.read_cart(shop.ports, ADA).claimed_by(NOON) == "ord_1"
    assert claims.read_cart(shop.ports, ADA).claimed_by(NOON + HOLD) is None


def test_one_order_at_a_time_has_a_claim(shop: Shop) -> None:
    with pytest.raises(CartEmptyError):
        claim(shop)
    put(shop)
    claim(shop)
    with pytest.raises(CheckoutInProgressError):
        claim(shop, "ord_2")
    claims.release_cart(shop.ports, ADA, "ord_2")
    with pytest.raises(CheckoutInProgressError):
        claim(shop, "ord_2")
    claims.release_cart(shop.ports, ADA, "ord_1")
    claim(shop, "ord_2")
    shop.clock.pass_time(minutes=16)
    claim(shop, "ord_3")


def test_an_empty_cart_with_a_lapsed_claim_is_empty(shop: Shop) -> None:
    put(shop)
    claim(shop)
    carts.clear_cart(shop.ports, ADA)
    shop.clock.pass_time(minutes=16)
    with pytest.raises(CartEmptyError):
        claim(shop, "ord_2")


def test_a_lapsed_claim_of_the_same_order_goes_on_with_its_lines(shop: Shop) -> None:
    put(shop)
    claim(shop)
    put(shop, quantity=5)
    shop.clock.pass_time(minutes=16)
    again = claim(shop)
    assert again.claim is not None
    assert (again.claim.quantities, again.claim.until) == ({"RED": 2}, shop.clock.now() + HOLD)


def test_a_cart_that_is_set_free_while_it_is_claimed_is_claimed_then(shop: Shop) -> None:
    def refused() -> None:
        raise ConcurrentUpdateError(ADA)

    put(shop)
    shop.carts.races = [refused]
    assert claim(shop).claimed_by(NOON) == "ord_1"
    put(shop, owner=GUEST)
    shop.carts.races = [refused] * 99
    with pytest.raises(ConcurrentUpdateError):
        claim(shop, owner=GUEST)


def test_a_claim_that_keeps_moving_is_given_up(shop: Shop) -> None:
    def refused() -> None:
        raise ConcurrentUpdateError(ADA)

    put(shop)
    claim(shop)
    shop.clock.pass_time(minutes=16)
    shop.carts.races = [refused] * 99
    with pytest.raises(ConcurrentUpdateError):
        claim(shop)


def settle(shop: Shop, order: str = "ord_1", owner: str = ADA, **bought: int) -> None:
    claims.settle_order(shop.ports, owner, order, bought)


def test_what_was_bought_leaves_once_and_takes_its_claim_along(shop: Shop) -> None:
    put(shop)
    put(shop, "BLUE", 1)
    claim(shop)
    put(shop, quantity=5)
    for _ in range(2):
        settle(shop, RED=2, BLUE=1)
    assert quantities(shop) == {"RED": 3}
    assert claims.read_cart(shop.ports, ADA).claim is None


def again(shop: Shop, *quantities: int) -> None:
    """Sets the quantity of RED, time and again."""
    for quantity in quantities:
        shop.clock.pass_time(seconds=1)
        put(shop, quantity=quantity)


@pytest.mark.parametrize(
    ("since", "left"),
    [
        ([], 0),  # as it was claimed
        ([3], 1),  # one more
        ([2], 2),  # asked for again
        ([1], 1),
        ([0], 0),  # taken out
        ([0, 1], 1),  # taken out, and put in again
        ([0, 2], 2),
        ([0, 5], 5),
        ([5, 2], 2),
    ],
)
def test_what_is_put_in_between_claim_and_settlement_is_not_lost(shop: Shop, since: list[int], left: int) -> None:
    put(shop)
    claim(shop)
    again(shop, *since)
    for _ in range(2):
        settle(shop, RED=2)
    assert quantities(shop) == ({"RED": left} if left else {})


def test_another_order_s_claim_stays_when_one_is_paid_late(shop: Shop) -> None:
    put(shop)
    claim(shop, "ord_2")
    settle(shop, RED=1)
    assert claims.read_cart(shop.ports, ADA).claimed_by(NOON) == "ord_2"
    assert quantities(shop) == {"RED": 1}


def test_settling_survives_races_but_not_for_ever(shop: Shop) -> None:
    put(shop)
    shop.carts.races = [lambda: shop.carts.touch(ADA)]
    settle(shop, RED=1)
    assert quantities(shop) == {"RED": 1}
    always(shop, ADA)
    with pytest.raises(ConcurrentUpdateError):
        settle(shop, "ord_2", RED=1)
    settle(shop, owner="cus_nobody", RED=1)


def test_settled_orders_are_remembered_up_to_a_number(shop: Shop) -> None:
    put(shop, quantity=99)
    for number in range(30):
        settle(shop, f"ord_{number}", RED=1)
    assert len(claims.read_cart(shop.ports, ADA).settled) == domain.MAX_SETTLED
    settle(shop, "ord_29", RED=1)
    assert quantities(shop) == {"RED": 69}


def test_a_merge_adds_up_and_happens_once(shop: Shop) -> None:
    put(shop, quantity=98)
    put(shop, quantity=2, owner=GUEST)
    put(shop, "BLUE", 1, GUEST)
    for _ in range(2):
        shown = carts.merge_carts(shop.ports, ADA, GUEST)
        assert shown.cart.quantities == {"RED": 99, "BLUE": 1}
    assert quantities(shop, GUEST) == {}
    assert shop.cache.held[GUEST].lines == {}
    assert shop.carts.events == [CartMerged(guest_id=GUEST, customer_id=ADA)]


def test_a_merge_with_nothing_is_the_cart(shop: Shop) -> None:
    put(shop)
    assert carts.merge_carts(shop.ports, ADA, None).cart.quantities == {"RED": 2}
    assert carts.merge_carts(shop.ports, ADA, GUEST).cart.quantities == {"RED": 2}
    assert carts.merge_carts(shop.ports, "cus_new", None).lines == ()


def test_a_merge_that_races_is_tried_again_and_not_for_ever(shop: Shop) -> None:
    put(shop, owner=GUEST)
    shop.carts.races = [lambda: shop.carts.touch(GUEST)]
    assert carts.merge_carts(shop.ports, ADA, GUEST).cart.quantities == {"RED": 2}
    put(shop, owner="gst_2")
    always(shop, "gst_2")
    with pytest.raises(ConcurrentUpdateError):
        carts.merge_carts(shop.ports, ADA, "gst_2")


def test_a_merge_without_room_changes_nothing(shop: Shop) -> None:
    for number in range(domain.MAX_LINES):
        shop.offer(f"S{number}", 100)
        put(shop, f"S{number}")
    put(shop, owner=GUEST)
    with pytest.raises(CartFullError):
        carts.merge_carts(shop.ports, ADA, GUEST)
    assert quantities(shop, GUEST) == {"RED": 2}


def test_an_order_of_a_guest_that_is_paid_after_the_merge_leaves_the_customer_s_cart(shop: Shop) -> None:
    put(shop, owner=GUEST)
    claim(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    for _ in range(2):
        settle(shop, owner=GUEST, RED=2)
    assert quantities(shop) == {}


def test_a_guest_s_claim_moves_along_with_the_merge_and_still_ends(shop: Shop) -> None:
    put(shop, owner=GUEST)
    put(shop, "BLUE", 1)
    claim(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    with pytest.raises(CheckoutInProgressError):
        claim(shop, "ord_2")
    again = claim(shop, owner=GUEST)
    assert again.claim is not None
    assert again.claim.quantities == {"RED": 2}
    shop.clock.pass_time(minutes=16)
    assert claim(shop, owner=GUEST).claimed_by(shop.clock.now()) == "ord_1"
    claims.release_cart(shop.ports, GUEST, "ord_2")
    assert claims.read_cart(shop.ports, ADA).is_claimed_for("ord_1")
    claims.release_cart(shop.ports, GUEST, "ord_1")
    assert claims.read_cart(shop.ports, ADA).claim is None


def test_a_guest_s_claim_stays_where_it_is_when_the_customer_s_cart_is_claimed_too(shop: Shop) -> None:
    put(shop, owner=GUEST)
    put(shop, quantity=3)
    claim(shop, owner=GUEST)
    claim(shop, "ord_2")
    carts.merge_carts(shop.ports, ADA, GUEST)
    settle(shop, owner=GUEST, RED=2)
    assert (quantities(shop), claims.read_cart(shop.ports, ADA).claimed_by(NOON)) == ({"RED": 3}, "ord_2")


def test_a_claim_that_moves_while_it_is_released_is_released_all_the_same_but_not_for_ever(shop: Shop) -> None:
    def moves() -> None:
        carts.merge_carts(shop.ports, ADA, GUEST)

    def refused() -> None:
        raise ConcurrentUpdateError(ADA)

    put(shop, owner=GUEST)
    claim(shop, owner=GUEST)
    shop.carts.races = [moves]
    claims.release_cart(shop.ports, GUEST, "ord_1")
    assert claims.read_cart(shop.ports, ADA).claim is None
    claim(shop, "ord_2")
    shop.carts.races = [refused] * 99
    with pytest.raises(ConcurrentUpdateError):
        claims.release_cart(shop.ports, ADA, "ord_2")


def test_what_a_guest_puts_in_after_a_merge_is_merged_as_well(shop: Shop) -> None:
    put(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    put(shop, "BLUE", 1, GUEST)
    for _ in range(2):
        assert carts.merge_carts(shop.ports, ADA, GUEST).cart.quantities == {"RED": 2, "BLUE": 1}


def long_after(shop: Shop) -> None:
    shop.clock.at += domain.KEPT_FOR


def test_a_cart_that_has_expired_is_empty_whether_or_not_it_was_deleted(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.KEPT_FOR - timedelta(seconds=1)
    assert quantities(shop) == {"RED": 2}
    claim(shop)
    shop.clock.pass_time(seconds=1)
    expired = carts.get_cart(shop.ports, ADA)
    assert (expired.lines, expired.cart.updated_at) == ((), None)
    assert (quantities(shop), claims.read_cart(shop.ports, ADA).claim) == ({}, None)
    with pytest.raises(CartEmptyError):
        claim(shop, "ord_2")
    carts.remove_item(shop.ports, ADA, "RED")
    assert idle.abandon_cart(shop.ports, ADA) is False
    assert put(shop, "BLUE", 1).cart.quantities == {"BLUE": 1}


def test_what_has_expired_is_not_merged(shop: Shop) -> None:
    put(shop, owner=GUEST)
    long_after(shop)
    assert carts.merge_carts(shop.ports, ADA, GUEST).lines == ()
    put(shop)
    put(shop, "BLUE", 1, owner=GUEST)
    assert carts.merge_carts(shop.ports, ADA, GUEST).cart.quantities == {"RED": 2, "BLUE": 1}


def abandon_all(shop: Shop) -> int:
    return sum(idle.abandon_cart(shop.ports, owner) for owner in list(idle.idle_carts(shop.ports)))


def test_a_cart_that_nobody_touches_for_a_day_is_told_once_until_it_is_touched(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.ABANDONED_AFTER - timedelta(seconds=1)
    assert abandon_all(shop) == 0
    shop.clock.pass_time(seconds=1)
    assert [abandon_all(shop), abandon_all(shop)] == [1, 0]
    (told,) = shop.carts.events
    assert told == CartAbandoned(owner=ADA, lines=(CartLine(sku="RED", quantity=2),), idle_since=NOON)
    put(shop, quantity=1)
    assert idle.abandon_cart(shop.ports, ADA) is False
    shop.clock.at += domain.ABANDONED_AFTER
    assert abandon_all(shop) == 1


def test_an_empty_cart_one_that_is_gone_and_one_that_is_being_bought_are_not_abandoned(shop: Shop) -> None:
    put(shop)
    put(shop, owner=GUEST)
    carts.remove_item(shop.ports, GUEST, "RED")
    shop.clock.at += domain.ABANDONED_AFTER
    claim(shop)
    assert abandon_all(shop) == 0
    assert idle.abandon_cart(shop.ports, "gst_none") is False
    shop.clock.at += HOLD
    assert abandon_all(shop) == 1
    assert [type(event) for event in shop.carts.events] == [CartAbandoned]


def test_a_cart_that_is_touched_at_that_moment_is_not_abandoned(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.ABANDONED_AFTER
    shop.carts.races.append(lambda: shop.carts.touch(ADA))
    assert abandon_all(shop) == 0
    assert shop.carts.events == []


def test_a_merge_into_an_abandoned_cart_begins_anew(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.ABANDONED_AFTER
    abandon_all(shop)
    put(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    shop.clock.at += domain.ABANDONED_AFTER
    assert abandon_all(shop) == 1


def test_the_cart_of_somebody_who_is_forgotten_goes(shop: Shop) -> None:
    put(shop)
    for _ in range(2):
        carts.forget_cart(shop.ports, ADA)
    assert shop.carts.stored == {}


def test_what_a_guest_buys_after_a_merge_is_not_taken_from_the_customer_s_cart_too(shop: Shop) -> None:
    put(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    put(shop, quantity=1, owner=GUEST)
    claim(shop, owner=GUEST)
    for _ in range(2):
        settle(shop, owner=GUEST, RED=1)
    assert (quantities(shop), quantities(shop, GUEST)) == ({"RED": 2}, {})
