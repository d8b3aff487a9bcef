"""Claims of orders on carts, against fakes."""

import pytest

from cart.domain.carts import CartEmptyError, CheckoutInProgressError
from cart.use_cases import carts, claims
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.cart.acts import ADA, GUEST, HOLD, claim, put
from tests.unit.cart.fakes import Shop


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
