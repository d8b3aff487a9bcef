"""Simulates the shop: scripts/simulate [--seeds N] [--seed S] [--jobs N].

Each seed is a history of several shoppers under random faults; at its end every rule of the domain must hold. A seed
that fails is named; `--seed S` plays it again and tells what happens.
"""

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from scripts.simulation.flows import stock_the_shop
from scripts.simulation.opening import open_shop
from scripts.simulation.simulator import ViolationError, simulate

BAR = 40
SHARE = 5  # seeds that a process takes at a time


class Player:
    """A process's shop, opened once, in which it plays one history after the other."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.shop = self._open.enter_context(open_shop())
        stock_the_shop(self.shop)
        self.base = self.shop.snapshot()
        gc.freeze()  # moto and botocore are megabytes of objects that stay

    def play(self, seed: int, tell: Callable[[str], None] = lambda _: None) -> str:
        """What is wrong at the end of a seed's history; empty when every rule holds."""
        try:
            simulate(self.shop, self.base, seed, tell=tell)
        except ViolationError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  a harness or a handler that breaks fails its seed too
            return repr(error)
        return ""


@lru_cache(maxsize=1)
def player() -> Player:
    """This process's."""
    return Player()


def play_share(seeds: range) -> dict[int, str]:
    """What is wrong, by seed; nothing for seeds at whose end every rule holds."""
    told = {seed: player().play(seed) for seed in seeds}
    return {seed: wrong for seed, wrong in told.items() if wrong}


@dataclass
class Progress:
    """How far it has got: a bar on a terminal, a line now and then in a file."""

    total: int
    done: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    _last: str = ""

    def add(self, count: int, failed: Mapping[int, str]) -> None:
        """Counts a share, tells of those that failed, and draws."""
        self.done += count
        self.failed |= failed
        for seed, wrong in failed.items():
            self._clear()
            print(f"seed {seed}: {wrong}\n   play it again: scripts/simulate --seed {seed}", flush=True)
        spent = time.monotonic() - self.started
        rate = self.done / spent
        left = timedelta(seconds=round((self.total - self.done) / rate))
        full = BAR * self.done // self.total
        bar = "█" * full + "·" * (BAR - full)
        told = f"{bar} {self.done}/{self.total} seeds, {len(self.failed)} failed, {rate:.1f} a second, {left} left"
        if sys.stderr.isatty():
            print(f"\r{told}  ", end="", file=sys.stderr, flush=True)
        elif bar != self._last:
            print(told, file=sys.stderr, flush=True)
        self._last = bar

    def _clear(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def replay(seed: int) -> int:
    """Plays one seed and tells its history."""
    wrong = player().play(seed, tell=print)
    print(f"\nseed {seed}: these rules do not hold:\n{wrong}" if wrong else f"\nseed {seed}: every rule holds")
    return 1 if wrong else 0


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
    last = options.first + options.seeds
    shares = [range(first, min(first + SHARE, last)) for first in range(options.first, last, SHARE)]
    progress = Progress(options.seeds)
    with ProcessPoolExecutor(options.jobs) as pool:
        under_way = {pool.submit(play_share, share): share for share in shares}
        for future in as_completed(under_way):
            progress.add(len(under_way[future]), future.result())
    spent = time.monotonic() - progress.started
    print(file=sys.stderr)
    print(
        f"{options.seeds} seeds, {len(progress.failed)} with violations, "
        f"{spent:.0f} s, {options.seeds / spent:.1f} a second"
    )
    if progress.failed:
        print(f"violations: {', '.join(map(str, sorted(progress.failed)))}")
    return 1 if progress.failed else 0


if __name__ == "__main__":
    sys.exit(main())
