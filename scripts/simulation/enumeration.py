"""Every call of a flow, met by every fault that it can meet: found by running the flow and looking, not by a list.

A flow is recorded as steps: an action of its own, or a relay's or consumer's run. Each step begins with functions that
are cold, from a snapshot; so a fault in the n-th call of a step needs no more than that step and what comes after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.simulation.client import Client
from scripts.simulation.faults import Fault
from scripts.simulation.flows import Flow
from scripts.simulation.messages import Step
from scripts.simulation.network import Call
from scripts.simulation.settling import check_world, end_state
from scripts.simulation.shop import Shop, Snapshot


@dataclass(frozen=True)
class Moment:
    """A step of a flow: how the shop stood before it, and the calls that were made in it."""

    label: str
    action: int  # number of the action it is, or that it follows from
    is_action: bool
    snapshot: Snapshot
    memory: dict[str, Any]
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Case:
    """One call of a flow that is to meet one fault."""

    moment: Moment
    call: Call
    fault: Fault

    @property
    def site(self) -> tuple[str, str, str, Fault]:
        """What makes two cases alike: the kind of step, the caller, what is called, and the fault."""
        return (self.moment.label, self.call.function, self.call.name, self.fault)

    def __str__(self) -> str:
        return f"{self.moment.label}: call {self.call} is {self.fault.value}"


@dataclass(frozen=True)
class Recording:
    """A flow as it goes when nothing goes wrong."""

    flow: Flow
    moments: tuple[Moment, ...]
    end: str

    def cases(self) -> Iterator[Case]:
        """Each call with each of its faults."""
        for moment in self.moments:
            for call in moment.calls:
                for fault in Fault:
                    if fault in call.applicable:
                        yield Case(moment, call, fault)


def record(shop: Shop, base: Snapshot, flow: Flow) -> Recording:
    """Runs a flow, and notes down each step."""
    shop.restore(base)
    client = Client(shop)
    moments: list[Moment] = []

    def note(label: str, number: int, run: Any, *, is_action: bool) -> None:
        shop.processes.die_all()
        before, memory = shop.snapshot(), dict(client.memory)
        shop.network.reset_calls()
        run()
        moments.append(Moment(label, number, is_action, before, memory, tuple(shop.network.calls)))

    for number, action in enumerate(flow.actions):
        note(f"action {number}", number, lambda action=action: action(client), is_action=True)
        while steps := shop.steps():
            note(steps[0].label, number, lambda steps=steps: shop.take(steps[0]), is_action=False)
    check_world(shop)
    assert not shop.raised, shop.raised
    return Recording(flow, tuple(moments), end_state(shop))


def run_case(shop: Shop, recording: Recording, case: Case) -> None:
    """Goes on from the case's step, with the fault in it; the world must be right at the end, and end as it should.

    Raises AssertionError.
    """
    moment = case.moment
    shop.restore(moment.snapshot)
    client = Client(shop, memory=dict(moment.memory))
    shop.network.plan = lambda call: case.fault if call.index == case.call.index else None
    actions = recording.flow.actions[moment.action :]
    if not moment.is_action:
        step = _first(shop)
        shop.take(step)
        actions = actions[1:]
    else:
        actions[0](client)
        actions = actions[1:]
    met = [str(call) for call in shop.network.calls if call.index == case.call.index]
    assert met, "the step made fewer calls than when it was recorded"
    shop.network.plan = lambda _: None
    work_off(shop)
    for action in actions:
        action(client)
        work_off(shop)
    check_world(shop)
    end = end_state(shop)
    assert end == recording.end, f"it ends as\n{end}\nand not as\n{recording.end}"


def _first(shop: Shop) -> Step:
    return shop.steps()[0]


def work_off(shop: Shop) -> None:
    """What is due, and what comes again after a failure: the next action finds its predecessors' work done."""
    shop.drain()
    while retries := [message for message in shop.waiting if message.tries]:
        shop.now = max(shop.now, min(message.due for message in retries))
        shop.run_schedules()
        shop.drain()
