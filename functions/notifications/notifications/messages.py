"""What notifications reads off its inbox that is no event of the shop."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class MailReported(Event):
    """What SES says became of a mail. `reason` is `bounced` or `complained`; none of a bounce that may pass."""

    reason: str
    addresses: tuple[str, ...]
