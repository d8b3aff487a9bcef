"""Cart's HTTP door."""

from cart import use_cases
from cart.domain import CartFullError, UnknownSkuError
from cart.schemas import CartAnswer, PutItemRequest
from cart.wiring import ports
from minishop.http import Api, Request
from minishop.identity import CUSTOMERS, SHOPPERS
from minishop.schemas import HealthAnswer

api = Api("cart")


@api.get("/v1/cart/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="cart")


@api.get("/v1/cart", who=SHOPPERS)
def get_cart(request: Request) -> CartAnswer:
    """Shows the caller's cart."""
    return CartAnswer.of(use_cases.get_cart(ports(), request.principal.id))


@api.delete("/v1/cart", who=SHOPPERS)
def delete_cart(request: Request) -> CartAnswer:
    """Takes everything out of the caller's cart."""
    return CartAnswer.of(use_cases.clear_cart(ports(), request.principal.id))


@api.put("/v1/cart/items/{sku}", who=SHOPPERS, errors=[UnknownSkuError, CartFullError])
def put_item(request: Request, sku: str, body: PutItemRequest) -> CartAnswer:
    """Sets how many of a SKU are in the cart; 0 takes it out. At most 90 lines."""
    return CartAnswer.of(use_cases.put_item(ports(), request.principal.id, sku, body.quantity))


@api.delete("/v1/cart/items/{sku}", who=SHOPPERS)
def delete_item(request: Request, sku: str) -> CartAnswer:
    """Takes a SKU out of the cart. One that is not there is out already."""
    return CartAnswer.of(use_cases.remove_item(ports(), request.principal.id, sku))


@api.post("/v1/cart/merge", who=CUSTOMERS, errors=[CartFullError])
def merge_cart(request: Request) -> CartAnswer:
    """Takes over the cart of the guest whose session was given at login. Once; the same again changes nothing."""
    principal = request.principal
    return CartAnswer.of(use_cases.merge_carts(ports(), principal.id, principal.guest))


handler = api.handler
