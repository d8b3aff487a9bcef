"""A message to a service's own inbox: work to be done soon, or after a while, with the queue's retries."""

from datetime import datetime

from minishop import aws
from minishop.events import Event, encode_message

MAX_DELAY_SECONDS = 900  # SQS's limit


def send(
    queue_url: str, message: Event, *, aggregate_id: str, sequence: int, at: datetime, service: str, delay: int = 0
) -> None:
    """Puts `message` into the queue, to be delivered after `delay` seconds (at most 900).

    `aggregate_id` and `sequence` make the message's event id, as they do for an event.
    """
    body = encode_message(
        message, aggregate_id=aggregate_id, sequence=sequence, at=at, source=f"minishop.{service}.inbox"
    )
    aws.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, DelaySeconds=min(max(delay, 0), MAX_DELAY_SECONDS)
    )
