"""Forgetting the person behind an order: what the law wants kept stays, who it was goes.

Kept are amounts, lines, the invoice's number and date, and the country (which the tax goes by). Gone are name, address,
telephone number, e-mail address and whatever people wrote. An order under way still needs its address and is finished
first.
"""

from dataclasses import replace
from datetime import datetime

from orders.domain.moves import Change, entered
from orders.domain.order import Address, Order
from orders.domain.progress import Origin

_WRITTEN_BY_PEOPLE = {"cancelled", "cancel_requested"}


def forget_owner(order: Order, origin: Origin, at: datetime) -> Change:
    """The owner is to be forgotten: at once, or when the order is finished. Asked again it changes nothing."""
    if order.forgotten or order.to_forget:
        return order, ()
    return forgotten_if_due(replace(order, to_forget=True, updated_at=at), origin, at), ()


def forgotten_if_due(order: Order, origin: Origin, at: datetime) -> Order:
    """The order without its person, if that is due."""
    if order.forgotten or not order.to_forget or not order.is_finished:
        return order
    cancellation = order.cancellation and replace(order.cancellation, remark="")
    returns = tuple(replace(one, lines=tuple(replace(line, reason="") for line in one.lines)) for one in order.returns)
    timeline = tuple(
        replace(entry, detail="") if entry.kind in _WRITTEN_BY_PEOPLE else entry for entry in order.timeline
    )
    bare = replace(
        order,
        email=None,
        shipping_address=Address("", "", "", "", order.shipping_address.country),
        cancellation=cancellation,
        returns=returns,
        timeline=timeline,
        forgotten=True,
    )
    return entered(bare, "owner_forgotten", origin, at)
