"""Who may call what: every route of the public and the internal API, written down a second time.

The code declares it once (`who`, `callers`, owner checks in queries); this table is what was meant. A route without
a row here fails the suite, and so does a row without a route.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PAST_THE_GATE = "past the gate"  # neither 401 nor 403, and no 5xx

PRINCIPALS: Mapping[str, frozenset[str]] = {
    "none": frozenset(),
    "guest": frozenset({"guest"}),
    "owner": frozenset({"customer"}),
    "other": frozenset({"customer"}),
    "support": frozenset({"customer", "support"}),
    "warehouse": frozenset({"customer", "warehouse"}),
    "admin": frozenset({"customer", "admin"}),
    # Tokens with nothing but the role: what a customer may, these may not.
    "support alone": frozenset({"support"}),
    "warehouse alone": frozenset({"warehouse"}),
    "admin alone": frozenset({"admin"}),
    "expired": frozenset({"customer"}),  # the owner's, of a while ago
    "revoked": frozenset({"customer"}),  # of a session that was ended, and not run out yet
    "forged": frozenset({"customer"}),  # the owner's, with another signature
}
NOT_IDENTIFIED = frozenset({"none", "expired", "forged"})
WITHOUT_SESSION = frozenset({"revoked", "support alone", "warehouse alone", "admin alone"})


@dataclass(frozen=True)
class Row:
    """What a route answers to whom.

    Attributes:
        may: The roles that may call it; None: everybody, with or without a token.
        thing: The thing in its path, by name in `people.things`; otherwise nobody's.
        seen_by: The roles that see everybody's `thing`; others but its owner are answered 404.
        status: Of the answer to those who may; None: whatever follows once the gate is passed.
        session: Whether the session of the token must be alive: auth's own routes.
        spends: Whether it ends the caller's session: those who stay on ask with a session that has ended already.
    """

    key: str
    may: frozenset[str] | None
    thing: str = ""
    seen_by: frozenset[str] = frozenset()
    status: int | None = None
    session: bool = False
    spends: bool = False
    body: Any = field(default_factory=dict)
    query: str = ""

    @property
    def method(self) -> str:
        """`GET`."""
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        """`/v1/orders/{id}`."""
        return self.key.partition(" ")[2]

    def expected(self, principal: str) -> int | str:
        """The status of the answer to a principal, or PAST_THE_GATE."""
        past = self.status or PAST_THE_GATE
        if self.may is None:
            return past
        if principal in NOT_IDENTIFIED:
            return 401
        roles = PRINCIPALS[principal]
        if not roles & self.may:
            return 403
        if self.session and (principal in WITHOUT_SESSION or (self.spends and principal != "owner")):
            return 401
        if self.thing and principal != "owner" and not roles & self.seen_by:
            return 404
        return past


def _open(key: str, status: int | None = None, **options: Any) -> Row:
    return Row(key, None, status=status, **options)


def _for(key: str, may: str, status: int | None = None, *, seen_by: str = "", **options: Any) -> Row:
    return Row(key, frozenset(may.split()), status=status, seen_by=frozenset(seen_by.split()), **options)


ALL = "guest customer support warehouse admin"

AN_ADDRESS = {"full_name": "A", "line1": "1", "city": "Berlin", "postal_code": "10115", "country": "DE"}

ROWS = (
    # auth
    _open("GET /.well-known/jwks.json", 200),
    _open("GET /v1/auth/health", 200),
    _open("POST /v1/auth/guest", 201),
    _open("POST /v1/auth/register", 422),
    _open("POST /v1/auth/verify-email", 422),
    _open("POST /v1/auth/login", 422),
    _open("POST /v1/auth/refresh", 422),
    _open("POST /v1/auth/logout", 422),
    _open("POST /v1/auth/mfa", 422),
    _open("POST /v1/auth/password/forgot", 422),
    _open("POST /v1/auth/password/reset", 422),
    _for("POST /v1/auth/logout-all", "customer", 204, session=True, spends=True),
    _for("GET /v1/me", "customer", 200, session=True),
    _for("PATCH /v1/me", "customer", session=True),
    _for("DELETE /v1/me", "customer", 204, session=True, spends=True),
    _for("GET /v1/me/export", "customer", 200, session=True),
    _for("POST /v1/me/password", "customer", 422),
    _for("POST /v1/me/email", "customer", 422),
    _for("POST /v1/me/phone", "customer", 422),
    _for("POST /v1/me/phone/verify", "customer", 422),
    _for("POST /v1/me/mfa/totp", "customer", session=True),
    _for("POST /v1/me/mfa/totp/confirm", "customer", 422),
    _for("DELETE /v1/me/mfa/totp", "customer", session=True),
    _for("GET /v1/me/sessions", "customer", 200, session=True),
    _for("DELETE /v1/me/sessions/{sid}", "customer", 204, thing="session", session=True),
    _for("GET /v1/me/addresses", "customer", 200, session=True),
    _for("POST /v1/me/addresses", "customer", 422),
    _for("PUT /v1/me/addresses/{id}", "customer", 200, thing="address", session=True, body=AN_ADDRESS),
    _for("DELETE /v1/me/addresses/{id}", "customer", 204, thing="address to delete", session=True),
    _for("GET /v1/admin/users", "admin", 200, session=True),
    _for("PUT /v1/admin/users/{id}/roles", "admin", 422),
    _for("POST /v1/admin/users/{id}/disable", "admin", 404, session=True),
    _for("POST /v1/admin/users/{id}/enable", "admin", 404, session=True),
    # catalog
    _open("GET /v1/catalog/health", 200),
    _open("GET /v1/products", 200),
    _open("GET /v1/products/{id}", 404),
    _open("GET /v1/categories", 200),
    _for("GET /v1/admin/promotions", "admin", 200),
    _for("POST /v1/admin/promotions", "admin", 422),
    _for("GET /v1/admin/promotions/{code}", "admin", 404),
    _for("PATCH /v1/admin/promotions/{code}", "admin", 404),
    _for("GET /v1/admin/categories", "admin", 200),
    _for("PUT /v1/admin/categories", "admin", 422),
    _for("GET /v1/admin/products", "admin", 200),
    _for("POST /v1/admin/products", "admin", 422),
    _for("GET /v1/admin/products/{id}", "admin", 404),
    _for("PATCH /v1/admin/products/{id}", "admin", 404),
    _for("DELETE /v1/admin/products/{id}", "admin", 404),
    _for("POST /v1/admin/products/{id}/images", "admin", 422),
    _open("GET /v1/images/{id}", 404),
    _for("POST /v1/admin/imports", "admin", 201),
    _for("GET /v1/admin/imports/{id}", "admin", 404),
    _for("POST /v1/admin/exports", "admin", 201),
    _for("GET /v1/admin/exports/{id}", "admin", 404),
    _for("GET /v1/admin/stock/{sku}", "warehouse admin", 404),
    _for("POST /v1/admin/stock/{sku}/adjustments", "warehouse admin", 422),
    _for("PUT /v1/admin/stock/{sku}/buckets", "warehouse admin", 422),
    # cart
    _open("GET /v1/cart/health", 200),
    _for("GET /v1/cart", "guest customer", 200),
    _for("DELETE /v1/cart", "guest customer", 200),
    _for("PUT /v1/cart/items/{sku}", "guest customer", 422),
    _for("DELETE /v1/cart/items/{sku}", "guest customer", 200),
    _for("PUT /v1/cart/promotion", "guest customer", 422),
    _for("DELETE /v1/cart/promotion", "guest customer", 200),
    _for("POST /v1/cart/merge", "customer", 200),
    # orders
    _open("GET /v1/orders/health", 200),
    _for("POST /v1/checkout/quote", "guest customer", 422),
    _for("POST /v1/orders", "guest customer", 422),
    _for("GET /v1/orders", ALL, 200),
    _for("GET /v1/orders/{id}", ALL, 200, thing="order", seen_by="support admin"),
    _for("GET /v1/orders/{id}/timeline", ALL, 200, thing="order", seen_by="support admin"),
    _for(
        "POST /v1/orders/{id}/cancel",
        ALL,
        202,
        thing="order to cancel",
        seen_by="support admin",
        body={"reason": "changed my mind"},
    ),
    _for(
        "POST /v1/orders/{id}/returns",
        "guest customer",
        409,
        thing="order",
        body={"lines": [{"sku": "MUG", "quantity": 1, "reason": "chipped"}]},
    ),
    _open("GET /v1/orders/by-link", 404, query="token=nobodys"),
    _open("GET /v1/orders/by-link/invoice", 404, query="token=nobodys"),
    _for("GET /v1/orders/{id}/invoice", ALL, 200, thing="order", seen_by="support admin"),
    _for("GET /v1/admin/tax-rates", "admin", 200),
    _for("PUT /v1/admin/tax-rates/{country}", "admin", 422),
    _for("GET /v1/admin/orders", "support warehouse admin", 200),
    _for(
        "POST /v1/orders/{id}/payment",
        "guest customer",
        409,
        thing="order",
        body={"payment_method": {"token": "pm_card_visa"}},
    ),
    _for("GET /v1/orders/{id}/returns", ALL, 200, thing="order", seen_by="support admin"),
    _for("POST /v1/admin/returns/{id}/authorize", "support warehouse admin", 404),
    _for("POST /v1/admin/returns/{id}/receive", "support warehouse admin", 422),
    _for("POST /v1/admin/returns/{id}/lost", "support admin", 422),
    _for("POST /v1/admin/orders/{id}/refunds/{reference}/retry", "support admin", 404),
    # payments
    _open("GET /v1/payments/health", 200),
    _for("GET /v1/payments", "guest customer support admin", 200, query="order_id=ord_nobody"),
    _for("POST /v1/admin/payments/{id}/refunds", "support admin", 422),
    _for("GET /v1/admin/ledger", "admin", 200),
    _for("GET /v1/admin/reconciliations/{day}", "admin", 404),
    _for("GET /v1/admin/payments/quarantine", "admin", 200),
    _for("DELETE /v1/admin/payments/quarantine/{id}", "admin", 404),
    _open("POST /v1/webhooks/payments/{provider}", 404),
    # shipping
    _open("GET /v1/shipping/health", 200),
    _open("GET /v1/shipping/methods", 200, query="country=DE&weight_grams=500"),
    _for(
        "GET /v1/shipments/{id}",
        "guest customer support warehouse admin",
        200,
        thing="shipment",
        seen_by="support warehouse admin",
    ),
    _for("GET /v1/shipments/{id}/label", "guest customer", 404, thing="shipment"),  # its owner's, but no return
    _open("GET /v1/tracking/{tracking_number}", 404),
    _for("GET /v1/admin/shipments", "support warehouse admin", 200, query="status=pending"),
    _for("GET /v1/admin/shipments/{id}/label", "warehouse admin", 200, thing="shipment", seen_by="warehouse admin"),
    _for("POST /v1/admin/shipments/{id}/dispatch", "warehouse admin", 404),
    _for("POST /v1/admin/shipments/{id}/lost", "support admin", 422),
    _for("POST /v1/admin/shipments/{id}/reports", "warehouse admin", 422),
    _open("POST /v1/webhooks/carriers/{carrier}", 404),
    # notifications
    _open("GET /v1/notifications/health", 200),
    _for("GET /v1/me/notifications", "customer", 200),
    _for("GET /v1/me/notification-preferences", "customer", 200),
    _for("PUT /v1/me/notification-preferences", "customer", 422),
    _open("GET /v1/notifications/unsubscribe", 422),
    _open("POST /v1/notifications/unsubscribe", 422),
    _for("POST /v1/admin/suppressions/lift", "support admin", 422),
    # storefront
    _open("GET /", 200),
    _open("GET /account", 200),
    _open("GET /product", 200),
    _open("GET /cart", 200),
    _open("GET /checkout", 200),
    _open("GET /docs", 200),
    _open("GET /order", 200),
    _open("GET /track", 200),
    _open("GET /verify-email", 200),
    _open("GET /reset-password", 200),
    _open("GET /openapi.json", 200),
    _open("GET /v1/health", 200),
    _open("$default", 404),
)

INTERNAL: Mapping[str, frozenset[str]] = {
    "GET /internal/customers/{id}": frozenset({"notifications-consumer"}),
    "POST /internal/mail-links": frozenset({"notifications-consumer"}),
    "GET /internal/address-books/{customer_id}/{address_id}": frozenset({"orders-api"}),
    "GET /internal/carts/{owner}": frozenset({"orders-api", "auth-api"}),
    "PUT /internal/carts/{owner}/claim": frozenset({"orders-api"}),
    "DELETE /internal/carts/{owner}/claim/{order_id}": frozenset({"orders-api"}),
    "POST /internal/quotes": frozenset({"orders-api"}),
    "POST /internal/previews": frozenset({"notifications-consumer"}),
    "PUT /internal/reservations/{order_id}": frozenset({"orders-api", "orders-consumer"}),
    "DELETE /internal/reservations/{order_id}": frozenset({"orders-api"}),
    "PUT /internal/write-offs/{shipment_id}": frozenset({"shipping-api", "shipping-consumer"}),
    "GET /internal/exports/orders/{owner}": frozenset({"auth-api"}),
    "POST /internal/exports/payments": frozenset({"auth-api"}),
    "GET /internal/exports/shipments/{owner}": frozenset({"auth-api"}),
    "GET /internal/exports/notifications/{person}": frozenset({"auth-api"}),
    "GET /internal/exports/notification-preferences/{person}": frozenset({"auth-api"}),
    "GET /internal/orders/{id}": frozenset({"notifications-consumer", "shipping-api", "shipping-consumer"}),
    "POST /internal/order-links": frozenset({"notifications-consumer"}),
    "POST /internal/shipping/rates": frozenset({"orders-api"}),
    "PUT /internal/returns/{return_id}": frozenset({"orders-api"}),
}
