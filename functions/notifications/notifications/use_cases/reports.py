"""What becomes of mails once they are sent."""

from collections.abc import Iterable
from datetime import datetime

from notifications.use_cases.ports import Limits


def suppress_addresses(limits: Limits, addresses: Iterable[str], reason: str, at: datetime) -> None:
    """Nothing more goes to these addresses."""
    for address in addresses:
        limits.suppress(address, reason, at)
