"""Creates DynamoDB tables, with what moto's CloudFormation drops: time to live and point-in-time recovery."""

from collections.abc import Mapping
from typing import Any

from scripts.local.deployment.cloud import Cloud, Created, Kind

_CAPACITY = ("ReadCapacityUnits", "WriteCapacityUnits")


def _create_table(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("TableName"))
    dynamodb = cloud.client("dynamodb")
    table = dynamodb.create_table(TableName=name, **_arguments(properties))["TableDescription"]
    expiry = properties.get("TimeToLiveSpecification")
    if expiry and _truth(expiry.get("Enabled")):
        specification = {"AttributeName": expiry["AttributeName"], "Enabled": True}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    recovery = properties.get("PointInTimeRecoverySpecification") or {}
    if _truth(recovery.get("PointInTimeRecoveryEnabled")):
        specification = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)
    attributes = {"Arn": table["TableArn"]}
    if "LatestStreamArn" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Created(name, attributes)


def _arguments(properties: Mapping[str, Any]) -> dict[str, Any]:
    same = ("BillingMode", "AttributeDefinitions", "KeySchema", "TableClass")
    arguments = {name: properties[name] for name in same if name in properties}
    indexes = properties.get("GlobalSecondaryIndexes")
    if indexes:
        arguments["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if properties.get("LocalSecondaryIndexes"):
        arguments["LocalSecondaryIndexes"] = properties["LocalSecondaryIndexes"]
    if "ProvisionedThroughput" in properties:
        arguments["ProvisionedThroughput"] = _throughput(properties["ProvisionedThroughput"])
    if "StreamSpecification" in properties:
        view = properties["StreamSpecification"]["StreamViewType"]
        arguments["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    if _truth((properties.get("SSESpecification") or {}).get("SSEEnabled")):
        arguments["SSESpecification"] = {"Enabled": True}
    if "DeletionProtectionEnabled" in properties:
        arguments["DeletionProtectionEnabled"] = _truth(properties["DeletionProtectionEnabled"])
    return arguments


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
    if "ProvisionedThroughput" in index:
        arguments["ProvisionedThroughput"] = _throughput(index["ProvisionedThroughput"])
    return arguments


def _throughput(throughput: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(throughput[name]) for name in _CAPACITY}


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


TABLE = Kind(
    _create_table,
    frozenset(
        {
            "TableName",
            "BillingMode",
            "AttributeDefinitions",
            "KeySchema",
            "GlobalSecondaryIndexes",
            "TableClass",
            "LocalSecondaryIndexes",
            "ProvisionedThroughput",
            "StreamSpecification",
            "SSESpecification",
            "TimeToLiveSpecification",
            "PointInTimeRecoverySpecification",
            "DeletionProtectionEnabled",
        }
    ),
    frozenset({"Tags", "OnDemandThroughput", "ContributorInsightsSpecification", "WarmThroughput"}),
)
