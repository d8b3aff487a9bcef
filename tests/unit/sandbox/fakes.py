"""The sandbox's books and ways out, in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from sandbox.carrier import Parcel, WebhookNotDeliveredError
from sandbox.idempotency import Events, KeptAnswer, Listed, Listing
from sandbox.intents import Intent


@dataclass
class FakeParcels:
    """Parcels by number."""

    parcels: dict[str, Parcel] = field(default_factory=dict)

    def find(self, tracking_number: str) -> Parcel | None:
        return self.parcels.get(tracking_number)

    def insert(self, parcel: Parcel) -> None:
        if parcel.tracking_number in self.parcels:
            raise AlreadyExistsError(parcel.tracking_number)
        self.parcels[parcel.tracking_number] = parcel

    def replace(self, parcel: Parcel) -> None:
        if self.parcels[parcel.tracking_number].version != parcel.version:
            raise ConcurrentUpdateError(parcel.tracking_number)
        self.parcels[parcel.tracking_number] = replace(parcel, version=parcel.version + 1)


@dataclass
class FakeReports:
    """Takes reports, or refuses them."""

    refuses: bool = False
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def send(self, report_id: str, report: Mapping[str, Any], *, at: datetime) -> None:
        if self.refuses:
            raise WebhookNotDeliveredError("not now")
        self.sent.append((report_id, report))


@dataclass
class FakeBooks:
    """Intents and answers; another request is always a little faster while `races` lasts."""

    intents: dict[str, Intent] = field(default_factory=dict)
    answers: dict[str, KeptAnswer] = field(default_factory=dict)
    outages: dict[str, int] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    races: int = 0

    def find_intent(self, intent_id: str) -> Intent | None:
        return self.intents.get(intent_id)

    def find_intent_of(self, kind: str, identity: str) -> Intent | None:
        found = [intent for intent in self.intents.values() if (kind, identity) in intent.things]
        return found[0] if found else None

    def find_event(self, event_id: str) -> dict[str, Any] | None:
        return next((event for event in self.events if event["id"] == event_id), None)

    def list_things(self, listing: Listing) -> list[Listed]:
        """Newest first; of what was made in one go, the last first."""
        things = [
            Listed(identity, intent.id)
            for intent in self.intents.values()
            for kind, identity in intent.things
            if kind == listing.kind
        ]
        if listing.kind == "event":
            things = [Listed(event["id"], "", json.dumps(event)) for event in self.events]
        things = things if listing.backwards else things[::-1]
        ids = [thing.id for thing in things]
        start = ids.index(listing.after) + 1 if listing.after else 0
        return things[start : start + listing.limit + 1]

    def find_answer(self, key: str) -> KeptAnswer | None:
        return self.answers.get(key)

    def count_request(self, key: str) -> int:
        self.outages[key] = self.outages.get(key, 0) + 1
        return self.outages[key]

    def save(self, intent: Intent, answer: KeptAnswer | None, events: Events, *, at: datetime) -> None:
        known = self.intents.get(intent.id)
        if self.races or (known.version if known else 0) != intent.version:
            self.races -= 1
            raise ConcurrentUpdateError(intent.id)
        self.intents[intent.id] = replace(intent, version=intent.version + 1)
        self.events += events
        if answer is not None:
            self.answers[answer.key] = answer


@dataclass
class FakeAnnouncements:
    """Keeps the webhooks."""

    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, event: Mapping[str, Any], *, at: datetime) -> None:
        self.sent.append(event)
