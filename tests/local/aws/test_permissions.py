"""Calls are held against the role that signed them, in each service's own protocol, before moto sees them."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from scripts.local.aws.permissions import register
from scripts.local.aws.server import make_server
from scripts.local.template.model import Credentials

REGION, ACCOUNT = "eu-west-1", "123456789012"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


TABLE = arn("dynamodb", "table/orders")
ALLOWED: dict[str, list[str]] = {
    "dynamodb:GetItem": [TABLE],
    "dynamodb:PutItem": [TABLE],
    "dynamodb:Query": [f"{TABLE}/index/by_owner"],
    "sqs:SendMessage": [arn("sqs", "inbox")],
    "events:PutEvents": [arn("events", "event-bus/shop")],
    "secretsmanager:GetSecretValue": [arn("secretsmanager", "secret:known")],
    "kms:Sign": [arn("kms", "key/1")],
    "s3:GetObject": ["arn:aws:s3:::pictures/small/*"],
    "ses:SendEmail": [arn("ses", "identity/shop.test"), arn("ses", "configuration-set/mails")],
}
STATEMENTS = tuple({"Effect": "Allow", "Action": action, "Resource": where} for action, where in ALLOWED.items())
ITEM = {"pk": {"S": "1"}}
MAIL = {"Destination": {"ToAddresses": ["a@b.test"]}, "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {}}}}
ENTRY = {"Source": "s", "DetailType": "t", "Detail": "{}"}
PUT = {"Put": {"TableName": "orders", "Item": ITEM}}
CHECK = {"ConditionCheck": {"TableName": "orders", "Key": ITEM, "ConditionExpression": "attribute_exists(pk)"}}
OTHER_PUT = {"Put": {"TableName": "carts", "Item": ITEM}}

# service, operation, what it is called with, and what of it is refused
CALLS: list[tuple[str, str, dict[str, Any], str]] = [
    ("dynamodb", "get_item", {"TableName": "orders", "Key": ITEM}, ""),
    ("dynamodb", "get_item", {"TableName": "carts", "Key": ITEM}, "dynamodb:GetItem"),
    ("dynamodb", "scan", {"TableName": "orders"}, "dynamodb:Scan"),
    ("dynamodb", "delete_item", {"TableName": "orders", "Key": ITEM}, "dynamodb:DeleteItem"),
    ("dynamodb", "query", {"TableName": "orders", "IndexName": "by_owner"}, ""),
    ("dynamodb", "query", {"TableName": "orders"}, "dynamodb:Query"),
    ("dynamodb", "transact_write_items", {"TransactItems": [PUT]}, ""),
    ("dynamodb", "transact_write_items", {"TransactItems": [PUT, OTHER_PUT]}, "dynamodb:PutItem"),
    ("dynamodb", "transact_write_items", {"TransactItems": [PUT, CHECK]}, "dynamodb:ConditionCheckItem"),
    ("dynamodb", "transact_get_items", {"TransactItems": [{"Get": {"TableName": "orders", "Key": ITEM}}]}, ""),
    ("dynamodb", "batch_get_item", {"RequestItems": {"orders": {"Keys": [ITEM]}}}, "dynamodb:BatchGetItem"),
    ("dynamodb", "list_tables", {}, "dynamodb:ListTables"),
    ("sqs", "send_message", {"QueueUrl": f"http://q/{ACCOUNT}/inbox", "MessageBody": "m"}, ""),
    ("sqs", "send_message", {"QueueUrl": f"http://q/{ACCOUNT}/other", "MessageBody": "m"}, "sqs:SendMessage"),
    ("sqs", "receive_message", {"QueueUrl": f"http://q/{ACCOUNT}/inbox"}, "sqs:ReceiveMessage"),
    ("events", "put_events", {"Entries": [{**ENTRY, "EventBusName": "shop"}]}, ""),
    ("events", "put_events", {"Entries": [{**ENTRY, "EventBusName": "shop"}, ENTRY]}, "events:PutEvents"),
    ("events", "list_rules", {}, "events:ListRules"),
    ("secretsmanager", "get_secret_value", {"SecretId": arn("secretsmanager", "secret:known")}, ""),
    ("secretsmanager", "get_secret_value", {"SecretId": "other"}, "secretsmanager:GetSecretValue"),
    ("kms", "sign", {"KeyId": "1", "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}, ""),
    ("kms", "sign", {"KeyId": "2", "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}, "kms:Sign"),
    ("kms", "create_alias", {"AliasName": "alias/x", "TargetKeyId": "1"}, "kms:CreateAlias"),
    ("kms", "get_public_key", {"KeyId": "alias/x"}, "kms:GetPublicKey"),
    ("kms", "create_key", {}, "kms:CreateKey"),
    ("s3", "get_object", {"Bucket": "pictures", "Key": "small/one two.png"}, ""),
    ("s3", "get_object", {"Bucket": "pictures", "Key": "large/1.png"}, "s3:GetObject"),
    ("s3", "put_object", {"Bucket": "pictures", "Key": "small/1.png", "Body": b"p"}, "s3:PutObject"),
    ("s3", "list_objects_v2", {"Bucket": "pictures"}, "s3:ListBucket"),
    ("sesv2", "send_email", {**MAIL, "FromEmailAddress": "Shop <a@shop.test>"}, ""),
    ("sesv2", "send_email", {**MAIL, "FromEmailAddress": "a@else.test"}, "ses:SendEmail"),
    ("sesv2", "send_email", {**MAIL, "FromEmailAddress": "a@shop.test", "ConfigurationSetName": "no"}, "ses:SendEmail"),
    ("sesv2", "list_email_identities", {}, "ses:"),
    ("sns", "publish", {"PhoneNumber": "+4930123", "Message": "m"}, "sns:Publish"),
    ("ssm", "get_parameter", {"Name": "n"}, "ssm:GetParameter"),
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = make_server(0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def call(endpoint: str) -> Any:
    register(
        endpoint,
        [
            Credentials("ASIAONE", "secret", f"arn:aws:iam::{ACCOUNT}:role/shop-orders-api", policy=STATEMENTS),
            Credentials("ASIAUNKNOWN", "secret", f"arn:aws:iam::{ACCOUNT}:role/managed"),
        ],
    )

    def send(key: str, service: str, operation: str, parameters: dict[str, Any]) -> str:
        """The refusal's message, or nothing."""
        session = botocore.session.get_session()
        client = session.create_client(
            service, REGION, endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key="secret"
        )
        with closing(client):
            try:
                getattr(client, operation)(**parameters)
            except ClientError as error:
                found = error.response["Error"]
                return str(found["Message"]) if found["Code"] in {"AccessDenied", "AccessDeniedException"} else ""
        return ""

    return send


@pytest.mark.parametrize(("service", "operation", "parameters", "refused"), CALLS, ids=lambda value: str(value)[:40])
def test_a_role_does_what_its_statements_say_and_nothing_else(
    call: Any, service: str, operation: str, parameters: dict[str, Any], refused: str
) -> None:
    message = call("ASIAONE", service, operation, parameters)
    assert bool(message) == bool(refused)
    if refused:
        assert "User: shop-orders-api is not authorized to perform: " + refused in message


def test_what_is_not_signed_by_a_known_role_passes(call: Any) -> None:
    assert call("local", "dynamodb", "list_tables", {}) == ""
    assert call("ASIAUNKNOWN", "dynamodb", "list_tables", {}) == ""


@pytest.mark.usefixtures("call")
def test_a_presigned_url_may_do_what_its_signer_may(endpoint: str) -> None:
    session = botocore.session.get_session()
    client: Any = session.create_client(
        "s3",
        REGION,
        endpoint_url=endpoint,
        aws_access_key_id="ASIAONE",
        aws_secret_access_key="secret",
        config=Config(signature_version="s3v4"),
    )
    url = client.generate_presigned_url("put_object", Params={"Bucket": "pictures", "Key": "small/1.png"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, data=b"p", method="PUT"), timeout=10)  # noqa: S310 - ours
    assert refused.value.code == 403
    assert b"s3:PutObject" in refused.value.read()
