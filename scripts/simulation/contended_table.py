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

from scripts.simulation.table_model import Key, TableModel, cancelled, key_of, writes_of
from scripts.simulation.virtual_time import VirtualTime

UNITS_A_SECOND = 1000.0
BURST_SECONDS = 0.1  # of units that may be used at once
NETWORK_SECONDS = 0.0005  # one way
READ_SECONDS, WRITE_SECONDS, TRANSACTION_SECONDS = 0.002, 0.004, 0.008  # medians of the time of service
SPREAD = 0.35  # sigma of their logarithms: p99 is 2.3 times the median
KILOBYTE = 1024


def size_of(value: Any) -> int:
    """Bytes of a typed value, as DynamoDB counts them."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return 3 + size_of_item(content) + len(content)
        case "L":
            return 3 + sum(1 + size_of(each) for each in content)
        case "N":
            return 1 + (len(content.lstrip("-")) + 1) // 2
        case "S":
            return len(content.encode())
        case _:
            return 1


def size_of_item(item: Mapping[str, Any]) -> int:
    """Bytes of an item, names and all."""
    return sum(len(name) + size_of(typed) for name, typed in item.items())


class ContendedTable(TableModel):
    """The table. `used` counts write units by partition, `counts` what happened."""

    def __init__(self, time: VirtualTime, seed: int) -> None:
        super().__init__()
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
        writes = writes_of(request)
        keys = [key_of(write.get("Item") or write["Key"]) for write in writes]
        codes = ["TransactionConflict" if key in self._busy else "None" for key in keys]
        if not any(code != "None" for code in codes):
            codes = self._throttled(writes)
        if not any(code != "None" for code in codes):
            codes = self.refusals(writes)
        if refused := next((code for code in codes if code != "None"), None):
            self.counts[refused] += 1
            raise cancelled(codes)
        self._busy.update(keys)
        try:
            self._service(TRANSACTION_SECONDS)
            for write in writes:
                self._apply(write)
        finally:
            self._busy.difference_update(keys)
        return {}

    def _throttled(self, writes: Iterable[Mapping[str, Any]]) -> list[str]:
        codes = []
        for write in writes:
            pk, sk = key_of(write.get("Item") or write["Key"])
            stored = {**self.items.get((pk, sk), {}), **write.get("Item", {})}
            units = -(-size_of_item(stored) // KILOBYTE)
            partitions = {pk: 2 * units}
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
