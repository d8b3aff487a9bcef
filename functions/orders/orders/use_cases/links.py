"""Links in mails, by which a guest sees an order without a session."""

from datetime import timedelta

from orders.domain.order import Order
from orders.use_cases.ports import LinkPorts, invoiced, known

LASTS = timedelta(days=90)


def mint_link(ports: LinkPorts, order_id: str) -> str:
    """The secret of a link to an order. Raises OrderNotFoundError."""
    order = known(ports.orders.find(order_id))
    return ports.links.mint(order.id, ports.clock.now() + LASTS)


def follow_link(ports: LinkPorts, token: str) -> Order:
    """The order that a link leads to. Raises OrderNotFoundError, whatever is wrong with the link."""
    order_id = ports.links.read(token, ports.clock.now())
    return known(ports.orders.find(order_id) if order_id else None)


def follow_link_to_invoice(ports: LinkPorts, token: str) -> Order:
    """The order that a link leads to, if it has its invoice. Raises OrderNotFoundError, NotInvoicedError."""
    return invoiced(follow_link(ports, token))
