"""Parcels that are lost: support decides, catalog writes the stock off, and the loss is told.

The decision is saved before catalog is called, and a reminder is sent before that: what a crash leaves half done is
finished by the reminder, which comes when no request can still be at it.
"""

from dataclasses import dataclass

from shipping.domain import losses
from shipping.domain.errors import AlreadyResolvedError, InsufficientStockError
from shipping.domain.shipment import Origin, Resolution, Shipment, Wish
from shipping.use_cases.ports import Ports, known, move


@dataclass(frozen=True)
class DeclareLost:
    """Support's decision on a parcel."""

    shipment_id: str
    resolution: Resolution
    wish: Wish


def declare_lost(ports: Ports, command: DeclareLost, origin: Origin) -> Shipment:
    """Gives a parcel up: its stock is written off, once, and what was decided follows.

    Raises ShipmentNotFoundError, NotOnItsWayError, AlreadyResolvedError, IdempotencyKeyReusedError;
    InsufficientStockError when there is nothing to send once more: then it can be decided again;
    ServiceUnavailableError when catalog does not answer: then the decision stands, and is carried out later.
    """
    shipment = known(ports.shipments.find(command.shipment_id))
    if answered := shipment.answered(command.wish):
        return answered
    at = ports.clock.now()
    if losses.declare(shipment, command.resolution, command.wish, origin, at).shipment is not shipment:
        ports.reminders.settle_later(shipment, at)
    move(
        ports,
        lambda: known(ports.shipments.find(command.shipment_id)),
        lambda found: losses.declare(found, command.resolution, command.wish, origin, at),
    )
    settled = finish_loss(ports, command.shipment_id, origin)
    return settled.answered(command.wish) or settled


def note_loss(ports: Ports, shipment_id: str, return_id: str, resolution: Resolution, origin: Origin) -> Shipment:
    """The parcel of a return was given up with its return. Raises ShipmentNotFoundError."""
    return move(
        ports,
        lambda: known(ports.shipments.find(shipment_id)),
        lambda found: losses.note(found, resolution, return_id, origin, ports.clock.now()),
    )


def finish_loss(ports: Ports, shipment_id: str, origin: Origin) -> Shipment:
    """Carries out what was decided on a lost parcel. Does nothing where nothing is open.

    Raises ShipmentNotFoundError, InsufficientStockError, AlreadyResolvedError, ServiceUnavailableError.
    """
    shipment = known(ports.shipments.find(shipment_id))
    loss = shipment.loss
    if loss is None or loss.settled:
        return shipment
    try:
        ports.stock.write_off(shipment, replace=loss.resolution is Resolution.RESHIP)
    except (InsufficientStockError, AlreadyResolvedError):
        move(
            ports,
            lambda: known(ports.shipments.find(shipment_id)),
            lambda found: losses.withdraw(found, loss, origin, ports.clock.now()),
        )
        raise
    return move(
        ports,
        lambda: known(ports.shipments.find(shipment_id)),
        lambda found: losses.settle(found, loss, origin, ports.clock.now()),
    )
