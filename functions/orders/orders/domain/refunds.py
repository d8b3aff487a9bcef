"""What parts of an order are worth when the money goes back: exact to the cent, however the parts are cut.

A line's gross (after its discount, with its tax) seldom divides by its quantity. Each unit is worth the whole cents of
its share, and the remaining cents go to the first units that are credited: all units together are the line's gross.
"""

from collections.abc import Mapping

from minishop.money import Money, total
from orders.domain.checkout import Line
from orders.domain.order import Order
from orders.domain.returns import count


def credited_units(order: Order) -> dict[str, int]:
    """Units by SKU whose worth has gone back already, or is about to."""
    returned = [(sku, units) for one in order.returns for sku, units in one.credited.items()]
    lost = [(line.sku, line.quantity) for loss in order.losses for line in loss.lines]
    return count([*returned, *lost])


def worth_of_loss(order: Order, units: Mapping[str, int]) -> Money:
    """What goes back for lost units; when nothing of the order arrives any more, all that is left of its total."""
    lost = [(line.sku, line.quantity) for loss in order.losses for line in loss.lines]
    gone = count([*lost, *units.items()])
    if all(gone.get(line.sku, 0) >= line.quantity for line in order.lines):
        back = [loss.amount for loss in order.losses] + [one.refund for one in order.returns if one.refund]
        return order.totals.total - total(back, order.totals.total.currency)
    return worth_of(order, units)


def worth_of(order: Order, units: Mapping[str, int]) -> Money:
    """What these units are worth on top of those that are credited already."""
    credited = credited_units(order)
    amounts = [
        _units(order, line, credited.get(line.sku, 0), units[line.sku]) for line in order.lines if line.sku in units
    ]
    return total(amounts, order.totals.total.currency)


def _units(order: Order, line: Line, after: int, units: int) -> Money:
    """What so many units of a line are worth after the first ones."""
    return _first_units(order, line, after + units) - _first_units(order, line, after)


def _first_units(order: Order, line: Line, units: int) -> Money:
    """What the first so many units of a line are worth together."""
    gross = line.line_total if order.totals.tax_included else line.line_total + line.tax
    share, left = divmod(gross.amount, line.quantity)
    return Money(share * units + min(units, left), gross.currency)
