"""What payments tells itself, through its own inbox."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class ProviderReported(Event):
    """A provider's webhook, verified and waiting to be worked off. `report_id` is the provider's own id for it."""

    provider: str
    report_id: str
    kind: str
    payment_id: str
