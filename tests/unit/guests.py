"""A stand-in for the rows that say whom guests have become, and who is forgotten."""

from datetime import datetime

from minishop.identity import Successor


class FakeGuests:
    """Implements the `Guests` of several services."""

    def __init__(self) -> None:
        self.became: dict[str, str] = {}
        self.forgotten: set[str] = set()

    def remember(self, guest_id: str, customer_id: str) -> None:
        self.became.setdefault(guest_id, customer_id)

    def forget(self, customer_id: str, *, at: datetime) -> None:
        self.forgotten.add(customer_id)

    def successor_of(self, principal_id: str) -> Successor:
        owner = self.became.get(principal_id, principal_id)
        return Successor(owner, owner in self.forgotten)
