"""What must hold in the whole shop whatever happened to it, read from the tables of all services.

Each rule is a function of the tables that yields a sentence for each violation. Rules hold once the shop is at rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.simulation.money_rules import MONEY_RULES
from scripts.simulation.order_rules import ORDER_RULES
from scripts.simulation.parcel_rules import PARCEL_RULES
from scripts.simulation.promotion_rules import PROMOTION_RULES
from scripts.simulation.stock_rules import STOCK_RULES

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]  # by service and first part of the key: "catalog.sku", "payments.ledger" …


def orders_hold_what_they_should(tables: Tables) -> Iterator[str]:
    """A cancelled order holds nothing; a confirmed one has bought its lines; no hold without an order lasts."""
    reservations = {row["order_id"]: row["status"] for row in tables["catalog.reservation"]}
    orders = {row["order_id"]: row["status"] for row in tables["orders.order"]}
    for order_id, status in orders.items():
        has = reservations.get(order_id)
        if (status == "cancelled" and has in {"held", "committed"}) or (
            status in {"confirmed", "shipped", "delivered"} and has != "committed"
        ):
            yield f"{order_id} is {status}, its reservation {has}"
    for order_id in reservations.keys() - orders.keys():
        if reservations[order_id] not in {"released", "expired"}:  # of a checkout that a crash ended
            yield f"{order_id} has a reservation that is {reservations[order_id]}, but is no order"


def totals_recompute(tables: Tables) -> Iterator[str]:
    """An order's totals are the sums of its lines and shipping."""
    for order in tables["orders.order"]:
        totals = {name: int(money["amount"]) for name, money in order["totals"].items() if name != "tax_included"}
        lines = order["lines"]
        subtotal = sum(int(line["unit_price"]["amount"]) * int(line["quantity"]) for line in lines)
        discount = sum(int(line["discount"]["amount"]) for line in lines)
        if (totals["subtotal"], totals["discount"]) != (subtotal, discount):
            yield f"{order['order_id']}: its lines make {subtotal} less {discount}, its totals say {totals}"
        added = 0 if order["totals"].get("tax_included") else totals["tax"]
        if totals["total"] != subtotal - discount + totals["shipping"] + added:
            yield f"{order['order_id']}: {totals} do not add up"


RULES = (
    *STOCK_RULES,
    *PROMOTION_RULES,
    orders_hold_what_they_should,
    *MONEY_RULES,
    totals_recompute,
    *PARCEL_RULES,
    *ORDER_RULES,
)


def violations(tables: Tables) -> list[str]:
    """All that is wrong, one sentence each."""
    return [f"{rule.__name__}: {sentence}" for rule in RULES for sentence in rule(tables)]
