"""The consumer: takes a service's inbox and gives each event to the one function that reacts to it.

Failures are reported message by message, so that one poison message does not bring its neighbours
back. SQS delivers again, and after five tries keeps the message among the dead letters. What there is no
time left for is not begun: it comes again like a failure, instead of being killed half done with all that came before.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from minishop import aws
from minishop.correlation import Correlation
from minishop.deadline import deadline_of, has_time
from minishop.errors import UnreadableMessageError
from minishop.events import E, Envelope, Event, Message
from minishop.observability import correlated, logger

LEAST_SECONDS = 8.0  # that a message is begun with, beside the reserve: two calls to neighbours that time out

Reaction = Callable[[Envelope[Any]], None]


class Consumer:
    """A service's queue door: which event is handled by what.

    `handler` is the Lambda handler. A reaction that returns has taken effect; one that raises has not,
    or not known to, and sees the same event again: after the queue's visibility timeout, or after
    `retry_after(deliveries so far)` seconds in the queue that INBOX_URL names.
    """

    def __init__(self, service: str, retry_after: Callable[[int], int] | None = None) -> None:
        self.service = service
        self._retry_after = retry_after
        self.reactions: dict[str, tuple[type[Event], Reaction]] = {}

    def on(self, contract: type[E]) -> Callable[[Callable[[Envelope[E]], None]], Callable[[Envelope[E]], None]]:
        """Registers the decorated function as the reaction to `contract`."""

        def register(reaction: Callable[[Envelope[E]], None]) -> Callable[[Envelope[E]], None]:
            name = contract.__name__
            if name in self.reactions:
                raise ValueError(f"{self.service} has two reactions to {name}")
            self.reactions[name] = (contract, reaction)
            return reaction

        return register

    def _react(self, message: Message, received: int) -> None:
        if message.detail_type not in self.reactions:
            raise UnreadableMessageError(f"{self.service} has no reaction to {message.detail_type}")
        contract, reaction = self.reactions[message.detail_type]
        reaction(replace(message.read(contract), received=received))

    def _hold_back(self, record: Mapping[str, Any], received: int) -> None:
        """Says when the message comes again; where that fails, the queue's own timeout stands."""
        if self._retry_after is None:
            return
        try:
            aws.client("sqs").change_message_visibility(
                QueueUrl=os.environ["INBOX_URL"],
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=self._retry_after(received),
            )
        except Exception:  # noqa: BLE001  the message comes again in any case
            logger().exception("message not held back", message_id=record["messageId"])

    def _take(self, record: Mapping[str, Any]) -> bool:
        """Handles one message; whether it took effect."""
        try:
            message = Message.parse(record["body"])
        except UnreadableMessageError:
            logger().exception("message not readable", message_id=record["messageId"])
            return False
        metadata = message.metadata
        received = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        event: dict[str, Any] = {"detail_type": message.detail_type, "event_id": metadata.event_id}
        with correlated(Correlation(metadata.correlation_id, metadata.event_id, f"service:{self.service}")):
            try:
                self._react(message, received)
            except Exception:  # noqa: BLE001  whatever it was, this message comes again and the others do not
                logger().exception("event not handled", message_id=record["messageId"], **event)
                self._hold_back(record, received)
                return False
            logger().info("event handled", **event)
            return True

    def handler(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Handles a batch of SQS messages: the first in any case, the others as long as there is time."""
        failed = []
        with deadline_of(context):
            for number, record in enumerate(event["Records"]):
                if number and not has_time(LEAST_SECONDS):
                    left = [later["messageId"] for later in event["Records"][number:]]
                    logger().warning("messages left for want of time", count=len(left))
                    failed += left
                    break
                if not self._take(record):
                    failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
