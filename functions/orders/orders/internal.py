"""What other services may ask of orders."""

from minishop.http import Api
from minishop.schemas import ExportAnswer
from orders.domain.errors import OrderNotFoundError
from orders.internal_schemas import InternalOrderAnswer, OrderLinkAnswer, OrderLinkRequest
from orders.schemas import OrderAnswer
from orders.use_cases import links, tracking
from orders.wiring import link_ports, ports

CALLERS = frozenset({"notifications-consumer", "shipping-api", "shipping-consumer"})

api = Api("orders")


@api.get("/internal/orders/{id}", callers=CALLERS, errors=[OrderNotFoundError])
def get_order(id: str) -> InternalOrderAnswer:
    """An order, with its address and what its parcel weighs."""
    return InternalOrderAnswer.of(tracking.get_any_order(ports(), id))


@api.post("/internal/order-links", callers=frozenset({"notifications-consumer"}), errors=[OrderNotFoundError])
def post_order_link(body: OrderLinkRequest) -> OrderLinkAnswer:
    """The secret of a link to an order, for a mail."""
    return OrderLinkAnswer(token=links.mint_link(link_ports(), body.order_id))


@api.get("/internal/exports/orders/{owner}", callers=frozenset({"auth-api"}))
def export_orders(owner: str) -> ExportAnswer[OrderAnswer]:
    """A customer's orders as the customer sees them, latest first."""
    orders, complete = tracking.export_orders(ports(), owner)
    return ExportAnswer[OrderAnswer].of(map(OrderAnswer.of, orders), complete=complete)


handler = api.handler
