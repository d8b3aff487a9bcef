"""A running shop's tables and queues, read from outside, for the rules that hold once it is at rest."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from scripts.simulation.rules import Row, Tables


def read_tables(lines: Iterable[str]) -> Tables:
    """All rows of all tables, as plain values. `lines`: what the shop said on standard output."""
    (endpoint,) = re.findall(r"moto is up at (http://\S+?)(?:,|$)", "\n".join(lines), re.MULTILINE)
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="anybody",
        aws_secret_access_key="anything",  # noqa: S106  moto asks for no real one
    )
    plain = TypeDeserializer().deserialize
    found: dict[str, list[Row]] = defaultdict(list)
    for table in dynamodb.list_tables()["TableNames"]:
        service = table.rpartition("-")[2].removesuffix("Table").lower()
        for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            for item in page["Items"]:
                row = {name: plain(value) for name, value in item.items()}
                found[f"{service}.{row['pk'].partition('#')[0]}"].append(row)
    return found


def unsettled(queues: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is still under way, and what is dead. `queues`: the items of `/_local/queues`."""
    queues = list(queues)
    waiting = [one["queue"] for one in queues if one["depth"] or one["in_flight"]]
    dead = [f"{one['queue']} has dead letters" for one in queues if one["dead_letters"]]
    return [*(f"{queue} is not empty" for queue in waiting), *dead]
