"""What was bought leaves the cart, against fakes."""

import pytest

from cart.domain import carts as domain
from cart.use_cases import claims
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.cart.acts import ADA, again, always, claim, put, quantities, settle
from tests.unit.cart.fakes import Shop


def test_what_was_bought_leaves_once_and_takes_its_claim_along(shop: Shop) -> None:
    put(shop)
    put(shop, "BLUE", 1)
    claim(shop)
    put(shop, quantity=5)
    for _ in range(2):
        settle(shop, RED=2, BLUE=1)
    assert quantities(shop) == {"RED": 3}
    assert claims.read_cart(shop.ports, ADA).claim is None


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
