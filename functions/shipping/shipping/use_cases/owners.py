"""Whose shipments they are: a guest turns out to be a customer, a customer is forgotten."""

from minishop.identity import Successor
from shipping.domain import moves
from shipping.use_cases.ports import Ports, Position, known, move

NOBODY = "erased"


def named(owner: Successor) -> str:
    """What shipments say of whose they are."""
    return NOBODY if owner.forgotten else owner.id


def adopt(ports: Ports, guest_id: str, customer_id: str) -> None:
    """A guest's shipments become the customer's: those there are, and those that are about to be made."""
    ports.guests.remember(guest_id, customer_id)
    hand_over(ports, guest_id, named(ports.guests.successor_of(customer_id)))


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
    ports.guests.forget(owner, at=ports.clock.now())
    hand_over(ports, owner, NOBODY)
