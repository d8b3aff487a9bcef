"""A worker is killed at a call of the way from the request to the confirmed order; then ten ask for the same at once.

Ten retries with the same Idempotency-Key overlap: each call that one of them makes lets the others go on, in an order
that follows from a seed. The calls are found by running the flow. `MINISHOP_FAULTS=1` takes every call of every step,
killed before and after it; else it is after every call of the request itself, and a part of those behind it.
"""

import os
import random

import pytest

from scripts.simulation.client import Client
from scripts.simulation.enumeration import Case, Recording, record, work_off
from scripts.simulation.faults import Fault
from scripts.simulation.flows import Flow
from scripts.simulation.messages import Answer
from scripts.simulation.overlap import at_once
from scripts.simulation.settling import check_world, end_state
from scripts.simulation.shop import Shop, Snapshot

EVERY = 1 if os.environ.get("MINISHOP_FAULTS") == "1" else 24
KILLED = {Fault.KILLED_BEFORE, Fault.KILLED_AFTER}
AT_ONCE = 10


@pytest.fixture(scope="module")
def recorded(opened: tuple[Shop, Snapshot]) -> tuple[Recording, object]:
    """An order of what the quote said, and that total."""
    shop, base = opened
    shop.restore(base)
    filled = Client(shop)
    filled.put_in_cart()
    total = filled.quote().body["totals"]["total"]
    flow = Flow("ordered", (lambda client: client.put_in_cart(), lambda client: client.place_for(total)), "confirmed")
    return record(shop, base, flow), total


def ten_ask(shop: Shop, total: object, seed: int) -> list[Answer]:
    """The answers to ten who send the same order at once, patiently."""
    answers: list[Answer] = []
    asks = [lambda: answers.append(Client(shop, patience=20).place_for(total)) for _ in range(AT_ONCE)]
    at_once(shop, asks, random.Random(seed))
    return answers


def what_differs(shop: Shop, recording: Recording, total: object, case: Case, seed: int) -> str:
    """What the ten get, and how it ends, where that is not one order and one charge; else nothing."""
    moment = case.moment
    shop.restore(moment.snapshot)
    shop.network.plan = lambda call: case.fault if call.index == case.call.index else None
    if moment.is_action:
        Client(shop, memory=dict(moment.memory), patience=1).place_for(total)
    else:
        shop.take(shop.steps()[0])
    answers = ten_ask(shop, total, seed)
    work_off(shop)
    answers.append(Client(shop).place_for(total))
    check_world(shop)
    charged = [int(row["intent"]["received"]) for row in shop.tables()["sandbox.intent"]]
    told = {answer.body["id"] for answer in answers if answer.status == 201}
    assert {answer.status for answer in answers} == {201}, answers
    assert (len(told), len(shop.tables()["orders.order"])) == (1, 1), told
    assert charged == [total["amount"]], charged  # type: ignore[index]
    return "" if end_state(shop) == recording.end else end_state(shop)


def test_ten_at_once_are_one_order_and_one_charge(shop: Shop, recorded: tuple[Recording, object]) -> None:
    recording, total = recorded
    placing = next(moment for moment in recording.moments if moment.action == 1)
    for seed in range(3):
        shop.restore(placing.snapshot)
        answers = ten_ask(shop, total, seed)
        assert {answer.status for answer in answers} == {201}
        assert len({str(answer.body) for answer in answers}) == 1
        check_world(shop)
        assert end_state(shop) == recording.end


def test_so_they_are_after_a_worker_was_killed_at_any_step(shop: Shop, recorded: tuple[Recording, object]) -> None:
    recording, total = recorded
    killed = [case for case in recording.cases() if case.moment.action == 1 and case.fault in KILLED]
    asked = [case for case in killed if case.moment.is_action and (EVERY == 1 or case.fault is Fault.KILLED_AFTER)]
    behind = [case for case in killed if not case.moment.is_action]
    assert len(asked) > 10
    assert len(behind) > 60
    wrong = []
    for seed, case in enumerate([*asked, *behind[::EVERY]]):
        try:
            differs = what_differs(shop, recording, total, case, seed)
        except AssertionError as error:
            differs = str(error)
        wrong += [f"{case}, seed {seed}\n{differs}"] if differs else []
    assert not wrong, "\n\n".join(wrong)
