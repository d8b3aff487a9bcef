"""Once per key: a request, its effect and its answer are one write.

The intent's new state and the answer to the Idempotency-Key go into the table together, or not at all. What two
requests with one key race for, one of them gets, and the other reads its answer. Only what changed something is kept
under a key; after a refusal the same key runs again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.errors import ConcurrentUpdateError
from minishop.ids import Ids, derived_id
from sandbox.intents import Intent
from sandbox.objects import event_object
from sandbox.wire import Answer, AnswerLostError, Call, ProviderError, invalid

ATTEMPTS = 6


@dataclass(frozen=True)
class KeptAnswer:
    """The answer that an Idempotency-Key got."""

    key: str
    fingerprint: str
    status: int
    body: str
    at: datetime


class Books(Protocol):
    """Where the provider keeps its books."""

    def find_intent(self, intent_id: str) -> Intent | None:
        """By id."""
        ...

    def find_intent_of_refund(self, refund_id: str) -> Intent | None:
        """By the id of one of its refunds."""
        ...

    def find_answer(self, key: str) -> KeptAnswer | None:
        """What this key was answered."""
        ...

    def count_request(self, key: str) -> int:
        """How many requests with this key met an outage, this one included."""
        ...

    def save(self, intent: Intent, answer: KeptAnswer | None) -> None:
        """Both or neither. Raises ConcurrentUpdateError when the intent has moved or the key has its answer."""
        ...


class Announcements(Protocol):
    """The way to the shop, which may lose what it is given."""

    def send(self, event: Mapping[str, Any], *, at: datetime) -> None:
        """Sends a signed webhook; never raises because of the other side."""
        ...


@dataclass(frozen=True)
class ProviderPorts:
    """What the provider needs."""

    books: Books
    announcements: Announcements
    clock: Clock
    ids: Ids


@dataclass(frozen=True)
class Move:
    """What a request makes of an intent.

    Attributes:
        news: The webhooks' types and objects.
        error: Answered instead of `body`: the effect stands, and is a decline.
        lost: Whether the answer gets lost.
    """

    intent: Intent
    body: dict[str, Any]
    news: tuple[tuple[str, dict[str, Any]], ...] = ()
    error: ProviderError | None = None
    lost: bool = False

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.error.status if self.error else 200

    @property
    def text(self) -> str:
        """The body as JSON."""
        return json.dumps({"error": self.error.error} if self.error else self.body)


def perform(ports: ProviderPorts, call: Call, move: Callable[[], Move]) -> Answer:
    """Makes the move once per key, and tells the shop of it."""
    for _ in range(ATTEMPTS):
        kept = ports.books.find_answer(call.key) if call.key else None
        if kept is not None:
            if kept.fingerprint != call.fingerprint:
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise ProviderError(400, "idempotency_error", message)
            return Answer(kept.status, kept.body, replayed=True)
        made = move()
        now = ports.clock.now()
        answer = KeptAnswer(call.key, call.fingerprint, made.status, made.text, now) if call.key else None
        try:
            ports.books.save(made.intent, answer)
        except ConcurrentUpdateError:
            continue
        for kind, thing in made.news:
            event_id = derived_id("evt", made.intent.id, str(made.intent.version + 1), kind)
            ports.announcements.send(event_object(event_id, kind, thing, at=int(now.timestamp()), key=call.key), at=now)
        if made.lost:
            raise AnswerLostError
        return Answer(made.status, made.text)
    message = "This object cannot be accessed right now because another API request is accessing it."
    raise invalid(message, code="lock_timeout", status=409)
