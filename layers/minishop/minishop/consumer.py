"""The consumer: takes a service's inbox and gives each event to the one function that reacts to it.

Failures are reported message by message, so that one poison message does not bring its neighbours
back. SQS delivers again, and after five tries keeps the message among the dead letters.
"""

from collections.abc import Callable, Mapping
from typing import Any

from minishop.correlation import Correlation
from minishop.errors import UnreadableMessageError
from minishop.events import E, Envelope, Event, Message
from minishop.observability import correlated, logger

Reaction = Callable[[Envelope[Any]], None]


class Consumer:
    """A service's queue door: which event is handled by what.

    `handler` is the Lambda handler. A reaction that returns has taken effect; one that raises has not,
    or not known to, and sees the same event again.
    """

    def __init__(self, service: str) -> None:
        self.service = service
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

    def _take(self, body: str) -> None:
        message = Message.parse(body)
        if message.detail_type not in self.reactions:
            raise UnreadableMessageError(f"{self.service} has no reaction to {message.detail_type}")
        contract, reaction = self.reactions[message.detail_type]
        metadata = message.metadata
        scope = Correlation(metadata.correlation_id, metadata.event_id, f"service:{self.service}")
        with correlated(scope):
            reaction(message.read(contract))
            logger().info("event handled", detail_type=message.detail_type, event_id=metadata.event_id)

    def handler(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """Handles a batch of SQS messages."""
        failures = []
        for record in event["Records"]:
            try:
                self._take(record["body"])
            except Exception:  # noqa: BLE001  whatever it was, this message comes again and the others do not
                logger().exception("message not handled", message_id=record["messageId"])
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}
