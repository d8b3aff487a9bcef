"""What becomes of mails once they are sent."""

from collections.abc import Iterable
from datetime import datetime

from notifications.domain import log
from notifications.domain.log import Status
from notifications.use_cases.ports import Limits, Ports, Suppression


def record_report(ports: Ports, notification_id: str, addresses: Iterable[str], status: Status, at: datetime) -> None:
    """Nothing more goes to these addresses, and the message's line says why. A line that is erased stays so.

    Raises ConcurrentUpdateError when the message is being sent at this moment: the report then comes again.
    """
    for address in addresses:
        ports.limits.suppress(address, status.value, at)
    notification = ports.log.find(notification_id) if notification_id else None
    if notification is None:
        return
    reported = log.reported(notification, status)
    if reported is not notification:
        ports.log.save(reported, (), ports.clock.now())


def lift_suppression(limits: Limits, address: str) -> Suppression | None:
    """Messages go to an address again, because its owner says that they arrive; what kept them off, if anything did."""
    return limits.lift(address)
