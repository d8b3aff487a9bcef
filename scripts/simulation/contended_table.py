"""A DynamoDB table under load, as far as its documentation and pricing tell how it behaves.

- A partition key takes 1,000 write units a second. A transaction's writes cost two for each item and kilobyte, and an
  index one more. What is above is throttled. (DynamoDB splits hot partitions and lends unused capacity for a while;
  neither is counted on here, and neither helps a single item.)
- While a transaction writes an item, every other one that comes along with that item is refused: TransactionConflict.
- A call takes its time: a network's half on the way there and back, and in between a log-normal time of service.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.simulation.memory.capacity import WRITE_BYTES, begun
from scripts.simulation.memory.client import TableClient, refused
from scripts.simulation.memory.errors import TransactionError
from scripts.simulation.memory.schema import Key
from scripts.simulation.memory.values import item_size
from scripts.simulation.virtual_time import VirtualTime

UNITS_A_SECOND = 1000.0
BURST_SECONDS = 0.1  # of units that may be used at once
NETWORK_SECONDS = 0.0005  # one way
READ_SECONDS, WRITE_SECONDS, TRANSACTION_SECONDS = 0.002, 0.004, 0.008  # medians of the time of service
SPREAD = 0.35  # sigma of their logarithms: p99 is 2.3 times the median


class ContendedTable(TableClient):
    """The table. `used` counts write units by partition, `counts` what happened."""

    def __init__(self, time: VirtualTime, seed: int) -> None:
        super().__init__("CatalogTable")
        self.used: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.loaded = True  # off while the scene is set
        self._time = time
        self._random = random.Random(seed)
        self._busy: set[Key] = set()
        self._tokens: dict[str, tuple[float, float]] = {}  # by partition: units left, at which time

    def _service(self, median: float) -> None:
        self._time.sleep(median * self._random.lognormvariate(0.0, SPREAD))

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if not self.loaded:
            return super()._make_api_call(operation, request)
        self.counts[operation] += 1
        self._time.sleep(NETWORK_SECONDS)
        try:
            if operation == "TransactWriteItems":
                return self._contended(request)
            self._service(READ_SECONDS if operation in {"GetItem", "BatchGetItem", "Query"} else WRITE_SECONDS)
            return super()._make_api_call(operation, request)
        finally:
            self._time.sleep(NETWORK_SECONDS)

    def _contended(self, request: Mapping[str, Any]) -> dict[str, Any]:
        writes = [write for entry in request["TransactItems"] for write in entry.values()]
        keys = [_key(write) for write in writes]
        codes = ["TransactionConflict" if key in self._busy else "None" for key in keys]
        if not any(code != "None" for code in codes):
            codes = self._throttled(writes)
        if refusal := next((code for code in codes if code != "None"), None):
            self.counts[refusal] += 1
            raise refused("TransactWriteItems", TransactionError([{"Code": code} for code in codes]))
        self._busy.update(keys)
        try:
            self._service(TRANSACTION_SECONDS)
            return super()._make_api_call("TransactWriteItems", request)
        finally:
            self._busy.difference_update(keys)

    def _throttled(self, writes: Iterable[Mapping[str, Any]]) -> list[str]:
        codes = []
        for write in writes:
            key = _key(write)
            stored = {**self.items.get(key, {}), **write.get("Item", {})}
            units = begun(item_size(stored), WRITE_BYTES)
            partitions = {key[0]: 2 * units}
            if index := stored.get("due_pk"):
                partitions[f"due {index['S']}"] = units
            codes.append("None" if all(self._admits(*one) for one in partitions.items()) else "ThrottlingError")
        return codes

    def _admits(self, partition: str, units: int) -> bool:
        """Uses up so many units of a partition, if it has them."""
        left, at = self._tokens.get(partition, (UNITS_A_SECOND * BURST_SECONDS, self._time.now))
        left = min(UNITS_A_SECOND * BURST_SECONDS, left + (self._time.now - at) * UNITS_A_SECOND)
        admitted = left >= units
        self._tokens[partition] = (left - units if admitted else left, self._time.now)
        self.used[partition] += units if admitted else 0
        return admitted


def _key(write: Mapping[str, Any]) -> Key:
    attributes = write.get("Item") or write["Key"]
    return attributes["pk"]["S"], attributes["sk"]["S"]
