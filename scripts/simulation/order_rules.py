"""What must hold of invoices and returns, whatever happened."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def what_is_accepted_is_restocked(tables: Tables) -> Iterator[str]:
    """The units of a return that were accepted are in stock again, once; and nothing else is."""
    restocked = {row["return_id"]: _units(row["lines"]) for row in tables["catalog.restock"]}
    for row in tables["orders.order"]:
        for one in row.get("returns") or ():
            back = restocked.pop(one["id"], {})
            accepted = _units(line for line in one["inspected"] if line["accepted"])
            if back != accepted:
                yield f"{one['id']} of {row['order_id']}: {accepted} were accepted, {back} are in stock again"
    for return_id, units in restocked.items():
        yield f"{units} are in stock again for {return_id}, which nobody has asked for"


def _units(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for line in lines:
        counted[line["sku"]] += int(line["quantity"])
    return dict(counted)


ORDER_RULES = (invoices_have_no_gap, returns_are_worth_what_was_paid, what_is_accepted_is_restocked)
