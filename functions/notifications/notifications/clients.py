"""What notifications asks of other services."""

from collections.abc import Mapping, Sequence
from typing import Any

from minishop.clock import parse_rfc3339
from minishop.internal import Internal, RefusedError, ServiceUnavailableError, segment
from notifications.use_cases.ports import Contact, Secret

CUSTOMER_PREFIX = "cus_"


class CustomersClient:
    """Implements `notifications.use_cases.ports.Customers` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("auth")

    def contact(self, customer_id: str) -> Contact | None:
        """One GET; none for a guest, of whom auth knows nothing. Raises ServiceUnavailableError.

        Without a name where the address is not proven: anybody may have typed it, to have us say it to somebody else.
        """
        if not customer_id.startswith(CUSTOMER_PREFIX):
            return None
        try:
            customer = self._internal.call("GET", f"/internal/customers/{segment(customer_id)}")
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        return Contact(
            name=customer["full_name"] if customer["email_verified"] else "",
            email=customer["email"],
            phone=customer["phone"] or "",
            locale=customer["locale"],
            former_email=customer["former_email"] or "",
            email_changed_at=parse_rfc3339(changed) if (changed := customer["email_changed_at"]) else None,
        )

    def secret(self, event_id: str, customer_id: str, kind: str) -> Secret | None:
        """One POST. Raises ServiceUnavailableError."""
        body = {"event_id": event_id, "customer_id": customer_id, "kind": kind}
        try:
            minted = self._internal.call("POST", "/internal/mail-links", body)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        return Secret(minted["token"], email=minted["email"] or "", phone=minted["phone"] or "")


class OrdersClient:
    """Implements `notifications.use_cases.ports.Orders` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("orders")

    def order(self, order_id: str) -> Mapping[str, Any]:
        """One GET. Raises ServiceUnavailableError."""
        return self._internal.call("GET", f"/internal/orders/{segment(order_id)}")

    def link_token(self, event_id: str, order_id: str) -> str:
        """One POST. Raises ServiceUnavailableError."""
        body = {"event_id": event_id, "order_id": order_id}
        return str(self._internal.call("POST", "/internal/order-links", body)["token"])


class CatalogClient:
    """Implements `notifications.use_cases.ports.Catalog` over the internal API."""

    def __init__(self) -> None:
        self._internal = Internal("catalog")

    def previews(self, skus: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """One POST. Raises ServiceUnavailableError, also for a refusal: without it there is a message all the same."""
        try:
            answer = self._internal.call("POST", "/internal/previews", {"skus": list(skus)})
        except RefusedError as error:
            raise ServiceUnavailableError(f"The catalogue refuses to show goods ({error.status}).") from error
        return {preview["sku"]: preview for preview in answer["items"]}
