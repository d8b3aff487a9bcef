"""What other services may ask of orders."""

from minishop.http import Api
from orders.domain.errors import OrderNotFoundError
from orders.schemas import InternalOrderAnswer
from orders.use_cases import tracking
from orders.wiring import ports

CALLERS = frozenset({"notifications-consumer", "shipping-api", "shipping-consumer"})

api = Api("orders")


@api.get("/internal/orders/{id}", callers=CALLERS, errors=[OrderNotFoundError])
def get_order(id: str) -> InternalOrderAnswer:
    """An order, with its address and what its parcel weighs."""
    return InternalOrderAnswer.of(tracking.get_any_order(ports(), id))


handler = api.handler
