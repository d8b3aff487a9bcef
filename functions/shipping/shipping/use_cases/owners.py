"""Whose shipments they are: a guest turns out to be a customer, a customer is forgotten."""

from shipping.domain import moves
from shipping.use_cases.ports import Ports, Position, known, move

NOBODY = "erased"


def adopt(ports: Ports, guest_id: str, customer_id: str) -> None:
    """A guest's shipments become the customer's: those there are, and those that are about to be made."""
    ports.guests.remember(guest_id, customer_id)
    hand_over(ports, guest_id, customer_id)


def hand_over(ports: Ports, owner: str, successor: str) -> None:
    """What was one principal's is another's from now on."""
    position: Position | None = None
    while True:
        page, position = ports.shipments.owned_by(owner, position)
        for shipment_id in page:
            _hand_over_one(ports, shipment_id, owner, successor)
        if position is None:
            return


def _hand_over_one(ports: Ports, shipment_id: str, owner: str, successor: str) -> None:
    move(
        ports,
        lambda: known(ports.shipments.find(shipment_id)),
        lambda found: moves.hand_over(found, owner, successor),
    )


def forget_owner(ports: Ports, owner: str) -> None:
    """Shipments stay, for the books; whose they were does not."""
    ports.guests.forget(owner)
    hand_over(ports, owner, NOBODY)
