"""A guest's cart becomes the customer's, against fakes."""

import pytest

from cart.domain import carts as domain
from cart.domain.carts import CartFullError, CheckoutInProgressError
from cart.use_cases import carts, claims
from minishop.contracts.cart import CartMerged
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.cart.acts import ADA, GUEST, abandon_all, always, claim, put, quantities, settle
from tests.unit.cart.fakes import Shop


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


def test_a_merge_into_an_abandoned_cart_begins_anew(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.ABANDONED_AFTER
    abandon_all(shop)
    put(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    shop.clock.at += domain.ABANDONED_AFTER
    assert abandon_all(shop) == 1


def test_what_a_guest_buys_after_a_merge_is_not_taken_from_the_customer_s_cart_too(shop: Shop) -> None:
    put(shop, owner=GUEST)
    carts.merge_carts(shop.ports, ADA, GUEST)
    put(shop, quantity=1, owner=GUEST)
    claim(shop, owner=GUEST)
    for _ in range(2):
        settle(shop, owner=GUEST, RED=1)
    assert (quantities(shop), quantities(shop, GUEST)) == ({"RED": 2}, {})
