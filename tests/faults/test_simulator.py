"""Histories of several shoppers under random faults: at the end of each, every rule of the domain holds."""

import os

import pytest
from botocore.retries.quota import RetryQuota

from scripts.simulation.settling import end_state
from scripts.simulation.shop import Shop, Snapshot
from scripts.simulation.simulator import simulate

SEEDS = int(os.environ.get("MINISHOP_SEEDS", "24"))  # scripts/simulate plays any number
PARTS = 6
ALIKE = 4  # histories that are played both ways


@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_ends_with_a_broken_rule(shop: Shop, base: Snapshot, part: int) -> None:
    for seed in range(part, SEEDS, PARTS):
        try:
            simulate(shop, base, seed)
        except Exception as error:
            raise AssertionError(f"scripts/simulate --seed {seed} plays this again:\n{error}") from error


def test_a_seed_gives_one_history(shop: Shop, base: Snapshot) -> None:
    told: list[list[str]] = []
    ends = []
    for _ in range(2):
        told.append([])
        simulate(shop, base, 7, tell=told[-1].append)
        ends.append(end_state(shop))
    assert told[0] == told[1]
    assert ends[0] == ends[1]
    assert len(told[0]) > 20


def test_what_earlier_histories_tried_again_is_not_counted_in_later_ones(shop: Shop, base: Snapshot) -> None:
    quotas = shop.processes.of("OrdersApiFunction").quotas
    assert quotas
    for tries in quotas:
        assert tries.acquire(tries.available_capacity)
    shop.restore(base)
    assert {tries.available_capacity for tries in quotas} == {RetryQuota.INITIAL_CAPACITY}


def test_going_past_botocore_changes_no_history(shop: Shop, base: Snapshot) -> None:
    """Each AWS call by way of botocore and the wire, or straight: the same calls, faults and ends."""
    lives: list[list[str]] = []
    for shortcut in (True, False):
        lives.append([])
        shop.network.shortcut = shortcut
        for seed in range(ALIKE):
            simulate(shop, base, seed, tell=lives[-1].append)
            lives[-1] += [str(call) for call in shop.network.calls]
            lives[-1].append(end_state(shop))
    assert lives[0] == lives[1]
