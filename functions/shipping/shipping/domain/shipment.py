"""The shipment: a parcel's way to the shopper, or back.

    pending ──→ label_created ──→ in_transit ──→ out_for_delivery ⇄ attempt_failed ⇄ exception
       └──────────────┴→ cancelled      └─────────────┴────────→ returning ──→ lost ──→ delivered ──→ returned

Dispatch is the point of no return. From there on carriers say where the parcel is, more than once and in any order:
the timeline keeps each report once, and the status is that of the report which is furthest on (`reports`). What the
shop itself has settled, a shipment that is stopped or written off, no report changes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from minishop.contracts.shipping import ParcelLine, ShipmentEvent
from minishop.errors import IdempotencyKeyReusedError
from minishop.events import Event
from minishop.ids import derived_id


class Status(StrEnum):
    """Where a shipment is."""

    PENDING = "pending"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    EXCEPTION = "exception"
    RETURNING = "returning"
    LOST = "lost"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


NOT_LEFT = frozenset({Status.PENDING, Status.LABEL_CREATED, Status.CANCELLED})


@dataclass(frozen=True)
class Origin:
    """Who is behind a move, and what it belongs to."""

    actor: str
    correlation_id: str


@dataclass(frozen=True)
class Entry:
    """A line of the timeline. `key` tells a repeated report from a new one."""

    at: datetime
    kind: str
    actor: str
    key: str
    detail: str = ""
    correlation_id: str = ""


@dataclass(frozen=True)
class Line:
    """A quantity of one SKU, and what one of it weighs."""

    sku: str
    quantity: int
    weight_grams: int = 0


class Resolution(StrEnum):
    """What becomes of a lost shipment's lines. `refuse` is of returns alone: nothing goes back for them."""

    REFUND = "refund"
    RESHIP = "reship"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Wish:
    """A request that is to take effect once. `fingerprint` tells another request under the same key."""

    id: str
    fingerprint: str


@dataclass(frozen=True)
class Loss:
    """A shipment that support has given up; `settled` once its stock is written off."""

    resolution: Resolution
    wish: Wish
    settled: bool = False


@dataclass(frozen=True)
class Answer:
    """What of a shipment changes, as it was when a wish had taken effect. `entries` is the timeline's length."""

    wish: Wish
    status: Status
    loss: Loss | None
    entries: int
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Shipment:
    """A parcel of an order's lines.

    Attributes:
        id: `shp_…`, derived from what it is for.
        owner: The principal whose order it is.
        tracking_number: Empty until there is a label.
        return_id: The return whose goods it brings back; empty for a parcel to the shopper.
        timeline: Oldest first, in the order in which the shop heard of it.
        answers: To wishes that changed it.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    order_id: str
    owner: str
    carrier: str
    service: str
    lines: tuple[Line, ...]
    status: Status
    created_at: datetime
    updated_at: datetime
    tracking_number: str = ""
    return_id: str = ""
    timeline: tuple[Entry, ...] = ()
    loss: Loss | None = None
    answers: tuple[Answer, ...] = ()
    version: int = 0

    @property
    def dispatched(self) -> bool:
        """Whether the parcel has left."""
        return self.status not in NOT_LEFT

    @property
    def is_settled(self) -> bool:
        """Whether the shop itself has had the last word on it."""
        return self.status is Status.CANCELLED or self.loss is not None

    @property
    def weight_grams(self) -> int:
        """What it weighs."""
        return sum(line.weight_grams * line.quantity for line in self.lines)

    def answered(self, wish: Wish) -> "Shipment | None":
        """The shipment as it was answered to this wish; None when the wish is new.

        Raises IdempotencyKeyReusedError when another wish has its id.
        """
        answer = next((answer for answer in self.answers if answer.wish.id == wish.id), None)
        if answer is None:
            return None
        refuse_other(answer.wish, wish)
        return replace(
            self,
            status=answer.status,
            loss=answer.loss,
            timeline=self.timeline[: answer.entries],
            updated_at=answer.updated_at,
            version=answer.version,
        )

    def answering(self, wish: Wish) -> "Shipment":
        """The shipment, about to be saved, with its present state as the answer to a wish."""
        now = Answer(wish, self.status, self.loss, len(self.timeline), self.updated_at, self.version + 1)
        return replace(self, answers=(*self.answers, now))


def refuse_other(known: Wish, wish: Wish) -> None:
    """Raises IdempotencyKeyReusedError when two wishes of one id differ."""
    if known.fingerprint != wish.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key stands for another request; send a fresh one.")


@dataclass(frozen=True)
class Change:
    """A shipment after a move, what there is to tell, and another that came of it; the same when nothing moved."""

    shipment: Shipment
    events: tuple[Event, ...] = ()
    offspring: "Change | None" = None


def shipment_id(order_id: str) -> str:
    """The id of the first shipment of an order."""
    return derived_id("shp", order_id)


def rest_shipment_id(shipment_id: str) -> str:
    """The id of the shipment that holds what a shipment left without."""
    return derived_id("shp", "rest", shipment_id)


def replacement_shipment_id(shipment_id: str) -> str:
    """The id of the shipment that is sent in a lost one's place."""
    return derived_id("shp", "replacement", shipment_id)


def return_shipment_id(return_id: str) -> str:
    """The id of the parcel that brings a return's goods back."""
    return derived_id("shp", "return", return_id)


def told(kind: type[ShipmentEvent], shipment: Shipment, **more: Any) -> ShipmentEvent:
    """An event about the shipment; `more` are the event's own fields."""
    return kind(
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        owner=shipment.owner,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        return_id=shipment.return_id,
        **more,
    )


def told_lines(shipment: Shipment) -> tuple[ParcelLine, ...]:
    """The lines as events tell them."""
    return tuple(ParcelLine(sku=line.sku, quantity=line.quantity) for line in shipment.lines)
