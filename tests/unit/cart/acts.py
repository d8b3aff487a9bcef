"""What shoppers and orders do with carts, in one word each."""

from datetime import timedelta

from cart.domain import carts as domain
from cart.domain.carts import Cart
from cart.domain.showing import NoticeCode, ShownCart
from cart.use_cases import carts, claims, idle
from tests.unit.cart.fakes import Shop

ADA = "cus_ada"


GUEST = "gst_1"


HOLD = timedelta(minutes=15)


def put(shop: Shop, sku: str = "RED", quantity: int = 2, owner: str = ADA) -> ShownCart:
    return carts.put_item(shop.ports, owner, sku, quantity)


def quantities(shop: Shop, owner: str = ADA) -> dict[str, int]:
    return claims.read_cart(shop.ports, owner).quantities


def claim(shop: Shop, order: str = "ord_1", owner: str = ADA) -> Cart:
    return claims.claim_cart(shop.ports, owner, order, HOLD)


def always(shop: Shop, owner: str) -> None:
    """Somebody is quicker every time."""
    shop.carts.races = [lambda: shop.carts.touch(owner)] * 99


def codes(shown: ShownCart) -> list[NoticeCode]:
    return [notice.code for line in shown.lines for notice in line.notices]


def settle(shop: Shop, order: str = "ord_1", owner: str = ADA, **bought: int) -> None:
    claims.settle_order(shop.ports, owner, order, bought)


def again(shop: Shop, *quantities: int) -> None:
    """Sets the quantity of RED, time and again."""
    for quantity in quantities:
        shop.clock.pass_time(seconds=1)
        put(shop, quantity=quantity)


def long_after(shop: Shop) -> None:
    shop.clock.at += domain.KEPT_FOR


def abandon_all(shop: Shop) -> int:
    return sum(idle.abandon_cart(shop.ports, owner) for owner in list(idle.idle_carts(shop.ports)))
