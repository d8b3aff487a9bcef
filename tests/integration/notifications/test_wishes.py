"""What people want to hear, over HTTP."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest

from minishop import aws as minishop_aws
from minishop.contracts.auth import GuestUpgraded, UserErased
from notifications import api, consumer, kinds
from notifications.domain.topics import Channel, Choice, Topic
from notifications.recipients import GuestTable, LimitsTable, WishesTable
from notifications.seals import SealedLinks, hash_address
from tests.helpers import answer_of, customer, guest, http_event, sqs_event
from tests.integration.conftest import Aws
from tests.integration.notifications.samples import (
    CONFIRMED,
    DELIVERED,
    DONE,
    listed,
    mails,
    message,
    texts,
)
from tests.times import NOON
from tests.unit.notifications.fakes import FakeOrders, order_document
from tests.unit.notifications.samples import event_of

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
    assert {one["topic"] for one in answer["preferences"]} == {"delivery_updates", "cart_reminders"}
    return {one["channel"]: one["wanted"] for one in answer["preferences"] if one["topic"] == "delivery_updates"}


def test_everything_is_wanted_until_chosen_otherwise(post: Aws) -> None:
    assert chosen() == {"email": True, "sms": True}
    assert answer_of(choose(("sms", False)))["preferences"][1]["wanted"] is False
    assert chosen() == {"email": True, "sms": False}
    assert chosen("cus_eve") == {"email": True, "sms": True}
    choose(("email", True))
    assert chosen() == {"email": True, "sms": True}
    assert listed()["items"] == []  # a choice is no line of the log


def reminders_wanted() -> bool:
    answer = answer_of(api.handler(http_event(f"GET {PREFERENCES}", principal=customer()), None))
    (wanted,) = [one["wanted"] for one in answer["preferences"] if one["topic"] == "cart_reminders"]
    return bool(wanted)


def test_who_asks_for_it_is_reminded_of_a_cart_once_a_week(post: Aws) -> None:
    assert not reminders_wanted()
    abandoned = event_of(kinds.named("cart_abandoned"))
    assert consumer.handler(sqs_event(message(abandoned, 1)), None) == DONE
    assert mails() == []
    body = {"preferences": [{"topic": "cart_reminders", "channel": "email", "wanted": True}]}
    api.handler(http_event(f"PUT {PREFERENCES}", principal=customer(), body=body), None)
    assert reminders_wanted()
    for sequence in (2, 2, 3):
        assert consumer.handler(sqs_event(message(abandoned, sequence)), None) == DONE
    assert [mail.subject for mail in mails()] == ["You left something in your cart"]
    limits, later = LimitsTable(), NOON + timedelta(weeks=2)
    assert limits.take_turn("cus_ada", "cart_abandoned", "evt_9", later, timedelta(weeks=1))
    assert not limits.take_turn("cus_ada", "cart_abandoned", "evt_10", later, timedelta(weeks=1))
    choose(("sms", False))  # all of one's preferences are replaced, and this one is off by itself
    assert not reminders_wanted()


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


def unsubscribe(method: str, token: str, language: str = "", accept: str = "*/*") -> Any:
    query, headers = {"token": token}, {"accept-language": language, "accept": accept}
    return api.handler(http_event(f"{method} /v1/notifications/unsubscribe", query=query, headers=headers), None)


def sent_link(monkeypatch: pytest.MonkeyPatch) -> str:
    """The one-click address in the headers of a mail that was just sent."""
    client = minishop_aws.client("sesv2", 1)
    send, requests = client.send_email, []

    def note(**request: Any) -> Any:
        requests.append(request)
        return send(**request)

    monkeypatch.setattr(client, "send_email", note)
    consumer.handler(sqs_event(message(DELIVERED), message(CONFIRMED)), None)
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
    token = SealedLinks().url("gst_1", Choice(Topic.DELIVERY_UPDATES, Channel.EMAIL)).partition("token=")[2]
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
    own = SealedLinks().url("cus_ada", Choice(Topic.DELIVERY_UPDATES, Channel.EMAIL)).partition("token=")[2]
    raw = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4))
    stolen = base64.urlsafe_b64encode(raw.replace(b"cus_ada", b"cus_eve")).decode().rstrip("=")
    for token in (own[:-1], own[1:], stolen, "AAAA", "a", "_" * 512):
        response = unsubscribe(method, token)
        assert (response["statusCode"], answer_of(response)["code"]) == (400, "invalid_unsubscribe_token")
    for token in ("", "x" * 513, "a b"):
        assert unsubscribe(method, token)["statusCode"] == 422
    assert chosen() == {"email": True, "sms": True}


@pytest.mark.parametrize(("language", "says"), [("de-AT,en;q=0.5", "nicht vollständig"), ("fr", "not whole")])
def test_who_looks_at_half_a_link_in_a_browser_gets_a_page(post: Aws, language: str, says: str) -> None:
    response = unsubscribe("GET", "AAAA", language, "text/html,*/*;q=0.8")
    assert (response["statusCode"], response["headers"]["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert says in response["body"]


def test_who_is_forgotten_leaves_no_line_and_no_wish(post: Aws) -> None:
    choose(("sms", False))
    choose(("sms", False), identity="cus_eve")
    consumer.handler(sqs_event(message(CONFIRMED)), None)
    forget = message(UserErased(customer_id="cus_ada"))
    assert consumer.handler(sqs_event(forget, forget), None) == DONE
    assert (listed()["items"], chosen(), chosen("cus_eve")["sms"]) == ([], {"email": True, "sms": True}, False)
    left = [item["pk"]["S"] for item in post.items("NotificationsTable")]
    assert sorted(left) == [f"taken#{hash_address('cus_ada')}#email", "wishes#cus_eve"]


def test_a_link_ends_what_somebody_asked_for(post: Aws) -> None:
    wanted = Choice(Topic.CART_REMINDERS, Channel.EMAIL)
    WishesTable().add("cus_ada", wanted)
    token = SealedLinks().url("cus_ada", wanted).partition("token=")[2]
    assert unsubscribe("POST", token)["statusCode"] == 200
    assert WishesTable().changed("cus_ada") == frozenset()


def test_what_was_written_while_somebody_was_forgotten_is_erased_a_minute_later(post: Aws) -> None:
    sent: list[Any] = []
    post.client("sqs").meta.events.register(
        "before-parameter-build.sqs.SendMessage", lambda params, **_: sent.append(params)
    )
    consumer.handler(sqs_event(message(UserErased(customer_id="cus_ada")), message(CONFIRMED)), None)
    assert len(listed()["items"]) == 1
    (again,) = sent
    assert again["DelaySeconds"] == 60
    assert consumer.handler(sqs_event(again["MessageBody"]), None) == DONE
    assert (listed()["items"], len(sent)) == ([], 1)


def test_what_a_guest_was_told_is_listed_for_the_customer_whom_the_guest_became(
    post: Aws, neighbours: FakeOrders
) -> None:
    neighbours.document = order_document(owner="gst_1", email="guest@example.test")
    WishesTable().add("gst_1", Choice(Topic.DELIVERY_UPDATES, Channel.SMS))
    upgraded = message(GuestUpgraded(guest_id="gst_1", customer_id="cus_ada"))
    assert consumer.handler(sqs_event(message(CONFIRMED), upgraded, upgraded, message(CONFIRMED)), None) == DONE
    assert consumer.handler(sqs_event(message(DELIVERED)), None) == DONE
    assert {one["kind"] for one in listed()["items"]} == {"order_confirmed", "shipment_delivered"}
    assert (len(mails()), texts()) == (2, [])
    assert GuestTable().customer_of("cus_ada") is None
    consumer.handler(sqs_event(message(UserErased(customer_id="cus_ada"))), None)
    assert (listed()["items"], GuestTable().customer_of("gst_1")) == ([], None)
