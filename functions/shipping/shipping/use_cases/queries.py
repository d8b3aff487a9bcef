"""What shipping shows."""

from minishop.exports import collect
from minishop.identity import Principal, Role
from shipping.domain.errors import NoLabelError, ShipmentNotFoundError
from shipping.domain.label import Label
from shipping.domain.shipment import Shipment, Status
from shipping.rates import Offers, offers
from shipping.use_cases.ports import Ports, Position, Span, known


def quote_rates(ports: Ports, country: str, postal_code: str | None, weight_grams: int) -> Offers:
    """The ways to ship a parcel, and what they cost; some are for certain postal codes only."""
    return offers(country, postal_code, weight_grams, ports.clock.now().date(), ports.currency)


def get_shipment(ports: Ports, shipment_id: str, principal: Principal) -> Shipment:
    """A shipment, for its owner and staff. Raises ShipmentNotFoundError."""
    if principal.is_any(Role.WAREHOUSE, Role.SUPPORT, Role.ADMIN):
        return known(ports.shipments.find(shipment_id))
    return known(ports.shipments.find_for(shipment_id, principal))


def get_label(ports: Ports, shipment_id: str) -> Label:
    """The label of a shipment, for whoever packs it; the address is asked for now, and not kept.

    Raises ShipmentNotFoundError, NoLabelError, AddressGoneError, ServiceUnavailableError.
    """
    return _label(ports, known(ports.shipments.find(shipment_id)))


def get_return_label(ports: Ports, shipment_id: str, principal: Principal) -> Label:
    """The label of a return, for who sends it back. Raises as `get_label`; only returns are one's own to label."""
    shipment = known(ports.shipments.find_for(shipment_id, principal))
    if not shipment.return_id:
        raise ShipmentNotFoundError("There is no such return.")
    return _label(ports, shipment)


def _label(ports: Ports, shipment: Shipment) -> Label:
    if shipment.status in {Status.PENDING, Status.CANCELLED}:
        raise NoLabelError(f"The shipment is {shipment.status}.")
    address = ports.orders.consignment(shipment.order_id).address
    sender, receiver = (address, ports.home) if shipment.return_id else (ports.home, address)
    return Label(
        sender=sender,
        receiver=receiver,
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        service=shipment.service,
        weight_grams=shipment.weight_grams,
        reference=shipment.id,
        is_return=bool(shipment.return_id),
    )


def track(ports: Ports, tracking_number: str) -> Shipment:
    """A shipment by its tracking number. Raises ShipmentNotFoundError."""
    return known(ports.shipments.find_by_tracking_number(tracking_number))


def export_shipments(ports: Ports, owner: str) -> tuple[list[Shipment], bool]:
    """Somebody's shipments, latest first, as many as an export has room for; whether those are all."""
    return collect(lambda position: ports.shipments.latest_of(owner, position))


def list_shipments(
    ports: Ports, span: Span, limit: int, position: Position | None
) -> tuple[list[Shipment], Position | None]:
    """Shipments in one state, oldest first."""
    return ports.shipments.made_in(span, limit, position)
