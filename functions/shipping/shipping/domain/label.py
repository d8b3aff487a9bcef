"""What stands on a parcel: who sends it to whom, and the number by which the carrier knows it.

It is made when somebody prints it, and kept nowhere.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Destination:
    """Where a parcel goes, as far as a carrier's price depends on it."""

    country: str
    postal_code: str


@dataclass(frozen=True)
class Address:
    """A postal address. ISO 3166-1 alpha-2 `country`, E.164 `phone`."""

    full_name: str
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None

    @property
    def destination(self) -> Destination:
        """As much of it as a carrier is told when a label is made."""
        return Destination(self.country, self.postal_code)

    def lines(self) -> tuple[str, ...]:
        """As it is written on a parcel, the name first and the country last."""
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        parts = (self.full_name, self.line1, self.line2, town, self.region, self.country)
        return tuple(part for part in parts if part)


@dataclass(frozen=True)
class Label:
    """A parcel's label."""

    sender: Address
    receiver: Address
    tracking_number: str
    carrier: str
    service: str
    weight_grams: int
    reference: str
    is_return: bool
