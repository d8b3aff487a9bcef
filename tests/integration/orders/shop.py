"""Orders behind its doors, on its own table and queue; its neighbours answer from memory."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from minishop.contracts.payments import PaymentCaptured
from minishop.events import Event
from minishop.identity import Principal
from minishop.money import Money
from orders import api, consumer, internal, return_routes, wiring
from orders.domain.checkout import Cart, CartLine
from tests.helpers import answer_of, bus_message, customer, http_event, sqs_event
from tests.integration.conftest import Aws
from tests.integration.orders.samples import BODY
from tests.times import FixedClock
from tests.unit.orders.fakes import ADA, FakeAddresses, FakeCarts, FakeCatalog, FakeLabels, FakeShipping

TOTAL = Money(3706, "EUR")


class Shop:
    """Orders' own table and queue; its neighbours answer from memory."""

    def __init__(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
        aws.use("OrdersConsumerFunction")
        aws.use("OrdersApiFunction")
        self.aws = aws
        self.clock = FixedClock()
        self.carts = FakeCarts()
        self.labels = FakeLabels()
        self.catalog = FakeCatalog(self.clock, {"MUG": 1299}, {"MUG": 100})
        checkout = replace(
            wiring.checkout_ports(),
            clock=self.clock,
            carts=self.carts,
            catalog=self.catalog,
            shipping=FakeShipping(),
            addresses=FakeAddresses(),
        )
        reactions = replace(wiring.reaction_ports(), clock=self.clock, stock=self.catalog)
        returns = replace(wiring.return_ports(), clock=self.clock, labels=self.labels)
        for module, name, ports in (
            (api, "checkout_ports", checkout),
            (api, "ports", checkout),
            (return_routes, "ports", checkout),
            (return_routes, "return_ports", returns),
            (internal, "ports", checkout),
            (consumer, "reaction_ports", reactions),
        ):
            monkeypatch.setattr(module, name, lambda ports=ports: ports)

    def call(self, route: str, principal: Principal | None = None, **options: Any) -> dict[str, Any]:
        """Knocks at the public door."""
        principal = principal or customer(ADA)
        return api.handler(http_event(route, principal=principal, **options), None)

    def place(
        self, principal: Principal | None = None, key: str = "key-1", language: str = "", **changes: Any
    ) -> dict[str, Any]:
        """Places an order of two mugs."""
        principal = principal or customer(ADA)
        self.carts.carts[principal.id] = Cart((CartLine("MUG", 2),))
        headers = {"Idempotency-Key": key, "Accept-Language": language}
        return self.call("POST /v1/orders", principal, body=BODY | changes, headers=headers)

    def order(self, order_id: str, principal: Principal | None = None) -> Any:
        """The order as its owner sees it."""
        return answer_of(self.call("GET /v1/orders/{id}", principal, path={"id": order_id}))

    def tell(self, *events: Event) -> Mapping[str, Any]:
        """Delivers events to the queue's door."""
        return consumer.handler(sqs_event(*(bus_message(event) for event in events)), None)


def captured(order_id: str) -> PaymentCaptured:
    return PaymentCaptured(payment_id="pay_1", order_id=order_id, attempt=1, amount=TOTAL)


def parcel(kind: type[Any], order_id: str, **more: Any) -> Event:
    event: Event = kind(
        shipment_id="shp_1", order_id=order_id, owner=ADA, carrier="sandbox", tracking_number="SBX-1", **more
    )
    return event


ALL_FINE: dict[str, list[object]] = {"batchItemFailures": []}
