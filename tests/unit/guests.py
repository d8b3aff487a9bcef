"""A stand-in for the rows that say whom guests have become."""


class FakeGuests:
    """Implements the `Guests` of several services."""

    def __init__(self) -> None:
        self.became: dict[str, str] = {}

    def remember(self, guest_id: str, customer_id: str) -> None:
        self.became.setdefault(guest_id, customer_id)

    def forget(self, customer_id: str) -> None:
        self.became = {guest: customer for guest, customer in self.became.items() if customer != customer_id}

    def customer_of(self, principal_id: str) -> str | None:
        return self.became.get(principal_id)
