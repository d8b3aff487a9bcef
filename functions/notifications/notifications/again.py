"""A second look at what was erased: a message to notifications' own inbox that arrives a while later."""

import os
from datetime import datetime

from minishop import inbox
from notifications.messages import ErasureRepeated

DELAY_SECONDS = 60  # the consumer runs for 30 at most, and the index is behind the table for less


class InboxSecondLook:
    """Implements `notifications.use_cases.ports.SecondLook`."""

    def plan(self, person: str, at: datetime) -> None:
        """One SendMessage. Planned twice, it is looked twice."""
        inbox.send(
            os.environ["INBOX_URL"],
            ErasureRepeated(customer_id=person),
            aggregate_id=person,
            sequence=1,
            at=at,
            service="notifications",
            delay=DELAY_SECONDS,
        )
