"""What orders asks of other services, over the internal API.

A refusal that orders knows by its code becomes orders' own error; what cannot be read counts as no answer.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from minishop.errors import ProblemError
from minishop.internal import Internal, RefusedError, ServiceUnavailableError, relayed, segment
from minishop.money import Money
from orders.domain.checkout import (
    Cart,
    CartLine,
    Hold,
    Merchandise,
    Offer,
    PricedLine,
    Promotion,
    ShippingMethod,
    Shortage,
)
from orders.domain.errors import (
    CartEmptyError,
    CheckoutInProgressError,
    InsufficientStockError,
    PromotionNotApplicableError,
    ReservationReleasedError,
    TotalChangedError,
)
from orders.domain.order import Address
from orders.domain.returns import Return, ReturnLabel

T = TypeVar("T")


class _CartAnswer(msgspec.Struct):
    items: tuple[CartLine, ...]
    promotion: str | None = None


class _QuoteAnswer(msgspec.Struct):
    lines: tuple[PricedLine, ...]
    shortages: tuple[Shortage, ...]
    subtotal: Money
    discount: Money
    free_shipping: bool = False
    promotion: Promotion | None = None


class _ReservationAnswer(msgspec.Struct):
    lines: tuple[PricedLine, ...]
    expires_at: datetime
    free_shipping: bool = False
    promotion: str | None = None


class _Delivery(msgspec.Struct):
    earliest: date = msgspec.field(name="from")
    latest: date = msgspec.field(name="to")


class _MethodAnswer(msgspec.Struct):
    id: str
    carrier: str
    service: str
    price: Money
    delivery: _Delivery


class _LabelAnswer(msgspec.Struct):
    shipment_id: str
    carrier: str
    tracking_number: str


class _RatesAnswer(msgspec.Struct):
    methods: tuple[_MethodAnswer, ...]


def _read(answer: Mapping[str, Any], shape: type[T]) -> T:
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise ServiceUnavailableError(f"A service answers what cannot be read: {error}.") from error


@contextmanager
def _refusals(*kinds: type[ProblemError]) -> Iterator[None]:
    """Raises a refusal as the one of `kinds` that has its code."""
    try:
        yield
    except RefusedError as error:
        for kind in kinds:
            if kind.code == error.code:
                raise relayed(error, kind) from error
        raise


def _lines(lines: tuple[CartLine, ...]) -> list[dict[str, Any]]:
    return [{"sku": line.sku, "quantity": line.quantity} for line in lines]


def _money(money: Money) -> dict[str, Any]:
    return {"amount": money.amount, "currency": money.currency}


def _expected(merchandise: Merchandise) -> dict[str, Any]:
    return {
        "subtotal": _money(merchandise.subtotal),
        "discount": _money(merchandise.discount),
        "free_shipping": merchandise.free_shipping,
    }


class CartClient:
    """Implements `orders.use_cases.ports.Carts`."""

    def __init__(self) -> None:
        self._internal = Internal("cart")

    def view(self, owner: str) -> Cart:
        """One GET."""
        return self._cart(self._internal.call("GET", f"/internal/carts/{segment(owner)}"))

    def claim(self, owner: str, order_id: str) -> Cart:
        """One PUT."""
        with _refusals(CartEmptyError, CheckoutInProgressError):
            path = f"/internal/carts/{segment(owner)}/claim"
            return self._cart(self._internal.call("PUT", path, {"order_id": order_id}))

    def release(self, owner: str, order_id: str) -> None:
        """One DELETE."""
        self._internal.call("DELETE", f"/internal/carts/{segment(owner)}/claim/{segment(order_id)}")

    def _cart(self, answer: Mapping[str, Any]) -> Cart:
        cart = _read(answer, _CartAnswer)
        return Cart(cart.items, cart.promotion)


class CatalogClient:
    """Implements `orders.use_cases.ports.Catalog`."""

    def __init__(self) -> None:
        self._internal = Internal("catalog")

    def price(
        self, lines: tuple[CartLine, ...], promotion: str | None, customer_id: str, order_id: str | None = None
    ) -> Merchandise:
        """One POST."""
        body = {
            "lines": _lines(lines),
            "promotion": promotion,
            "customer_id": customer_id,
            "order_id": order_id,
        }
        quote = _read(self._internal.call("POST", "/internal/quotes", body), _QuoteAnswer)
        return Merchandise(
            quote.lines, quote.shortages, quote.subtotal, quote.discount, quote.free_shipping, quote.promotion
        )

    def hold(
        self,
        order_id: str,
        lines: tuple[CartLine, ...],
        promotion: str | None,
        customer_id: str,
        *,
        expected: Merchandise | None,
    ) -> Hold:
        """One PUT."""
        body: dict[str, Any] = {
            "lines": _lines(lines),
            "promotion": promotion,
            "customer_id": customer_id,
            "expected": _expected(expected) if expected else None,
        }
        with _refusals(
            InsufficientStockError, TotalChangedError, PromotionNotApplicableError, ReservationReleasedError
        ):
            answer = self._internal.call("PUT", f"/internal/reservations/{segment(order_id)}", body)
        reservation = _read(answer, _ReservationAnswer)
        return Hold(reservation.lines, reservation.expires_at, reservation.free_shipping, reservation.promotion)

    def release(self, order_id: str) -> None:
        """One DELETE."""
        self._internal.call("DELETE", f"/internal/reservations/{segment(order_id)}")


class ShippingClient:
    """Implements `orders.use_cases.ports.Shipping` and `Labels`."""

    def __init__(self) -> None:
        self._internal = Internal("shipping")

    def rates(self, country: str, postal_code: str, weight_grams: int) -> tuple[Offer, ...]:
        """One POST."""
        body = {"address": {"country": country, "postal_code": postal_code}, "weight_grams": weight_grams}
        answer = _read(self._internal.call("POST", "/internal/shipping/rates", body), _RatesAnswer)
        return tuple(
            Offer(
                ShippingMethod(method.id, method.carrier, method.service, method.price),
                method.delivery.earliest,
                method.delivery.latest,
            )
            for method in answer.methods
        )

    def make(self, one: Return) -> ReturnLabel:
        """One PUT."""
        lines = [{"sku": line.sku, "quantity": line.quantity} for line in one.lines]
        body = {"order_id": one.order_id, "lines": lines}
        label = _read(self._internal.call("PUT", f"/internal/returns/{segment(one.id)}", body), _LabelAnswer)
        return ReturnLabel(label.shipment_id, label.carrier, label.tracking_number)


class AddressBookClient:
    """Implements `orders.use_cases.ports.AddressBook`."""

    def __init__(self) -> None:
        self._internal = Internal("auth")

    def find(self, customer_id: str, address_id: str) -> Address | None:
        """One GET."""
        path = f"/internal/address-books/{segment(customer_id)}/{segment(address_id)}"
        try:
            return _read(self._internal.call("GET", path), Address)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
