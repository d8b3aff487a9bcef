"""What happens in the shop, and what notifications has sent because of it."""

from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from minishop.events import Event
from notifications import api, kinds
from scripts.local.deployment.cloud import ACCOUNT
from scripts.local.deployment.deploy import REGION
from tests.helpers import answer_of, bus_message, customer, http_event
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    SHIPMENT_DELIVERED,
    SHIPMENT_DISPATCHED,
    VERIFY_EMAIL,
    event_of,
)

EVENTS: tuple[Event, ...] = tuple(dict.fromkeys(event_of(kind) for kind in kinds.KINDS))
REGISTERED, CONFIRMED = event_of(VERIFY_EMAIL), event_of(ORDER_CONFIRMED)
DISPATCHED, DELIVERED = event_of(SHIPMENT_DISPATCHED), event_of(SHIPMENT_DELIVERED)
DONE: dict[str, list[Any]] = {"batchItemFailures": []}
FIRST_FAILED = {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def mails(region: str = REGION) -> list[Any]:
    """What SES took, as moto keeps it."""
    sent: list[Any] = _backend("ses", region).sent_messages
    return sent


def texts(region: str = REGION) -> list[tuple[str, str]]:
    """Number and text of every SMS that SNS took."""
    return list(_backend("sns", region).sms_messages.values())


def _backend(service: str, region: str) -> Any:
    backends: Any = get_backend(service)  # type: ignore[call-overload]
    return backends[ACCOUNT][region]


def message(event: Event, sequence: int = 1) -> str:
    return bus_message(event, aggregate_id=type(event).__name__, sequence=sequence)


def listed(query: Mapping[str, str] | None = None, identity: str = "cus_ada") -> Any:
    event = http_event("GET /v1/me/notifications", principal=customer(identity), query=query)
    return answer_of(api.handler(event, None))
