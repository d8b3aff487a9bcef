"""Shipping's queue door."""

from minishop.consumer import Consumer
from minishop.contracts.orders import OrderCancelRequested, OrderConfirmed
from minishop.events import Envelope
from minishop.observability import logger
from shipping import use_cases
from shipping.domain import Status
from shipping.messages import ParcelReported
from shipping.wiring import ports

consumer = Consumer("shipping")


@consumer.on(OrderConfirmed)
def ship(event: Envelope[OrderConfirmed]) -> None:
    """A paid order becomes a shipment."""
    use_cases.create_shipment(ports(), event.data.order_id, actor="service:shipping")


@consumer.on(OrderCancelRequested)
def stop(event: Envelope[OrderCancelRequested]) -> None:
    """A shipment that has not left is stopped."""
    use_cases.cancel_shipment(
        ports(), event.data.order_id, event.data.owner, reason=event.data.reason, actor=event.metadata.actor
    )


@consumer.on(ParcelReported)
def report(event: Envelope[ParcelReported]) -> None:
    """A carrier says where a parcel is. A status that means nothing here is left out, with a log line."""
    if event.data.status not in set(Status):
        logger().warning("unknown parcel status", status=event.data.status)
        return
    use_cases.record_report(
        ports(),
        event.data.tracking_number,
        Status(event.data.status),
        key=event.data.report_id,
        actor=f"carrier:{event.data.carrier}",
    )


handler = consumer.handler
