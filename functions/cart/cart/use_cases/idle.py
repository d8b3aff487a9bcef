"""Carts that nobody touches."""

from collections.abc import Iterable

from cart.domain import carts
from cart.use_cases.ports import Ports, find_cart
from minishop.errors import ConcurrentUpdateError


def idle_carts(ports: Ports) -> Iterable[str]:
    """Owners of carts that may be abandoned."""
    return ports.carts.idle(ports.clock.now() - carts.ABANDONED_AFTER)


def abandon_cart(ports: Ports, owner: str) -> bool:
    """Tells that a cart is abandoned, if it is; whether it did. One that somebody touches at this moment is not."""
    now = ports.clock.now()
    cart = find_cart(ports, owner)
    abandoned = carts.abandon(cart, now)
    try:
        if abandoned is not None:
            after, events = abandoned
            ports.carts.save(after, events, at=now)
        elif not cart.lines and cart.updated_at is not None:
            ports.carts.save(cart)  # which is idle no more: there is nothing to be told of it
    except ConcurrentUpdateError:
        return False
    return abandoned is not None
