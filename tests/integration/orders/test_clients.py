"""What orders sends to its neighbours, and what it makes of their answers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from minishop.internal import Internal, RefusedError, ServiceUnavailableError
from minishop.money import Money
from orders.clients import AddressBookClient, CartClient, CatalogClient, ShippingClient
from orders.domain.checkout import Cart, CartLine, Merchandise, Promotion, Shortage
from orders.domain.errors import (
    CartEmptyError,
    CheckoutInProgressError,
    InsufficientStockError,
    PromotionNotApplicableError,
    ReservationReleasedError,
    TotalChangedError,
)
from orders.domain.order import Address
from orders.domain.returns import Return, ReturnLabel, ReturnLine

LINES = (CartLine("MUG", 2),)
EUR = {"amount": 0, "currency": "EUR"}
CART = {"owner": "cus_ada", "version": 3, "items": [{"sku": "MUG", "quantity": 2}], "promotion": "TEN"}
LINE = {
    "sku": "MUG",
    "product_id": "prd_1",
    "title": "Mug, red",
    "category": "kitchen",
    "quantity": 2,
    "unit_price": {"amount": 1299, "currency": "EUR"},
    "discount": EUR,
    "line_total": {"amount": 2598, "currency": "EUR"},
    "weight_grams": 400,
    "available": 1,
}


class Neighbour:
    """Answers internal calls from memory and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.answer: tuple[int, dict[str, Any]] = (200, {})

    def send(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, dict[str, Any]]:
        self.asked.append((method, path, body))
        return self.answer


@pytest.fixture
def neighbour(monkeypatch: pytest.MonkeyPatch) -> Neighbour:
    neighbour = Neighbour()
    monkeypatch.setattr(Internal, "_send", lambda _self, *call: neighbour.send(*call))
    return neighbour


def test_a_cart_is_viewed_claimed_and_released(neighbour: Neighbour) -> None:
    neighbour.answer = (200, CART)
    client = CartClient()
    assert client.view("cus_ada") == client.claim("cus_ada", "ord_1") == Cart(LINES, "TEN")
    neighbour.answer = (204, {})
    client.release("cus_ada", "ord_1")
    assert neighbour.asked == [
        ("GET", "/internal/carts/cus_ada", None),
        ("PUT", "/internal/carts/cus_ada/claim", {"order_id": "ord_1"}),
        ("DELETE", "/internal/carts/cus_ada/claim/ord_1", None),
    ]


@pytest.mark.parametrize("kind", [CartEmptyError, CheckoutInProgressError])
def test_a_refused_claim_is_orders_own_refusal(neighbour: Neighbour, kind: type[Exception]) -> None:
    neighbour.answer = (409, {"code": getattr(kind, "code", ""), "detail": "no"})
    with pytest.raises(kind):
        CartClient().claim("cus_ada", "ord_1")


def test_lines_are_priced_and_short_ones_named(neighbour: Neighbour) -> None:
    shortage = {"sku": "MUG", "wanted": 2, "available": 1}
    neighbour.answer = (
        200,
        {
            "lines": [LINE],
            "shortages": [shortage],
            "subtotal": LINE["line_total"],
            "discount": EUR,
            "free_shipping": True,
            "promotion": {"code": "TEN", "applied": True, "reason": None},
        },
    )
    priced = CatalogClient().price(LINES, "TEN", "cus_ada", "ord_1")
    assert (priced.free_shipping, priced.promotion) == (True, Promotion("TEN", None))
    assert priced.lines[0].line_total == Money(2598, "EUR")
    assert priced.shortages == (Shortage("MUG", 2, 1),)
    lines = [{"sku": "MUG", "quantity": 2}]
    body = {"lines": lines, "promotion": "TEN", "customer_id": "cus_ada", "order_id": "ord_1"}
    assert neighbour.asked == [("POST", "/internal/quotes", body)]


def test_stock_is_held_at_an_expected_price_or_at_any(neighbour: Neighbour) -> None:
    expires = "2026-11-22T12:15:00.000Z"
    held = {"order_id": "ord_1", "status": "held", "expires_at": expires, "lines": [LINE]}
    neighbour.answer = (200, {**held, "free_shipping": True, "promotion": "TEN"})
    client = CatalogClient()
    told = Merchandise((), (), Money(2598, "EUR"), Money(0, "EUR"), free_shipping=True)
    hold = client.hold("ord_1", LINES, "TEN", "cus_ada", expected=told)
    assert hold.expires_at == datetime(2026, 11, 22, 12, 15, tzinfo=UTC)
    assert (hold.free_shipping, hold.promotion) == (True, "TEN")
    client.hold("ord_1", LINES, None, "cus_ada", expected=None)
    bodies = [body for _, _, body in neighbour.asked]
    subtotal = {"amount": 2598, "currency": "EUR"}
    assert bodies[0]["expected"] == {"subtotal": subtotal, "discount": EUR, "free_shipping": True}
    assert (bodies[0]["customer_id"], bodies[0]["promotion"]) == ("cus_ada", "TEN")
    assert bodies[1]["expected"] is None


def test_a_hold_is_released(neighbour: Neighbour) -> None:
    neighbour.answer = (204, {})
    CatalogClient().release("ord_1")
    assert neighbour.asked == [("DELETE", "/internal/reservations/ord_1", None)]


@pytest.mark.parametrize(
    "kind", [InsufficientStockError, TotalChangedError, PromotionNotApplicableError, ReservationReleasedError]
)
def test_a_refused_hold_is_orders_own_refusal_with_all_that_was_said(
    neighbour: Neighbour, kind: type[InsufficientStockError]
) -> None:
    shortages = [{"sku": "MUG", "wanted": 2, "available": 1}]
    neighbour.answer = (409, {"code": kind.code, "detail": "no", "status": 409, "shortages": shortages})
    with pytest.raises(kind) as refused:
        CatalogClient().hold("ord_1", LINES, None, "cus_ada", expected=None)
    assert refused.value.extra == {"shortages": shortages}


def test_a_refusal_that_orders_does_not_know_stays_what_it_is(neighbour: Neighbour) -> None:
    neighbour.answer = (403, {"code": "forbidden"})
    with pytest.raises(RefusedError):
        CatalogClient().hold("ord_1", LINES, None, "cus_ada", expected=None)


def test_shipping_is_asked_for_rates(neighbour: Neighbour) -> None:
    method = {
        "id": "standard",
        "carrier": "sandbox",
        "service": "standard",
        "price": {"amount": 490, "currency": "EUR"},
        "delivery": {"from": "2026-11-24", "to": "2026-11-27"},
    }
    neighbour.answer = (200, {"methods": [method]})
    (offer,) = ShippingClient().rates("DE", "10115", 800)
    assert (offer.method.price, offer.earliest, offer.latest) == (
        Money(490, "EUR"),
        date(2026, 11, 24),
        date(2026, 11, 27),
    )
    body = {"address": {"country": "DE", "postal_code": "10115"}, "weight_grams": 800}
    assert neighbour.asked == [("POST", "/internal/shipping/rates", body)]


def test_what_cannot_be_read_and_what_fails_twice_count_as_no_answer(neighbour: Neighbour) -> None:
    neighbour.answer = (200, {"items": [{"sku": "MUG"}]})
    with pytest.raises(ServiceUnavailableError):
        CartClient().view("cus_ada")
    neighbour.answer = (500, {})
    with pytest.raises(ServiceUnavailableError):
        CartClient().view("cus_ada")
    assert len(neighbour.asked) == 3


def test_shipping_is_asked_for_the_label_of_a_return(neighbour: Neighbour) -> None:
    label = {"shipment_id": "shp_1", "carrier": "sandbox", "tracking_number": "SBX-1"}
    neighbour.answer = (200, label)
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    lines = (ReturnLine("MUG", 1, "chipped"),)
    one = Return(id="ret_1", order_id="ord_1", lines=lines, requested_at=moment, updated_at=moment)
    assert ShippingClient().make(one) == ReturnLabel(**label)
    body = {"order_id": "ord_1", "lines": [{"sku": "MUG", "quantity": 1}]}
    assert neighbour.asked == [("PUT", "/internal/returns/ret_1", body)]


def test_the_address_book_is_asked_for_an_address(neighbour: Neighbour) -> None:
    answer = {
        "id": "adr_1",
        "full_name": "Ada",
        "line1": "1 Way",
        "line2": None,
        "city": "Berlin",
        "region": None,
        "postal_code": "10115",
        "country": "DE",
        "phone": None,
    }
    neighbour.answer = (200, answer)
    client = AddressBookClient()
    assert client.find("cus_ada", "adr_1") == Address("Ada", "1 Way", "Berlin", "10115", "DE")
    neighbour.answer = (404, {"code": "address_not_found"})
    assert client.find("cus_ada", "adr_2") is None
    neighbour.answer = (403, {"code": "forbidden"})
    with pytest.raises(RefusedError):
        client.find("cus_ada", "adr_1")
    assert neighbour.asked[0] == ("GET", "/internal/address-books/cus_ada/adr_1", None)
