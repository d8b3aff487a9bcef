"""Cart's HTTP door."""

from cart.domain.carts import CartFullError
from cart.domain.promotions import PromotionNotApplicableError, UnknownPromotionError
from cart.domain.showing import UnknownSkuError
from cart.schemas import CartAnswer, PutItemRequest, PutPromotionRequest
from cart.use_cases import carts
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
    return CartAnswer.of(carts.get_cart(ports(), request.principal.id))


@api.delete("/v1/cart", who=SHOPPERS)
def delete_cart(request: Request) -> CartAnswer:
    """Takes everything out of the caller's cart."""
    return CartAnswer.of(carts.clear_cart(ports(), request.principal.id))


@api.put("/v1/cart/items/{sku}", who=SHOPPERS, errors=[UnknownSkuError, CartFullError])
def put_item(request: Request, sku: str, body: PutItemRequest) -> CartAnswer:
    """Sets how many of a SKU are in the cart; 0 takes it out. At most 90 lines."""
    return CartAnswer.of(carts.put_item(ports(), request.principal.id, sku, body.quantity))


@api.delete("/v1/cart/items/{sku}", who=SHOPPERS)
def delete_item(request: Request, sku: str) -> CartAnswer:
    """Takes a SKU out of the cart. One that is not there is out already."""
    return CartAnswer.of(carts.remove_item(ports(), request.principal.id, sku))


@api.put("/v1/cart/promotion", who=SHOPPERS, errors=[UnknownPromotionError, PromotionNotApplicableError])
def put_promotion(request: Request, body: PutPromotionRequest) -> CartAnswer:
    """Puts a promotion's code into the cart, in place of another one. Quote and order have the last word on it."""
    return CartAnswer.of(carts.put_promotion(ports(), request.principal.id, body.code))


@api.delete("/v1/cart/promotion", who=SHOPPERS)
def delete_promotion(request: Request) -> CartAnswer:
    """Takes the promotion's code out of the cart."""
    return CartAnswer.of(carts.remove_promotion(ports(), request.principal.id))


@api.post("/v1/cart/merge", who=CUSTOMERS, errors=[CartFullError])
def merge_cart(request: Request) -> CartAnswer:
    """Takes over the cart of the guest whose session was given at login. Once; the same again changes nothing."""
    principal = request.principal
    return CartAnswer.of(carts.merge_carts(ports(), principal.id, principal.guest))


handler = api.handler
