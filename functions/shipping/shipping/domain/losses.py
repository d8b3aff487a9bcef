"""Parcels that are given up, as support decides: refunded, or sent once more.

    declared ──→ settled        the stock is written off, and with a replacement as much was taken for it
       └──→ withdrawn           there is nothing to send once more: support decides again

Of goods that are on their way back orders decides, with their return; here that is only noted.
From its declaration on no report moves the shipment: a parcel that turns up afterwards is noted, and that is all.
"""

from dataclasses import replace
from datetime import datetime

from minishop.contracts.shipping import ShipmentLost
from shipping.domain.errors import AlreadyResolvedError, NotOnItsWayError
from shipping.domain.moves import moved, prepare_replacement, wanting_label
from shipping.domain.shipment import (
    NOT_LEFT,
    Change,
    Loss,
    Origin,
    Resolution,
    Shipment,
    Status,
    Wish,
    refuse_other,
    told,
    told_lines,
)

ARRIVED = frozenset({Status.DELIVERED, Status.RETURNED})


def declare(shipment: Shipment, resolution: Resolution, wish: Wish, origin: Origin, at: datetime) -> Change:
    """Support gives a parcel up. The same decision again changes nothing.

    Raises NotOnItsWayError, AlreadyResolvedError, IdempotencyKeyReusedError.
    """
    if shipment.loss is not None:
        if shipment.loss.wish.id == wish.id:
            refuse_other(shipment.loss.wish, wish)
        if shipment.loss.resolution is not resolution:
            raise AlreadyResolvedError(f"The shipment is lost, and it was decided to {shipment.loss.resolution}.")
        return Change(shipment)
    if shipment.return_id:
        raise NotOnItsWayError("A return that is lost is settled with the return.")
    if shipment.status in NOT_LEFT | ARRIVED:
        raise NotOnItsWayError(f"The shipment is {shipment.status}; only one that is on its way can be lost.")
    given_up = replace(shipment, loss=Loss(resolution, wish))
    return Change(moved(given_up, Status.LOST, "given_up", origin, at, detail=resolution.value))


def note(shipment: Shipment, resolution: Resolution, return_id: str, origin: Origin, at: datetime) -> Change:
    """The goods of a return were given up, which the return has settled. Told again, nothing changes."""
    if shipment.is_settled:
        return Change(shipment)
    given_up = replace(shipment, loss=Loss(resolution, Wish(return_id, ""), settled=True))
    return Change(moved(given_up, Status.LOST, "given_up", origin, at, detail=resolution.value))


def withdraw(shipment: Shipment, loss: Loss, origin: Origin, at: datetime) -> Change:
    """This decision cannot be had: the parcel is still lost, and what becomes of it is open again."""
    if shipment.loss != loss:
        return Change(shipment)
    open_again = replace(shipment, loss=None)
    return Change(moved(open_again, Status.LOST, "resolution_withdrawn", origin, at, detail=loss.resolution.value))


def settle(shipment: Shipment, loss: Loss, origin: Origin, at: datetime) -> Change:
    """Its stock is written off as this decision has it: the loss is told, and what replaces it is on its way."""
    if shipment.loss != loss:
        return Change(shipment)
    settled = replace(shipment, loss=replace(loss, settled=True))
    written_off = moved(settled, Status.LOST, "written_off", origin, at).answering(loss.wish)
    lost = told(ShipmentLost, written_off, lines=told_lines(written_off), resolution=loss.resolution.value)
    if loss.resolution is Resolution.REFUND:
        return Change(written_off, (lost,))
    return Change(written_off, (lost,), wanting_label(prepare_replacement(written_off, origin, at)))
