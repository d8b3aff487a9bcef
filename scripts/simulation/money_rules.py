"""What must hold of money: the ledger, the payments and the provider's own books say the same of every order."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
TAKEN_BACK = {"open", "lost"}
CANCELLATION = "order_cancelled"


def postings_balance(tables: Tables) -> Iterator[str]:
    """Each posting sums to zero in its currency."""
    for posting in tables["payments.ledger"]:
        sums: Counter[str] = Counter()
        for entry in posting["entries"]:
            sums[entry["amount"]["currency"]] += int(entry["amount"]["amount"])
        if any(sums.values()):
            yield f"{posting['posting_id']} sums to {dict(sums)}"


def _provider(tables: Tables) -> dict[str, Counter[str]]:
    """The provider's books, per order."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in tables["sandbox.intent"]:
        intent = row["intent"]
        sums = found[intent["metadata"]["order_id"]]
        sums["captured"] += int(intent["received"])
        sums["refunded"] += sum(int(one["amount"]) for one in intent["refunds"] if one.get("status") != "failed")
        sums["charges"] += sum(int(charge["captured"]) > 0 for charge in intent["charges"])
        for moved in intent.get("transactions", ()):
            sums["balance"] += int(moved["amount"]) - int(moved["fee"])
            sums["fees"] += int(moved["fee"])
            sums["disputed"] -= int(moved["amount"]) if moved["kind"] == "adjustment" else 0
    return found


def _ledger(tables: Tables) -> dict[str, Counter[str]]:
    """What is on each account, per order."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for posting in tables["payments.ledger"]:
        for entry in posting["entries"]:
            found[posting["order_id"]][entry["account"]] += int(entry["amount"]["amount"])
    return found


def _payments(tables: Tables) -> dict[str, Row]:
    return {row["order_id"]: row for row in tables["payments.payment"] if row["sk"] == "payment"}


def books_agree(tables: Tables) -> Iterator[str]:
    """Per order: the provider's books, the payment and the ledger name the same sums, and it is charged once."""
    provider, ledger, payments = _provider(tables), _ledger(tables), _payments(tables)
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
        for account, sum_of in (("provider_balance", "balance"), ("provider_fees", "fees"), ("disputes", "disputed")):
            if posted[account] != theirs[sum_of]:
                yield f"{order_id}: {posted[account]} on {account}, {theirs[sum_of]} in the provider's books"


def money_follows_orders(tables: Tables) -> Iterator[str]:
    """Every charge has an order or is given back; what is not cancelled was paid in full, what is cancelled is not."""
    orders = {row["order_id"]: row for row in tables["orders.order"]}
    for order_id, payment in _payments(tables).items():
        order = orders.get(order_id)
        status = order["status"] if order else "unknown"
        captured = int(payment["captured"])
        disputed = sum(
            int(one["amount"]["amount"]) for one in payment.get("disputes", ()) if one["status"] in TAKEN_BACK
        )
        kept = captured - int(payment["refunded"]) - disputed
        if status in {"unknown", "cancelled"} and kept > 0:
            yield f"{order_id} is {status}, and {kept} are kept"
        if order and status in {"confirmed", "shipped", "delivered"}:
            if captured != int(order["totals"]["total"]["amount"]):
                yield f"{order_id} is {status}, and {captured} of {order['totals']['total']} were paid"
            if any(refund["reason"] == CANCELLATION for refund in payment["refunds"]):
                yield f"{order_id} is {status}, and was refunded as if it were cancelled"


MONEY_RULES = (postings_balance, books_agree, money_follows_orders)
