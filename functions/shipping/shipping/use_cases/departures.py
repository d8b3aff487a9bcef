"""Whether a parcel leaves. Dispatch and cancellation meet in one conditional write: whichever is first has won."""

from collections.abc import Mapping
from dataclasses import dataclass

from minishop.errors import AlreadyExistsError
from shipping.domain import moves
from shipping.domain.shipment import Origin, Shipment, Wish, shipment_id
from shipping.use_cases.ports import Ports, known, move


@dataclass(frozen=True)
class DispatchShipment:
    """The wish to hand a parcel over. `quantities` are units by SKU; None: all of it."""

    shipment_id: str
    quantities: Mapping[str, int] | None
    wish: Wish


def dispatch_shipment(ports: Ports, command: DispatchShipment, origin: Origin) -> Shipment:
    """The warehouse hands the parcel over; what it leaves behind becomes another shipment.

    Raises ShipmentNotFoundError, NotDispatchableError, LinesNotInShipmentError, IdempotencyKeyReusedError.
    """
    shipment = move(
        ports,
        lambda: known(ports.shipments.find(command.shipment_id)),
        lambda found: moves.dispatch(found, command.quantities, command.wish, origin, ports.clock.now()),
    )
    return shipment.answered(command.wish) or shipment


def cancel_shipment(ports: Ports, order_id: str, owner: str, origin: Origin, *, reason: str) -> Shipment:
    """Stops the shipment of an order, if it has not left. One that is not made yet is never made."""
    identity = shipment_id(order_id)
    if ports.shipments.find(identity) is None:
        at = ports.clock.now()
        unmade = moves.prepare(order_id, owner, (), origin, carrier="", service="", at=at)
        stopped = moves.cancel(unmade, origin, at, reason=reason)
        try:
            ports.shipments.insert(stopped)
        except AlreadyExistsError:
            pass  # it was made in this very moment; it is stopped below like any other
        else:
            return stopped.shipment
    return move(
        ports,
        lambda: known(ports.shipments.find(identity)),
        lambda found: moves.cancel(found, origin, ports.clock.now(), reason=reason),
    )
