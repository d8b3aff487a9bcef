"""Shipping's queue door."""

from collections import Counter

from minishop.clock import parse_rfc3339
from minishop.consumer import Consumer
from minishop.contracts.orders import OrderCancelRequested, OrderConfirmed, ReturnRequested
from minishop.errors import UnreadableMessageError
from minishop.events import Envelope, Metadata
from shipping.domain.reports import STAGES, Report
from shipping.domain.shipment import Origin, Status
from shipping.messages import ParcelReported
from shipping.use_cases import departures, labels, reports
from shipping.wiring import ports

consumer = Consumer("shipping")


def _origin(metadata: Metadata, actor: str = "service:shipping") -> Origin:
    return Origin(actor, metadata.correlation_id)


@consumer.on(OrderConfirmed)
def ship(event: Envelope[OrderConfirmed]) -> None:
    """A paid order becomes a shipment."""
    labels.create_shipment(ports(), event.data.order_id, _origin(event.metadata))


@consumer.on(OrderCancelRequested)
def stop(event: Envelope[OrderCancelRequested]) -> None:
    """A shipment that has not left is stopped."""
    data, origin = event.data, _origin(event.metadata, event.metadata.actor)
    departures.cancel_shipment(ports(), data.order_id, data.owner, origin, reason=data.reason)


@consumer.on(ReturnRequested)
def label_return(event: Envelope[ReturnRequested]) -> None:
    """A return gets its parcel and label, if it has none yet: orders' own call may have failed."""
    data, quantities = event.data, Counter[str]()
    for line in data.lines:
        quantities[line.sku] += line.quantity
    labels.create_return(ports(), data.return_id, data.order_id, quantities, _origin(event.metadata))


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
    reports.record_report(ports(), data.tracking_number, said, _origin(event.metadata, f"carrier:{data.carrier}"))


handler = consumer.handler
