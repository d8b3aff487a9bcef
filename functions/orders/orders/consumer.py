"""Orders' queue door."""

from typing import Any

from minishop.consumer import Consumer
from minishop.contracts.auth import GuestUpgraded, UserErased
from minishop.contracts.catalog import ReservationExpired
from minishop.contracts.payments import (
    PaymentActionRequired,
    PaymentCaptured,
    PaymentDeclined,
    PaymentDisputed,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from minishop.contracts.shipping import (
    DeliveryAttemptFailed,
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentInTransit,
    ShipmentLost,
    ShipmentOutForDelivery,
    ShipmentReturned,
)
from minishop.events import Envelope, Metadata
from orders.domain.progress import Dispute, Origin, Parcel, ParcelLine, ParcelStatus, Refund
from orders.domain.returns import ReturnLabel
from orders.messages import RetryWindowClosed
from orders.use_cases import reactions
from orders.wiring import reaction_ports

consumer = Consumer("orders")


def _origin(metadata: Metadata) -> Origin:
    return Origin(metadata.actor, metadata.correlation_id)


def _parcel(event: Envelope[Any], status: ParcelStatus, *, packed: bool = False) -> Parcel:
    """What an event tells of a shipment; `packed`: whether its lines are those that left."""
    data = event.data
    lines = tuple(ParcelLine(line.sku, line.quantity) for line in getattr(data, "lines", ()))
    return Parcel(
        data.shipment_id,
        status,
        data.carrier,
        data.tracking_number,
        lines,
        packed=packed,
        sequence=event.metadata.sequence,
    )


def _record_parcel(event: Envelope[Any], status: ParcelStatus, *, packed: bool = False) -> None:
    if event.data.return_id:
        _record_way_back(event.data, event.metadata)
        return
    parcel = _parcel(event, status, packed=packed)
    reactions.record_parcel(reaction_ports(), event.data.order_id, parcel, _origin(event.metadata))


def _record_way_back(data: ShipmentEvent, metadata: Metadata) -> None:
    """A return's parcel moves no order, only its return."""
    if isinstance(data, ShipmentCreated):
        label = ReturnLabel(data.shipment_id, data.carrier, data.tracking_number)
        reactions.record_return_label(reaction_ports(), data.order_id, data.return_id, label)
    elif not isinstance(data, (ShipmentCancelled, ShipmentLost)):
        reactions.record_return_sent(reaction_ports(), data.order_id, data.return_id, _origin(metadata))


@consumer.on(PaymentCaptured)
def confirm(event: Envelope[PaymentCaptured]) -> None:
    """A paid order is confirmed."""
    reactions.record_capture(reaction_ports(), event.data.order_id, event.data.amount, _origin(event.metadata))


@consumer.on(PaymentDeclined)
def decline(event: Envelope[PaymentDeclined]) -> None:
    """After a decline the shopper may try again for a while."""
    data = event.data
    reactions.record_decline(reaction_ports(), data.order_id, data.attempt, data.decline_code, _origin(event.metadata))


@consumer.on(RetryWindowClosed)
def close_retry_window(event: Envelope[RetryWindowClosed]) -> None:
    """When it is still declined then, the order is cancelled."""
    data = event.data
    reactions.close_retry_window(reaction_ports(), data.order_id, data.attempt, _origin(event.metadata))


@consumer.on(PaymentActionRequired)
def await_action(event: Envelope[PaymentActionRequired]) -> None:
    """The payment waits for the shopper."""
    reactions.record_action(reaction_ports(), event.data.order_id, event.data.attempt, _origin(event.metadata))


@consumer.on(PaymentVoided)
def record_void(event: Envelope[PaymentVoided]) -> None:
    """Nothing was charged for a cancelled order."""
    reactions.record_void(reaction_ports(), event.data.order_id, _origin(event.metadata))


@consumer.on(RefundSucceeded)
def record_refund(event: Envelope[RefundSucceeded]) -> None:
    """Money went back."""
    refund = Refund(event.data.refund_id, event.data.amount, event.data.reference)
    reactions.record_refund(reaction_ports(), event.data.order_id, refund, _origin(event.metadata))


@consumer.on(RefundFailed)
def record_refund_failure(event: Envelope[RefundFailed]) -> None:
    """What payments tries again is its own business; what has failed for good is support's."""
    data = event.data
    if data.final:
        origin = _origin(event.metadata)
        reactions.record_refund_failure(
            reaction_ports(), data.order_id, data.reference, request=data.request, code=data.code, origin=origin
        )


@consumer.on(ReservationExpired)
def expire(event: Envelope[ReservationExpired]) -> None:
    """An order that is not paid when its hold runs out is cancelled."""
    reactions.expire_hold(reaction_ports(), event.data.order_id, _origin(event.metadata))


@consumer.on(PaymentDisputed)
def dispute(event: Envelope[PaymentDisputed]) -> None:
    """The card holder's bank wants money back, or has decided."""
    told = Dispute(event.data.dispute_id, event.data.status)
    reactions.record_dispute(reaction_ports(), event.data.order_id, told, _origin(event.metadata))


@consumer.on(ShipmentCreated)
def record_label(event: Envelope[ShipmentCreated]) -> None:
    """The order has a parcel."""
    _record_parcel(event, ParcelStatus.LABEL_CREATED)


@consumer.on(ShipmentDispatched)
def ship(event: Envelope[ShipmentDispatched]) -> None:
    """The parcel has left: the order is shipped, even if it was to be cancelled."""
    _record_parcel(event, ParcelStatus.IN_TRANSIT, packed=True)


@consumer.on(ShipmentInTransit)
def carry(event: Envelope[ShipmentInTransit]) -> None:
    """The carrier has the parcel."""
    _record_parcel(event, ParcelStatus.IN_TRANSIT)


@consumer.on(ShipmentOutForDelivery)
def approach(event: Envelope[ShipmentOutForDelivery]) -> None:
    """The parcel arrives today."""
    _record_parcel(event, ParcelStatus.OUT_FOR_DELIVERY)


@consumer.on(DeliveryAttemptFailed)
def miss(event: Envelope[DeliveryAttemptFailed]) -> None:
    """Nobody took the parcel in."""
    _record_parcel(event, ParcelStatus.ATTEMPT_FAILED)


@consumer.on(ShipmentLost)
def lose(event: Envelope[ShipmentLost]) -> None:
    """The parcel is given up: its worth goes back, unless a new one is on its way."""
    if event.data.return_id:
        _record_way_back(event.data, event.metadata)
        return
    parcel = _parcel(event, ParcelStatus.LOST, packed=True)
    refund = event.data.resolution == "refund"
    reactions.record_loss(reaction_ports(), event.data.order_id, parcel, _origin(event.metadata), refund=refund)


@consumer.on(ShipmentReturned)
def take_back(event: Envelope[ShipmentReturned]) -> None:
    """The parcel came back undelivered: staff look at what is in it."""
    if event.data.return_id:
        _record_way_back(event.data, event.metadata)
        return
    parcel = _parcel(event, ParcelStatus.RETURNED, packed=True)
    reactions.record_parcel_returned(reaction_ports(), event.data.order_id, parcel, _origin(event.metadata))


@consumer.on(ShipmentDelivered)
def deliver(event: Envelope[ShipmentDelivered]) -> None:
    """The parcel has arrived."""
    _record_parcel(event, ParcelStatus.DELIVERED)


@consumer.on(ShipmentCancelled)
def cancel(event: Envelope[ShipmentCancelled]) -> None:
    """The parcel was stopped: an order that was to be cancelled now is."""
    _record_parcel(event, ParcelStatus.CANCELLED)


@consumer.on(GuestUpgraded)
def adopt(event: Envelope[GuestUpgraded]) -> None:
    """A guest's orders become the customer's."""
    data = event.data
    reactions.adopt_orders(reaction_ports(), data.guest_id, data.customer_id, _origin(event.metadata))


@consumer.on(UserErased)
def forget(event: Envelope[UserErased]) -> None:
    """A customer's orders are kept without the customer."""
    reactions.forget_owner(reaction_ports(), event.data.customer_id, _origin(event.metadata))


handler = consumer.handler
