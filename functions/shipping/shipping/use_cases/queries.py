"""What shipping shows."""

from minishop.identity import Principal, Role
from shipping.domain.shipment import Shipment, Status
from shipping.rates import Offers, offers
from shipping.use_cases.ports import Ports, Position, known


def quote_rates(ports: Ports, country: str, postal_code: str | None, weight_grams: int) -> Offers:
    """The ways to ship a parcel, and what they cost; some are for certain postal codes only."""
    return offers(country, postal_code, weight_grams, ports.clock.now().date(), ports.currency)


def get_shipment(ports: Ports, shipment_id: str, principal: Principal) -> Shipment:
    """A shipment, for its owner, the warehouse and admins. Raises ShipmentNotFoundError."""
    if principal.is_any(Role.WAREHOUSE, Role.ADMIN):
        return known(ports.shipments.find(shipment_id))
    return known(ports.shipments.find_owned(shipment_id, principal.id))


def track(ports: Ports, tracking_number: str) -> Shipment:
    """A shipment by its tracking number. Raises ShipmentNotFoundError."""
    return known(ports.shipments.find_by_tracking_number(tracking_number))


def list_shipments(
    ports: Ports, status: Status, limit: int, position: Position | None
) -> tuple[list[Shipment], Position | None]:
    """Shipments in one state, oldest first."""
    return ports.shipments.with_status(status, limit, position)
