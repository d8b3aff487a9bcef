"""What orders may ask of a cart."""

import os
from datetime import timedelta

from cart import use_cases
from cart.domain import CartEmptyError, CheckoutInProgressError
from cart.schemas import ClaimRequest, InternalCartAnswer
from cart.wiring import ports
from minishop.http import Api

ORDERS = frozenset({"orders-api"})

api = Api("cart")


@api.get("/internal/carts/{owner}", callers=ORDERS)
def get_cart(owner: str) -> InternalCartAnswer:
    """What is in a cart now."""
    cart = use_cases.read_cart(ports(), owner)
    return InternalCartAnswer.of(cart, cart.quantities, cart.claimed_by(ports().clock.now()))


@api.put("/internal/carts/{owner}/claim", callers=ORDERS, errors=[CartEmptyError, CheckoutInProgressError])
def put_claim(owner: str, body: ClaimRequest) -> InternalCartAnswer:
    """Claims a cart for an order, as long as its hold lasts. The same order again gets the same lines."""
    hold_for = timedelta(seconds=int(os.environ["HOLD_SECONDS"]))
    cart = use_cases.claim_cart(ports(), owner, body.order_id, hold_for)
    return InternalCartAnswer.of(cart, cart.claim.quantities if cart.claim else {}, body.order_id)


@api.delete("/internal/carts/{owner}/claim/{order_id}", callers=ORDERS)
def delete_claim(owner: str, order_id: str) -> None:
    """Ends an order's claim. Another order's, or none, stays as it is."""
    use_cases.release_cart(ports(), owner, order_id)


handler = api.handler
