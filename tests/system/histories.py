"""What has happened in a running shop, move by move: read from what its tables' streams and its timelines say."""

from collections.abc import Iterator, Mapping

from tests.system import backstage
from tests.system.backstage import Row
from tests.system.shop import Shop

States = dict[tuple[str, str], str]  # of machines, by their names and what they are of
ORDER = {"placed", "confirmed", "shipped", "delivered", "cancel_requested", "cancelled"}
STREAMED = ("CatalogTable", "PaymentsTable", "ShippingTable")
TAKEN = {"open", "lost"}  # by a dispute


def moves(shop: Shop) -> Iterator[str]:
    """`order: placed -> confirmed`, for each move that was made, and `ledger:  -> capture` for what was posted."""
    for row in backstage.rows(shop, "OrdersTable"):
        if row["pk"].startswith("order#"):
            yield from _of_timeline(row)
    for name in STREAMED:
        for before, after in backstage.changes(shop, name):
            yield from _between(_states(before), _states(after))


def _of_timeline(order: Row) -> Iterator[str]:
    """An order's moves and its returns'; several of them may be one write."""
    known: dict[str, str] = {}
    for entry in order["timeline"]:
        kind, _, status = entry["kind"].partition("_")
        if entry["kind"] in ORDER:
            yield _name("order", known.get("", ""), entry["kind"])
            known[""] = entry["kind"]
        elif kind == "return":
            yield _name("return", known.get(entry["detail"], ""), status)
            known[entry["detail"]] = status


def _between(before: States, after: States) -> Iterator[str]:
    for which, status in after.items():
        if before.get(which) != status:
            yield _name(which[0], before.get(which, ""), status)


def _name(machine: str, before: str, after: str) -> str:
    return f"{machine}: {before} -> {after}"


def _states(row: Row) -> States:
    """Where what a row tells of is."""
    kind = str(row.get("pk", "")).partition("#")[0]
    if kind in {"reservation", "shipment"}:
        return {(kind, row["pk"]): row["status"]}
    if kind == "ledger" and "posting_id" in row:  # stock has a ledger, too
        return {(kind, row["posting_id"]): row["kind"]}
    if kind == "payment" and row["sk"] == "payment":
        parts = {("refund", one["id"]): one["status"] for one in row["refunds"]}
        parts |= {("dispute", one["id"]): one["status"] for one in row.get("disputes", ())}
        return {("payment", row["pk"]): _payment_status(row), **parts}
    return {}


def _payment_status(row: Mapping[str, object]) -> str:
    """As the API shows it: a dispute before refunds, refunds before the last attempt."""
    disputes, attempts = row.get("disputes", ()), row["attempts"]
    assert isinstance(disputes, (list, tuple))
    assert isinstance(attempts, list)
    if any(one["status"] in TAKEN for one in disputes):
        return "disputed"
    if row["refunded"]:
        return "refunded" if row["refunded"] == row["captured"] else "partially_refunded"
    status: str = attempts[-1]["status"]
    return status
