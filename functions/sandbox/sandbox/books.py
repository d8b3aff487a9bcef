"""The carrier's books in the sandbox's table. The provider's are in `provider_books`.

pk                sk      what
parcel#<number>   parcel  a labelled parcel
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from minishop import dynamodb
from minishop.dynamodb import FromEnvironment, Item, TableMeta
from sandbox.carrier import Parcel, ParcelStatus


class ParcelItem(Item):
    """A parcel."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    reference = UnicodeAttribute()
    service = UnicodeAttribute()
    country = UnicodeAttribute()
    postal_code = UnicodeAttribute()
    weight_grams = NumberAttribute()
    status = UnicodeAttribute()


def _parcel_item(parcel: Parcel) -> ParcelItem:
    return ParcelItem(
        f"parcel#{parcel.tracking_number}",
        "parcel",
        reference=parcel.reference,
        service=parcel.service,
        country=parcel.country,
        postal_code=parcel.postal_code,
        weight_grams=parcel.weight_grams,
        status=parcel.status.value,
        version=parcel.version,
    )


class ParcelTable:
    """Implements `sandbox.carrier.Parcels`."""

    def find(self, tracking_number: str) -> Parcel | None:
        """One GetItem."""
        item = ParcelItem.find(f"parcel#{tracking_number}", "parcel")
        if item is None:
            return None
        return Parcel(
            tracking_number=tracking_number,
            reference=item.reference,
            service=item.service,
            country=item.country,
            postal_code=item.postal_code,
            weight_grams=int(item.weight_grams),
            status=ParcelStatus(item.status),
            version=int(item.version),
        )

    def insert(self, parcel: Parcel) -> None:
        """One conditional Put. Raises AlreadyExistsError."""
        dynamodb.insert(_parcel_item(parcel))

    def replace(self, parcel: Parcel) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        dynamodb.replace(_parcel_item(parcel), expected=parcel.version)
