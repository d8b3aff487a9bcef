"""What the other services hold of a customer, asked over the internal API."""

from typing import Any

from minishop.internal import Internal, segment


class InternalHoldings:
    """Implements `auth.use_cases.Holdings`."""

    def __init__(self) -> None:
        self._orders = Internal("orders")
        self._cart = Internal("cart")

    def orders(self, customer_id: str) -> list[dict[str, Any]]:
        """One GET. Raises ServiceUnavailableError."""
        answer = self._orders.call("GET", f"/internal/exports/orders/{segment(customer_id)}")
        return list(answer["items"])

    def cart(self, customer_id: str) -> dict[str, Any]:
        """One GET. Raises ServiceUnavailableError."""
        return self._cart.call("GET", f"/internal/carts/{segment(customer_id)}")
