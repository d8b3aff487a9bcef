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
    returned = ((sku, units) for one in order.returns for sku, units in one.accepted.items())
    return count(returned)


def worth_of(order: Order, units: Mapping[str, int]) -> Money:
    """What these units are worth on top of those that are credited already."""
    credited = credited_units(order)
    amounts = [
        _first_units(line, credited.get(line.sku, 0) + units[line.sku]) - _first_units(line, credited.get(line.sku, 0))
        for line in order.lines
        if line.sku in units
    ]
    return total(amounts, order.totals.total.currency)


def _first_units(line: Line, units: int) -> Money:
    """What the first so many units of a line are worth together."""
    gross = line.line_total + line.tax
    share, left = divmod(gross.amount, line.quantity)
    return Money(share * units + min(units, left), gross.currency)
