"""What orders tells itself, through its own inbox."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class RetryWindowClosed(Event):
    """The time to try again after attempt `attempt` was declined is over. Sent with a delay."""

    order_id: str
    attempt: int
