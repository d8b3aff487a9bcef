"""Notifications' doors, on its table, SES and SNS."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import ANY, Stubber

from minishop import aws as minishop_aws
from notifications import api, consumer, internal, kinds, relay, wiring
from notifications.domain import log as domain
from notifications.domain.errors import UndeliverableError
from notifications.domain.log import Notification
from notifications.domain.topics import Channel
from notifications.mailer import Mailer
from notifications.repository import NotificationTable
from notifications.texter import Texter
from notifications.use_cases import telling
from notifications.use_cases.ports import Message
from tests.contract.template import resources
from tests.helpers import answer_of, customer, guest, http_event, sqs_event
from tests.integration.conftest import Aws
from tests.integration.notifications.samples import (
    CONFIRMED,
    DISPATCHED,
    DONE,
    EVENTS,
    FIRST_FAILED,
    REGISTERED,
    listed,
    mails,
    message,
    texts,
)
from tests.unit.notifications.fakes import FakeCustomers, FakeOrders


def test_a_confirmed_order_is_a_mail_that_ses_takes(post: Aws) -> None:
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE
    (mail,) = mails()
    assert mail.source == "shop@minishop.test"
    assert mail.destinations == {"ToAddresses": ["ada@example.test"]}
    assert mail.subject == "Order M-1001 is confirmed"
    assert "42.38 EUR" in mail.body
    assert post.outboxes("NotificationsTable") == ["NotificationSent"]


def test_auth_exports_what_somebody_was_told_and_wants_to_be_and_nobody_else_does(post: Aws) -> None:
    consumer.handler(sqs_event(message(CONFIRMED), message(REGISTERED)), None)
    choice = next(choice for choice in kinds.CHOICES if not choice.topic.is_opt_in)
    wiring.wishes().keep("cus_ada", frozenset({choice}))

    def export(what: str, person: str, caller: str = "auth-api") -> Any:
        event = http_event(f"GET /internal/exports/{what}/{{person}}", path={"person": person}, caller=caller)
        return internal.handler(event, None)

    told = answer_of(export("notifications", "cus_ada"))
    assert (told["items"], told["complete"]) == (listed()["items"], True)
    assert len(told["items"]) == 2
    preferences = answer_of(export("notification-preferences", "cus_ada"))["preferences"]
    (unwanted,) = [one for one in preferences if (one["topic"], one["channel"]) == (choice.topic, choice.channel)]
    assert unwanted["wanted"] is False
    assert answer_of(export("notifications", "cus_eve")) == {"items": [], "complete": True}
    for what in ("notifications", "notification-preferences"):
        assert export(what, "cus_ada", "orders-api")["statusCode"] == 403


def test_every_event_three_times_and_backwards_is_one_message_per_channel_and_kind(
    post: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "HOURLY_LIMIT", len(EVENTS) * 2)  # all of them are told to one person here
    wiring.wishes().keep("cus_ada", frozenset(choice for choice in kinds.CHOICES if choice.topic.is_opt_in))
    bodies = [message(event, number) for number, event in enumerate(EVENTS)]
    assert consumer.handler(sqs_event(*reversed(bodies), *bodies, *bodies[:3], *bodies), None) == DONE
    channels = [channel for kind in kinds.KINDS for channel in kind.channels]
    subjects = [mail.subject for mail in mails()]
    assert len(subjects) == len(set(subjects)) == channels.count(Channel.EMAIL)
    assert len(texts()) == channels.count(Channel.SMS)
    assert post.outboxes("NotificationsTable") == ["NotificationSent"] * len(channels)


def test_the_log_keeps_no_address_no_name_no_text_and_no_secret(post: Aws) -> None:
    consumer.handler(sqs_event(*(message(event) for event in EVENTS)), None)
    kept = str(post.items("NotificationsTable"))
    for private in ("ada@", "Ada", "Grace", "Turmstr", "+49", "token-", "Stoneware"):
        assert private not in kept


def test_a_sender_that_is_not_verified_is_ours_to_mend_and_not_the_message_s_fault(
    post: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer = wiring.ports().senders[Channel.EMAIL]
    monkeypatch.setattr(mailer, "_sender", "nobody@minishop.test")
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == FIRST_FAILED
    assert [one["status"] for one in listed()["items"]] == ["pending"]
    monkeypatch.setattr(mailer, "_sender", "shop@minishop.test")
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE
    assert [one["status"] for one in listed()["items"]] == ["sent"]
    assert len(mails()) == 1


def test_one_bad_message_does_not_bring_its_neighbours_back(post: Aws) -> None:
    assert consumer.handler(sqs_event("{}", message(CONFIRMED)), None) == FIRST_FAILED
    assert len(mails()) == 1


def test_a_message_that_ses_rejects_has_failed_and_says_so(post: Aws, caplog: pytest.LogCaptureFixture) -> None:
    with Stubber(minishop_aws.client("sesv2", 1)) as ses:
        ses.add_client_error("send_email", "MessageRejected", "Content is not allowed", http_status_code=400)
        assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE
    assert [one["status"] for one in listed()["items"]] == ["failed"]
    assert post.outboxes("NotificationsTable") == ["NotificationFailed"]
    (line,) = [record for record in caplog.records if record.getMessage() == "notification failed"]
    assert (vars(line)["kind"], vars(line)["reason"]) == ("order_confirmed", "MessageRejected")
    pattern = resources()["NotificationsFailures"]["Properties"]["FilterPattern"]
    assert pattern == '{ $.message = "notification failed" && $.reason != "suppressed" }'


@pytest.mark.parametrize(
    ("service", "operation", "code", "for_good"),
    [
        ("sesv2", "send_email", "BadRequestException", True),
        ("sesv2", "send_email", "SendingPausedException", False),
        ("sesv2", "send_email", "MailFromDomainNotVerifiedException", False),
        ("sns", "publish", "InvalidParameter", True),
        ("sns", "publish", "ParameterValueInvalid", True),
        ("sns", "publish", "AuthorizationError", False),
    ],
)
def test_what_another_try_can_mend_is_tried_again(
    post: Aws, service: str, operation: str, code: str, for_good: bool
) -> None:
    sender = Mailer("shop@minishop.test", "minishop-notifications") if service == "sesv2" else Texter()
    with Stubber(minishop_aws.client(service, 1)) as stub:
        stub.add_client_error(operation, code, http_status_code=400)
        with pytest.raises(UndeliverableError if for_good else ClientError):
            sender.send("ada@example.test", Message("subject", "text", "html"))


def test_what_the_log_says_was_sent_is_put_on_the_bus(post: Aws) -> None:
    consumer.handler(sqs_event(message(CONFIRMED)), None)
    (item,) = [one for one in post.items("NotificationsTable") if "outbox" in one]
    post.use("NotificationsRelayFunction")
    with Stubber(minishop_aws.client("events")) as bus:
        bus.add_response("put_events", {"FailedEntryCount": 0, "Entries": []}, {"Entries": [ANY]})
        records = [{"dynamodb": {"SequenceNumber": "1", "NewImage": item}}]
        assert relay.handler({"Records": records}, None) == DONE
        bus.assert_no_pending_responses()


def test_nobody_adds_a_header_or_a_recipient(post: Aws) -> None:
    Mailer("shop@minishop.test", "minishop-notifications").send(
        "ada@example.test", Message("Order\r\nBcc: eve@evil.test", "text", "<p>html</p>")
    )
    (mail,) = mails()
    assert mail.subject == "Order Bcc: eve@evil.test"
    assert mail.destinations == {"ToAddresses": ["ada@example.test"]}


def test_pages_follow_on_by_cursor_newest_first(post: Aws) -> None:
    bodies = [message(DISPATCHED, sequence) for sequence in range(5)]
    assert consumer.handler(sqs_event(*bodies), None) == DONE
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(4):
        page = listed(query)
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"limit": "2", "cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)  # all happened at noon: the id decides
    first = listed({"limit": "1"})["items"][0]
    assert first == {
        "id": seen[0],
        "kind": "shipment_dispatched",
        "channel": "email",
        "status": "sent",
        "order_id": "ord_1",
        "at": "2026-11-22T12:00:00.000Z",
    }


def test_a_cursor_is_nobody_else_s_and_no_forgery(post: Aws) -> None:
    consumer.handler(sqs_event(*(message(DISPATCHED, sequence) for sequence in range(3))), None)
    cursor = listed({"limit": "1"})["next_cursor"]
    for identity, sent in (("cus_eve", cursor), ("cus_ada", cursor[:-2] + "xx"), ("cus_ada", "AAAA")):
        event = http_event(
            "GET /v1/me/notifications", principal=customer(identity), query={"limit": "1", "cursor": sent}
        )
        response = api.handler(event, None)
        assert (response["statusCode"], answer_of(response)["code"]) == (400, "invalid_cursor")


def test_nobody_reads_what_others_were_told(post: Aws) -> None:
    consumer.handler(sqs_event(message(CONFIRMED)), None)
    assert listed(identity="cus_eve") == {"items": [], "next_cursor": None}
    refused = api.handler(http_event("GET /v1/me/notifications", principal=guest()), None)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (403, "forbidden")


def test_what_is_about_an_account_names_no_order(post: Aws) -> None:
    consumer.handler(sqs_event(message(REGISTERED)), None)
    (one,) = listed()["items"]
    assert (one["kind"], one["order_id"]) == ("verify_email", None)


@pytest.mark.parametrize("limit", ["0", "101", "ten"])
def test_a_limit_that_makes_no_sense_is_refused(post: Aws, limit: str) -> None:
    event = http_event("GET /v1/me/notifications", principal=customer(), query={"limit": limit})
    assert api.handler(event, None)["statusCode"] == 422


def test_it_says_that_it_is_well(post: Aws) -> None:
    response = api.handler(http_event("GET /v1/notifications/health"), None)
    assert answer_of(response) == {"status": "ok", "service": "notifications"}


def test_the_last_try_is_the_one_after_which_the_queue_gives_up() -> None:
    template = Path("template.yaml").read_text("utf-8")
    inbox = template[template.index("  NotificationsInbox:") :]
    found = re.search(r"maxReceiveCount: (\d+)", inbox)
    assert found
    assert int(found[1]) == domain.TRIES


def received(body: str, count: int) -> dict[str, Any]:
    batch = sqs_event(body)
    batch["Records"][0]["attributes"] = {"ApproximateReceiveCount": str(count)}
    return batch


FAULTS = {
    "refusing for now": {"service_error_code": "SendingPausedException", "http_status_code": 400},
    "throttling": {"service_error_code": "TooManyRequestsException", "http_status_code": 429},
    "broken": {"service_error_code": "InternalServiceErrorException", "http_status_code": 500},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_provider_that_takes_nothing_is_asked_once_a_delivery_and_nothing_is_lost(post: Aws, fault: str) -> None:
    for count in (1, 2):
        with Stubber(minishop_aws.client("sesv2", 1)) as ses:
            ses.add_client_error("send_email", **FAULTS[fault])  # type: ignore[arg-type]
            assert consumer.handler(received(message(CONFIRMED), count), None) == FIRST_FAILED
            ses.assert_no_pending_responses()  # and a second call would have found none
    assert mails() == []
    assert consumer.handler(received(message(CONFIRMED), 3), None) == DONE
    assert len(mails()) == 1


@pytest.mark.parametrize("accepted", [False, True])
def test_a_provider_that_does_not_answer_is_not_asked_again_by_the_sdk(
    post: Aws, monkeypatch: pytest.MonkeyPatch, accepted: bool
) -> None:
    client = minishop_aws.client("sesv2", 1)
    send, calls = client.send_email, []

    def time_out(**request: Any) -> Any:
        calls.append(request)
        if accepted:
            send(**request)
        raise ReadTimeoutError(endpoint_url="https://email.test")

    assert client.meta.config.retries["total_max_attempts"] == 1
    monkeypatch.setattr(client, "send_email", time_out)
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == FIRST_FAILED
    assert len(calls) == 1
    monkeypatch.setattr(client, "send_email", send)
    assert consumer.handler(sqs_event(message(CONFIRMED)), None) == DONE
    assert len(mails()) == (2 if accepted else 1)  # accepted and not answered: nobody on this side can tell


def test_after_the_last_delivery_the_message_has_failed_and_says_so(post: Aws) -> None:
    with Stubber(minishop_aws.client("sesv2", 1)) as ses:
        ses.add_client_error("send_email", "TooManyRequestsException", http_status_code=429)
        assert consumer.handler(received(message(CONFIRMED), domain.TRIES), None) == FIRST_FAILED
    assert [one["status"] for one in listed()["items"]] == ["failed"]
    assert post.outboxes("NotificationsTable") == ["NotificationFailed"]


def test_simultaneous_deliveries_send_one_message(post: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = replace(wiring.ports(), customers=FakeCustomers(), orders=FakeOrders())
    start = Barrier(4, timeout=60)

    class Together(NotificationTable):
        def find(self, notification_id: str) -> Notification | None:
            found = super().find(notification_id)
            start.wait()  # all have looked before any has written
            return found

    together = replace(ports, log=Together())
    monkeypatch.setattr(consumer, "ports", lambda: together)
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda body: consumer.handler(sqs_event(body), None), [message(CONFIRMED)] * 4))
    assert (outcomes.count(DONE), outcomes.count(FIRST_FAILED)) == (1, 3)
    assert len(mails()) == 1


def test_a_failed_delivery_is_held_back_in_the_queue(post: Aws) -> None:
    url = post.world.physical_id("NotificationsInbox")
    post.client("sqs").send_message(QueueUrl=url, MessageBody=message(CONFIRMED))
    (taken,) = post.messages("NotificationsInbox")
    batch = sqs_event(taken["Body"])
    batch["Records"][0]["receiptHandle"] = taken["ReceiptHandle"]
    seen: list[Any] = []
    post.client("sqs").meta.events.register(
        "before-parameter-build.sqs.ChangeMessageVisibility", lambda params, **_: seen.append(params)
    )
    with Stubber(minishop_aws.client("sesv2", 1)) as ses:
        ses.add_client_error("send_email", "TooManyRequestsException", http_status_code=429)
        consumer.handler(batch, None)
    assert [params["VisibilityTimeout"] for params in seen] == [domain.FIRST_PAUSE_SECONDS]
