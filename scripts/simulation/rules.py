"""What must hold in the whole shop whatever happened to it, read from the tables of all services.

Each rule is a function of the tables that yields a sentence for each violation. Rules hold once the shop is at rest.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.simulation.stock_rules import STOCK_RULES

ON_ITS_WAY = {"in_transit", "out_for_delivery", "delivered"}
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


def postings_balance(tables: Tables) -> Iterator[str]:
    """Each posting sums to zero in its currency."""
    for posting in tables["payments.ledger"]:
        sums: Counter[str] = Counter()
        for entry in posting["entries"]:
            sums[entry["amount"]["currency"]] += int(entry["amount"]["amount"])
        if any(sums.values()):
            yield f"{posting['posting_id']} sums to {dict(sums)}"


def books_agree(tables: Tables) -> Iterator[str]:
    """Per order: the provider's books, the payment and the ledger name the same sums, and it is charged once."""
    provider: dict[str, Counter[str]] = defaultdict(Counter)
    for row in tables["sandbox.intent"]:
        intent = row["intent"]
        sums = provider[intent["metadata"]["order_id"]]
        sums["captured"] += int(intent["received"])
        sums["refunded"] += sum(int(refund["amount"]) for refund in intent["refunds"])
        sums["charges"] += sum(int(charge["captured"]) > 0 for charge in intent["charges"])
    ledger: dict[str, Counter[str]] = defaultdict(Counter)
    for posting in tables["payments.ledger"]:
        for entry in posting["entries"]:
            ledger[posting["order_id"]][entry["account"]] += int(entry["amount"]["amount"])
    payments = {row["order_id"]: row for row in tables["payments.payment"] if row["sk"] == "payment"}
    for order_id in provider.keys() | ledger.keys() | payments.keys():
        theirs, posted, payment = provider[order_id], ledger[order_id], payments.get(order_id, {})
        captured, refunded = int(payment.get("captured", 0)), int(payment.get("refunded", 0))
        if theirs["charges"] > 1:
            yield f"{order_id} was charged {theirs['charges']} times"
        if not theirs["captured"] == captured == -posted["customer_payments"]:
            yield f"{order_id}: captured {theirs['captured']} / {captured} / {-posted['customer_payments']}"
        if not theirs["refunded"] == refunded == posted["customer_refunds"] <= captured:
            yield f"{order_id}: refunded {theirs['refunded']} / {refunded} / {posted['customer_refunds']}"
        if posted["authorizations"] != -posted["authorizations_held"] or posted["authorizations"] < 0:
            yield f"{order_id}: {posted['authorizations']} set aside, {posted['authorizations_held']} held"


def money_follows_orders(tables: Tables) -> Iterator[str]:
    """Every charge has an order or is given back; what is not cancelled is paid in full, what is cancelled is not."""
    orders = {row["order_id"]: row for row in tables["orders.order"]}
    for payment in tables["payments.payment"]:
        if payment["sk"] != "payment":
            continue
        order = orders.get(payment["order_id"])
        status = order["status"] if order else "unknown"
        kept = int(payment["captured"]) - int(payment["refunded"])
        if status in {"unknown", "cancelled"} and kept:
            yield f"{payment['order_id']} is {status}, and {kept} are kept"
        if (
            order
            and status in {"confirmed", "shipped", "delivered"}
            and kept != int(order["totals"]["total"]["amount"])
        ):
            yield f"{payment['order_id']} is {status}, and {kept} of {order['totals']['total']} are paid"


def totals_recompute(tables: Tables) -> Iterator[str]:
    """An order's totals are the sums of its lines and shipping."""
    for order in tables["orders.order"]:
        totals = {name: int(money["amount"]) for name, money in order["totals"].items()}
        lines = order["lines"]
        subtotal = sum(int(line["unit_price"]["amount"]) * int(line["quantity"]) for line in lines)
        discount = sum(int(line["discount"]["amount"]) for line in lines)
        if (totals["subtotal"], totals["discount"]) != (subtotal, discount):
            yield f"{order['order_id']}: its lines make {subtotal} less {discount}, its totals say {totals}"
        if totals["total"] != subtotal - discount + totals["shipping"] + totals["tax"]:
            yield f"{order['order_id']}: {totals} do not add up"


def nothing_cancelled_is_on_its_way(tables: Tables) -> Iterator[str]:
    """No order is both cancelled and shipped."""
    status = {row["order_id"]: row["status"] for row in tables["orders.order"]}
    for shipment in tables["shipping.shipment"]:
        order = status.get(shipment["order_id"], "unknown")
        if order in {"unknown", "cancelled"} and shipment["status"] in ON_ITS_WAY:
            yield f"{shipment['order_id']} is {order}, its shipment {shipment['status']}"


RULES = (
    *STOCK_RULES,
    orders_hold_what_they_should,
    postings_balance,
    books_agree,
    money_follows_orders,
    totals_recompute,
    nothing_cancelled_is_on_its_way,
)


def violations(tables: Tables) -> list[str]:
    """All that is wrong, one sentence each."""
    return [f"{rule.__name__}: {sentence}" for rule in RULES for sentence in rule(tables)]
