"""The sandbox's table.

pk                sk      what
parcel#<number>   parcel  a labelled parcel
intent#<id>       intent  a payment intent, its charges and refunds
refund#<id>       refund  which intent a refund belongs to
answer#<hash>     answer  what an Idempotency-Key was answered
outage#<hash>     outage  how often a key met an outage
"""

import hashlib
from dataclasses import replace

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute
from sandbox.carrier import Parcel, ParcelStatus
from sandbox.idempotency import KeptAnswer
from sandbox.intents import Intent

KEEP_ANSWERS_SECONDS = 30 * 24 * 3600


class ParcelItem(Item):
    """A parcel."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    reference = UnicodeAttribute()
    service = UnicodeAttribute()
    country = UnicodeAttribute()
    postal_code = UnicodeAttribute()
    weight_grams = NumberAttribute()
    status = UnicodeAttribute()


def _parcel_item(parcel: Parcel) -> ParcelItem:
    return ParcelItem(
        f"parcel#{parcel.tracking_number}",
        "parcel",
        reference=parcel.reference,
        service=parcel.service,
        country=parcel.country,
        postal_code=parcel.postal_code,
        weight_grams=parcel.weight_grams,
        status=parcel.status.value,
        version=parcel.version,
    )


class ParcelTable:
    """Implements `sandbox.carrier.Parcels`."""

    def find(self, tracking_number: str) -> Parcel | None:
        """One GetItem."""
        item = ParcelItem.find(f"parcel#{tracking_number}", "parcel")
        if item is None:
            return None
        return Parcel(
            tracking_number=tracking_number,
            reference=item.reference,
            service=item.service,
            country=item.country,
            postal_code=item.postal_code,
            weight_grams=int(item.weight_grams),
            status=ParcelStatus(item.status),
            version=int(item.version),
        )

    def insert(self, parcel: Parcel) -> None:
        """One conditional Put. Raises AlreadyExistsError."""
        dynamodb.insert(_parcel_item(parcel))

    def replace(self, parcel: Parcel) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        dynamodb.replace(_parcel_item(parcel), expected=parcel.version)


class IntentItem(Item):
    """A payment intent with its charges and refunds."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    intent = DocumentAttribute[Intent](Intent)


class RefundItem(Item):
    """Which intent a refund belongs to."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SANDBOX_TABLE")

    intent_id = UnicodeAttribute()


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


class IntentTable:
    """Implements `sandbox.idempotency.Books`."""

    def find_intent(self, intent_id: str) -> Intent | None:
        """One GetItem."""
        item = IntentItem.find(f"intent#{intent_id}", "intent")
        return replace(item.intent, version=int(item.version)) if item else None

    def find_intent_of_refund(self, refund_id: str) -> Intent | None:
        """Two GetItems."""
        link = RefundItem.find(f"refund#{refund_id}", "refund")
        return self.find_intent(link.intent_id) if link else None

    def find_answer(self, key: str) -> KeptAnswer | None:
        """One GetItem."""
        item = AnswerItem.find(f"answer#{_digest(key)}", "answer")
        return KeptAnswer(key, item.fingerprint, int(item.status), item.body, item.at) if item else None

    def count_request(self, key: str) -> int:
        """One UpdateItem."""
        item = OutageItem(f"outage#{_digest(key)}", "outage")
        dynamodb.change(item, [OutageItem.requests.add(1)])
        return int(item.requests)

    def save(self, intent: Intent, answer: KeptAnswer | None) -> None:
        """One transaction of one to three writes. Raises ConcurrentUpdateError."""
        transaction = dynamodb.Transaction()
        item = IntentItem(f"intent#{intent.id}", "intent", intent=intent, version=intent.version)
        if intent.version:
            transaction.replace("intent", item, expected=intent.version)
        else:
            item.version = 1
            transaction.insert("intent", item)
        if answer is not None:
            transaction.insert("answer", _answer_item(answer))
        if intent.refunds:
            link = RefundItem(f"refund#{intent.refunds[-1].id}", "refund")
            transaction.change("refund", link, [RefundItem.intent_id.set(intent.id)])
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
