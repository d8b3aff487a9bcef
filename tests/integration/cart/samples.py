"""Short ways to cart's doors."""

from collections.abc import Iterable
from typing import Any

from cart import api, consumer, internal
from cart.domain.carts import Cart, Line
from cart.repository import CartTable
from minishop import clock
from minishop.contracts.catalog import ProductChanged, ProductPublished, StockLevelChanged, VariantData
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, OrderedLine
from minishop.events import Event
from minishop.identity import Principal
from minishop.money import Money
from tests.helpers import answer_of, bus_message, customer, http_event, sqs_event

ADA = customer("cus_ada", guest="gst_1")


def react(event: Event, sequence: int = 1) -> None:
    message = bus_message(event, aggregate_id="aggregate", sequence=sequence)
    assert consumer.handler(sqs_event(message), None) == {"batchItemFailures": []}


def product(
    prices: dict[str, int], *, kind: type[ProductPublished] | type[ProductChanged] = ProductPublished, **more: Any
) -> Event:
    variants = tuple(
        VariantData(sku=sku, title=f"Mug, {sku.lower()}", price=Money(amount, "EUR")) for sku, amount in prices.items()
    )
    return kind(product_id="prd_1", slug="mug", title="Mug", image="/media/mug.jpg", variants=variants, **more)


def publish(prices: dict[str, int], sequence: int = 1) -> None:
    react(product(prices), sequence)


def stock(sku: str, available: int, sequence: int = 1) -> None:
    react(StockLevelChanged(sku=sku, available=available), sequence)


def confirm(order: str, owner: str = "cus_ada", buyer: str = "", **bought: int) -> None:
    lines = tuple(OrderedLine(sku=sku, quantity=quantity) for sku, quantity in bought.items())
    react(OrderConfirmed(order_id=order, number="M-1", owner=owner, lines=lines, total=Money(1, "EUR"), buyer=buyer))


def cancel(order: str, owner: str = "cus_ada", buyer: str = "") -> None:
    react(
        OrderCancelled(
            order_id=order, number="M-1", owner=owner, reason="declined", was_confirmed=False, lines=(), buyer=buyer
        )
    )


def put(sku: str, quantity: Any, principal: Principal = ADA) -> dict[str, Any]:
    event = http_event("PUT /v1/cart/items/{sku}", principal=principal, path={"sku": sku}, body={"quantity": quantity})
    response: dict[str, Any] = api.handler(event, None)
    return response


def fill(owner: str, skus: Iterable[str]) -> None:
    """Stores a cart with one of each, where it is not the subject how they got there."""
    now = clock.system.now()
    line = Line(quantity=1, price=Money(100, "EUR"), added_at=now, put_at=now)
    CartTable().save(Cart(owner=owner, lines=dict.fromkeys(skus, line), updated_at=now))


def cart(principal: Principal = ADA) -> dict[str, Any]:
    response = api.handler(http_event("GET /v1/cart", principal=principal), None)
    assert response["statusCode"] == 200, response["body"]
    answer: dict[str, Any] = answer_of(response)
    return answer


def merge(principal: Principal = ADA) -> dict[str, Any]:
    response: dict[str, Any] = api.handler(http_event("POST /v1/cart/merge", principal=principal), None)
    return response


def quantities(answer: dict[str, Any]) -> dict[str, int]:
    return {item["sku"]: item["quantity"] for item in answer["items"]}


def read(owner: str = "cus_ada") -> dict[str, Any]:
    event = http_event("GET /internal/carts/{owner}", path={"owner": owner}, caller="orders-api")
    answer: dict[str, Any] = answer_of(internal.handler(event, None))
    return answer


def claim(order: str, owner: str = "cus_ada") -> dict[str, Any]:
    event = http_event(
        "PUT /internal/carts/{owner}/claim", path={"owner": owner}, body={"order_id": order}, caller="orders-api"
    )
    response: dict[str, Any] = internal.handler(event, None)
    return response


def release(order: str, owner: str = "cus_ada") -> dict[str, Any]:
    event = http_event(
        "DELETE /internal/carts/{owner}/claim/{order_id}",
        path={"owner": owner, "order_id": order},
        caller="orders-api",
    )
    response: dict[str, Any] = internal.handler(event, None)
    return response
