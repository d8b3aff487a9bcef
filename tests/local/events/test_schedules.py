"""The scheduler fires what is due, and on demand."""

import asyncio
from typing import Any

import pytest

from scripts.local.events.schedules import Scheduler, UnknownScheduleError
from scripts.local.template.model import LogLine, Schedule
from tests.local.event_fakes import FAILED, FakeFunction, FakeMoto, FakeTime, until, wire

SWEEP = Schedule("Sweep", "rate(1 minute)", "Sweeper", {"task": "sweep"})


def test_a_rate_fires_a_period_after_the_start_and_each_period_after() -> None:
    async def scenario() -> None:
        time, function = FakeTime(), FakeFunction(None)
        task = asyncio.create_task(Scheduler([SWEEP], wire(FakeMoto(), function, time)).run())
        await until(lambda: len(function.payloads) >= 3)
        task.cancel()
        assert time.naps[:3] == [60.0, 60.0, 60.0]
        assert function.payloads[:2] == [{"task": "sweep"}, {"task": "sweep"}]

    asyncio.run(scenario())


def test_a_disabled_schedule_fires_on_demand_only() -> None:
    async def scenario() -> None:
        disabled = Schedule("Sweep", "rate(1 minute)", "Sweeper", None, enabled=False)
        function = FakeFunction("done")
        scheduler = Scheduler([disabled], wire(FakeMoto(), function))
        await scheduler.run()
        assert function.payloads == []
        assert (await scheduler.fire("Sweep")).payload == "done"
        envelope: Any = function.payloads[0]
        assert envelope["detail-type"] == "Scheduled Event"
        assert envelope["source"] == "aws.events"
        assert envelope["time"] == "2026-11-22T12:00:00Z"
        assert envelope["resources"] == ["arn:aws:events:eu-west-1:123456789012:rule/Sweep"]

    asyncio.run(scenario())


def test_a_schedule_that_fails_is_told_and_nobody_knows_another() -> None:
    async def scenario() -> None:
        log: list[LogLine] = []
        scheduler = Scheduler([SWEEP], wire(FakeMoto(), FakeFunction(FAILED), log=log))
        assert (await scheduler.fire("Sweep")).function_error
        assert "schedule Sweep failed" in log[0].text
        with pytest.raises(UnknownScheduleError):
            await scheduler.fire("Nobody")

    asyncio.run(scenario())
