"""Shipping's HTTP door."""

import os

from minishop import inbox
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import InvalidError, NotFoundError, TooLargeError
from minishop.guard import read_body
from minishop.http import Api, Reply, Request
from minishop.identity import SHOPPERS, Role
from minishop.ids import derived_id
from minishop.schemas import HealthAnswer, Page
from shipping.carrier import InvalidSignatureError, verify_webhook
from shipping.domain.errors import (
    AlreadyResolvedError,
    InsufficientStockError,
    LinesNotInShipmentError,
    NotDispatchableError,
    NotOnItsWayError,
    ShipmentNotFoundError,
)
from shipping.domain.shipment import Origin, Shipment, Wish
from shipping.messages import ParcelReported
from shipping.schemas import (
    AcceptedAnswer,
    DispatchRequest,
    LostRequest,
    MethodAnswer,
    MethodsAnswer,
    MethodsQuery,
    ParcelReport,
    ShipmentAnswer,
    ShipmentsQuery,
    TrackingAnswer,
)
from shipping.use_cases import departures, losses, queries
from shipping.wiring import ports

SUPPORT = frozenset({Role.SUPPORT, Role.ADMIN})
WAREHOUSE = frozenset({Role.WAREHOUSE, Role.ADMIN})
CARRIERS = frozenset({"sandbox"})

api = Api("shipping")


def _origin(request: Request) -> Origin:
    return Origin(request.principal.id, request.id)


def _wish(request: Request) -> Wish:
    """What the request wants, by who asks and under which key."""
    identity = derived_id("wish", request.principal.id, request.method, request.path, request.idempotency_key)
    return Wish(identity, request.fingerprint)


def _shown(shipment: Shipment) -> Reply[ShipmentAnswer]:
    return Reply(ShipmentAnswer.of(shipment), version=shipment.version)


@api.get("/v1/shipping/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="shipping")


@api.get("/v1/shipping/methods")
def get_methods(query: MethodsQuery) -> MethodsAnswer:
    """Lists the ways to ship a parcel, cheapest first."""
    rates = queries.quote_rates(ports(), query.country, query.weight_grams)
    return MethodsAnswer(items=[MethodAnswer.of(rate) for rate in rates])


@api.get("/v1/shipments/{id}", who=SHOPPERS | WAREHOUSE, errors=[ShipmentNotFoundError])
def get_shipment(request: Request, id: str) -> Reply[ShipmentAnswer]:
    """Shows a shipment with its timeline."""
    return _shown(queries.get_shipment(ports(), id, request.principal))


@api.get("/v1/tracking/{tracking_number}", errors=[ShipmentNotFoundError])
def get_tracking(tracking_number: str) -> TrackingAnswer:
    """Shows where a parcel is, to anyone who knows its number."""
    return TrackingAnswer.of(queries.track(ports(), tracking_number))


@api.get("/v1/admin/shipments", who=WAREHOUSE, errors=[InvalidCursorError])
def list_shipments(request: Request, query: ShipmentsQuery) -> Page[ShipmentAnswer]:
    """Lists shipments in one state, oldest first."""
    scope = ("shipments", request.principal.id, query.status)
    shipments, position = queries.list_shipments(
        ports(), query.status, query.limit, decode_cursor(query.cursor, *scope)
    )
    return Page(
        items=[ShipmentAnswer.of(shipment) for shipment in shipments], next_cursor=encode_cursor(position, *scope)
    )


@api.post(
    "/v1/admin/shipments/{id}/dispatch",
    who=WAREHOUSE,
    idempotent=True,
    errors=[ShipmentNotFoundError, NotDispatchableError, LinesNotInShipmentError],
)
def dispatch_shipment(request: Request, id: str, body: DispatchRequest | None) -> Reply[ShipmentAnswer]:
    """Hands a parcel to the carrier: the point of no return.

    All of it, or the lines named; the rest becomes a shipment of its own. The same again changes nothing.
    """
    quantities = body.quantities() if body else None
    command = departures.DispatchShipment(id, quantities, _wish(request))
    return _shown(departures.dispatch_shipment(ports(), command, _origin(request)))


@api.post(
    "/v1/admin/shipments/{id}/lost",
    who=SUPPORT,
    idempotent=True,
    errors=[ShipmentNotFoundError, NotOnItsWayError, AlreadyResolvedError, InsufficientStockError],
)
def post_lost(request: Request, id: str, body: LostRequest) -> Reply[ShipmentAnswer]:
    """Gives a parcel up: its stock is written off, and its lines are refunded or sent once more.

    When there is not enough to send once more, nothing is written off, and it can be decided again.
    """
    command = losses.DeclareLost(id, body.resolution, _wish(request))
    return _shown(losses.declare_lost(ports(), command, _origin(request)))


@api.post("/v1/webhooks/carriers/{carrier}", errors=[InvalidSignatureError, InvalidError, TooLargeError])
def take_webhook(request: Request, carrier: str) -> AcceptedAnswer:
    """Takes in a carrier's report: verified and stored here, worked off from the inbox."""
    if carrier not in CARRIERS:
        raise NotFoundError("There is no such carrier.")
    verify_webhook(os.environ["CARRIER_SECRET"], request.raw, request.headers)
    report = read_body(ParcelReport, request.raw)
    message = ParcelReported(
        carrier=carrier,
        report_id=request.headers["webhook-id"],
        tracking_number=report.data.tracking_number,
        status=report.data.status,
        occurred_at=report.data.occurred_at,
    )
    inbox.send(
        os.environ["INBOX_URL"],
        message,
        aggregate_id=message.report_id,
        sequence=1,
        at=ports().clock.now(),
        service="shipping",
    )
    return AcceptedAnswer(received=True)


handler = api.handler
