"""The ledger: every movement of a SKU's stock, by whom and why.

A movement is part of the transaction that moves the level: an adjustment writes its line of the ledger there, and all
that moves several SKUs at once (a hold, a sale, a return) carries an event on the one item that records it, of which
the lines follow. A line's identity comes from its adjustment or event: however often it is written, it is there once.

The `change` of all lines of a SKU sums to its level's `available`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.domain.stock import Adjustment
from minishop.clock import parse_rfc3339
from minishop.contracts.catalog import (
    ReservationExpired,
    StockCommitted,
    StockHeld,
    StockReleased,
    StockRestocked,
    StockWrittenOff,
)
from minishop.events import Event, Metadata


class MovementKind(StrEnum):
    """What happened to the stock."""

    ADJUSTED = "adjusted"
    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"
    RESTOCKED = "restocked"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A line of the ledger.

    Attributes:
        id: Of the adjustment, or of the event.
        quantity: How much it is about; of an adjustment it can be negative.
        change: What it did to `available`.
        reference: The order, the return, the shipment or the adjustment.
    """

    id: str
    sku: str
    kind: MovementKind
    quantity: int
    change: int
    reason: str
    reference: str
    actor: str
    correlation_id: str
    at: datetime


Moving = StockHeld | StockCommitted | StockReleased | ReservationExpired | StockRestocked | StockWrittenOff
"""The events that the ledger's lines follow from."""


def adjusted(adjustment: Adjustment, correlation_id: str) -> Movement:
    """The line of an adjustment."""
    return Movement(
        id=adjustment.id,
        sku=adjustment.sku,
        kind=MovementKind.ADJUSTED,
        quantity=adjustment.delta,
        change=adjustment.delta,
        reason=adjustment.reason,
        reference=adjustment.id,
        actor=adjustment.actor,
        correlation_id=correlation_id,
        at=adjustment.at,
    )


_MEANINGS: Mapping[tuple[type[Event], bool], tuple[MovementKind, int, str]] = {
    (StockHeld, True): (MovementKind.HELD, -1, "order {} was placed"),
    (StockHeld, False): (MovementKind.HELD, 0, "the hold of order {} goes on"),
    (StockCommitted, True): (MovementKind.COMMITTED, -1, "order {} was paid after its hold had run out"),
    (StockCommitted, False): (MovementKind.COMMITTED, 0, "order {} was paid"),
    (StockReleased, True): (MovementKind.RELEASED, +1, "order {} was given up"),
    (ReservationExpired, True): (MovementKind.EXPIRED, +1, "order {} was not paid in time"),
    (StockRestocked, True): (MovementKind.RESTOCKED, +1, "a return of order {} was accepted"),
    (StockWrittenOff, True): (MovementKind.WRITTEN_OFF, -1, "a parcel of order {} was lost, and is sent again"),
    (StockWrittenOff, False): (MovementKind.WRITTEN_OFF, 0, "a parcel of order {} was lost"),
}
"""By event, and whether it took stock: which kind of movement it is, what it does to `available`, and why it was."""


def movements_of(event: Moving, metadata: Metadata) -> tuple[Movement, ...]:
    """The lines that follow from an event."""
    match event:
        case StockHeld(taken=moved) | StockCommitted(taken=moved) | StockWrittenOff(replaced=moved):
            pass
        case _:
            moved = True
    kind, sign, reason = _MEANINGS[type(event), moved]
    return tuple(
        Movement(
            id=metadata.event_id,
            sku=line.sku,
            kind=kind,
            quantity=line.quantity,
            change=sign * line.quantity,
            reason=reason.format(event.order_id),
            reference=metadata.aggregate_id,
            actor=metadata.actor,
            correlation_id=metadata.correlation_id,
            at=parse_rfc3339(metadata.occurred_at),
        )
        for line in event.lines
    )
