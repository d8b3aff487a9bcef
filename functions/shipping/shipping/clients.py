"""What shipping asks of other services."""

from minishop.contracts.shipping import ParcelLine
from minishop.internal import Internal, segment
from shipping.use_cases import Consignment


class OrdersClient:
    """Implements `shipping.use_cases.Orders` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("orders")

    def consignment(self, order_id: str) -> Consignment:
        """One GET. Raises ServiceUnavailableError; RefusedError for an order that does not exist."""
        order = self._internal.call("GET", f"/internal/orders/{segment(order_id)}")
        return Consignment(
            owner=order["owner"],
            lines=tuple(ParcelLine(sku=line["sku"], quantity=line["quantity"]) for line in order["lines"]),
            weight_grams=sum(line["weight_grams"] * line["quantity"] for line in order["lines"]),
            country=order["shipping_address"]["country"],
            postal_code=order["shipping_address"]["postal_code"],
            carrier=order["shipping_method"]["carrier"],
            service=order["shipping_method"]["service"],
        )
