"""Simulation: several shoppers, random faults, events late, twice and out of order, all from one seed.

The same production code as in the cloud, one thread, virtual time. One seed gives one history: what fails is played
again from its number.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from scripts.simulation.client import Client
from scripts.simulation.deeds import Deeds
from scripts.simulation.faults import Fault
from scripts.simulation.messages import Step
from scripts.simulation.network import Call
from scripts.simulation.settling import check_world, run_due_schedules
from scripts.simulation.shop import Shop, Snapshot

FAULT_RATES = (0.0, 0.01, 0.03, 0.08)
CALM_AFTER = 3  # failed deliveries of a message, after which nothing more happens to it: no fault lasts for ever
SHOPPERS = 3
DEEDS = 8


class ViolationError(Exception):
    """A rule of the domain does not hold at the end of a history."""


@dataclass
class Storm:
    """Chance, for as long as it blows."""

    dice: random.Random
    rate: float
    calm: bool = False

    def plan(self, call: Call) -> Fault | None:
        """Whether this call meets a fault, and which."""
        if self.calm or self.dice.random() >= self.rate:
            return None
        return self.dice.choice(sorted(call.applicable))


class Simulation:
    """One history of the shop."""

    def __init__(self, shop: Shop, base: Snapshot, seed: int, *, tell: Callable[[str], None] = lambda _: None) -> None:
        shop.restore(base)
        self._dice = random.Random(seed)
        shop.random = random.Random(seed + 1)
        self._shop = shop
        self._tell = tell
        self._deeds = Deeds(self._dice, self._work)
        self._storm = Storm(random.Random(seed + 2), self._dice.choice(FAULT_RATES))
        patience = self._dice.randint(1, 3)
        self._clients = [Client(shop, name=str(number), patience=patience) for number in range(SHOPPERS)]

    def run(self) -> None:
        """Lets it happen. Raises ViolationError."""
        self._shop.network.plan = self._storm.plan
        for _ in range(DEEDS):
            client = self._dice.choice(self._clients)
            deed = self._deeds.choose()
            self._note(f"{deed.__name__} by {client.name}: {deed(client)}")
            self._work(self._dice.randint(0, 12))
        self._work(30)
        self._storm.calm = True
        try:
            check_world(self._shop)
        except AssertionError as error:
            raise ViolationError(str(error)) from error

    def _note(self, text: str) -> None:
        self._tell(f"{self._shop.now:%H:%M:%S} {text}")

    def _work(self, steps: int) -> None:
        """Some of what can happen now does, in any order; time goes by."""
        for _ in range(steps):
            possible = self._shop.steps()
            if not possible or self._dice.random() < 0.05:
                self._shop.pass_time(timedelta(seconds=self._dice.choice((1, 20, 60, 200, 420))))
                run_due_schedules(self._shop)
                continue
            self._take(self._dice.choice(possible))

    def _take(self, step: Step) -> None:
        self._note(step.label)
        if step.kind == "relay":
            self._shop.take(step)
            return
        message = step.what
        self._storm.calm = message.tries >= CALM_AFTER
        again = message.taken < 2 and self._dice.random() < 0.25
        self._shop.deliver(message, keep=again)
        self._storm.calm = False
        if again and message.taken:
            message.due = self._shop.now + timedelta(seconds=self._dice.choice((0, 5, 100, 600)))


def simulate(shop: Shop, base: Snapshot, seed: int, *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Plays the history of a seed. Raises ViolationError, with what does not hold."""
    Simulation(shop, base, seed, tell=tell).run()
