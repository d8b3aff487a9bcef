"""DynamoDB's time to live: expired items are deleted, and their stream records say by whom.

moto keeps the setting but deletes nothing. Within a minute here, within days in the cloud: nothing may
depend on it for correctness. Items that expired more than five years ago are left alone, as there.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from scripts.local.aws.moto_client import MotoError
from scripts.local.events.batches import Wiring
from scripts.local.template.model import LogLine

_FIVE_YEARS = 5 * 365 * 86400  # seconds
_REMEMBERED = 10_000  # deletions whose stream record may still come
_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class TimeToLive:
    """Sweeps the tables that have a TTL attribute. `tables` is name → attribute."""

    def __init__(self, tables: Mapping[str, str], wiring: Wiring, *, period: float = 60.0) -> None:
        self._tables = tables
        self._wiring = wiring
        self._moto = wiring.moto
        self._period = period
        self._deleted: OrderedDict[str, None] = OrderedDict()
        self._keys: dict[str, list[str]] = {}

    async def run(self) -> None:
        """Sweep once a period until cancelled."""
        while True:
            await self._wiring.sleep(self._period)
            await self.sweep()

    async def sweep(self) -> int:
        """Delete what has expired; answers how many items that were."""
        count = 0
        for table, attribute in self._tables.items():
            try:
                count += await self._sweep_table(table, attribute)
            except MotoError as error:
                self._wiring.log(LogLine("", f"time to live of {table}: {error}", platform=True))
        return count

    def mark(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add `userIdentity` to the stream record of an item that a sweep deleted."""
        if record.get("eventName") != "REMOVE":
            return record
        table = record["eventSourceARN"].partition(":table/")[2].partition("/")[0]
        written = record["dynamodb"]
        expiry = (written.get("OldImage") or {}).get(self._tables.get(table, ""))
        if _token(table, written["Keys"], expiry) not in self._deleted:
            return record
        return {**record, "userIdentity": dict(_IDENTITY)}

    async def _sweep_table(self, table: str, attribute: str) -> int:
        now = int(self._wiring.clock())
        request: dict[str, Any] = {
            "TableName": table,
            "FilterExpression": "attribute_type(#ttl, :number) AND #ttl BETWEEN :oldest AND :now",
            "ExpressionAttributeNames": {"#ttl": attribute},
            "ExpressionAttributeValues": {
                ":number": {"S": "N"},
                ":oldest": {"N": str(now - _FIVE_YEARS)},
                ":now": {"N": str(now)},
            },
        }
        count = 0
        while True:
            page = await self._moto.call("dynamodb", "Scan", request)
            for item in page.get("Items") or []:
                count += await self._delete(table, attribute, item)
            if not page.get("LastEvaluatedKey"):
                return count
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def _delete(self, table: str, attribute: str, item: Mapping[str, Any]) -> bool:
        key = {name: item[name] for name in await self._key_of(table)}
        token = _token(table, key, item[attribute])
        # Remembered first: the stream's reader may see the record before this call is answered.
        self._deleted[token] = None
        while len(self._deleted) > _REMEMBERED:
            self._deleted.popitem(last=False)
        request = {
            "TableName": table,
            "Key": key,
            "ConditionExpression": "#ttl = :seen",
            "ExpressionAttributeNames": {"#ttl": attribute},
            "ExpressionAttributeValues": {":seen": item[attribute]},
        }
        try:
            await self._moto.call("dynamodb", "DeleteItem", request)
        except MotoError as error:
            self._deleted.pop(token, None)
            if error.code == "ConditionalCheckFailedException":
                return False  # it was given a longer life meanwhile
            raise
        return True

    async def _key_of(self, table: str) -> list[str]:
        if table not in self._keys:
            answer = await self._moto.call("dynamodb", "DescribeTable", {"TableName": table})
            self._keys[table] = [part["AttributeName"] for part in answer["Table"]["KeySchema"]]
        return self._keys[table]


def _token(table: str, key: Mapping[str, Any], expiry: Any) -> str:
    return json.dumps([table, key, expiry], sort_keys=True)
