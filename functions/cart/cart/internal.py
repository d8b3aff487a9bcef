"""What orders may ask of a cart."""

import os
from datetime import timedelta

from cart.domain.carts import CartEmptyError, CheckoutInProgressError
from cart.schemas import ClaimRequest, InternalCartAnswer
from cart.use_cases import claims
from cart.wiring import ports
from minishop.http import Api

ORDERS = frozenset({"orders-api"})

api = Api("cart")


@api.get("/internal/carts/{owner}", callers=ORDERS | {"auth-api"})
def get_cart(owner: str) -> InternalCartAnswer:
    """What is in a cart now."""
    cart = claims.read_cart(ports(), owner)
    claimed_by = cart.claimed_by(ports().clock.now())
    return InternalCartAnswer.of(cart, cart.quantities, cart.promotion, claimed_by)


@api.put("/internal/carts/{owner}/claim", callers=ORDERS, errors=[CartEmptyError, CheckoutInProgressError])
def put_claim(owner: str, body: ClaimRequest) -> InternalCartAnswer:
    """Claims a cart for an order, as long as its hold lasts. The same order again gets the same lines and code."""
    hold_for = timedelta(seconds=int(os.environ["HOLD_SECONDS"]))
    cart = claims.claim_cart(ports(), owner, body.order_id, hold_for)
    assert cart.claim is not None
    return InternalCartAnswer.of(cart, cart.claim.quantities, cart.claim.promotion, body.order_id)


@api.delete("/internal/carts/{owner}/claim/{order_id}", callers=ORDERS)
def delete_claim(owner: str, order_id: str) -> None:
    """Ends an order's claim. Another order's, or none, stays as it is."""
    claims.release_cart(ports(), owner, order_id)


handler = api.handler
