"""What SES reports of its mails, and how much one person is sent."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from minishop import aws as minishop_aws
from minishop.identity import Principal, Role
from notifications import api, consumer
from notifications.domain.topics import Channel
from notifications.recipients import LimitsTable
from notifications.use_cases.telling import HOURLY_LIMIT
from tests.helpers import answer_of, http_event, sqs_event
from tests.integration.conftest import Aws
from tests.integration.notifications.samples import (
    CONFIRMED,
    DONE,
    FIRST_FAILED,
    listed,
    mails,
    message,
)
from tests.times import NOON


def test_a_suppressed_address_is_known_in_any_case_of_letters_and_kept_as_a_hash(post: Aws) -> None:
    limits = LimitsTable()
    for reason in ("bounced", "complained"):
        limits.suppress("Ada@Example.test", reason, NOON)
    assert limits.is_suppressed("ada@example.TEST")
    assert not limits.is_suppressed("eve@example.test")
    kept = json.dumps(post.items("NotificationsTable"))
    assert "bounced" in kept
    assert "example" not in kept.lower()


def test_a_person_gets_so_many_messages_an_hour_through_a_channel(post: Aws) -> None:
    limits = LimitsTable()
    taken = [limits.take("cus_ada", Channel.EMAIL, NOON, HOURLY_LIMIT) for _ in range(HOURLY_LIMIT + 2)]
    assert taken == [True] * HOURLY_LIMIT + [False] * 2
    assert limits.take("cus_ada", Channel.SMS, NOON, 1)
    assert limits.take("cus_eve", Channel.EMAIL, NOON, 1)
    assert limits.take("cus_ada", Channel.EMAIL, NOON + timedelta(hours=1), 1)


def report(
    kind: str,
    address: str = "ada@example.test",
    *,
    key: str = "eventType",
    bounce_type: str = "Permanent",
    tag: str = "ntf_somebody_else_s",
) -> str:
    """A report as SES writes it (the members that matter, and some that do not)."""
    mail: dict[str, Any] = {"timestamp": "2026-11-22T12:00:00.000Z", "messageId": "0100-1", "destination": [address]}
    if key == "eventType":  # an identity's own reports carry no tags
        mail["tags"] = {"ses:configuration-set": ["minishop-notifications"], "notification": [tag]}
    details: dict[str, Any] = {"timestamp": "2026-11-22T12:00:03.000Z", "feedbackId": "0100-2"}
    if kind == "Bounce":
        bounced = [{"emailAddress": f"Ada <{address}>", "action": "failed", "status": "5.1.1"}]
        details |= {"bounceType": bounce_type, "bounceSubType": "General", "bouncedRecipients": bounced}
    else:
        details["complainedRecipients"] = [{"emailAddress": address}]
    return json.dumps({key: kind, "mail": mail, kind.lower(): details})


@pytest.mark.parametrize("key", ["eventType", "notificationType"])
@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_after_a_bounce_or_a_complaint_nothing_more_goes_to_the_address(post: Aws, kind: str, key: str) -> None:
    assert consumer.handler(sqs_event(report(kind, key=key), report(kind, key=key)), None) == DONE
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE
    assert (mails(), [one["status"] for one in listed()["items"]]) == ([], ["failed"])
    assert post.outboxes("NotificationsTable") == ["NotificationFailed"]


def lift(address: str) -> Any:
    principal = Principal("cus_sue", frozenset({Role.SUPPORT}))
    body = {"address": address}
    return answer_of(api.handler(http_event("POST /v1/admin/suppressions/lift", principal=principal, body=body), None))


def test_support_lets_messages_go_to_an_address_again(post: Aws) -> None:
    consumer.handler(sqs_event(report("Complaint")), None)
    assert lift("eve@example.test") == {"reason": None, "at": None}
    assert lift("Ada@example.TEST") == {"reason": "complained", "at": "2026-11-22T12:00:03.000Z"}
    assert lift("ada@example.test") == {"reason": None, "at": None}
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE
    assert len(mails()) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed."}',
        report("Complaint").replace('"feedbackId"', '"complaintFeedbackType": "not-spam", "feedbackId"'),
    ],
)
def test_what_ses_says_besides_changes_nothing_and_is_no_dead_letter(post: Aws, said: str) -> None:
    assert consumer.handler(sqs_event(said), None) == DONE
    assert consumer.handler(sqs_event(said, message(CONFIRMED)), None) == DONE
    assert len(mails()) == 1


def test_a_bounce_that_may_pass_and_somebody_else_s_bounce_change_nothing(post: Aws) -> None:
    passing = (report("Bounce", bounce_type="Transient"), report("Bounce", "eve@example.test"))
    assert consumer.handler(sqs_event(*passing, message(CONFIRMED)), None) == DONE
    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("kind", "bounce_type", "status"),
    [("Bounce", "Permanent", "bounced"), ("Bounce", "Transient", "bounced"), ("Complaint", "", "complained")],
)
def test_the_line_of_a_mail_that_bounced_or_was_complained_about_says_so(
    post: Aws, monkeypatch: pytest.MonkeyPatch, kind: str, bounce_type: str, status: str
) -> None:
    client = minishop_aws.client("sesv2", 1)
    send, tags = client.send_email, list[Any]()

    def note(**request: Any) -> Any:
        tags.extend(request["EmailTags"])
        return send(**request)

    monkeypatch.setattr(client, "send_email", note)
    consumer.handler(sqs_event(message(CONFIRMED)), None)
    ((name, value),) = [(tag["Name"], tag["Value"]) for tag in tags]
    assert (name, value) == ("notification", listed()["items"][0]["id"])
    said = report(kind, bounce_type=bounce_type, tag=value)
    assert consumer.handler(sqs_event(said, said, message(CONFIRMED)), None) == DONE
    assert ([one["status"] for one in listed()["items"]], len(mails())) == ([status], 1)


def test_ses_reports_reach_the_inbox_through_the_topic_as_they_are(post: Aws) -> None:
    topic = post.world.physical_id("NotificationsMailReports")
    post.client("sns").publish(TopicArn=topic, Message=report("Bounce"))
    (taken,) = post.messages("NotificationsInbox")
    assert taken["Body"] == report("Bounce")
    assert consumer.handler(sqs_event(taken["Body"]), None) == DONE
    assert LimitsTable().is_suppressed("ada@example.test")


def test_mails_go_out_under_the_set_whose_bounces_are_reported(post: Aws) -> None:
    name = post.world.physical_id("NotificationsMailSet")
    with Stubber(minishop_aws.client("sesv2", 1)) as ses:
        expected = {"ConfigurationSetName": name, "EmailTags": ANY}
        expected |= dict.fromkeys(("FromEmailAddress", "Destination", "Content"), ANY)
        ses.add_response("send_email", {"MessageId": "m-1"}, expected)
        assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"eventType": "Bounce"}',
        '{"eventType": "Bounce", "bounce": []}',
        '{"eventType": ["Bounce"]}',
        '{"eventType": "Click", "mail": {"messageId": "1"}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_report_goes_to_the_dead_letters(post: Aws, body: str) -> None:
    assert consumer.handler(sqs_event(body), None) == FIRST_FAILED
    assert post.items("NotificationsTable") == []
