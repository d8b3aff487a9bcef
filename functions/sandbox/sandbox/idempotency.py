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
from sandbox.balance_objects import event_object
from sandbox.intents import Intent
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

    def find_intent_of(self, kind: str, identity: str) -> Intent | None:
        """By the id of something of it: a charge, a refund, a dispute, a transaction."""
        ...

    def find_event(self, event_id: str) -> dict[str, Any] | None:
        """By id."""
        ...

    def list_things(self, listing: "Listing") -> "list[Listed]":
        """One after the other, the newest first, or the oldest first when it reads backwards."""
        ...

    def find_answer(self, key: str) -> KeptAnswer | None:
        """What this key was answered."""
        ...

    def count_request(self, key: str) -> int:
        """How many requests with this key met an outage, this one included."""
        ...

    def save(self, intent: Intent, answer: KeptAnswer | None, events: "Events", *, at: datetime) -> None:
        """All or nothing. Raises ConcurrentUpdateError when the intent has moved or the key has its answer."""
        ...


Events = tuple[dict[str, Any], ...]
News = tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Listing:
    """Which things are listed, and from where.

    Attributes:
        kind: `charge`, `event` and so on.
        after: The id that the list goes on behind; empty for its beginning.
        backwards: Whether it goes towards what is newer.
        since: Unix seconds; only what was created then or later.
        until: Unix seconds; only what was created before then.
    """

    kind: str
    limit: int
    after: str = ""
    backwards: bool = False
    since: int = 0
    until: int = 10**10


@dataclass(frozen=True)
class Listed:
    """An entry of a list: which thing of which intent, or an event with its body."""

    id: str
    intent_id: str
    body: str = ""


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
    news: News = ()
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


def _events(made: Move, call: Call, now: datetime) -> Events:
    at, version = int(now.timestamp()), str(made.intent.version + 1)
    return tuple(
        event_object(derived_id("evt", made.intent.id, version, kind), kind, thing, at=at, call=call)
        for kind, thing in made.news
    )


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
        events = _events(made, call, now)
        try:
            ports.books.save(made.intent, answer, events, at=now)
        except ConcurrentUpdateError:
            continue
        for event in events:
            ports.announcements.send(event, at=now)
        if made.lost:
            raise AnswerLostError
        return Answer(made.status, made.text)
    message = "This object cannot be accessed right now because another API request is accessing it."
    raise invalid(message, code="lock_timeout", status=409)
