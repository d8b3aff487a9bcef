"""Scheduled rules: the clock that invokes functions, as EventBridge's rate() and cron() do, in UTC."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scripts.local.events.batches import Wiring, invoke_safely
from scripts.local.events.expressions import parse_expression
from scripts.local.template.model import LogLine, Outcome, Schedule


class UnknownScheduleError(LookupError):
    """No schedule of the stack has this id."""


class Scheduler:
    """Fires the stack's schedules. Raises ExpressionError when one cannot be read."""

    def __init__(self, schedules: Sequence[Schedule], wiring: Wiring) -> None:
        self._schedules = {schedule.id: schedule for schedule in schedules}
        self._expressions = {schedule.id: parse_expression(schedule.expression) for schedule in schedules}
        self._wiring = wiring

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """The schedules by id."""
        return self._schedules

    async def run(self) -> None:
        """Fire until cancelled."""
        enabled = [schedule for schedule in self._schedules.values() if schedule.enabled]
        await asyncio.gather(*(self._follow(schedule) for schedule in enabled))

    async def fire(self, schedule_id: str) -> Outcome:
        """Invoke the schedule's function with its input, now. Raises UnknownScheduleError."""
        schedule = self._schedules.get(schedule_id)
        if schedule is None:
            raise UnknownScheduleError(schedule_id)
        payload = schedule.input if schedule.input is not None else self._envelope(schedule)
        outcome = await invoke_safely(self._wiring.invoke, schedule.function, payload)
        if outcome.function_error:
            text = f"schedule {schedule.id} failed: {str(outcome.payload)[:300]}"
            self._wiring.log(LogLine(schedule.function, text, platform=True))
        return outcome

    async def _follow(self, schedule: Schedule) -> None:
        expression = self._expressions[schedule.id]
        moment = expression.next_after(self._now())
        while moment is not None:
            await self._wiring.sleep(max(0.0, (moment - self._now()).total_seconds()))
            await self.fire(schedule.id)
            # Firings that were missed, while a laptop slept say, are not made up for.
            moment = expression.next_after(max(moment, self._now()))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wiring.clock(), UTC)

    def _envelope(self, schedule: Schedule) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._wiring.account,
            "time": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._wiring.region,
            "resources": [f"arn:aws:events:{self._wiring.region}:{self._wiring.account}:rule/{schedule.id}"],
            "detail": {},
        }
