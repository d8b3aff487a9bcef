"""Resources that the local cloud does not put into moto: those it runs itself, and those it leaves out.

Whoever adds a resource type to the template meets one of three places: a creator (`resources.py`, `tables.py`),
a stand-in here, or `LEFT_OUT` with its reason. A type in none of them is an error.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scripts.local.deployment.cloud import Cloud, Created


def _function(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("FunctionName"))[:64]
    return Created(name, {"Arn": cloud.arn("lambda", f"function:{name}")})


def _version(_cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    return Created(f"{properties['FunctionName']}:1", {"Version": "1"})


def _alias(cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    function = str(properties["FunctionName"]).rpartition(":function:")[2]
    return Created(cloud.arn("lambda", f"function:{function}:{properties['Name']}"))


def _layer(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    arn = cloud.arn("lambda", f"layer:{properties.get('LayerName', id_)}:1")
    return Created(arn, {"LayerVersionArn": arn})


def _api(cloud: Cloud, id_: str, _properties: Mapping[str, Any]) -> Created:
    api = cloud.opaque_id(id_, 10)
    return Created(api, {"ApiId": api, "ApiEndpoint": f"https://{api}.execute-api.{cloud.region}.amazonaws.com"})


def _stage(_cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    return Created(str(properties["StageName"]))


def _named(cloud: Cloud, id_: str, _properties: Mapping[str, Any]) -> Created:
    return Created(cloud.name(id_), {"Id": cloud.name(id_), "Arn": cloud.name(id_)})


# What the local front, runtime and event plumbing run themselves.
RUN_HERE: Mapping[str, Callable[[Cloud, str, Mapping[str, Any]], Created]] = {
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Version": _version,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::EventSourceMapping": _named,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Stage": _stage,
    "AWS::Scheduler::Schedule": _named,
}

LEFT_OUT: Mapping[str, str] = {
    "AWS::Lambda::Permission": "who may invoke a function is not checked on one machine",
    "AWS::CloudWatch::Alarm": "there are no metrics to watch",
    "AWS::CloudWatch::Dashboard": "there are no metrics to show",
    "AWS::Logs::MetricFilter": "there are no metrics to count",
    "AWS::EC2::VPC": "one machine has no network of its own",
    "AWS::EC2::Subnet": "one machine has no network of its own",
    "AWS::EC2::RouteTable": "one machine has no network of its own",
    "AWS::EC2::SubnetRouteTableAssociation": "one machine has no network of its own",
    "AWS::EC2::VPCEndpoint": "one machine has no network of its own",
    "AWS::EC2::SecurityGroup": "one machine has no network of its own",
    "AWS::EC2::SecurityGroupIngress": "one machine has no network of its own",
    "AWS::EC2::SecurityGroupEgress": "one machine has no network of its own",
    "AWS::ElastiCache::ServerlessCache": "the local cloud's cache is a Valkey given by URL",
}
