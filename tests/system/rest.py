"""A running shop at rest: nothing under way, nothing dead, and every rule of the domain holds."""

import re
from collections import defaultdict

import boto3
from boto3.dynamodb.types import TypeDeserializer

from scripts.simulation.rules import Row, Tables, violations
from tests.system.shop import Shop, eventually

REST_SECONDS = 60.0


def read_tables(shop: Shop) -> Tables:
    """All rows of all tables of a running shop, as plain values."""
    (endpoint,) = re.findall(r"moto is up at (http://\S+?)(?:,|$)", "\n".join(shop.lines), re.MULTILINE)
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="anybody",
        aws_secret_access_key="anything",
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


def unsettled(shop: Shop) -> list[str]:
    """What is still under way, and what is dead."""
    queues = shop.get("/_local/queues")["items"]
    waiting = [one["queue"] for one in queues if one["depth"] or one["in_flight"]]
    dead = [f"{one['queue']} has dead letters" for one in queues if one["dead_letters"]]
    return [*(f"{queue} is not empty" for queue in waiting), *dead]


def check_world(shop: Shop) -> None:
    """Waits until the shop is at rest and every rule holds."""
    seen: list[str] = []

    def look() -> bool:
        seen[:] = [*unsettled(shop), *violations(read_tables(shop))]
        return not seen

    try:
        eventually(look, within=REST_SECONDS, what="a shop at rest in which every rule holds")
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *seen])) from None
