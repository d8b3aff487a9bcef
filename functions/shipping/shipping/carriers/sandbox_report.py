"""What the sandbox carrier's webhook says. Apart from the carrier: only the door that webhooks knock at needs it."""

from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from minishop.schemas import AnswerModel, Sku


class ReportData(AnswerModel):
    """Which parcel, and what became of it."""

    tracking_number: Sku
    status: Annotated[str, StringConstraints(max_length=40)]
    occurred_at: AwareDatetime | None = None


class Report(AnswerModel):
    """The webhook's body. What else is in it is the carrier's own affair."""

    data: ReportData
