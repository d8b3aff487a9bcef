"""A service's table in memory behind pynamodb: its real repositories, without botocore, in microseconds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.connection import Connection

from minishop import dynamodb
from scripts.local.template.source import read_source
from scripts.simulation.memory.dynamodb import DynamoDB
from scripts.simulation.memory.errors import AwsError
from scripts.simulation.memory.schema import Key, TableSchema, read_schema
from scripts.simulation.memory.values import Item

ROOT = Path(__file__).absolute().parents[3]


@lru_cache
def schema_of(resource: str) -> TableSchema:
    """A table as the template describes it, under the name of its resource."""
    properties = read_source(ROOT / "template.yaml")["Resources"][resource]["Properties"]
    return read_schema({"TableName": resource, **properties})


def refused(operation: str, error: AwsError) -> ClientError:
    """What botocore makes of a refusal."""
    told: Any = {"Error": {"Code": error.code, "Message": str(error)}, **error.members}
    return ClientError(told, operation)


class TableClient:
    """Stands where botocore's client stands. `database` has the table and no other."""

    _request_signer = None  # pynamodb looks whether its client has lost its credentials

    def __init__(self, resource: str) -> None:
        self.name = resource
        self.database = DynamoDB([schema_of(resource)], "eu-west-1", lambda: datetime.now(UTC))

    @property
    def items(self) -> Mapping[Key, Item]:
        """What is in the table, by partition and sort key, as typed JSON."""
        return self.database.tables[self.name].items

    @items.setter
    def items(self, items: Mapping[Key, Item]) -> None:
        self.database.tables[self.name].items = dict(items)

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.database.perform(operation, request)
        except AwsError as error:
            raise refused(operation, error) from error


@contextmanager
def connected(client: TableClient) -> Iterator[None]:
    """Repositories talk to this table meanwhile."""
    dynamodb.reset_connections()
    connection = Connection()
    stand_in: Any = client  # pynamodb has no other way to be given one
    connection._client = stand_in
    dynamodb._connections.append(connection)
    try:
        yield
    finally:
        dynamodb.reset_connections()
