"""Notifications' doors, on its table, SES and SNS."""

import base64
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import ANY, Stubber
from moto.backends import get_backend

from minishop import aws as minishop_aws
from minishop.contracts.auth import RegistrationAttempted, UserRegistered
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, OrderedLine
from minishop.contracts.payments import PaymentActionRequired, PaymentDeclined, RefundSucceeded
from minishop.contracts.shipping import ShipmentDelivered, ShipmentDispatched, ShipmentOutForDelivery
from minishop.events import Event
from minishop.internal import RefusedError
from minishop.money import Money
from notifications import api, consumer, domain, relay, wiring
from notifications.clients import CustomersClient, OrdersClient
from notifications.domain import (
    Channel,
    Notification,
    OptOut,
    Topic,
    UndeliverableError,
)
from notifications.mailer import Mailer
from notifications.recipients import HOURLY_LIMIT, LimitsTable
from notifications.repository import NotificationTable
from notifications.seals import SealedLinks
from notifications.texter import Texter
from notifications.use_cases.ports import Contact, Message
from orders.schemas import InternalOrderAnswer
from scripts.local.cloud import ACCOUNT
from scripts.local.deploy import REGION
from tests.helpers import answer_of, bus_message, customer, guest, http_event, sqs_event
from tests.integration.conftest import Aws
from tests.times import NOON
from tests.unit.notifications.fakes import FakeCustomers, FakeOrders, order_document

LINES = (OrderedLine(sku="MUG-RED", quantity=2),)
PARCEL = {
    "shipment_id": "shp_1",
    "order_id": "ord_1",
    "owner": "cus_ada",
    "carrier": "sandbox",
    "tracking_number": "S-1",
}
EVENTS: tuple[Event, ...] = (
    UserRegistered(customer_id="cus_ada", locale="en"),
    RegistrationAttempted(customer_id="cus_ada"),
    OrderConfirmed(order_id="ord_1", number="M-1001", owner="cus_ada", lines=LINES, total=Money(4238, "EUR")),
    OrderCancelled(
        order_id="ord_1", number="M-1001", owner="cus_ada", reason="declined", was_confirmed=False, lines=LINES
    ),
    PaymentDeclined(payment_id="pay_1", order_id="ord_1", attempt=1, decline_code="card_declined"),
    PaymentActionRequired(payment_id="pay_1", order_id="ord_1", attempt=2, action_url="https://bank.test/3ds"),
    RefundSucceeded(refund_id="ref_1", payment_id="pay_1", order_id="ord_1", amount=Money(4238, "EUR")),
    ShipmentDispatched(**PARCEL),
    ShipmentOutForDelivery(**PARCEL),
    ShipmentDelivered(**PARCEL),
)
DISPATCHED, DELIVERED = EVENTS[7], EVENTS[9]
DONE: dict[str, list[Any]] = {"batchItemFailures": []}
FIRST_FAILED = {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def mails() -> list[Any]:
    """What SES took, as moto keeps it."""
    sent: list[Any] = _backend("ses").sent_messages
    return sent


def texts() -> list[tuple[str, str]]:
    """Number and text of every SMS that SNS took."""
    return list(_backend("sns").sms_messages.values())


def _backend(service: str) -> Any:
    backends: Any = get_backend(service)  # type: ignore[call-overload]
    return backends[ACCOUNT][REGION]


def message(event: Event, sequence: int = 1) -> str:
    return bus_message(event, aggregate_id=type(event).__name__, sequence=sequence)


@pytest.fixture
def post(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Notifications' own table, SES and SNS; its neighbours answer from memory."""
    aws.use("NotificationsApiFunction")
    aws.use("NotificationsConsumerFunction")
    real = wiring.ports()
    ports = replace(real, customers=FakeCustomers(), orders=FakeOrders())
    monkeypatch.setattr(consumer, "ports", lambda: ports)
    return aws


def listed(query: Mapping[str, str] | None = None, identity: str = "cus_ada") -> Any:
    event = http_event("GET /v1/me/notifications", principal=customer(identity), query=query)
    return answer_of(api.handler(event, None))


def test_a_confirmed_order_is_a_mail_that_ses_takes(post: Aws) -> None:
    assert consumer.handler(sqs_event(message(EVENTS[2])), None) == DONE
    (mail,) = mails()
    assert mail.source == "shop@minishop.test"
    assert mail.destinations == {"ToAddresses": ["ada@example.test"]}
    assert mail.subject == "Order M-1001 is confirmed"
    assert "42.38 EUR" in mail.body
    assert post.outboxes("NotificationsTable") == ["NotificationSent"]


def test_every_event_three_times_and_backwards_is_one_message_per_channel_and_kind(post: Aws) -> None:
    bodies = [message(event) for event in EVENTS]
    assert consumer.handler(sqs_event(*reversed(bodies), *bodies, *bodies[:3], *bodies), None) == DONE
    assert sorted(mail.subject for mail in mails()) == [
        "42.38 EUR on the way back to you",
        "Confirm your e-mail address",
        "One more step to pay for order M-1001",
        "Order M-1001 arrives today",
        "Order M-1001 has arrived",
        "Order M-1001 is cancelled",
        "Order M-1001 is confirmed",
        "Order M-1001 is on its way",
        "The payment for order M-1001 was declined",
        "You already have a Minishop account",
    ]
    assert sorted(texts()) == [
        ("+4915112345678", "Minishop: your order M-1001 arrives today (parcel S-1)."),
        ("+4915112345678", "Minishop: your order M-1001 was delivered (parcel S-1)."),
    ]
    assert post.outboxes("NotificationsTable") == ["NotificationSent"] * 12


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
    assert consumer.handler(sqs_event(message(EVENTS[2])), None) == FIRST_FAILED
    assert [one["status"] for one in listed()["items"]] == ["pending"]
    monkeypatch.setattr(mailer, "_sender", "shop@minishop.test")
    assert consumer.handler(sqs_event(message(EVENTS[2])), None) == DONE
    assert [one["status"] for one in listed()["items"]] == ["sent"]
    assert len(mails()) == 1


def test_one_bad_message_does_not_bring_its_neighbours_back(post: Aws) -> None:
    assert consumer.handler(sqs_event("{}", message(EVENTS[2])), None) == FIRST_FAILED
    assert len(mails()) == 1


def test_a_message_that_ses_rejects_has_failed_and_says_so(post: Aws) -> None:
    with Stubber(minishop_aws.client("sesv2", 1)) as ses:
        ses.add_client_error("send_email", "MessageRejected", "Content is not allowed", http_status_code=400)
        assert consumer.handler(sqs_event(message(EVENTS[2])), None) == DONE
    assert [one["status"] for one in listed()["items"]] == ["failed"]
    assert post.outboxes("NotificationsTable") == ["NotificationFailed"]


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
    sender = Mailer("shop@minishop.test") if service == "sesv2" else Texter()
    with Stubber(minishop_aws.client(service, 1)) as stub:
        stub.add_client_error(operation, code, http_status_code=400)
        with pytest.raises(UndeliverableError if for_good else ClientError):
            sender.send("ada@example.test", Message("subject", "text", "html"))


def test_what_the_log_says_was_sent_is_put_on_the_bus(post: Aws) -> None:
    consumer.handler(sqs_event(message(EVENTS[2])), None)
    (item,) = [one for one in post.items("NotificationsTable") if "outbox" in one]
    post.use("NotificationsRelayFunction")
    with Stubber(minishop_aws.client("events")) as bus:
        bus.add_response("put_events", {"FailedEntryCount": 0, "Entries": []}, {"Entries": [ANY]})
        records = [{"dynamodb": {"SequenceNumber": "1", "NewImage": item}}]
        assert relay.handler({"Records": records}, None) == DONE
        bus.assert_no_pending_responses()


def test_nobody_adds_a_header_or_a_recipient(post: Aws) -> None:
    Mailer("shop@minishop.test").send("ada@example.test", Message("Order\r\nBcc: eve@evil.test", "text", "<p>html</p>"))
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
    consumer.handler(sqs_event(message(EVENTS[2])), None)
    assert listed(identity="cus_eve") == {"items": [], "next_cursor": None}
    refused = api.handler(http_event("GET /v1/me/notifications", principal=guest()), None)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (403, "forbidden")


def test_what_is_about_an_account_names_no_order(post: Aws) -> None:
    consumer.handler(sqs_event(message(EVENTS[0])), None)
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
            assert consumer.handler(received(message(EVENTS[2]), count), None) == FIRST_FAILED
            ses.assert_no_pending_responses()  # and a second call would have found none
    assert mails() == []
    assert consumer.handler(received(message(EVENTS[2]), 3), None) == DONE
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
    assert consumer.handler(sqs_event(message(EVENTS[2])), None) == FIRST_FAILED
    assert len(calls) == 1
    monkeypatch.setattr(client, "send_email", send)
    assert consumer.handler(sqs_event(message(EVENTS[2])), None) == DONE
    assert len(mails()) == (2 if accepted else 1)  # accepted and not answered: nobody on this side can tell


def test_after_the_last_delivery_the_message_has_failed_and_says_so(post: Aws) -> None:
    with Stubber(minishop_aws.client("sesv2", 1)) as ses:
        ses.add_client_error("send_email", "TooManyRequestsException", http_status_code=429)
        assert consumer.handler(received(message(EVENTS[2]), domain.TRIES), None) == FIRST_FAILED
    assert [one["status"] for one in listed()["items"]] == ["failed"]
    assert post.outboxes("NotificationsTable") == ["NotificationFailed"]


def test_simultaneous_deliveries_send_one_message(post: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = replace(wiring.ports(), customers=FakeCustomers(), orders=FakeOrders())
    start = Barrier(4, timeout=10)

    class Together(NotificationTable):
        def find(self, planned: Notification) -> Notification | None:
            found = super().find(planned)
            start.wait()  # all have looked before any has written
            return found

    together = replace(ports, log=Together())
    monkeypatch.setattr(consumer, "ports", lambda: together)
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda body: consumer.handler(sqs_event(body), None), [message(EVENTS[2])] * 4))
    assert (outcomes.count(DONE), outcomes.count(FIRST_FAILED)) == (1, 3)
    assert len(mails()) == 1


def test_a_failed_delivery_is_held_back_in_the_queue(post: Aws) -> None:
    url = post.world.physical_id("NotificationsInbox")
    post.client("sqs").send_message(QueueUrl=url, MessageBody=message(EVENTS[2]))
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


# ── what people want to hear ─────────────────────────────────────────────────────────────────────────────

PREFERENCES = "/v1/me/notification-preferences"


def choose(*chosen: tuple[str, bool], identity: str = "cus_ada") -> Any:
    body = {
        "preferences": [
            {"topic": "delivery_updates", "channel": channel, "wanted": wanted} for channel, wanted in chosen
        ]
    }
    return api.handler(http_event(f"PUT {PREFERENCES}", principal=customer(identity), body=body), None)


def chosen(identity: str = "cus_ada") -> dict[str, bool]:
    answer = answer_of(api.handler(http_event(f"GET {PREFERENCES}", principal=customer(identity)), None))
    assert {one["topic"] for one in answer["preferences"]} == {"delivery_updates"}
    return {one["channel"]: one["wanted"] for one in answer["preferences"]}


def test_everything_is_wanted_until_chosen_otherwise(post: Aws) -> None:
    assert chosen() == {"email": True, "sms": True}
    assert answer_of(choose(("sms", False)))["preferences"][1]["wanted"] is False
    assert chosen() == {"email": True, "sms": False}
    assert chosen("cus_eve") == {"email": True, "sms": True}
    choose(("email", True))
    assert chosen() == {"email": True, "sms": True}
    assert listed()["items"] == []  # a choice is no line of the log


def test_what_is_not_wanted_is_not_sent(post: Aws) -> None:
    choose(("sms", False))
    assert consumer.handler(sqs_event(message(DELIVERED)), None) == DONE
    assert (len(mails()), texts()) == (1, [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"preferences": [{"topic": "order_confirmed", "channel": "email", "wanted": False}]},
        {"preferences": [{"topic": "delivery_updates", "channel": "pigeon", "wanted": False}]},
        {"preferences": [{"topic": "delivery_updates", "channel": "email", "wanted": "no"}]},
        {"preferences": [{"topic": "delivery_updates", "channel": "email", "wanted": False}] * 2},
    ],
)
def test_preferences_that_make_no_sense_are_refused(post: Aws, body: Any) -> None:
    response = api.handler(http_event(f"PUT {PREFERENCES}", principal=customer(), body=body), None)
    assert (response["statusCode"], chosen()) == (422, {"email": True, "sms": True})


def test_guests_have_no_preferences_page(post: Aws) -> None:
    assert api.handler(http_event(f"GET {PREFERENCES}", principal=guest()), None)["statusCode"] == 403


def unsubscribe(method: str, token: str, language: str = "") -> Any:
    query, headers = {"token": token}, {"accept-language": language}
    return api.handler(http_event(f"{method} /v1/notifications/unsubscribe", query=query, headers=headers), None)


def sent_link(monkeypatch: pytest.MonkeyPatch) -> str:
    """The one-click address in the headers of a mail that was just sent."""
    client = minishop_aws.client("sesv2", 1)
    send, requests = client.send_email, []

    def note(**request: Any) -> Any:
        requests.append(request)
        return send(**request)

    monkeypatch.setattr(client, "send_email", note)
    consumer.handler(sqs_event(message(DELIVERED), message(EVENTS[2])), None)
    delivered, confirmed = (request["Content"]["Simple"] for request in requests)
    assert "Headers" not in confirmed
    headers = {header["Name"]: header["Value"] for header in delivered["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(https?://.+/v1/notifications/unsubscribe\?token=[\w-]+)>", headers["List-Unsubscribe"])
    assert found
    assert found[1] in delivered["Body"]["Text"]["Data"]
    return found[1]


def test_one_click_in_the_mail_program_unsubscribes_without_signing_in(
    post: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sent_link(monkeypatch).partition("token=")[2]
    assert unsubscribe("GET", token)["statusCode"] == 200
    assert chosen() == {"email": True, "sms": True}  # looking at the page changes nothing
    for _ in range(2):
        assert unsubscribe("POST", token)["statusCode"] == 200
    assert chosen() == {"email": False, "sms": True}
    choose(("email", True))
    assert chosen()["email"] is True


def test_the_page_asks_in_the_browser_s_language_and_runs_nothing(post: Aws) -> None:
    token = SealedLinks().url("gst_1", OptOut(Topic.DELIVERY_UPDATES, Channel.EMAIL)).partition("token=")[2]
    page = unsubscribe("GET", token, "fr;q=0.9, DE-at;q=0.8, en")
    assert "Abbestellen" in page["body"]
    assert page["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert page["headers"]["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page["headers"]["Content-Security-Policy"]
    assert "script" not in page["body"]
    assert ">Unsubscribe<" in unsubscribe("GET", token, "fr, <script>")["body"]
    assert "Unsubscribed" in unsubscribe("POST", token)["body"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_that_was_not_made_here_is_refused(post: Aws, method: str) -> None:
    own = SealedLinks().url("cus_ada", OptOut(Topic.DELIVERY_UPDATES, Channel.EMAIL)).partition("token=")[2]
    raw = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4))
    stolen = base64.urlsafe_b64encode(raw.replace(b"cus_ada", b"cus_eve")).decode().rstrip("=")
    for token in (own[:-1], own[1:], stolen, "AAAA", "a", "_" * 512):
        response = unsubscribe(method, token)
        assert (response["statusCode"], answer_of(response)["code"]) == (400, "invalid_unsubscribe_token")
    for token in ("", "x" * 513, "a b"):
        assert unsubscribe(method, token)["statusCode"] == 422
    assert chosen() == {"email": True, "sms": True}


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────


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
    taken = [limits.take("cus_ada", Channel.EMAIL, NOON) for _ in range(HOURLY_LIMIT + 2)]
    assert taken == [True] * HOURLY_LIMIT + [False] * 2
    assert limits.take("cus_ada", Channel.SMS, NOON)
    assert limits.take("cus_eve", Channel.EMAIL, NOON)
    assert limits.take("cus_ada", Channel.EMAIL, NOON + timedelta(hours=1))


class StubInternal:
    """The internal API, as far as it is asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.calls.append((method, path, body))
        answer = self.answers.get(path)
        if isinstance(answer, int):
            raise RefusedError(answer, {})
        return answer


CUSTOMER = {
    "id": "cus_ada",
    "email": "ada@example.test",
    "full_name": "Ada Lovelace",
    "phone": None,
    "locale": "en",
    "email_verified": True,
}


def test_auth_says_how_a_customer_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/internal/customers/cus_ada": CUSTOMER, "/internal/customers/cus_gone": 404}
    client, internal = CustomersClient(), StubInternal(answers)
    monkeypatch.setattr(client, "_internal", internal)
    assert client.contact("cus_ada") == Contact("Ada Lovelace", "ada@example.test", "", "en")
    assert client.contact("cus_gone") is None
    asked = len(internal.calls)
    assert client.contact("gst_1") is None
    assert len(internal.calls) == asked


def test_a_refusal_that_is_not_about_the_customer_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    client = CustomersClient()
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/customers/cus_ada": 403}))
    with pytest.raises(RefusedError):
        client.contact("cus_ada")


def test_auth_makes_links_and_orders_shows_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    customers, orders = CustomersClient(), OrdersClient()
    internal = StubInternal({"/internal/mail-links": {"token": "secret"}, "/internal/orders/ord_1": order_document()})
    monkeypatch.setattr(customers, "_internal", internal)
    monkeypatch.setattr(orders, "_internal", internal)
    assert customers.link_token("evt_1", "cus_ada", "verify_email") == "secret"
    assert orders.order("ord_1")["number"] == "M-1001"
    body = {"event_id": "evt_1", "customer_id": "cus_ada", "kind": "verify_email"}
    assert internal.calls == [("POST", "/internal/mail-links", body), ("GET", "/internal/orders/ord_1", None)]


def test_the_order_of_these_tests_is_of_the_shape_that_orders_answers() -> None:
    document = order_document()
    assert InternalOrderAnswer.model_validate(document).model_dump(mode="json") == document
