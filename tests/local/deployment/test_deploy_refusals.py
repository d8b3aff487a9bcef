"""What a template gets wrong is one clear line that names the place."""

from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mended
from scripts.local.deployment.cloud import ACCOUNT, Cloud
from scripts.local.deployment.deploy import read_functions
from scripts.local.deployment.stack import Deployment
from scripts.local.template.source import TemplateError, load
from scripts.local.template.sources import read_mapping, read_rule

FUNCTION = "Type: AWS::Serverless::Function"
QUEUE = "Type: AWS::SQS::Queue"


def write(folder: Path, resources: str, rest: str = "") -> Path:
    (folder / "code").mkdir()
    path = folder / "template.yaml"
    path.write_text(f"Transform: AWS::Serverless-2016-10-31\n{rest}\nResources:\n{resources}\n")
    return path


def deploy(path: Path, parameters: dict[str, str]) -> None:
    with mended(), mock_aws():
        cloud = Cloud("s", "eu-west-1", ACCOUNT, clients(None, "eu-west-1"))
        deployment = Deployment(load(path, parameters, "eu-west-1"), cloud)
        deployment.create()
        read_functions(deployment, {})


def refuse(path: Path, parameters: dict[str, str] | None = None) -> str:
    """The message with which the template is refused, which must be one line."""
    with pytest.raises(TemplateError) as raised:
        deploy(path, parameters or {})
    message = str(raised.value)
    assert "\n" not in message
    return message


def named(name: str) -> str:
    return f"  Queue: {{{QUEUE}, Properties: {{QueueName: {name}}}}}"


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (f"  Queue: {{{QUEUE}", "template.yaml:5: did not find expected ',' or '}'"),
        (f"  Queue: {{{QUEUE}}}\n  Queue: {{{QUEUE}}}", "template.yaml:5: Queue is there twice"),
        ("  Thing: {Properties: {}}", "Thing: a resource is an object with a Type"),
        ("  {}", "template.yaml: no Resources"),
        (f"  F: {{{FUNCTION}, Properties: {{CodeUri: nowhere}}}}", "F: CodeUri nowhere is not a folder"),
        (f"  F: {{{FUNCTION}, Properties: {{CodeUri: code}}}}", "Resource with id [F] is invalid. Runtime and Handler"),
        (
            f"  F: {{{FUNCTION}, Properties: {{InlineCode: x, Handler: a.b, Runtime: python3.13}}}}",
            "F: the local cloud runs functions with a Handler and a CodeUri",
        ),
        (named("!Ref Nme"), "Queue: refers to Nme, which is neither a resource nor a parameter"),
        (named('!Sub "${Nme}-q"'), "Queue: refers to Nme, which is neither a resource nor a parameter"),
        (f"  Queue: {{{QUEUE}, DependsOn: Tbl}}", "Queue: depends on Tbl, which is not a resource"),
        (f"  Queue: {{{QUEUE}, Condition: Prod}}", "Queue: there is no condition Prod"),
        (f"  Queue: {{{QUEUE}, Properties: {{Nme: q}}}}", "Queue: the local cloud does not know AWS::SQS::Queue.Nme"),
        ("  Topic: {Type: AWS::MSK::Cluster}", "Topic: the local cloud does not know AWS::MSK::Cluster; see"),
        (named("'not a name!'"), "Queue: AWS::SQS::Queue: An error occurred (InvalidParameterValue)"),
        (named("!GetAtt Queue.Arn"), "Queue: refers to itself by way of Queue"),
        (f"{named('!GetAtt Other.Nme')}\n  Other: {{{QUEUE}}}", "Other.Nme: AWS::SQS::Queue has none"),
        (named("{Fn::Transform: x}"), "Queue: the local cloud does not know Fn::Transform"),
        (named("!Select [5, [a]]"), "Queue: an intrinsic function is malformed"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, resources: str, message: str) -> None:
    assert refuse(write(tmp_path, resources)).startswith(message)


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refuse(tmp_path / "none.yaml").endswith("none.yaml: No such file or directory")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Nme": "x"}, "parameter Nme: the template has none of that name"),
        ({}, "parameter Must: has no default and was not given"),
        ({"Must": "x", "Kind": "c"}, "parameter Kind: 'c' is not one of a, b"),
        ({"Must": "x", "Size": "many"}, "parameter Size: 'many' is not a number"),
        ({"Must": "x", "Size": "11"}, "parameter Size: 11 is out of range"),
        ({"Must": "x", "Code": "eur"}, "parameter Code: 'eur' does not match [A-Z]{3}"),
        ({"Must": ""}, "parameter Must: '' is too short or too long"),
    ],
)
def test_a_parameter_that_cloudformation_would_refuse_is_refused(
    tmp_path: Path, given: dict[str, str], message: str
) -> None:
    parameters = """Parameters:
  Must: {Type: String, MinLength: 1}
  Kind: {Type: String, Default: a, AllowedValues: [a, b]}
  Size: {Type: Number, Default: 1, MinValue: 1, MaxValue: 10}
  Code: {Type: String, Default: EUR, AllowedPattern: "[A-Z]{3}"}"""
    assert refuse(write(tmp_path, "  Queue: {Type: AWS::SQS::Queue}", parameters), given) == message


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (
            {"EventSourceArn": "arn:aws:kinesis:::stream"},
            "Source: the local cloud reads queues and DynamoDB streams, not kinesis",
        ),
        ({"EventSourceArn": "arn:aws:sqs:::q", "FilterCriteria": {}}, "Source: the local cloud does not filter queues"),
        (
            {"EventSourceArn": "arn:aws:sqs:::q", "TumblingWindowInSeconds": 1},
            "Source: the local cloud does not know Tumb",
        ),
        ({"EventSourceArn": "arn:aws:sqs:::q"}, "Source: arn:aws:sqs:::q is not a queue of this template"),
        ({"EventSourceArn": "arn:aws:sqs:::q", "FunctionName": "g"}, "Source: g is not a function of this template"),
        (
            {
                "EventSourceArn": "arn:aws:dynamodb:::t",
                "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:::dead"}},
            },
            "Source: the on-failure destination must be a bucket",
        ),
    ],
)
def test_an_event_source_that_would_be_read_wrongly_is_refused(properties: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError) as raised:
        read_mapping("Source", {"FunctionName": "f", **properties}, {"f": "Function"}, {})
    assert str(raised.value).startswith(message)


def test_an_event_source_that_is_switched_off_is_none() -> None:
    assert read_mapping("Source", {"Enabled": False}, {}, {}) is None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "arn:aws:lambda:::function:f"}, "Rule: target inbox is not a queue"),
        (
            {"Arn": "arn:aws:sqs:::q", "InputTransformer": {}},
            "Rule: target inbox: the local cloud does not know InputT",
        ),
    ],
)
def test_a_rule_that_would_be_delivered_wrongly_is_refused(target: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError) as raised:
        read_rule("Rule", {"EventPattern": {"source": ["a"]}, "Targets": [{"Id": "inbox", **target}]})
    assert str(raised.value).startswith(message)
