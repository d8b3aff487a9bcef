"""Services look alike: in the tree, and in the template."""

import importlib
import json
import re
from pathlib import Path

import pytest

from tests.contract.template import functions, resources

ROOT = Path(__file__).parents[2]
SERVICES = sorted(folder.name for folder in (ROOT / "functions").iterdir() if (folder / folder.name).is_dir())
WITH_A_DOMAIN = sorted({function.service for function in functions() if function.door == "relay"})
DOORS = ("Authorizer", "Api", "Internal", "Consumer", "Relay", "Schedule")
KINDS = (
    ("Table", "AWS::DynamoDB::Table"),
    ("DeadLetters", "AWS::SQS::Queue"),
    ("Inbox", "AWS::SQS::Queue"),
    ("Undelivered", "AWS::SQS::Queue"),
    ("QueuePolicy", "AWS::SQS::QueuePolicy"),
    ("Rule", "AWS::Events::Rule"),
)


@pytest.mark.parametrize("service", WITH_A_DOMAIN)
@pytest.mark.parametrize("module", ["domain", "use_cases", "repository", "schemas", "wiring", "api", "relay"])
def test_a_service_has_the_rooms_that_every_service_has(service: str, module: str) -> None:
    assert importlib.import_module(f"{service}.{module}").__doc__


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_introduces_itself(service: str) -> None:
    assert (importlib.import_module(service).__doc__ or "").lower().startswith(f"{service}:")


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.id)
def test_a_function_is_named_after_its_service_and_door_and_its_handler_exists(function: object) -> None:
    for one in functions():
        if one is function:
            assert one.id == f"{one.service.capitalize()}{one.door.capitalize()}Function"
            assert callable(one.module().handler)
            assert one.environment["POWERTOOLS_SERVICE_NAME"] == one.service
            assert one.role["RoleName"] == {"Fn::Sub": f"${{AWS::StackName}}-{one.caller}"}


@pytest.mark.parametrize("service", WITH_A_DOMAIN)
def test_a_service_s_resources_stand_in_the_same_order_as_everybody_s(service: str) -> None:
    title = service.capitalize()
    wanted = [title + name for name, _ in KINDS if title + name in resources()]
    for door in DOORS:
        wanted += [
            f"{title}{door}{part}" for part in ("Logs", "Role", "Function") if f"{title}{door}{part}" in resources()
        ]
    found = [id_ for id_ in resources() if id_ in set(wanted)]
    assert found == wanted


@pytest.mark.parametrize("service", WITH_A_DOMAIN)
def test_a_table_streams_to_its_relay_which_lets_nothing_be_lost(service: str) -> None:
    table = resources()[f"{service.capitalize()}Table"]["Properties"]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    stream = resources()[f"{service.capitalize()}RelayFunction"]["Properties"]["Events"]["Stream"]["Properties"]
    assert stream["DestinationConfig"]["OnFailure"]["Type"] == "S3"
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["MaximumRecordAgeInSeconds"] == 21600


QUEUES = {id_: one["Properties"] for id_, one in resources().items() if one["Type"] == "AWS::SQS::Queue"}


@pytest.mark.parametrize("inbox", [id_ for id_ in QUEUES if id_.endswith("Inbox")])
def test_an_inbox_outwaits_its_consumer_and_ends_in_dead_letters(inbox: str) -> None:
    consumer = resources()[inbox.replace("Inbox", "ConsumerFunction")]["Properties"]
    assert QUEUES[inbox]["VisibilityTimeout"] >= 6 * consumer["Timeout"]
    assert QUEUES[inbox]["RedrivePolicy"]["maxReceiveCount"] == 5
    dead = QUEUES[inbox]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert QUEUES[dead]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_target_of_a_rule_has_a_queue_for_what_cannot_be_delivered() -> None:
    for id_, resource in resources().items():
        if resource["Type"] == "AWS::Events::Rule":
            for target in resource["Properties"]["Targets"]:
                assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in QUEUES, id_


def test_roles_name_their_actions_and_resources() -> None:
    without_resource = {
        "dynamodb:ListStreams",
        "kms:CreateKey",
        "kms:ListKeys",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    to_telephones = {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}  # numbers have no ARN
    for function in functions():
        for policy in function.role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert not [action for action in actions if "*" in action], function.id
                network = all(re.match(r"ec2:\w+NetworkInterfaces?$", action) for action in actions)
                if "NotResource" in statement:
                    assert (actions, statement["NotResource"]) == (["sns:Publish"], to_telephones), function.id
                elif statement["Resource"] == "*":
                    assert network or set(actions) <= without_resource, function.id


ALARMS = {id_: one["Properties"] for id_, one in resources().items() if one["Type"] == "AWS::CloudWatch::Alarm"}


def test_every_alarm_is_told_to_somebody_and_says_what_to_do() -> None:
    assert len(ALARMS) > 10
    for id_, alarm in ALARMS.items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], id_
        assert len(alarm["AlarmDescription"]) > 40, id_


@pytest.mark.parametrize("queue", [id_ for id_ in QUEUES if not id_.endswith("Inbox")])
def test_nothing_waits_unseen_among_what_gave_up(queue: str) -> None:
    alarm = ALARMS[f"{queue}Alarm"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)


@pytest.mark.parametrize("function", [one.id for one in functions() if one.door == "schedule"])
def test_scheduled_work_that_keeps_failing_raises_an_alarm(function: str) -> None:
    alarm = ALARMS[function.replace("Function", "Alarm")]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Errors", "Sum")


def test_an_event_that_is_set_aside_is_told_of() -> None:
    bucket = resources()["RelayFailuresBucket"]["Properties"]["NotificationConfiguration"]["TopicConfigurations"]
    assert bucket == [{"Event": "s3:ObjectCreated:*", "Topic": {"Ref": "AlarmTopic"}}]


def test_the_dashboard_shows_queues_and_functions_that_there_are() -> None:
    (board,) = (one["Properties"] for one in resources().values() if one["Type"] == "AWS::CloudWatch::Dashboard")
    widgets = json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]
    metrics = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    shown = {part for metric in metrics for part in metric if isinstance(part, str)}
    names = set(re.findall(r"\$\{(\w+)", " ".join(shown)))
    assert names <= set(resources())
    assert len(names & set(QUEUES)) >= 18
    assert len([id_ for id_ in names if id_.endswith("RelayFunction")]) >= 7
    assert all(len(metric) in {4, 5} for metric in metrics)
