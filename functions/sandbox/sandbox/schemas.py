"""The carrier's request and answer bodies. The provider's are Stripe's: see `objects.py`."""

from typing import Annotated

from pydantic import Field, StringConstraints

from minishop.schemas import NO_CONTROL, AnswerModel, CountryCode, Line, RequestModel
from sandbox.carrier import Parcel, ParcelStatus, tracking_number


class DestinationModel(RequestModel):
    """Where a parcel goes, as far as a carrier's price depends on it."""

    country: CountryCode
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=16, pattern=NO_CONTROL)]


class LabelRequest(RequestModel):
    """A parcel that needs a label. The same `reference` gets the same label."""

    reference: Line
    service: Line
    to: DestinationModel
    weight_grams: Annotated[int, Field(ge=0, le=10**8)]

    def parcel(self) -> Parcel:
        """The parcel that is labelled."""
        return Parcel(
            tracking_number=tracking_number(self.reference),
            reference=self.reference,
            service=self.service,
            country=self.to.country,
            postal_code=self.to.postal_code,
            weight_grams=self.weight_grams,
        )


class AdvanceRequest(RequestModel):
    """Where a parcel goes next. Without a status, or a body: where most parcels would."""

    status: ParcelStatus | None = None


class LabelAnswer(AnswerModel):
    """A label."""

    tracking_number: str
    carrier: str = "sandbox"


class ParcelAnswer(AnswerModel):
    """Where a parcel is now."""

    tracking_number: str
    status: ParcelStatus
