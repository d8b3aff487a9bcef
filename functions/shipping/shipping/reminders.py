"""Notes to oneself: messages to shipping's own inbox that arrive after a while."""

import os
from datetime import datetime

from minishop import inbox
from shipping.domain.shipment import Shipment
from shipping.messages import LossDeclared

DELAY_SECONDS = 60  # longer than any request lasts


class InboxReminders:
    """Implements `shipping.use_cases.ports.Reminders`."""

    def settle_later(self, shipment: Shipment, at: datetime) -> None:
        """One SendMessage. A reminder of what is settled by then does nothing."""
        inbox.send(
            os.environ["INBOX_URL"],
            LossDeclared(shipment_id=shipment.id),
            aggregate_id=shipment.id,
            sequence=shipment.version,
            at=at,
            service="shipping",
            delay=DELAY_SECONDS,
        )
