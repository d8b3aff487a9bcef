"""The provider's books in the sandbox's table.

pk                sk      what
intent#<id>       intent  a payment intent, its charges, refunds, disputes and transactions
<kind>#<id>       <kind>  which intent a thing belongs to, or what an event says; index list: all of a kind by time
answer#<hash>     answer  what an Idempotency-Key was answered
outage#<hash>     outage  how often a key met an outage
"""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from sandbox.idempotency import Events, KeptAnswer, Listed, Listing
from sandbox.intents import Intent
from sandbox.wire import no_such

KEEP_ANSWERS_SECONDS = 30 * 24 * 3600
AFTER = "!"  # sorts behind the key that it is put to, and before the next one


class IntentItem(Item):
    """A payment intent with all that belongs to it."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    intent = DocumentAttribute[Intent](Intent)


class ByTime(GlobalSecondaryIndex["ThingItem"]):
    """All things of a kind, in the order in which they came to be."""

    class Meta(TableMeta):
        index_name = "list"
        projection = IncludeProjection(["intent_id", "body"])

    list_pk = UnicodeAttribute(hash_key=True)
    list_sk = UnicodeAttribute(range_key=True)


class ThingItem(Item):
    """A thing that lists show. `list_sk` begins with the milliseconds of its making."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    by_time = ByTime()

    intent_id = UnicodeAttribute()
    body = UnicodeAttribute(null=True)
    list_pk = UnicodeAttribute()
    list_sk = UnicodeAttribute()


class AnswerItem(Item):
    """What an Idempotency-Key was answered."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    fingerprint = UnicodeAttribute()
    status = NumberAttribute()
    body = UnicodeAttribute()
    at = TimeAttribute()


class OutageItem(Item):
    """How often a key met an outage."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    requests = NumberAttribute()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _moment(milliseconds: int) -> str:
    return f"{milliseconds:014d}"


def _thing(kind: str, identity: str, intent: Intent, order: str, body: str | None = None) -> ThingItem:
    list_sk = f"{order}#{identity}"
    return ThingItem(f"{kind}#{identity}", kind, intent_id=intent.id, body=body, list_pk=kind, list_sk=list_sk)


class IntentTable:
    """Implements `sandbox.idempotency.Books`."""

    def find_intent(self, intent_id: str) -> Intent | None:
        """One GetItem."""
        item = IntentItem.find(f"intent#{intent_id}", "intent")
        return replace(item.intent, version=int(item.version)) if item else None

    def find_intent_of(self, kind: str, identity: str) -> Intent | None:
        """Two GetItems."""
        thing = ThingItem.find(f"{kind}#{identity}", kind)
        return self.find_intent(thing.intent_id) if thing else None

    def find_event(self, event_id: str) -> dict[str, Any] | None:
        """One GetItem."""
        thing = ThingItem.find(f"event#{event_id}", "event")
        found: dict[str, Any] | None = json.loads(thing.body) if thing and thing.body else None
        return found

    def list_things(self, listing: Listing) -> list[Listed]:
        """One Query of one more than a page, and a GetItem for where it begins."""
        low, high = _moment(listing.since * 1000), _moment(listing.until * 1000)
        start = ThingItem.find(f"{listing.kind}#{listing.after}", listing.kind) if listing.after else None
        if listing.after and start is None:
            raise no_such(listing.kind, listing.after, param="ending_before" if listing.backwards else "starting_after")
        if start is not None and listing.backwards:
            low = max(low, start.list_sk + AFTER)
        elif start is not None:
            high = min(high, start.list_sk)
        if low > high:
            return []
        rows = ThingItem.by_time.query(
            listing.kind,
            ThingItem.list_sk.between(low, high),
            scan_index_forward=listing.backwards,
            limit=listing.limit + 2,  # where it begins may be among them
        )
        found = [Listed(row.list_sk.rpartition("#")[2], row.intent_id, row.body or "") for row in rows]
        return [entry for entry in found if entry.id != listing.after][: listing.limit + 1]

    def find_answer(self, key: str) -> KeptAnswer | None:
        """One GetItem."""
        item = AnswerItem.find(f"answer#{_digest(key)}", "answer")
        return KeptAnswer(key, item.fingerprint, int(item.status), item.body, item.at) if item else None

    def count_request(self, key: str) -> int:
        """One UpdateItem."""
        item = OutageItem(f"outage#{_digest(key)}", "outage")
        dynamodb.change(item, [OutageItem.requests.add(1)])
        return int(item.requests)

    def save(self, intent: Intent, answer: KeptAnswer | None, events: Events, *, at: datetime) -> None:
        """One transaction: the intent, the answer, and what is new in lists. Raises ConcurrentUpdateError."""
        transaction = dynamodb.Transaction()
        fresh = [(kind, identity) for kind, identity in intent.things if identity not in intent.listed]
        listed = replace(intent, listed=(*intent.listed, *(identity for _, identity in fresh)))
        item = IntentItem(f"intent#{intent.id}", "intent", intent=listed, version=intent.version)
        if intent.version:
            transaction.replace("intent", item, expected=intent.version)
        else:
            item.version = 1
            transaction.insert("intent", item)
        if answer is not None:
            transaction.insert("answer", _answer_item(answer))
        moment = _moment(int(at.timestamp() * 1000))
        for number, (kind, identity) in enumerate(fresh):
            transaction.insert(identity, _thing(kind, identity, intent, f"{moment}#{number:03d}"))
        for number, event in enumerate(events):
            body = json.dumps(event)
            transaction.insert(event["id"], _thing("event", event["id"], intent, f"{moment}#{number:03d}", body))
        transaction.commit()


def _answer_item(answer: KeptAnswer) -> AnswerItem:
    return AnswerItem(
        f"answer#{_digest(answer.key)}",
        "answer",
        fingerprint=answer.fingerprint,
        status=answer.status,
        body=answer.body,
        at=answer.at,
        expires_at=int(answer.at.timestamp()) + KEEP_ANSWERS_SECONDS,
    )
