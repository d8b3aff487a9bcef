"""What comes back from customers, and what never reaches them.

Units in a parcel are sold. When it is lost they are written off, and either the order owns them no longer (it is
refunded) or new ones are taken from stock in their place (it is sent again). What a customer returned, and the
warehouse accepted, is in stock once more.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.domain.buckets import without
from catalog.domain.stock import ALLOCATED, Reservation
from minishop.contracts.catalog import StockLine, StockRestocked, StockWrittenOff
from minishop.errors import ConflictError
from minishop.events import Event


class NotSoldError(ConflictError):
    """The order does not own these units: it never did, or gave them up, or they are written off already."""

    code = "not_sold"
    title = "The order does not own these units"


class WriteOffDiffersError(ConflictError):
    """The shipment is written off already, in another way."""

    code = "write_off_differs"
    title = "The shipment is written off differently"


@dataclass(frozen=True, kw_only=True)
class WriteOff:
    """Units that were lost with a shipment; `replace` says that new ones are taken from stock in their place."""

    shipment_id: str
    order_id: str
    lines: tuple[StockLine, ...]
    replace: bool
    at: datetime

    @property
    def event(self) -> Event:
        """What there is to tell."""
        return StockWrittenOff(
            shipment_id=self.shipment_id, order_id=self.order_id, lines=self.lines, replaced=self.replace
        )


@dataclass(frozen=True, kw_only=True)
class Restock:
    """Units of an order that came back and were accepted."""

    return_id: str
    order_id: str
    lines: tuple[StockLine, ...]
    at: datetime

    @property
    def event(self) -> Event:
        """What there is to tell."""
        return StockRestocked(return_id=self.return_id, order_id=self.order_id, lines=self.lines)


def lose(before: Reservation | None, write_off: WriteOff) -> Reservation:
    """The reservation without what was lost; as it was when that is replaced. Raises NotSoldError."""
    owned = _owned(before)
    if before is None or any(owned.get(line.sku, 0) < line.quantity for line in write_off.lines):
        raise NotSoldError("Of an order, only what it has bought can be written off, and once.")
    if write_off.replace:
        return before
    lost = Counter({line.sku: line.quantity for line in before.lost})
    lost.update({line.sku: line.quantity for line in write_off.lines})
    draws = before.draws
    for line in write_off.lines:
        draws = without(draws, line.sku, line.quantity)
    return replace(
        before, draws=draws, lost=tuple(StockLine(sku=sku, quantity=quantity) for sku, quantity in lost.items())
    )


def _owned(reservation: Reservation | None) -> Mapping[str, int]:
    if reservation is None or reservation.status not in ALLOCATED:
        return {}
    return {line.sku: line.quantity for line in reservation.quantities}


def refuse_difference(first: WriteOff, again: WriteOff) -> None:
    """Raises WriteOffDiffersError unless both say the same."""
    if replace(again, at=first.at) != first:
        raise WriteOffDiffersError("A shipment is written off once.")
