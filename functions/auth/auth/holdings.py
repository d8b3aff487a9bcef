"""What the other services hold of a customer, asked over the internal API."""

from collections.abc import Sequence
from typing import Any

from auth.use_cases import Part
from minishop.internal import Internal, segment


class InternalHoldings:
    """Implements `auth.use_cases.Holdings`. Each method is one call, and raises ServiceUnavailableError."""

    def __init__(self) -> None:
        self._orders = Internal("orders")
        self._payments = Internal("payments")
        self._shipping = Internal("shipping")
        self._notifications = Internal("notifications")
        self._cart = Internal("cart")

    def orders(self, customer_id: str) -> Part:
        """One GET."""
        return _part(self._orders.call("GET", f"/internal/exports/orders/{segment(customer_id)}"))

    def payments(self, customer_id: str, order_ids: Sequence[str]) -> Part:
        """One POST."""
        body = {"owner": customer_id, "order_ids": list(order_ids)}
        return _part(self._payments.call("POST", "/internal/exports/payments", body))

    def shipments(self, customer_id: str) -> Part:
        """One GET."""
        return _part(self._shipping.call("GET", f"/internal/exports/shipments/{segment(customer_id)}"))

    def notifications(self, customer_id: str) -> Part:
        """One GET."""
        return _part(self._notifications.call("GET", f"/internal/exports/notifications/{segment(customer_id)}"))

    def preferences(self, customer_id: str) -> list[dict[str, Any]]:
        """One GET."""
        path = f"/internal/exports/notification-preferences/{segment(customer_id)}"
        return list(self._notifications.call("GET", path)["preferences"])

    def cart(self, customer_id: str) -> dict[str, Any]:
        """One GET."""
        return self._cart.call("GET", f"/internal/carts/{segment(customer_id)}")


def _part(answer: dict[str, Any]) -> Part:
    return Part(list(answer["items"]), complete=bool(answer["complete"]))
