"""What notifications reads off its inbox that is no event of the shop."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class MailReported(Event):
    """What SES says became of a mail. `reason` is `bounced` or `complained`.

    `addresses` take no more mail: none of a bounce that may pass. `notification_id` is empty of a mail not ours.
    """

    reason: str
    addresses: tuple[str, ...]
    notification_id: str = ""


@dataclass(frozen=True, kw_only=True)
class ErasureRepeated(Event):
    """Time to look once more for what is kept of somebody who was forgotten. Sent with a delay."""

    customer_id: str
