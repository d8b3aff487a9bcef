"""What must hold of promotions, whatever happened: rules as in `rules`, of the catalogue's table and the orders."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
ALLOCATED = {"held", "committed"}


def _amount(money: Row | None) -> int:
    return int(money["amount"]) if money else 0


def _using(tables: Tables) -> Iterator[tuple[Row, Row]]:
    """The reservations that hold or used a promotion, each with its use."""
    for row in tables["catalog.reservation"]:
        if row["status"] in ALLOCATED and row.get("redemption"):
            yield row, row["redemption"]


def uses_are_counted(tables: Tables) -> Iterator[str]:
    """Each count is that of the orders which hold or used the promotion, and none is above its limit."""
    promotions = {row["code"]: row for row in tables["catalog.promotion"]}
    used: Counter[str] = Counter()
    for row, use in _using(tables):
        used[f"redemptions#{use['code']}"] += bool(use["counted"])
        used[f"redemptions#{use['code']}#{row['customer_id']}"] += use.get("limit_per_customer") is not None
    counted: Counter[str] = Counter()
    for row in tables["catalog.redemptions"]:
        code = row["pk"].split("#")[1]
        by_customer = row["sk"] == "customer"
        count = counted[row["pk"]] = int(row["orders" if by_customer else "redeemed"])
        limit = promotions[code].get("limit_per_customer" if by_customer else "limit_total")
        if limit is not None and count > int(limit):
            yield f"{row['pk']} counts {count}, and {limit} may be"
    for key in used.keys() | counted.keys():
        if used[key] != counted[key]:
            yield f"{key} counts {counted[key]}, but {used[key]} orders use it"


def _worth(promotion: Row, subtotal: int) -> int:
    """What a promotion takes off, rounded half up."""
    if promotion["kind"] == "percentage":
        return (2 * subtotal * int(promotion["value"]) + 100) // 200
    return min(int(promotion["value"]), subtotal) if promotion["kind"] == "fixed" else 0


def discounts_are_those_of_the_promotion(tables: Tables) -> Iterator[str]:
    """A reservation's discounts sum to what its promotion takes off, and none is below zero or above its line."""
    promotions = {row["code"]: row for row in tables["catalog.promotion"]}
    for row in tables["catalog.reservation"]:
        use = row.get("redemption")
        promotion = promotions[use["code"]] if use else {"kind": "none"}
        prices = [_amount(line["unit_price"]) * int(line["quantity"]) for line in row["lines"]]
        discounts = [_amount(line["discount"]) for line in row["lines"]]
        if any(not 0 <= discount <= price for discount, price in zip(discounts, prices, strict=True)):
            yield f"{row['order_id']} has {discounts} off lines of {prices}"
        unchanged = int(promotion.get("version", 1)) == 1
        if unchanged and sum(discounts) != _worth(promotion, sum(prices)):
            yield f"{row['order_id']} has {sum(discounts)} off {sum(prices)} by {use and use['code']}"


def orders_cost_what_is_held(tables: Tables) -> Iterator[str]:
    """An order's lines, code and shipping are those of its reservation."""
    reservations = {row["order_id"]: row for row in tables["catalog.reservation"]}
    for order in tables["orders.order"]:
        held = reservations.get(order["order_id"])
        if held is None or not held["lines"]:
            continue
        use = held.get("redemption") or {}
        told, kept = (
            sorted((line["sku"], int(line["quantity"]), _amount(line["discount"])) for line in row["lines"])
            for row in (order, held)
        )
        if told != kept:
            yield f"{order['order_id']} has the lines {told}, and holds {kept}"
        if order.get("promotion") != use.get("code"):
            yield f"{order['order_id']} has the code {order.get('promotion')}, and holds {use.get('code')}"
        shipping = _amount(order["totals"]["shipping"])
        if shipping != _amount(order["shipping_method"]["price"]) or (use.get("free_shipping") and shipping):
            yield f"{order['order_id']} pays {shipping} for shipping by {order['shipping_method']}, with {use}"


PROMOTION_RULES: tuple[Callable[[Tables], Iterator[str]], ...] = (
    uses_are_counted,
    discounts_are_those_of_the_promotion,
    orders_cost_what_is_held,
)
