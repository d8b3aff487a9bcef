"""Shipping's queue door."""

from collections import Counter
from contextlib import suppress

from minishop.clock import parse_rfc3339
from minishop.consumer import Consumer
from minishop.contracts.auth import GuestUpgraded, UserErased
from minishop.contracts.catalog import StockCommitted
from minishop.contracts.orders import OrderCancelRequested, ReturnLost, ReturnRequested
from minishop.contracts.shipping import LabelRequested, ShipmentCancelled
from minishop.errors import UnreadableMessageError
from minishop.events import Envelope, Metadata
from minishop.observability import logger
from shipping.domain.errors import AlreadyResolvedError, InsufficientStockError
from shipping.domain.reports import STAGES, Report
from shipping.domain.shipment import Origin, Resolution, Status
from shipping.messages import LossDeclared, ParcelReported
from shipping.use_cases import departures, labels, losses, owners, reports
from shipping.wiring import ports

TURNED_UP = "parcel turned up"  # what the alarm listens for: somebody has to decide what becomes of it

consumer = Consumer("shipping")


def _origin(metadata: Metadata, actor: str = "service:shipping") -> Origin:
    return Origin(actor, metadata.correlation_id)


@consumer.on(StockCommitted)
def ship(event: Envelope[StockCommitted]) -> None:
    """What was sold becomes a shipment. Not before: a paid order whose hold ran out may turn out to have no goods."""
    labels.create_shipment(ports(), event.data.order_id, _origin(event.metadata))


@consumer.on(LabelRequested)
def label(event: Envelope[LabelRequested]) -> None:
    """A shipment that came of another gets its label."""
    labels.label_shipment(ports(), event.data.shipment_id, _origin(event.metadata))


@consumer.on(OrderCancelRequested)
def stop(event: Envelope[OrderCancelRequested]) -> None:
    """A shipment that has not left is stopped."""
    data, origin = event.data, _origin(event.metadata, event.metadata.actor)
    departures.cancel_shipment(ports(), data.order_id, data.owner, origin, reason=data.reason)


@consumer.on(ShipmentCancelled)
def void(event: Envelope[ShipmentCancelled]) -> None:
    """What was stopped needs no label, and is not paid for; that it was stopped does not wait for this."""
    if not labels.void_label(ports(), event.data.shipment_id):
        logger().error(TURNED_UP, shipment_id=event.data.shipment_id, status=Status.CANCELLED, reported="on its way")


@consumer.on(ReturnRequested)
def label_return(event: Envelope[ReturnRequested]) -> None:
    """A return gets its parcel and label, if it has none yet: orders' own call may have failed."""
    data, quantities = event.data, Counter[str]()
    for line in data.lines:
        quantities[line.sku] += line.quantity
    labels.create_return(ports(), data.return_id, data.order_id, quantities, _origin(event.metadata))


@consumer.on(ReturnLost)
def note_loss(event: Envelope[ReturnLost]) -> None:
    """A return's parcel was given up: if it turns up after all, somebody has to know."""
    data, origin = event.data, _origin(event.metadata, event.metadata.actor)
    losses.note_loss(ports(), data.shipment_id, data.return_id, Resolution(data.resolution), origin)


@consumer.on(LossDeclared)
def settle(event: Envelope[LossDeclared]) -> None:
    """What was decided on a lost parcel is carried out, if it is not; if it cannot be, support decides again."""
    with suppress(InsufficientStockError, AlreadyResolvedError):
        losses.finish_loss(ports(), event.data.shipment_id, _origin(event.metadata, event.metadata.actor))


@consumer.on(GuestUpgraded)
def adopt(event: Envelope[GuestUpgraded]) -> None:
    """A guest's shipments become the customer's."""
    owners.adopt(ports(), event.data.guest_id, event.data.customer_id)


@consumer.on(UserErased)
def forget(event: Envelope[UserErased]) -> None:
    """Whose shipments they were is forgotten."""
    owners.forget_owner(ports(), event.data.customer_id)


@consumer.on(ParcelReported)
def report(event: Envelope[ParcelReported]) -> None:
    """A carrier says where a parcel is.

    Of a number that is not known the report comes again, and ends among the dead letters; so does nonsense.
    """
    data = event.data
    if data.status not in STAGES:
        raise UnreadableMessageError("a carrier reports a status that is none")
    occurred_at = data.occurred_at or parse_rfc3339(event.metadata.occurred_at)
    said = Report(Status(data.status), data.report_id, occurred_at)
    origin = _origin(event.metadata, f"carrier:{data.carrier}")
    shipment = reports.record_report(ports(), data.carrier, data.tracking_number, said, origin)
    if shipment.is_settled:
        logger().error(TURNED_UP, shipment_id=shipment.id, status=shipment.status, reported=data.status)


handler = consumer.handler
