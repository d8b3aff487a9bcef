"""Carts, for orders: read, claimed, set free, settled."""

from collections.abc import Mapping
from datetime import timedelta

from cart.domain import carts
from cart.domain.carts import Cart
from cart.use_cases.ports import ATTEMPTS, Ports, find_cart
from minishop.errors import ConcurrentUpdateError


def read_cart(ports: Ports, owner: str) -> Cart:
    """The cart as it is stored, for another service."""
    return find_cart(ports, owner)


def _where_claimed(ports: Ports, cart: Cart, order_id: str) -> Cart:
    """The cart, or the one that the order's claim has moved to with a merge."""
    if cart.merged_into is None or cart.is_claimed_for(order_id):
        return cart
    other = find_cart(ports, cart.merged_into)
    return other if other.is_claimed_for(order_id) else cart


def claim_cart(ports: Ports, owner: str, order_id: str, hold_for: timedelta) -> Cart:
    """Claims the cart for an order. The same order again gets the same lines, lapsed or not, merged since or not.

    Raises CartEmptyError, CheckoutInProgressError.
    """
    for _ in range(ATTEMPTS):
        now = ports.clock.now()
        try:
            return ports.carts.claim(owner, order_id, at=now, until=now + hold_for)
        except ConcurrentUpdateError:
            cart = _where_claimed(ports, find_cart(ports, owner), order_id)
        try:
            claimed = carts.claimed_cart(cart, order_id, now)
            if claimed.claimed_by(now) == order_id:
                return claimed
            return ports.carts.prolong(claimed.owner, order_id, until=now + hold_for)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the cart keeps changing")


def release_cart(ports: Ports, owner: str, order_id: str) -> None:
    """Ends an order's claim, also where it has moved to with a merge. Another order's, or none, stays as it is."""
    for _ in range(ATTEMPTS):
        try:
            ports.carts.release(owner, order_id)
        except ConcurrentUpdateError:
            cart = _where_claimed(ports, find_cart(ports, owner), order_id)
            if not cart.is_claimed_for(order_id):
                return
            owner = cart.owner
        else:
            return
    raise ConcurrentUpdateError("the claim keeps moving")


def settle_order(ports: Ports, owner: str, order_id: str, bought: Mapping[str, int]) -> None:
    """What an order has bought leaves its owner's cart, once; what a merge took along leaves the cart it is in now."""
    for _ in range(ATTEMPTS):
        cart = find_cart(ports, owner)
        if not cart.version or order_id in cart.settled:
            return
        own = cart.claim if cart.is_claimed_for(order_id) else None
        if cart.merged_into is not None and (own is None or own.merged):
            settle_order(ports, cart.merged_into, order_id, bought)
            if own is None:
                return
        try:
            ports.carts.save(carts.settle(cart, order_id, bought, ports.clock.now()))
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError("the cart keeps changing")
