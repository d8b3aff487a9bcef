"""The bus that does not take everything, and messages that nobody can read."""

import json
from typing import Any

import pytest

from scripts.simulation.client import Client
from scripts.simulation.messages import Waiting
from scripts.simulation.settling import check_world
from scripts.simulation.shop import TRIES, VISIBILITY, Shop

SHOPPERS = 4  # two events of each order: a PutEvents of eight
POISON = {
    "not JSON": "{",
    "not an event": "[]",
    "nothing": "",
    "without metadata": json.dumps({"detail-type": "OrderConfirmed", "source": "minishop.orders", "detail": {}}),
    "not UTF-8": '"\udcff"',
    "too deep": "[" * 100_000,
}


def _orders(shop: Shop) -> list[Client]:
    clients = [Client(shop, name=str(number)) for number in range(SHOPPERS)]
    for client in clients:
        assert client.put_in_cart(quantity=1).status == 200
        assert client.place().status == 201
    return clients


@pytest.mark.parametrize("refused", range(2 * SHOPPERS))
def test_an_entry_that_the_bus_refuses_is_sent_again(shop: Shop, refused: int) -> None:
    """With every entry of the batch in turn: none is skipped, and what came twice counts once."""
    clients = _orders(shop)
    sizes: list[int] = []

    def once(size: int) -> int | None:
        sizes.append(size)
        return refused if refused < size and sizes.count(size) == 1 and size == 2 * SHOPPERS else None

    shop.network.refused_entry = once
    shop.drain()
    assert 2 * SHOPPERS in sizes
    check_world(shop)
    assert {client.order()["status"] for client in clients} == {"confirmed"}


@pytest.mark.parametrize("every", [2, 3])
def test_a_bus_that_keeps_refusing_loses_nothing(shop: Shop, every: int) -> None:
    """Each second or third PutEvents fails at its last entry."""
    clients = _orders(shop)
    sizes: list[int] = []

    def now_and_then(size: int) -> int | None:
        sizes.append(size)
        return size - 1 if len(sizes) % every == 0 else None

    shop.network.refused_entry = now_and_then
    shop.drain()
    shop.network.refused_entry = lambda _: None
    check_world(shop)
    assert {client.order()["status"] for client in clients} == {"confirmed"}


@pytest.mark.parametrize("kind", POISON)
def test_poison_ends_among_the_dead_letters_and_its_neighbours_get_through(shop: Shop, kind: str) -> None:
    client = Client(shop)
    client.put_in_cart()
    assert client.place().status == 201
    poisons = [Waiting(queue, POISON[kind], 10_000 + number, shop.now) for number, queue in enumerate(shop.inboxes)]
    for poison in poisons:
        for _ in range(TRIES):
            good = [message for message in shop.waiting if message.queue == poison.queue and message.due <= shop.now]
            _batch(shop, [poison, *good, poison], poison)
        shop.drain()
    shop.pass_time(VISIBILITY)
    check_world(shop)
    assert client.order()["status"] == "confirmed"


def _batch(shop: Shop, messages: list[Waiting], poison: Waiting) -> None:
    """One batch, poison first and last: it is named as the failure, and nothing else is."""
    answer: dict[str, Any] = shop.invoke(
        shop.function_of(poison.queue), {"Records": [shop.record(message) for message in messages]}
    )
    failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    assert failed == [f"message-{poison.number}"] * 2
    for message in messages[1:-1]:
        shop.waiting.remove(message)
