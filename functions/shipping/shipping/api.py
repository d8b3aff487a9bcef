"""Shipping's HTTP door."""

import os

from minishop import inbox
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import InvalidError, TooLargeError
from minishop.guard import MalformedBodyError
from minishop.http import Api, Reply, Request
from minishop.identity import SHOPPERS, Role
from minishop.ids import derived_id
from minishop.internal import ServiceUnavailableError
from minishop.schemas import HealthAnswer, Page
from shipping.domain.errors import (
    AddressGoneError,
    AlreadyResolvedError,
    CarrierNotFoundError,
    InsufficientStockError,
    InvalidSignatureError,
    LinesNotInShipmentError,
    NoLabelError,
    NotDispatchableError,
    NotOnItsWayError,
    ReportedByCarrierError,
    ShipmentNotFoundError,
)
from shipping.domain.label import Label
from shipping.domain.shipment import Origin, Shipment, Status, Wish
from shipping.messages import ParcelReported
from shipping.rate_schemas import MethodsAnswer, MethodsQuery
from shipping.schemas import (
    AcceptedAnswer,
    DispatchRequest,
    LostRequest,
    ProgressRequest,
    ShipmentAnswer,
    ShipmentsQuery,
    TrackingAnswer,
)
from shipping.use_cases import departures, losses, queries, reports
from shipping.use_cases.ports import Span
from shipping.wiring import ports

SUPPORT = frozenset({Role.SUPPORT, Role.ADMIN})
WAREHOUSE = frozenset({Role.WAREHOUSE, Role.ADMIN})

api = Api("shipping")


def _origin(request: Request) -> Origin:
    return Origin(request.principal.id, request.id)


def _wish(request: Request) -> Wish:
    """What the request wants, by who asks and under which key."""
    identity = derived_id("wish", request.principal.id, request.method, request.path, request.idempotency_key)
    return Wish(identity, request.fingerprint)


def _shown(shipment: Shipment) -> Reply[ShipmentAnswer]:
    return Reply(ShipmentAnswer.of(shipment), version=shipment.version)


def _printed(label: Label) -> Reply[bytes]:
    from shipping.printing import draw_label

    name = f'inline; filename="label-{label.tracking_number}.pdf"'
    return Reply(draw_label(label), headers={"Content-Disposition": name}, content_type="application/pdf")


@api.get("/v1/shipping/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="shipping")


@api.get("/v1/shipping/methods")
def get_methods(query: MethodsQuery) -> MethodsAnswer:
    """Lists the ways to ship a parcel, cheapest first; where there are none, it says why."""
    return MethodsAnswer.of(queries.quote_rates(ports(), query.country, query.postal_code, query.weight_grams))


@api.get("/v1/shipments/{id}", who=SHOPPERS | WAREHOUSE | SUPPORT, errors=[ShipmentNotFoundError])
def get_shipment(request: Request, id: str) -> Reply[ShipmentAnswer]:
    """Shows a shipment with its timeline."""
    return _shown(queries.get_shipment(ports(), id, request.principal))


@api.get(
    "/v1/shipments/{id}/label",
    who=SHOPPERS,
    errors=[ShipmentNotFoundError, NoLabelError, AddressGoneError, ServiceUnavailableError],
    produces="application/pdf",
)
def get_return_label(request: Request, id: str) -> Reply[bytes]:
    """Prints the label of a return, for who sends it back."""
    return _printed(queries.get_return_label(ports(), id, request.principal))


@api.get("/v1/tracking/{tracking_number}", errors=[ShipmentNotFoundError])
def get_tracking(tracking_number: str) -> TrackingAnswer:
    """Shows where a parcel is, to anyone who knows its number."""
    return TrackingAnswer.of(queries.track(ports(), tracking_number))


@api.get("/v1/admin/shipments", who=WAREHOUSE | SUPPORT, errors=[InvalidCursorError])
def list_shipments(request: Request, query: ShipmentsQuery) -> Page[ShipmentAnswer]:
    """Lists shipments in one state, oldest first, such as those that a carrier has lost."""
    span = Span(query.status, query.since, query.until)
    scope = ("shipments", request.principal.id, query.status, str(query.since), str(query.until))
    shipments, position = queries.list_shipments(ports(), span, query.limit, decode_cursor(query.cursor, *scope))
    return Page(
        items=[ShipmentAnswer.of(shipment) for shipment in shipments], next_cursor=encode_cursor(position, *scope)
    )


@api.get(
    "/v1/admin/shipments/{id}/label",
    who=WAREHOUSE,
    errors=[ShipmentNotFoundError, NoLabelError, AddressGoneError, ServiceUnavailableError],
    produces="application/pdf",
)
def get_label(id: str) -> Reply[bytes]:
    """Prints a label: A6, with bar code and QR code."""
    return _printed(queries.get_label(ports(), id))


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


@api.post(
    "/v1/admin/shipments/{id}/reports",
    who=WAREHOUSE,
    idempotent=True,
    errors=[ShipmentNotFoundError, NotOnItsWayError, ReportedByCarrierError],
)
def post_report(request: Request, id: str, body: ProgressRequest) -> Reply[ShipmentAnswer]:
    """Says where a parcel is whose carrier sends no webhooks, such as the shop's own driver."""
    command = reports.ReportProgress(id, Status(body.status), _wish(request))
    return _shown(reports.report_progress(ports(), command, _origin(request)))


@api.post(
    "/v1/webhooks/carriers/{carrier}",
    errors=[CarrierNotFoundError, InvalidSignatureError, MalformedBodyError, InvalidError, TooLargeError],
)
def take_webhook(request: Request, carrier: str) -> AcceptedAnswer:
    """Takes in a carrier's report: verified and stored here, worked off from the inbox."""
    report = reports.read_webhook(ports(), carrier, request.raw, request.headers)
    message = ParcelReported(
        carrier=carrier,
        report_id=derived_id("rep", carrier, report.id),
        tracking_number=report.tracking_number,
        status=report.status,
        occurred_at=report.occurred_at,
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
