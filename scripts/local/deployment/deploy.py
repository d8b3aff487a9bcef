"""Deploys a SAM template to the local cloud: resources into moto, the rest as a `Stack` for those who run it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.local.deployment.cloud import ACCOUNT, Cloud
from scripts.local.deployment.stack import Deployment
from scripts.local.template.apis import read_api
from scripts.local.template.errors import TemplateError
from scripts.local.template.functions import layer_folders, read_function, role_credentials
from scripts.local.template.model import Credentials, Function, HttpApi, QueueSource, Stack, StreamSource
from scripts.local.template.source import load
from scripts.local.template.sources import read_mapping, read_rule, read_schedules

__all__ = ["REGION", "STACK", "TemplateError", "deploy", "read_functions", "read_stack"]

STACK = "minishop"
REGION = "eu-west-1"


def deploy(
    endpoint: str,
    *,
    template: Path,
    parameters: Mapping[str, str],
    api_ports: Mapping[str, int],
    stack_name: str = STACK,
    region: str = REGION,
) -> Stack:
    """Deploy the template to the moto server at `endpoint`. `api_ports`: logical id of each HTTP API → local port.

    Raises TemplateError, one line that names the resource.
    """
    # Imported here: botocore takes half a second, and those who only read a stack need none of it.
    from scripts.local.aws import permissions
    from scripts.local.aws.clients import clients
    from scripts.local.deployment.stack_record import register

    cloud = Cloud(stack_name, region, ACCOUNT, clients(endpoint, region))
    deployment = Deployment(load(template, parameters, region), cloud)
    deployment.create()
    register(endpoint, deployment.record())
    stack = read_stack(deployment, endpoint, api_ports)
    permissions.register(endpoint, [function.credentials for function in stack.functions.values()])
    return stack


def read_functions(deployment: Deployment, api_ports: Mapping[str, int]) -> dict[str, Function]:
    """Every function, by logical id, with its environment resolved; what it refers to is created."""
    suffix = f".execute-api.{deployment.cloud.region}.amazonaws.com"
    urls = {
        deployment.get(id_).ref + suffix: f"http://127.0.0.1:{port}"
        for id_, port in api_ports.items()
        if id_ in deployment.template.resources and deployment.is_deployed(id_)
    }
    return {id_: _function(deployment, id_, urls) for id_ in deployment.of_type("AWS::Lambda::Function")}


def read_stack(deployment: Deployment, endpoint: str, api_ports: Mapping[str, int]) -> Stack:
    """What is deployed, as plain data for those who run it; what that refers to is created."""
    cloud = deployment.cloud
    names = {deployment.get(id_).ref: id_ for id_ in deployment.of_type("AWS::Lambda::Function")}
    queue_ids = deployment.of_type("AWS::SQS::Queue")
    queues = {deployment.attribute(id_, "Arn"): deployment.get(id_).ref for id_ in queue_ids}
    sources = _all(deployment, "AWS::Lambda::EventSourceMapping")
    mappings = [read_mapping(id_, each, names, queues) for id_, each in sources]
    rules = _all(deployment, "AWS::Events::Rule")
    timed = [(id_, each) for id_, each in rules if "ScheduleExpression" in each]
    timed += _all(deployment, "AWS::Scheduler::Schedule")
    return Stack(
        name=cloud.stack,
        region=cloud.region,
        account=cloud.account,
        endpoint=endpoint,
        parameters=deployment.parameters(),
        functions=read_functions(deployment, api_ports),
        apis=_apis(deployment, api_ports, names),
        queue_sources=tuple(each for each in mappings if isinstance(each, QueueSource)),
        stream_sources=tuple(each for each in mappings if isinstance(each, StreamSource)),
        schedules=tuple(schedule for id_, each in timed for schedule in read_schedules(id_, each, names)),
        rules=tuple(read_rule(id_, each) for id_, each in rules if "EventPattern" in each),
        physical_ids=deployment.physical_ids(),
        time_to_live=_time_to_live(deployment),
    )


def _all(deployment: Deployment, type_: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(id_, deployment.properties_of(id_)) for id_ in deployment.of_type(type_)]


def _function(deployment: Deployment, id_: str, urls: Mapping[str, str]) -> Function:
    properties = deployment.properties_of(id_)
    code = deployment.template.folders.get((properties.get("Code") or {}).get("S3Key", ""))
    if code is None:
        raise TemplateError(f"{id_}: the local cloud runs functions with a Handler and a CodeUri")
    layers = layer_folders([_layer(deployment, id_, arn) for arn in properties.get("Layers") or []])
    credentials = _credentials(deployment, properties["Role"])
    return read_function(deployment.cloud, id_, properties, credentials, code, layers, urls)


def _layer(deployment: Deployment, function: str, arn: str) -> Path:
    for id_, properties in _all(deployment, "AWS::Lambda::LayerVersion"):
        if deployment.get(id_).ref == arn:
            return deployment.template.folders[properties["Content"]["S3Key"]]
    raise TemplateError(f"{function}: layer {arn} is not in this template")


def _credentials(deployment: Deployment, role_arn: str) -> Credentials:
    for id_, role in _all(deployment, "AWS::IAM::Role"):
        # What a managed policy allows is not here to be read.
        if deployment.attribute(id_, "Arn") == role_arn and not role.get("ManagedPolicyArns"):
            documents = [policy["PolicyDocument"].get("Statement", []) for policy in role.get("Policies", [])]
            statements = [each for document in documents for each in _listed(document)]
            return role_credentials(role_arn, tuple(statements))
    return role_credentials(role_arn, None)


def _listed(statements: Any) -> list[Mapping[str, Any]]:
    return [statements] if isinstance(statements, Mapping) else list(statements)


def _apis(deployment: Deployment, api_ports: Mapping[str, int], functions: Mapping[str, str]) -> dict[str, HttpApi]:
    stages = [stage for _, stage in _all(deployment, "AWS::ApiGatewayV2::Stage")]
    apis = {}
    for id_, properties in _all(deployment, "AWS::ApiGatewayV2::Api"):
        if id_ not in api_ports:
            raise TemplateError(f"{id_}: no port was given for this API")
        api_id = deployment.get(id_).ref
        stage = next((each for each in stages if each["ApiId"] == api_id), {})
        apis[id_] = read_api(id_, api_id, api_ports[id_], properties.get("Body") or {}, stage, functions)
    return apis


def _time_to_live(deployment: Deployment) -> dict[str, str]:
    tables = _all(deployment, "AWS::DynamoDB::Table")
    expiry = {deployment.get(id_).ref: each.get("TimeToLiveSpecification") or {} for id_, each in tables}
    switched_on = {table: each for table, each in expiry.items() if str(each.get("Enabled")).lower() == "true"}
    return {table: each["AttributeName"] for table, each in switched_on.items()}
