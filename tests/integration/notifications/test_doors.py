"""Notifications' doors, on its table, SES and SNS."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from moto.backends import get_backend

from minishop import aws as minishop_aws
from minishop.contracts.auth import RegistrationAttempted, UserRegistered
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, OrderedLine
from minishop.contracts.shipping import ShipmentDelivered, ShipmentDispatched
from minishop.events import Event
from minishop.internal import RefusedError
from minishop.money import Money
from notifications import api, consumer, relay, wiring
from notifications.clients import CustomersClient, OrdersClient
from notifications.domain import Channel, UndeliverableError
from notifications.mailer import Mailer
from notifications.texter import Texter
from notifications.use_cases import Contact, Message, Ports
from orders.schemas import InternalOrderAnswer
from scripts.local.cloud import ACCOUNT
from scripts.local.deploy import REGION
from tests.helpers import answer_of, bus_message, customer, guest, http_event, sqs_event
from tests.integration.conftest import Aws
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
    ShipmentDispatched(**PARCEL),
    ShipmentDelivered(**PARCEL),
)
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
    ports = Ports(real.log, FakeCustomers(), FakeOrders(), real.senders, real.renderer, real.clock)
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
        "Confirm your e-mail address",
        "Order M-1001 has arrived",
        "Order M-1001 is cancelled",
        "Order M-1001 is confirmed",
        "Order M-1001 is on its way",
        "You already have a Minishop account",
    ]
    assert texts() == [("+4915112345678", "Minishop: your order M-1001 was delivered (parcel S-1).")]
    assert post.outboxes("NotificationsTable") == ["NotificationSent"] * 7


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
    with Stubber(minishop_aws.client("sesv2")) as ses:
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
    with Stubber(minishop_aws.client(service)) as stub:
        stub.add_client_error(operation, code, http_status_code=400)
        with pytest.raises(UndeliverableError if for_good else ClientError):
            sender.send("ada@example.test", Message("subject", "text", "html"))


def test_what_the_log_says_was_sent_is_put_on_the_bus(post: Aws) -> None:
    consumer.handler(sqs_event(message(EVENTS[2])), None)
    (item,) = post.items("NotificationsTable")
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
    bodies = [message(EVENTS[4], sequence) for sequence in range(5)]
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
    consumer.handler(sqs_event(*(message(EVENTS[4], sequence) for sequence in range(3))), None)
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
