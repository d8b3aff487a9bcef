"""A return: goods on their way back, from the wish to the money.

    requested → authorized → in_transit → received → accepted → refunded
                     ├────────────────────↑   └───→ rejected        ↑
                     └────────────┴→ lost ──────────────────────────┘

A return is part of its order and is saved with it, so that no two of them can claim the same units. Goods that are
handed over before the carrier has said that it has them go from authorized to received. What is lost on its way support
decides on: either the money goes back all the same, or the return ends there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from minishop.money import Money
from orders.domain.errors import ForbiddenMoveError


class ReturnStatus(StrEnum):
    """Where a return is."""

    REQUESTED = "requested"
    AUTHORIZED = "authorized"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REFUNDED = "refunded"
    LOST = "lost"


class Resolution(StrEnum):
    """Whether the money for goods goes back that are lost on their way to the shop."""

    REFUND = "refund"
    REFUSE = "refuse"


MOVES: dict[ReturnStatus, frozenset[ReturnStatus]] = {
    ReturnStatus.REQUESTED: frozenset({ReturnStatus.AUTHORIZED}),
    ReturnStatus.AUTHORIZED: frozenset({ReturnStatus.IN_TRANSIT, ReturnStatus.RECEIVED, ReturnStatus.LOST}),
    ReturnStatus.IN_TRANSIT: frozenset({ReturnStatus.RECEIVED, ReturnStatus.LOST}),
    ReturnStatus.RECEIVED: frozenset({ReturnStatus.ACCEPTED, ReturnStatus.REJECTED}),
    ReturnStatus.ACCEPTED: frozenset({ReturnStatus.REFUNDED}),
    ReturnStatus.REJECTED: frozenset(),
    ReturnStatus.REFUNDED: frozenset(),
    ReturnStatus.LOST: frozenset({ReturnStatus.REFUNDED}),
}
INSPECTED = frozenset({ReturnStatus.ACCEPTED, ReturnStatus.REJECTED, ReturnStatus.REFUNDED})


@dataclass(frozen=True)
class ReturnLine:
    """A quantity of one SKU that is to go back, and why."""

    sku: str
    quantity: int
    reason: str


@dataclass(frozen=True)
class InspectedLine:
    """A quantity of one SKU that came back, and whether it is taken back."""

    sku: str
    quantity: int
    accepted: bool


@dataclass(frozen=True)
class ReturnLabel:
    """The parcel in which the goods travel back."""

    shipment_id: str
    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class Return:
    """Goods of one order that go back.

    Attributes:
        id: `ret_…`, derived from who asked, the order and their Idempotency-Key, or from the shipment that came back.
        order_id: Whose goods they are.
        label: None until shipping has made one.
        sent: Whether a carrier has said that it has the goods.
        inspected: What arrived, once it has been looked at.
        refund: What goes back for the accepted lines, or for lost ones, with tax; None until that is decided.
        shipment_id: The shipment that came back undelivered; empty when somebody asked for the return.
        fingerprint: Of the request that asked for it.
    """

    id: str
    order_id: str
    lines: tuple[ReturnLine, ...]
    requested_at: datetime
    updated_at: datetime
    status: ReturnStatus = ReturnStatus.REQUESTED
    label: ReturnLabel | None = None
    sent: bool = False
    inspected: tuple[InspectedLine, ...] = ()
    refund: Money | None = None
    shipment_id: str = ""
    fingerprint: str = ""

    @property
    def accepted(self) -> dict[str, int]:
        """Units by SKU that were taken back."""
        return count((line.sku, line.quantity) for line in self.inspected if line.accepted)

    @property
    def is_lost(self) -> bool:
        """Whether support has given the goods up."""
        return self.status is ReturnStatus.LOST or (self.status is ReturnStatus.REFUNDED and not self.inspected)

    @property
    def resolution(self) -> Resolution | None:
        """What support has decided on lost goods; None where they are not lost."""
        if not self.is_lost:
            return None
        return Resolution.REFUSE if self.refund is None else Resolution.REFUND

    @property
    def credited(self) -> dict[str, int]:
        """Units by SKU whose worth goes back: those that were taken back, or those that were lost and are paid for."""
        if self.resolution is Resolution.REFUND:
            return self.announced
        return self.accepted

    @property
    def announced(self) -> dict[str, int]:
        """Units by SKU that were to come back."""
        return count((line.sku, line.quantity) for line in self.lines)

    @property
    def claimed(self) -> dict[str, int]:
        """Units by SKU that no other return can have: those announced, and after the inspection those that came."""
        return count((line.sku, line.quantity) for line in self.inspected) if self.inspected else self.announced

    def moved(self, status: ReturnStatus, at: datetime) -> "Return":
        """The return in another status. Raises ForbiddenMoveError."""
        if status not in MOVES[self.status]:
            raise ForbiddenMoveError(f"{self.id} cannot go from {self.status} to {status}")
        return replace(self, status=status, updated_at=at)

    def as_requested(self) -> "Return":
        """The return as it was first answered, with its label once there is one."""
        return replace(
            self,
            status=ReturnStatus.REQUESTED,
            updated_at=self.requested_at,
            sent=False,
            inspected=(),
            refund=None,
        )


def count(units: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Units by SKU, summed up."""
    found: dict[str, int] = {}
    for sku, quantity in units:
        found[sku] = found.get(sku, 0) + quantity
    return found
