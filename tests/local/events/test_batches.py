"""How batches of events share the machine."""

import asyncio
from collections.abc import Mapping
from typing import Any

from scripts.local.events.batches import in_turn
from scripts.local.template.model import Outcome


def test_so_many_batches_run_at_once_and_the_others_in_their_turn() -> None:
    started: list[str] = []
    ended: list[str] = []

    async def run() -> list[Outcome]:
        two_run, go_on = asyncio.Event(), asyncio.Event()

        async def invoke(function: str, _payload: Mapping[str, Any]) -> Outcome:
            started.append(function)
            if len(started) == 2:
                two_run.set()
            await go_on.wait()
            assert len(started) - len(ended) <= 2
            ended.append(function)
            return Outcome("", function)

        limited = in_turn(invoke, 2)
        outcomes = asyncio.gather(*(limited(str(number), {}) for number in range(5)))
        await two_run.wait()
        go_on.set()
        return await outcomes

    assert [outcome.payload for outcome in asyncio.run(run())] == ["0", "1", "2", "3", "4"]


def test_a_batch_that_breaks_gives_its_turn_back() -> None:
    async def invoke(_function: str, _payload: Mapping[str, Any]) -> Outcome:
        raise RuntimeError

    async def run() -> list[Outcome | BaseException]:
        limited = in_turn(invoke, 1)
        return list(await asyncio.gather(limited("one", {}), limited("other", {}), return_exceptions=True))

    assert [type(result) for result in asyncio.run(run())] == [RuntimeError, RuntimeError]
