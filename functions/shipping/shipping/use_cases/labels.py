"""Shipments and their labels. Each is made once, by the identity of what it is for."""

import re

from minishop.errors import AlreadyExistsError
from shipping.domain import moves
from shipping.domain.errors import CarrierUnavailableError
from shipping.domain.label import Destination
from shipping.domain.shipment import (
    Change,
    Line,
    Origin,
    Shipment,
    Status,
    rest_shipment_id,
    return_shipment_id,
    shipment_id,
)
from shipping.use_cases.owners import named
from shipping.use_cases.ports import Parcel, Ports, carrier_of, known, move

_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,64}")


def create_shipment(ports: Ports, order_id: str, origin: Origin) -> Shipment:
    """Makes the shipment of a confirmed order, and its label. Idempotent by the order's id.

    A shipment that was cancelled before it was made stays cancelled.
    Raises ServiceUnavailableError, CarrierUnavailableError: what is missing then is made by the next try.
    """
    shipment = ports.shipments.find(shipment_id(order_id))
    if shipment is not None and shipment.status is not Status.PENDING:
        _void(ports, shipment)  # the try before this one may have been cut off between the label and its end
        return shipment
    consignment = ports.orders.consignment(order_id)
    if shipment is None:
        wanted = moves.prepare(
            order_id,
            consignment.owner,
            consignment.lines,
            origin,
            carrier=consignment.carrier,
            service=consignment.service,
            at=ports.clock.now(),
        )
        shipment = _inserted(ports, wanted)
    return _labelled(ports, shipment, consignment.address.destination, origin)


def label_shipment(ports: Ports, shipment_id: str, origin: Origin) -> Shipment:
    """Makes the label of a shipment that came of another. Idempotent.

    Raises ShipmentNotFoundError, ServiceUnavailableError, CarrierUnavailableError.
    """
    shipment = known(ports.shipments.find(shipment_id))
    if shipment.status is not Status.PENDING:
        return shipment
    return _labelled(ports, shipment, ports.orders.consignment(shipment.order_id).address.destination, origin)


def create_return(ports: Ports, return_id: str, order_id: str, quantities: dict[str, int], origin: Origin) -> Shipment:
    """Makes the parcel of a return, and its label. Idempotent by the return's id.

    `quantities` are units by SKU. Raises ShipmentNotFoundError when nothing of the order was ever sent,
    CarrierUnavailableError.
    """
    shipment = ports.shipments.find(return_shipment_id(return_id))
    if shipment is None:
        outbound = known(ports.shipments.find(shipment_id(order_id)))
        weights = _weights(ports, outbound)
        lines = tuple(Line(sku, quantity, weights.get(sku, 0)) for sku, quantity in quantities.items())
        shipment = _inserted(ports, moves.prepare_return(outbound, return_id, lines, origin, ports.clock.now()))
    return _labelled(ports, shipment, ports.home.destination, origin)


def _weights(ports: Ports, first: Shipment) -> dict[str, int]:
    """What one of each SKU of an order weighs: of its first shipment, and of what that left behind."""
    weights: dict[str, int] = {}
    shipment: Shipment | None = first
    while shipment is not None:
        weights |= {line.sku: line.weight_grams for line in shipment.lines}
        shipment = ports.shipments.find(rest_shipment_id(shipment.id))
    return weights


def _inserted(ports: Ports, wanted: Shipment) -> Shipment:
    try:
        ports.shipments.insert(Change(wanted))
    except AlreadyExistsError:
        return known(ports.shipments.find(wanted.id))
    return wanted


def _labelled(ports: Ports, shipment: Shipment, destination: Destination, origin: Origin) -> Shipment:
    if shipment.status is not Status.PENDING:
        return shipment
    parcel = Parcel(shipment.id, shipment.service, destination, shipment.weight_grams)
    number = carrier_of(ports, shipment.carrier).create_label(parcel)
    if not _NUMBER.fullmatch(number):  # it goes into addresses, headers and bar codes
        raise CarrierUnavailableError("The carrier answers with a number that is none.")
    ports.shipments.link(number, shipment.id)
    owner = named(ports.guests.successor_of(shipment.owner))  # who was told of before the shipment was there

    def decide(found: Shipment) -> Change:
        owned = moves.hand_over(found, shipment.owner, owner).shipment
        return moves.label(owned, number, origin, ports.clock.now())

    labelled = move(ports, lambda: known(ports.shipments.find(shipment.id)), decide)
    _void(ports, labelled)
    return labelled


def void_label(ports: Ports, shipment_id: str) -> bool:
    """Gives the label of a shipment back that was stopped; False where the carrier has its parcel all the same.

    Idempotent. Raises ShipmentNotFoundError, CarrierUnavailableError.
    """
    return _void(ports, known(ports.shipments.find(shipment_id)))


def _void(ports: Ports, shipment: Shipment) -> bool:
    """A label goes back by its reference: it may be made without the shop having heard its number."""
    if shipment.status is not Status.CANCELLED or not shipment.carrier:
        return True
    return carrier_of(ports, shipment.carrier).void_label(shipment.id)
