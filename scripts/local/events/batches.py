"""What a batch's answer means: which records failed, as Lambda reads a partial batch response.

Source: "Handling errors for an SQS event source" and "Configuring partial batch response with DynamoDB",
AWS Lambda developer guide. A whole batch fails when the function does, or when its answer names an item
that is empty, null, under another key, or not of the batch. No list, null or an empty list is success.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.local.aws.moto_client import MotoClient
from scripts.local.template.model import LogLine, Outcome

Invoke = Callable[[str, Mapping[str, Any]], Awaitable[Outcome]]
Log = Callable[[LogLine], None]


@dataclass(frozen=True)
class Wiring:
    """What every mover of events is connected to. `clock` is in epoch seconds; tests bring their own."""

    moto: MotoClient
    invoke: Invoke
    log: Log
    region: str
    account: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep


def failed_items(outcome: Outcome, known: Collection[str], *, reports: bool) -> set[str] | None:
    """The identifiers that failed; None: all of them did.

    `known` are the batch's identifiers; `reports` says whether ReportBatchItemFailures is on: without it
    any answer is success.
    """
    if outcome.function_error:
        return None
    if not reports or outcome.payload is None:
        return set()
    failures = (outcome.payload.get("batchItemFailures") or []) if isinstance(outcome.payload, Mapping) else None
    if not isinstance(failures, list):
        return None
    identifiers = [failure.get("itemIdentifier") if isinstance(failure, Mapping) else None for failure in failures]
    failed = {each for each in identifiers if isinstance(each, str) and each in known}
    return failed if all(isinstance(each, str) and each in failed for each in identifiers) else None


def in_turn(invoke: Invoke, at_once: int) -> Invoke:
    """`invoke` for what nobody waits for: so many at once, the others when it is their turn.

    A laptop is not the cloud: a burst of events must not take the time of those who wait for an answer.
    """
    turns = asyncio.Semaphore(at_once)

    async def invoke_in_turn(function: str, payload: Mapping[str, Any]) -> Outcome:
        async with turns:
            return await invoke(function, payload)

    return invoke_in_turn


async def invoke_safely(invoke: Invoke, function: str, payload: Mapping[str, Any]) -> Outcome:
    """Invoke; what goes wrong in the runtime itself counts as an error of the function, so that it is tried again."""
    try:
        return await invoke(function, payload)
    except Exception as error:  # noqa: BLE001  a poller must outlive whatever the runtime raises
        return Outcome("", {"errorType": type(error).__name__, "errorMessage": str(error)}, function_error=True)
