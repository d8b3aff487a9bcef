"""An order, neighbours that know it, and requests about its parcel."""

import json
import os
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from minishop.contracts.catalog import StockCommitted, StockLine
from minishop.identity import Role
from minishop.secrets import secret_field
from shipping import api, consumer
from shipping.carriers.sandbox import SandboxWebhooks
from shipping.domain.errors import InsufficientStockError
from shipping.domain.label import Address
from shipping.domain.shipment import Line, Shipment, shipment_id
from shipping.use_cases.ports import Consignment, Parcel
from tests.helpers import answer_of, bus_message, customer, http_event, sqs_event, staff

ORDER = "ord_1"
SHIPMENT = shipment_id(ORDER)
ADDRESS = Address("Ada Lovelace", "1 Compiler Way", "Berlin", "10115", "DE")
SOLD = StockCommitted(order_id=ORDER, lines=(StockLine(sku="MUG-RED", quantity=2),))


class StubOrders:
    """Answers as the orders service would for ORDER."""

    def consignment(self, order_id: str) -> Consignment:
        lines = (Line("MUG-RED", 2, 400),)
        return Consignment("cus_ada", lines, ADDRESS, "sandbox", "standard")


class StubStock:
    """Writes off what it is told to; with nothing to replace it, if so."""

    def __init__(self) -> None:
        self.is_short = False
        self.calls: list[tuple[str, bool]] = []

    def write_off(self, shipment: Shipment, *, replace: bool) -> None:
        self.calls.append((shipment.id, replace))
        if replace and self.is_short:
            raise InsufficientStockError("Too few.", extra={"shortages": [{"sku": "MUG-RED"}]})


class StubCarrier:
    """Numbers parcels by their references."""

    webhooks = SandboxWebhooks()

    def create_label(self, parcel: Parcel) -> str:
        return f"SBX-{parcel.reference[4:12]}"

    def void_label(self, reference: str) -> bool:
        return True


def sold() -> dict[str, Any]:
    """The order is paid and its goods are sold: its shipment, as its owner sees it."""
    assert consumer.handler(sqs_event(bus_message(SOLD)), None) == {"batchItemFailures": []}
    event = http_event("GET /v1/shipments/{id}", path={"id": SHIPMENT}, principal=customer("cus_ada"))
    answer: dict[str, Any] = answer_of(api.handler(event, None))
    return answer


def by_staff(route: str, role: Role, body: Any = None, key: str = "k1", shipment: str = SHIPMENT) -> dict[str, Any]:
    """What staff do with a shipment, the order's unless another is named."""
    event = http_event(
        f"POST /v1/admin/shipments/{{id}}/{route}",
        path={"id": shipment},
        principal=staff(role),
        body=body,
        headers={"Idempotency-Key": key},
    )
    response: dict[str, Any] = api.handler(event, None)
    return response


def webhook(raw: str, headers: dict[str, str], carrier: str = "sandbox") -> dict[str, Any]:
    """A request to the webhooks' route."""
    return http_event("POST /v1/webhooks/carriers/{carrier}", path={"carrier": carrier}, raw=raw, headers=headers)


def signature(raw: str, message_id: str, at: datetime, secret: str | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    hook = Webhook(secret or secret_field(os.environ["CARRIER_SECRET"], "webhook_secret"))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": hook.sign(message_id, at, raw),
    }


def signed(data: Any, *, message_id: str = "msg_1", secret: str | None = None) -> dict[str, Any]:
    """A webhook of the sandbox carrier."""
    raw = json.dumps({"type": "parcel.news", "data": data})
    return webhook(raw, signature(raw, message_id, datetime.now(UTC), secret))
