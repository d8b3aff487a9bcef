"""Simulates the shop: scripts/simulate [--seeds N] [--seed S] [--jobs N].

Each seed is a history of several shoppers under random faults; at its end every rule of the domain must hold. A seed
that fails is named; `--seed S` plays it again and tells what happens.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count

from scripts.simulation.flows import stock_the_shop
from scripts.simulation.shop import open_shop
from scripts.simulation.simulator import ViolationError, simulate

BAR = 40
SHARE = 20  # seeds that a process takes at a time


def run_seeds(seeds: range) -> dict[int, str]:
    """What is wrong, by seed; nothing for seeds at whose end every rule holds."""
    failed: dict[int, str] = {}
    with open_shop() as shop:
        stock_the_shop(shop)
        base = shop.snapshot()
        for seed in seeds:
            try:
                simulate(shop, base, seed)
            except ViolationError as error:
                failed[seed] = str(error)
            except Exception as error:  # noqa: BLE001  a harness or a handler that breaks fails its seed too
                failed[seed] = repr(error)
    return failed


def show(done: int, total: int, failed: int, started: float) -> None:
    """Draws the bar."""
    full = BAR * done // total
    left = (time.monotonic() - started) / max(done, 1) * (total - done)
    bar = "█" * full + "·" * (BAR - full)
    print(f"\r{bar} {done}/{total} seeds, {failed} failed, {left:.0f} s left ", end="", file=sys.stderr, flush=True)


def replay(seed: int) -> int:
    """Plays one seed and tells its history."""
    with open_shop() as shop:
        stock_the_shop(shop)
        base = shop.snapshot()
        try:
            simulate(shop, base, seed, tell=print)
        except ViolationError as error:
            print(f"\nseed {seed}: these rules do not hold:\n{error}")
            return 1
    print(f"\nseed {seed}: every rule holds")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 1 when a seed failed."""
    parser = argparse.ArgumentParser(prog="scripts/simulate", description="Simulate the shop under random faults.")
    parser.add_argument("--seeds", type=int, default=200, help="how many histories (default 200)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seed", type=int, help="play this one history, and tell it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one per core)")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        return replay(options.seed)
    if options.seeds < 1 or options.jobs < 1:
        parser.error("--seeds and --jobs are at least 1")
    started, done = time.monotonic(), 0
    failed: dict[int, str] = {}
    last = options.first + options.seeds
    shares = [range(first, min(first + SHARE, last)) for first in range(options.first, last, SHARE)]
    with ProcessPoolExecutor(options.jobs) as pool:
        for share, found in zip(shares, pool.map(run_seeds, shares), strict=True):
            done += len(share)
            failed |= found
            show(done, options.seeds, len(failed), started)
    print(file=sys.stderr)
    for number, (seed, wrong) in zip(count(1), sorted(failed.items()), strict=False):
        print(f"{number}. seed {seed}: {wrong}\n   play it again: scripts/simulate --seed {seed}")
    print(f"{options.seeds} seeds, {len(failed)} with violations, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
