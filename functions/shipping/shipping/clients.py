"""What shipping asks of other services."""

from minishop.internal import Internal, segment
from shipping.domain.shipment import Line
from shipping.use_cases.ports import Consignment, Destination


class OrdersClient:
    """Implements `shipping.use_cases.ports.Orders` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("orders")

    def consignment(self, order_id: str) -> Consignment:
        """One GET. Raises ServiceUnavailableError; RefusedError for an order that does not exist."""
        order = self._internal.call("GET", f"/internal/orders/{segment(order_id)}")
        address = order["shipping_address"]
        return Consignment(
            owner=order["owner"],
            lines=tuple(Line(line["sku"], line["quantity"], line["weight_grams"]) for line in order["lines"]),
            destination=Destination(address["country"], address["postal_code"]),
            carrier=order["shipping_method"]["carrier"],
            service=order["shipping_method"]["service"],
        )
