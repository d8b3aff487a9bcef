"""Time goes by until nothing is left to happen; then every rule of the domain must hold."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from minishop.clock import parse_rfc3339
from sandbox.methods import METHODS, OUTAGE_REQUESTS
from scripts.simulation.rules import Row, Tables, violations
from scripts.simulation.shop import TRIES, Shop
from scripts.simulation.stock_rules import available

Subject = tuple[str, ...]
TEN_MINUTES = timedelta(minutes=10)
MAY_REPEAT = {"payment_declined", "shipment_out_for_delivery", "shipment_attempt_failed"}  # in an order's history
PASSING = {  # states that nothing may stay in
    "catalog.reservation": {"held"},
    "orders.order": {"placed", "cancel_requested"},
    "shipping.shipment": {"pending"},
}
PASSING_OF_RETURNS = {"received", "accepted"}
SUBJECTS = ("attempt", "refund_id", "return_id", "shipment_id")  # of an order there may be several of each
MAY_BE_TOLD_AGAIN = {"shipment_out_for_delivery", "delivery_attempt_failed"}  # a carrier comes more than once
AFTER_HOLD = timedelta(minutes=3)
AFTER_LAST = timedelta(minutes=1)


def settle(shop: Shop) -> None:
    """Ten minutes pass, or as many as a hold lasts or a message that failed waits, and a little more."""
    _let_pass(shop, shop.now + TEN_MINUTES)
    for _ in range(TRIES):  # what fails once more waits longer; after so many tries it is a dead letter
        if shop.waiting:
            _let_pass(shop, max(message.due for message in shop.waiting) + AFTER_LAST)
    for _ in range(OUTAGE_REQUESTS):  # an outage of the provider's own that time has only now come to is a fault, too
        asked_again = [_moment(row["due_sk"].partition("#")[0]) for row in _met_an_outage(shop.tables())]
        if asked_again:
            _let_pass(shop, max(asked_again) + AFTER_LAST)
    holds = [_moment(row["held_until"]) for row in shop.tables()["catalog.reservation"] if row["status"] == "held"]
    if holds:
        _let_pass(shop, max(shop.now, *holds) + AFTER_HOLD)
    shop.run_schedules()
    shop.drain()


def _met_an_outage(tables: Tables) -> list[Row]:
    """Payments that the provider has not answered for, by a method for which it is out of order for a while."""
    payments = [row for row in tables["payments.payment"] if row["sk"] == "payment" and row.get("due_sk")]
    return [row for row in payments if _unanswered(row["attempts"][-1])]


def _unanswered(attempt: Row) -> bool:
    return attempt["status"] == "unknown" and METHODS[attempt["payment_method"]].outage > 0


def _moment(value: Any) -> datetime:
    return parse_rfc3339(str(value))


def _next_run(shop: Shop) -> datetime | None:
    """The minute at which a schedule next has something to do. The runs before it would find nothing."""
    tables = shop.tables()
    due = [_moment(row["held_until"]) for row in tables["catalog.reservation"] if row["status"] == "held"]
    due += [_moment(row["due_sk"].partition("#")[0]) for row in tables["payments.payment"] if row.get("due_sk")]
    if not due:
        return None
    return max(min(due), shop.now).replace(second=0, microsecond=0) + timedelta(minutes=1)


def run_due_schedules(shop: Shop) -> None:
    """The schedules' minute has come, if they have something to do."""
    run = _next_run(shop)
    if run and run <= shop.now + timedelta(minutes=1):
        shop.run_schedules()


def _let_pass(shop: Shop, end: datetime) -> None:
    while True:
        shop.drain()
        run = _next_run(shop)
        moments = [message.due for message in shop.waiting] + ([run] if run else [])
        following = min(moments, default=end)
        if following >= end:
            shop.now = end
            return
        shop.now = max(shop.now, following)
        if run and run <= shop.now:
            shop.run_schedules()


def _messages_arrive(shop: Shop) -> Iterator[str]:
    for message in shop.dead:
        yield f"{message.queue} gave {message.name} up"
    for message in shop.waiting:
        yield f"{message.name} still waits for {message.queue}"
    for step in shop.steps():
        yield f"{step.label} is still to run"


def _nothing_is_stuck(tables: Tables) -> Iterator[str]:
    for row in (each for each in tables["payments.payment"] if each["sk"] == "payment"):
        status = row["attempts"][-1]["status"]
        if status in {"pending", "unknown", "authorized"}:
            yield f"the payment of {row['order_id']} is {status}"
        tried = [refund for refund in row["refunds"] if not refund.get("final")]
        open_refunds = [refund["status"] for refund in tried if refund["status"] != "succeeded"]
        if open_refunds:
            yield f"a refund of {row['order_id']} is {open_refunds}"
    for table, passing in PASSING.items():
        for row in tables[table]:
            if row["status"] in passing:
                yield f"{row['order_id']} is still {row['status']} in {table}"
    unpaid = {refund["reference"] for refund in _hopeless_refunds(tables)}
    for row in tables["orders.order"]:
        for one in row.get("returns") or ():
            due = one["status"] in PASSING_OF_RETURNS or (one["status"] == "lost" and one["refund"])
            if due and one["id"] not in unpaid:
                yield f"{one['id']} of {row['order_id']} is still {one['status']}"


def _hopeless_refunds(tables: Tables) -> list[Any]:
    """Those that can never be made, which people have been called for."""
    payments = [row for row in tables["payments.payment"] if row["sk"] == "payment"]
    return [refund for row in payments for refund in row["refunds"] if refund.get("final")]


def _subjects(shop: Shop) -> dict[str, Subject]:
    """What each event that reached notifications is about, by its id."""
    told = [
        message for message in shop.delivered + shop.dead + shop.waiting if message.queue.endswith("NotificationsInbox")
    ]
    details = [json.loads(message.body)["detail"] for message in told]
    return {
        detail["metadata"]["event_id"]: tuple(str(detail["data"].get(name, "")) for name in SUBJECTS)
        for detail in details
    }


def told_once(tables: Tables, subjects: Mapping[str, Subject]) -> Iterator[str]:
    """At most one notification per subject of an order, kind and channel, and none of them left unsaid."""
    rows = [row for service, rows in tables.items() if service.startswith("notifications.") for row in rows]
    about = [row for row in rows if row.get("order_id") and row["kind"] not in MAY_BE_TOLD_AGAIN]
    told = Counter((row["order_id"], row["kind"], row["channel"], subjects.get(row["event_id"], ())) for row in about)
    for what, count in told.items():
        if count > 1:
            yield f"{what} was told {count} times"
    for row in rows:
        if row.get("status") == "pending":
            yield f"{row['kind']} by {row['channel']} was never sent"


def _moves_have_a_name(tables: Tables) -> Iterator[str]:
    """Every move in a history has an actor, and no state of an order, a parcel or a return is entered twice."""
    for row in tables["orders.order"]:
        moves = [(entry["kind"], entry["detail"]) for entry in row["timeline"]]
        once = [move for move in moves if move[0] not in MAY_REPEAT]
        if len(once) != len(set(once)):
            yield f"{row['order_id']} went through {moves}"
        for entry in row["timeline"]:
            if not entry.get("actor") or not entry.get("correlation_id"):
                yield f"{row['order_id']}: {entry} says not who or why"
    for row in tables["shipping.shipment"]:
        for entry in row["timeline"]:
            if not entry.get("actor"):
                yield f"the shipment of {row['order_id']}: {entry} says not who"


def _carts_are_free(tables: Tables) -> Iterator[str]:
    for row in tables["cart.cart"]:
        claim = row.get("claim_order")
        order = next((one for one in tables["orders.order"] if one["order_id"] == claim), None)
        if claim and order and order["status"] != "placed":
            yield f"the cart of {row['pk']} is still claimed by {claim}"


def what_is_wrong(shop: Shop) -> list[str]:
    """All that is wrong with a shop in which nothing is left to happen."""
    tables = shop.tables()
    return [
        *_messages_arrive(shop),
        *violations(tables),
        *_nothing_is_stuck(tables),
        *told_once(tables, _subjects(shop)),
        *_moves_have_a_name(tables),
        *_carts_are_free(tables),
    ]


def check_world(shop: Shop) -> None:
    """Lets time pass, and holds the shop against every rule."""
    settle(shop)
    wrong = what_is_wrong(shop)
    assert not wrong, "\n".join(wrong)


def end_state(shop: Shop) -> str:
    """What matters of how things ended: equal for the same story, whatever went wrong on the way."""
    tables = shop.tables()
    payments = [row for row in tables["payments.payment"] if row["sk"] == "payment"]
    notices = [row for service, rows in tables.items() if service.startswith("notifications.") for row in rows]
    told = {
        "orders": sorted((row["status"], row["payment"]["state"]) for row in tables["orders.order"]),
        "payments": sorted((row["attempts"][-1]["status"], row["captured"], row["refunded"]) for row in payments),
        "disputes": sorted(one["status"] for row in payments for one in row.get("disputes", ())),
        "stock": sorted(available(tables).items()),
        "promotions": sorted(
            (row["pk"], row.get("redeemed", row.get("orders"))) for row in tables["catalog.redemptions"]
        ),
        "reservations": sorted(row["status"] for row in tables["catalog.reservation"]),
        "returns": sorted(one["status"] for row in tables["orders.order"] for one in row.get("returns") or ()),
        "shipments": sorted(row["status"] for row in tables["shipping.shipment"]),
        "notices": sorted((row["kind"], row["channel"], row["status"]) for row in notices if "channel" in row),
        "carts": sorted(sorted(line["sku"] for line in _lines(row)) for row in tables["cart.cart"]),
    }
    return json.dumps(told, indent=1)


def _lines(cart: Any) -> list[dict[str, Any]]:
    lines = cart.get("lines") or cart.get("items") or []
    return [{"sku": sku} for sku in lines] if isinstance(lines, dict) else list(lines)
