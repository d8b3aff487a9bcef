"""What shipping tells itself, through its own inbox."""

from dataclasses import dataclass
from datetime import datetime

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class LossDeclared(Event):
    """A parcel was given up a while ago: what was decided should be carried out by now."""

    shipment_id: str


@dataclass(frozen=True, kw_only=True)
class ParcelReported(Event):
    """A carrier's webhook, verified and waiting to be worked off.

    `report_id` is made of the carrier's own id for it; without `occurred_at` it happened when it was sent.
    """

    carrier: str
    report_id: str
    tracking_number: str
    status: str
    occurred_at: datetime | None = None
