"""What must hold of invoices and returns, whatever happened."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def invoices_have_no_gap(tables: Tables) -> Iterator[str]:
    """Numbers go from one upwards, none is missing or given twice, and each confirmed order has one."""
    numbers = sorted(int(row["invoice_number"]) for row in tables["orders.order"] if row.get("invoice_number"))
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"invoice numbers are {numbers}"
    for row in tables["orders.order"]:
        if row.get("confirmed_at") and not row.get("invoice_number"):
            yield f"{row['order_id']} was confirmed and has no invoice number"


def returns_are_worth_what_was_paid(tables: Tables) -> Iterator[str]:
    """No unit is taken back twice, no return's money goes back twice or is another sum than was promised."""
    for row in tables["orders.order"]:
        returns = row.get("returns") or ()
        taken: Counter[str] = Counter()
        for line in (line for one in returns for line in one["inspected"] if line["accepted"]):
            taken[line["sku"]] += int(line["quantity"])
        for line in row["lines"]:
            if taken[line["sku"]] > int(line["quantity"]):
                yield f"{row['order_id']} had {line['quantity']} of {line['sku']}, and {taken[line['sku']]} came back"
        refunds = [refund for refund in row["payment"]["refunds"] if refund["reference"]]
        for one in returns:
            paid = [int(refund["amount"]["amount"]) for refund in refunds if refund["reference"] == one["id"]]
            due = int(one["refund"]["amount"]) if one["refund"] else 0
            if (paid or one["status"] == "refunded") and sum(paid) != due:
                yield f"{one['id']} of {row['order_id']} is worth {due}, and {paid} went back"


ORDER_RULES = (invoices_have_no_gap, returns_are_worth_what_was_paid)
