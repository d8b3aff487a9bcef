"""Events come in any order and up to three times: what a service makes of them is the same."""

import itertools
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from scripts.simulation.client import Client
from scripts.simulation.flows import FLOWS, Flow
from scripts.simulation.messages import Waiting
from scripts.simulation.settling import check_world
from scripts.simulation.shop import Shop, Snapshot

MOST = 60  # orders of events that are tried, where there are more
ROUNDS = 6
STORIES = {flow.name: flow for flow in FLOWS}
# A story, and the number of its action before whose consequences a service is put back.
CASES = [
    ("from the cart to the door", 2, "orders"),
    ("from the cart to the door", 2, "catalog"),
    ("from the cart to the door", 2, "cart"),
    ("from the cart to the door", 2, "notifications"),
    ("from the cart to the door", 3, "shipping"),
    ("from the cart to the door", 2, "payments"),
    ("lost and sent once more", 5, "shipping"),
    ("lost and refunded", 4, "orders"),
    ("declined and given up", 1, "orders"),
    ("declined and given up", 1, "catalog"),
    ("declined and given up", 1, "cart"),
    ("declined, and paid by another card", 2, "orders"),
    ("declined, and paid by another card", 2, "payments"),
    ("declined, and paid by another card", 1, "notifications"),
    ("sent back, and one of two accepted", 9, "orders"),
    ("sent back, and one of two accepted", 9, "catalog"),
    ("sent back, and one of two accepted", 9, "payments"),
    ("sent back, and one of two accepted", 6, "shipping"),
    ("sent back, and one of two accepted", 6, "notifications"),
    ("sent back, and not accepted", 9, "orders"),
    ("lost on its way back, and paid for", 10, "orders"),
    ("lost on its way back, and paid for", 10, "catalog"),
    ("lost on its way back, and paid for", 8, "shipping"),
    ("cancelled once confirmed", 3, "orders"),
    ("cancelled once confirmed", 3, "catalog"),
    ("cancelled once confirmed", 3, "payments"),
    ("cancelled once confirmed", 2, "shipping"),
    ("cancelled once confirmed", 2, "cart"),
    ("cancelled once confirmed", 2, "catalog"),
]


def _state(shop: Shop, service: str) -> str:
    """What the service has in its tables, less what tells when and in how many steps it came about."""
    told = []
    for name, rows in shop.tables().items():
        if name.partition(".")[0] == service and name not in {"catalog.categories", "shipping.tracking"}:
            told += [json.dumps(_essence(row), sort_keys=True, default=str) for row in rows if not _is_of_a_day(row)]
    return "\n".join(sorted(told))


def _is_of_a_day(row: Mapping[str, Any]) -> bool:
    """Whether a schedule wrote it, which no event sets going: the day's reconciliation."""
    return str(row.get("pk", "")).startswith("day#")


PASSING = {
    *("version", "outbox", "timeline", "updated_at", "moved_at", "moved_by", "at", "sk", "due_sk", "due_pk", "tries"),
    *("provider_id", "correlation_id", "expires_at", "created_at", "level_sequence", "available_sequence", "reports"),
    *("listing_sk", "listing_pk", "status_sk", "queue_sk", "dispatched_at", "delivered_at", "settled", "authorized"),
}


def _essence(value: Any) -> Any:
    if isinstance(value, Mapping) and "shipment_id" in value and value.get("status") == "cancelled":
        return {"shipment_id": value["shipment_id"], "status": "cancelled"}  # whether it had a label, or was never made
    if isinstance(value, Mapping):
        return {key: _essence(one) for key, one in value.items() if key not in PASSING}
    if isinstance(value, list):
        return [_essence(one) for one in value]
    return value


def _told_to(shop: Shop, service: str) -> list[Waiting]:
    """The messages about the order that the service was given, in their order, each once."""
    queue = next(name for name in shop.inboxes if service in name.lower())
    seen: dict[str, Waiting] = {}
    for message in shop.delivered:
        if message.queue == queue:
            seen.setdefault(message.body, message)
    return list(seen.values())


def _play(shop: Shop, flow: Flow, upto: int) -> Snapshot:
    """Plays a story to its end; how the shop was when action `upto` had just been done."""
    client = Client(shop)
    before: Snapshot | None = None
    for number, action in enumerate(flow.actions):
        action(client)
        if number == upto:
            before = shop.snapshot()
        shop.drain()
    check_world(shop)
    assert before is not None
    return before


def _only(before: Snapshot, after: Snapshot, service: str) -> Snapshot:
    """The world of `after`, but one service as it was before; nothing on its way."""
    table = next(name for name in after.items if service in name.lower())
    items = {**after.items, table: before.items[table]}
    return replace(after, items=items, streams=dict.fromkeys(after.streams, ()), messages=([], []), now=before.now)


def _give(shop: Shop, messages: list[Waiting]) -> None:
    """Hands messages over, and again those that were not taken, as their queue would."""
    pending = messages
    for _ in range(ROUNDS):
        failed = []
        for message in pending:
            answer = shop.invoke(shop.function_of(message.queue), {"Records": [shop.record(message)]})
            failed += [message] if answer["batchItemFailures"] else []
        pending = failed
        if not pending:
            return
    raise AssertionError(f"never taken: {[message.name for message in pending]}")


def _orders(count: int) -> list[tuple[int, ...]]:
    every = itertools.permutations(range(count))
    if count <= 4:
        return list(every)
    dice = random.Random(count)
    return [tuple(dice.sample(range(count), count)) for _ in range(MOST)]


def _repeated(order: tuple[int, ...], dice: random.Random) -> list[int]:
    """Each one to three times: its first time in this order, the others anywhere after it."""
    sequence = list(order)
    for event in order:
        for _ in range(dice.randint(0, 2)):
            sequence.insert(dice.randint(sequence.index(event) + 1, len(sequence)), event)
    return sequence


@pytest.mark.parametrize(("story", "action", "service"), CASES)
def test_any_order_of_events_ends_in_the_same_state(shop: Shop, story: str, action: int, service: str) -> None:
    before = _play(shop, STORIES[story], action)
    messages = _told_to(shop, service)
    after, wanted = shop.snapshot(), _state(shop, service)
    world = _only(before, after, service)
    assert messages
    for number, order in enumerate(_orders(len(messages))):
        shop.restore(world)
        sequence = _repeated(order, random.Random(number))
        _give(shop, [messages[index] for index in sequence])
        _give(shop, [message for message in shop.waiting if message.queue == messages[0].queue])
        assert _state(shop, service) == wanted, [messages[index].name for index in sequence]
