"""The deploy, against a real moto server: what a template says is there, in moto or in the stack's data."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mended
from scripts.local.aws.server import make_server
from scripts.local.deployment.deploy import deploy
from scripts.local.template.model import (
    Authorizer,
    Cors,
    QueueSource,
    Route,
    Rule,
    Schedule,
    Stack,
    StreamSource,
    Target,
    Throttle,
)

HERE = Path(__file__).resolve().parents[1] / "fixtures" / "deploy"
PORTS = {"Api": 4001, "Internal": 4002}
ARN = "arn:aws:{}:eu-west-1:123456789012:{}"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A moto server of this process."""
    with mended():
        server = make_server(0)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def stack(endpoint: str) -> Stack:
    return deploy(
        endpoint, template=HERE / "template.yaml", parameters={"Days": "7"}, api_ports=PORTS, stack_name="deploy-test"
    )


@pytest.fixture
def aws(endpoint: str) -> Any:
    return clients(endpoint, "eu-west-1")


def test_a_table_is_there_with_its_index_stream_expiry_and_recovery(stack: Stack, aws: Any) -> None:
    name = stack.physical_ids["Table"]
    table = aws("dynamodb").describe_table(TableName=name)["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by_owner"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["DeletionProtectionEnabled"] is False
    expiry = aws("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    backups = aws("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert stack.time_to_live == {name: "expires_at"}


def test_a_queue_is_there_with_its_dead_letters_and_policy(stack: Stack, aws: Any) -> None:
    url = stack.physical_ids["Inbox"]
    attributes = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    redrive = json.loads(attributes["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": ARN.format("sqs", "deploy-test-DeadLetters"), "maxReceiveCount": 5}
    statement = json.loads(attributes["Policy"])["Statement"][0]
    rule = ARN.format("events", "rule/deploy-test-bus/deploy-test-Rule")
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}


def test_an_event_reaches_the_queue_through_bus_and_rule(stack: Stack, aws: Any) -> None:
    entry = {"Source": "shop.orders", "DetailType": "Sold", "Detail": '{"n": 1}'}
    aws("events").put_events(Entries=[entry | {"EventBusName": stack.physical_ids["Bus"]}])
    url = stack.physical_ids["Inbox"]
    (message,) = aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert json.loads(message["Body"]) == {"n": 1}


def test_a_secret_is_generated_into_its_template(stack: Stack, aws: Any) -> None:
    value = aws("secretsmanager").get_secret_value(SecretId=stack.physical_ids["Secret"])["SecretString"]
    secret = json.loads(value)
    assert secret.pop("password").isalnum()
    assert secret == {"user": "shop"}


def test_mail_from_the_identity_is_accepted_and_from_others_refused(stack: Stack, aws: Any) -> None:
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    mail = {"Destination": {"ToAddresses": ["ada@b.test"]}, "Message": message}
    assert aws("ses").send_email(Source="shop@a.test", **mail)["MessageId"]
    with pytest.raises(aws("ses").exceptions.MessageRejected):
        aws("ses").send_email(Source="other@a.test", **mail)


def test_what_a_topic_is_told_reaches_its_queue_as_it_is(stack: Stack, aws: Any) -> None:
    topic = stack.physical_ids["Reports"]
    aws("sns").publish(TopicArn=topic, Message='{"eventType": "Bounce"}')
    answer = aws("sqs").receive_message(QueueUrl=stack.physical_ids["Inbox"])
    assert [message["Body"] for message in answer["Messages"]] == ['{"eventType": "Bounce"}']
    policy = aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    assert json.loads(policy)["Statement"][0]["Principal"] == {"Service": "ses.amazonaws.com"}


def test_a_configuration_set_is_there_with_where_it_reports(stack: Stack, aws: Any) -> None:
    described = aws("ses").describe_configuration_set(
        ConfigurationSetName=stack.physical_ids["MailSet"], ConfigurationSetAttributeNames=["eventDestinations"]
    )
    assert described["ConfigurationSet"]["Name"] == f"{stack.name}-mail"
    (destination,) = described["EventDestinations"]
    assert destination["SNSDestination"] == {"TopicARN": stack.physical_ids["Reports"]}


def test_key_bucket_log_group_and_role_are_there(stack: Stack, aws: Any) -> None:
    assert aws("kms").describe_key(KeyId=stack.physical_ids["Key"])["KeyMetadata"]["KeySpec"] == "ECC_NIST_P256"
    assert aws("s3").head_bucket(Bucket=stack.physical_ids["Bucket"])
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix="/shop/deploy-test")["logGroups"]
    assert group["retentionInDays"] == 7
    policy = aws("iam").get_role_policy(RoleName=stack.physical_ids["Role"], PolicyName="all")["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == ARN.format("dynamodb", "table/deploy-test-Table")


def test_a_functions_environment_is_resolved(stack: Stack) -> None:
    environment = stack.functions["ApiFunction"].environment
    assert environment == {
        "GLOBAL": "shop@a.test",
        "TABLE": "deploy-test-Table",
        "QUEUE": stack.physical_ids["Inbox"],
        "BUS": "deploy-test-bus",
        "BUCKET": "deploy-test-bucket",
        "KEY": ARN.format("kms", f"key/{stack.physical_ids['Key']}"),
        "SECRET": stack.physical_ids["Secret"],
        "INTERNAL_URL": "http://127.0.0.1:4002/internal",
        "ORIGINS": "https://a.test|https://b.test",
        "SECOND": "two",
        "ACCOUNT": "123456789012/${Literal}",
    }


def test_a_function_has_its_code_layers_and_limits(stack: Stack) -> None:
    function = stack.functions["ApiFunction"]
    assert function.code == HERE / "code"
    assert function.layers == (HERE / "layer",)  # requirements alone are installed, not put on the path
    assert (function.handler, function.timeout, function.memory) == ("sample.api.handler", 7, 256)
    assert function.arn == ARN.format("lambda", "function:deploy-test-ApiFunction")


def test_each_role_has_credentials_of_its_own(stack: Stack) -> None:
    api, worker, gate = (stack.functions[id_].credentials for id_ in ("ApiFunction", "WorkerFunction", "GateFunction"))
    assert api == worker
    assert api.access_key != gate.access_key
    assert api.role_arn == "arn:aws:iam::123456789012:role/deploy-test-Role"
    table = ARN.format("dynamodb", "table/deploy-test-Table")
    assert api.policy == ({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table},)
    assert gate.policy is None  # SAM gives it a role with managed policies, whose statements are not known here


def test_routes_say_who_guards_them(stack: Stack) -> None:
    assert stack.apis["Api"].routes == (
        Route("$default", "ApiFunction", None),
        Route("GET /things/{id}", "ApiFunction", "Gate"),
        Route("POST /open", "ApiFunction", None),
    )
    assert stack.apis["Internal"].routes == (Route("PUT /internal/things", "ApiFunction", "AWS_IAM"),)
    assert stack.apis.keys() == {"Api", "Internal"}


def test_an_api_has_its_authorizer_cors_and_throttle(stack: Stack) -> None:
    api = stack.apis["Api"]
    assert api.authorizers == {"Gate": Authorizer("Gate", "GateFunction", ("$request.header.Authorization",), 42)}
    origins = ("https://a.test", "https://b.test")
    assert api.cors == Cors(allow_origins=origins, allow_methods=("GET",), max_age=60, allow_credentials=True)
    assert api.throttle == Throttle(rate=10.0, burst=20)
    assert stack.apis["Internal"].throttle is None


def test_event_sources_are_the_stacks_data(stack: Stack, aws: Any) -> None:
    inbox = stack.physical_ids["Inbox"]
    queue_arn = ARN.format("sqs", "deploy-test-Inbox")
    stream_arn = aws("dynamodb").describe_table(TableName="deploy-test-Table")["Table"]["LatestStreamArn"]
    assert stack.queue_sources == (QueueSource("WorkerFunction", inbox, queue_arn, 4, 0.0, True, 3),)
    inserts = ({"eventName": ["INSERT"]},)
    assert stack.stream_sources == (
        StreamSource("WorkerFunction", stream_arn, 100, inserts, False, True, 3600, -1, "deploy-test-bucket"),
    )


def test_schedules_and_rules_are_the_stacks_data(stack: Stack) -> None:
    assert set(map(repr, stack.schedules)) == {
        repr(Schedule("WorkerFunctionTick", "rate(1 minute)", "WorkerFunction", {"task": "sweep"})),
        repr(Schedule("WorkerFunctionNightly", "cron(0 3 * * ? *)", "WorkerFunction", None, enabled=False)),
    }
    inbox, dead = ARN.format("sqs", "deploy-test-Inbox"), ARN.format("sqs", "deploy-test-DeadLetters")
    pattern = {"source": [{"prefix": "shop."}], "detail-type": ["Sold"]}
    target = Target("inbox", inbox, dead, None, "$.detail")
    assert stack.rules == (Rule("Rule", "deploy-test-bus", pattern, (target,)),)


def test_an_operator_finds_the_stack_in_cloudformation(stack: Stack, aws: Any) -> None:
    (described,) = aws("cloudformation").describe_stacks(StackName="deploy-test")["Stacks"]
    assert described["StackStatus"] == "CREATE_COMPLETE"
    assert {"ParameterKey": "Days", "ParameterValue": "7"} in described["Parameters"]
    api = stack.apis["Api"].api_id
    url = f"https://{api}.execute-api.eu-west-1.amazonaws.com"
    assert described["Outputs"] == [{"OutputKey": "Url", "OutputValue": url, "Description": "The API."}]
    resources = aws("cloudformation").describe_stack_resources(StackName="deploy-test")["StackResources"]
    found = {each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"]) for each in resources}
    assert found["Table"] == ("AWS::DynamoDB::Table", "deploy-test-Table")
    assert found["ApiFunction"] == ("AWS::Lambda::Function", "deploy-test-ApiFunction")
    listed = aws("cloudformation").list_stack_resources(StackName="deploy-test")["StackResourceSummaries"]
    assert {each["LogicalResourceId"] for each in listed} == found.keys()


def test_what_a_condition_leaves_out_is_not_there_and_what_it_lets_in_is(endpoint: str, stack: Stack) -> None:
    assert "ExtrasApi" not in stack.physical_ids
    other = deploy(
        endpoint,
        template=HERE / "template.yaml",
        parameters={"Extras": "yes", "Sender": "b@b.test"},
        api_ports=PORTS | {"ExtrasApi": 4003},
        stack_name="with-extras",
    )
    assert other.apis["ExtrasApi"].port == 4003
    assert other.functions["ApiFunction"].environment["EXTRA"] == "on"
