"""What shipping asks of other services."""

import msgspec

from minishop.internal import Internal, RefusedError, ServiceUnavailableError, relayed, segment
from shipping.domain.errors import AddressGoneError, AlreadyResolvedError, InsufficientStockError
from shipping.domain.label import Address
from shipping.domain.shipment import Line, Shipment
from shipping.use_cases.ports import Consignment


class CatalogClient:
    """Implements `shipping.use_cases.ports.Stock` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("catalog")

    def write_off(self, shipment: Shipment, *, replace: bool) -> None:
        """One PUT."""
        lines = [{"sku": line.sku, "quantity": line.quantity} for line in shipment.lines]
        body = {"order_id": shipment.order_id, "lines": lines, "replace": replace}
        try:
            self._internal.call("PUT", f"/internal/write-offs/{segment(shipment.id)}", body)
        except RefusedError as error:
            if error.code == InsufficientStockError.code:
                raise relayed(error, InsufficientStockError) from error
            if error.code == "write_off_differs":
                raise AlreadyResolvedError("The stock was written off already, for the other decision.") from error
            raise ServiceUnavailableError("The stock cannot be written off now; it is tried again later.") from error


class OrdersClient:
    """Implements `shipping.use_cases.ports.Orders` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("orders")

    def consignment(self, order_id: str) -> Consignment:
        """One GET. Raises AddressGoneError, ServiceUnavailableError; RefusedError for an order that does not exist."""
        order = self._internal.call("GET", f"/internal/orders/{segment(order_id)}")
        address = order["shipping_address"]
        if not address:
            raise AddressGoneError("Whose order it was is forgotten.")
        return Consignment(
            owner=order["owner"],
            lines=tuple(Line(line["sku"], line["quantity"], line["weight_grams"]) for line in order["lines"]),
            address=msgspec.convert(address, Address),
            carrier=order["shipping_method"]["carrier"],
            service=order["shipping_method"]["service"],
        )
