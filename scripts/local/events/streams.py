"""DynamoDB stream event source mappings: read a shard in order, filter, invoke, try again, give up to S3.

Every poll takes a fresh AFTER_SEQUENCE_NUMBER iterator: moto's older ones go stale when a cancelled
transaction puts another shard in place. Filtered and handled records move the position on; a batch that
fails holds its shard, as in the cloud, until it succeeds, is bisected to its bad record, or is given up.
"""

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from scripts.local.aws.moto_client import MotoError, wait_for_wake
from scripts.local.events.batches import Wiring, failed_items, invoke_safely
from scripts.local.events.destinations import Abandoned, OnFailure
from scripts.local.events.patterns import matches
from scripts.local.template.model import LogLine, Outcome, StreamSource

Record = Mapping[str, Any]
_TICK = 5.0  # seconds between looks when nothing tells of a write
_PER_READ = 1000
_LONGEST_BACK_OFF = 30.0


class StreamPoller:
    """Polls the shards of one stream for one function."""

    def __init__(
        self,
        source: StreamSource,
        wiring: Wiring,
        wake: asyncio.Event,
        *,
        on_failure: OnFailure | None = None,
        mark: Callable[[Record], Record] = lambda record: record,
    ) -> None:
        """`mark` may change a record on its way: `ttl.py` names who deleted it."""
        self._source = source
        self._wiring = wiring
        self._moto = wiring.moto
        self._wake = wake
        self._on_failure = on_failure
        self._mark = mark
        self._positions: dict[str, str] = {}  # shard → last sequence number that is done with

    async def run(self) -> None:
        """Poll until cancelled."""
        shards: list[str] = []
        while True:
            try:
                shards = shards or await self._list_shards()
                await asyncio.gather(*(self._read_shard(shard) for shard in shards))
            except MotoError as error:
                shards = []
                self._complain(f"cannot read the stream: {error}")
            await wait_for_wake(self._wake, _TICK)

    async def _list_shards(self) -> list[str]:
        answer = await self._moto.call("streams", "DescribeStream", {"StreamArn": self._source.stream_arn})
        return [shard["ShardId"] for shard in answer["StreamDescription"]["Shards"]]

    async def _read_shard(self, shard: str) -> None:
        """Process what is new in the shard until there is no more."""
        while records := await self._read(shard):
            wanted = [record for record in records if self._is_wanted(record)]
            for batch in _chunks(wanted, max(1, self._source.batch_size)):
                await self._process(shard, batch)
            self._positions[shard] = _sequence(records[-1])

    async def _read(self, shard: str) -> list[Record]:
        request = {"StreamArn": self._source.stream_arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        if position := self._positions.get(shard):
            request |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": position}
        iterator = (await self._moto.call("streams", "GetShardIterator", request))["ShardIterator"]
        answer = await self._moto.call("streams", "GetRecords", {"ShardIterator": iterator, "Limit": _PER_READ})
        return [self._shape(record) for record in answer.get("Records") or []]

    def _shape(self, record: Record) -> Record:
        """The record as Lambda shapes it: region, source and times are not what moto says."""
        written = dict(record["dynamodb"])
        written["ApproximateCreationDateTime"] = _epoch(
            written.get("ApproximateCreationDateTime"), self._wiring.clock()
        )
        return self._mark(
            {
                **record,
                "awsRegion": self._wiring.region,
                "eventVersion": "1.1",
                "eventSourceARN": self._source.stream_arn,
                "dynamodb": written,
            }
        )

    def _is_wanted(self, record: Record) -> bool:
        return not self._source.filters or any(matches(pattern, record) for pattern in self._source.filters)

    async def _process(self, shard: str, batch: Sequence[Record]) -> None:
        """See a batch through: to success, or given up."""
        pending = [list(batch)]
        while pending:
            records = pending.pop(0)
            remaining = await self._try_once_or_more(shard, records)
            pending = [part for part in remaining if part] + pending

    async def _try_once_or_more(self, shard: str, records: list[Record]) -> list[list[Record]]:
        """Try a batch until it succeeds, is given up (both: nothing is left), or is split; answers what is left."""
        for attempt in itertools.count(1):
            old = [record for record in records if self._is_too_old(record)]
            if old:
                await self._give_up(shard, old, "RecordAgeExceeded", attempt - 1, None)
                return [[record for record in records if record not in old]]
            outcome = await invoke_safely(self._wiring.invoke, self._source.function, {"Records": records})
            known = [_sequence(record) for record in records]
            failed = failed_items(outcome, known, reports=self._source.report_failures)
            if failed == set():
                return []
            self._complain(f"attempt {attempt} at {len(records)} records failed: {str(outcome.payload)[:300]}")
            if failed:
                # What came before the first failure is done with, and counts as progress.
                first = min(known.index(each) for each in failed)
                if first:
                    await self._wiring.sleep(_back_off(1))
                    return [records[first:]]
            if self._source.bisect and len(records) > 1:
                # Splitting uses up no retry. A first record that was named is set apart at once.
                middle = 1 if failed else len(records) // 2
                await self._wiring.sleep(_back_off(1))
                return [records[:middle], records[middle:]]
            if 0 <= self._source.max_retries < attempt:
                await self._give_up(shard, records, "RetryAttemptsExhausted", attempt, outcome)
                return []
            await self._wiring.sleep(_back_off(attempt))
        raise AssertionError("unreachable")

    def _is_too_old(self, record: Record) -> bool:
        limit = self._source.max_record_age
        age = self._wiring.clock() - float(record["dynamodb"]["ApproximateCreationDateTime"])
        return 0 <= limit < age

    async def _give_up(
        self, shard: str, records: Sequence[Record], condition: str, attempts: int, outcome: Outcome | None
    ) -> None:
        self._complain(f"{len(records)} records given up: {condition}")
        if self._on_failure and self._source.on_failure_bucket:
            abandoned = Abandoned(self._source, shard, tuple(records), condition, attempts, outcome)
            try:
                await self._on_failure.store(self._source.on_failure_bucket, abandoned)
            except MotoError as error:
                self._complain(f"the on-failure object was not stored: {error}")

    def _complain(self, text: str) -> None:
        self._wiring.log(LogLine(self._source.function, f"stream: {text}", platform=True))


def _chunks(records: Sequence[Record], size: int) -> list[Sequence[Record]]:
    return [records[start : start + size] for start in range(0, len(records), size)]


def _sequence(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _back_off(attempt: int) -> float:
    return float(min(0.5 * 2.0 ** (attempt - 1), _LONGEST_BACK_OFF))


def _epoch(value: Any, default: float) -> float:
    """Moto tells ISO 8601 or epoch seconds, depending on who serialises."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return default
