"""The mailbox holds what the shop sent, read from the requests of boto3 itself."""

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import botocore.session
import httpx
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from scripts.local.aws.activity import EVERYTHING, Activity
from scripts.local.aws.recorder import Recorder

SENDER = "shop@minishop.test"


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any, **__: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = make_server(
        "127.0.0.1",
        0,
        Recorder(DomainDispatcherApplication(create_backend_app), Activity()),
        threaded=True,
        request_handler=_Quiet,
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def client(endpoint: str, service: str) -> Any:
    return botocore.session.Session().create_client(
        service, "eu-west-1", endpoint_url=endpoint, aws_access_key_id="a", aws_secret_access_key="s"
    )


def mailbox(endpoint: str, to: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = httpx.get(f"{endpoint}/_local/mailbox", timeout=60).json()["items"]
    return [item for item in items if item["to"] == to]


@pytest.fixture(scope="module", autouse=True)
def _verified(endpoint: str) -> None:
    client(endpoint, "ses").verify_email_identity(EmailAddress=SENDER)


def test_a_simple_mail_keeps_both_of_its_bodies(endpoint: str) -> None:
    client(endpoint, "sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["Ada <ada@x.test>"], "BccAddresses": ["audit@x.test"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Grüße"},
                "Body": {"Text": {"Data": "plain"}, "Html": {"Data": "<p>rich</p>"}},
            }
        },
    )
    (item,) = mailbox(endpoint, "ada@x.test")
    assert (item["channel"], item["subject"], item["text"], item["html"]) == ("email", "Grüße", "plain", "<p>rich</p>")
    assert item["sent_at"].endswith("Z")
    (copy,) = mailbox(endpoint, "audit@x.test")
    assert copy["id"] != item["id"]


def raw_mail(to: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, to, "Your order — confirmed"
    mail["List-Unsubscribe"] = "<https://shop.test/u>"
    mail.set_content("plain · text")
    mail.add_alternative("<p>rich · text</p>", subtype="html")
    return mail.as_bytes()


def test_a_raw_mail_is_parsed(endpoint: str) -> None:
    client(endpoint, "sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["raw@x.test"]},
        Content={"Raw": {"Data": raw_mail("x@y.z")}},
    )
    (item,) = mailbox(endpoint, "raw@x.test")
    assert item["subject"] == "Your order — confirmed"
    assert item["text"] == "plain · text\n"
    assert item["html"] == "<p>rich · text</p>\n"


def test_a_raw_mail_without_destinations_goes_where_its_head_says(endpoint: str) -> None:
    client(endpoint, "ses").send_raw_email(Source=SENDER, RawMessage={"Data": raw_mail("head@x.test")})
    assert len(mailbox(endpoint, "head@x.test")) == 1


def test_the_first_version_of_the_api_is_read_too(endpoint: str) -> None:
    client(endpoint, "ses").send_email(
        Source=SENDER,
        Destination={"ToAddresses": ["one@x.test", "two@x.test"]},
        Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "a & b"}, "Html": {"Data": "<i>"}}},
    )
    for to in ("one@x.test", "two@x.test"):
        (item,) = mailbox(endpoint, to)
        assert (item["subject"], item["text"], item["html"]) == ("Hi", "a & b", "<i>")


def test_a_text_message_is_there_and_a_topic_is_none(endpoint: str) -> None:
    sns = client(endpoint, "sns")
    sns.publish(PhoneNumber="+4915112345678", Message="Delivered.")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.publish(TopicArn=topic, Message="not a text message")
    (item,) = mailbox(endpoint, "+4915112345678")
    assert (item["channel"], item["subject"], item["text"], item["html"]) == ("sms", None, "Delivered.", None)


def test_a_mail_that_was_refused_was_not_sent(endpoint: str) -> None:
    ses = client(endpoint, "ses")
    message = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "x"}}}
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_email(Source="nobody@x.test", Destination={"ToAddresses": ["no@x.test"]}, Message=message)
    assert mailbox(endpoint, "no@x.test") == []


def test_events_that_were_accepted_are_listed_and_others_are_not(endpoint: str) -> None:
    client(endpoint, "events").put_events(
        Entries=[
            {"Source": "shop", "DetailType": "OrderPlaced", "Detail": '{"data": 1}'},
            {"Source": "shop", "DetailType": "Broken", "Detail": "{"},
        ]
    )
    items = httpx.get(f"{endpoint}/_local/events", timeout=60).json()["items"]
    assert [(item["source"], item["detail-type"], item["detail"]) for item in items] == [
        ("shop", "OrderPlaced", {"data": 1})
    ]
    assert items[0]["id"]


def test_whoever_asks_for_activity_hears_each_topic_once() -> None:
    activity = Activity(kept=3)
    start, topics = activity.wait(-1, 0)
    assert topics == [EVERYTHING]
    activity.tell("queue")
    activity.tell("queue")
    position, topics = activity.wait(start, 0)
    assert topics == ["queue"]
    assert activity.wait(position, 0.01) == (position, [])
    for number in range(4):
        activity.tell(f"table-{number}")
    assert activity.wait(position, 0)[1] == [EVERYTHING]
    assert activity.wait(position + 99, 0)[1] == [EVERYTHING]


def test_waiting_for_activity_ends_with_the_first() -> None:
    activity = Activity()
    heard: list[Any] = []
    waiting = threading.Thread(target=lambda: heard.append(activity.wait(0, 10.0)))
    waiting.start()
    activity.tell("queue")
    waiting.join(60)
    assert heard == [(1, ["queue"])]
