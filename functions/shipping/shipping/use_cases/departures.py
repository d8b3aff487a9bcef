"""Whether a parcel leaves. Dispatch and cancellation meet in one conditional write: whichever is first has won."""

from minishop.errors import AlreadyExistsError
from shipping.domain import moves
from shipping.domain.shipment import Origin, Shipment, shipment_id
from shipping.use_cases.ports import Ports, known, move


def dispatch_shipment(ports: Ports, shipment_id: str, origin: Origin) -> Shipment:
    """The warehouse hands the parcel over. Raises ShipmentNotFoundError, NotDispatchableError."""
    return move(
        ports,
        lambda: known(ports.shipments.find(shipment_id)),
        lambda found: moves.dispatch(found, origin, ports.clock.now()),
    )


def cancel_shipment(ports: Ports, order_id: str, owner: str, origin: Origin, *, reason: str) -> Shipment:
    """Stops the shipment of an order, if it has not left. One that is not made yet is never made."""
    identity = shipment_id(order_id)
    if ports.shipments.find(identity) is None:
        at = ports.clock.now()
        unmade = moves.prepare(order_id, owner, (), origin, carrier="", service="", at=at)
        stopped, events = moves.cancel(unmade, origin, at, reason=reason)
        try:
            ports.shipments.insert(stopped, events)
        except AlreadyExistsError:
            pass  # it was made in this very moment; it is stopped below like any other
        else:
            return stopped
    return move(
        ports,
        lambda: known(ports.shipments.find(identity)),
        lambda found: moves.cancel(found, origin, ports.clock.now(), reason=reason),
    )
