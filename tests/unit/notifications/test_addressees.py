"""Who is told, where, in which language and with which link, against fakes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from minishop.money import Money
from notifications import kinds
from notifications.domain.topics import Channel
from notifications.use_cases.ports import Contact, Secret
from tests.unit.notifications.acts import HAPPENED, OF_AN_ACCOUNT, only, tell
from tests.unit.notifications.fakes import ADA, Post, order_document
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    REFUND_SUCCEEDED,
    REGISTRATION_ATTEMPTED,
    SHIPMENT_DELIVERED,
    STOCK_LOW,
    VERIFY_EMAIL,
)


def test_where_the_event_names_nobody_the_order_s_owner_is_told(post: Post) -> None:
    (told,) = tell(post, REFUND_SUCCEEDED, amount=Money(500, "EUR"))
    assert told.recipient == "cus_ada"
    assert post.renderer.rendered[-1][3]["event"]["amount"] == {"amount": 500, "currency": "EUR"}


def test_the_shop_itself_is_told_at_its_own_address(post: Post) -> None:
    tell(post, STOCK_LOW)
    ((address, _),) = post.mail.sent
    assert (address, only(post).recipient) == ("shop@example.test", "shop")


def test_a_customer_who_is_gone_is_told_nothing(post: Post) -> None:
    post.customers.known.clear()
    for kind in OF_AN_ACCOUNT:
        assert tell(post, kind) == []
    assert (post.mail.sent, post.log.stored, post.customers.links) == ([], {}, [])


@pytest.mark.parametrize("email", [None, "office@example.test"])
def test_a_customer_who_is_gone_is_told_nothing_about_an_order_either(post: Post, email: str | None) -> None:
    post.customers.known.clear()
    post.orders.document = order_document(email=email)
    assert tell(post, ORDER_CONFIRMED) == []
    assert (post.mail.sent, post.log.stored) == ([], {})


def test_a_guest_is_told_at_the_order_s_address_and_greeted_by_no_name_that_anybody_may_have_typed(post: Post) -> None:
    post.orders.document = order_document(owner="gst_1", email="guest@example.test")
    tell(post, ORDER_CONFIRMED, owner="gst_1")
    ((address, message),) = post.mail.sent
    assert (address, message.subject) == ("guest@example.test", "order_confirmed for ")
    assert only(post).recipient == "gst_1"


def test_a_customer_is_told_at_her_own_address_and_by_her_own_name(post: Post) -> None:
    tell(post, ORDER_CONFIRMED)
    ((address, message),) = post.mail.sent
    assert (address, message.subject) == ("ada@example.test", "order_confirmed for Ada Lovelace")


def test_an_address_given_with_the_order_goes_before_the_customer_s(post: Post) -> None:
    post.orders.document = order_document(email="office@example.test")
    tell(post, ORDER_CONFIRMED)
    assert post.mail.sent[0][0] == "office@example.test"


def test_an_sms_goes_to_the_phone_of_the_shipping_address(post: Post) -> None:
    tell(post, SHIPMENT_DELIVERED)
    assert [address for address, _ in post.sms.sent] == ["+4915112345678"]
    assert {one.channel for one in post.log.stored.values()} == {Channel.EMAIL, Channel.SMS}


@pytest.mark.parametrize("given", [{"phone": None}, {"phone": ""}, {}])
def test_without_a_phone_there_is_no_sms_and_no_trace_of_one(post: Post, given: dict[str, Any]) -> None:
    address = {key: value for key, value in order_document()["shipping_address"].items() if key != "phone"}
    post.orders.document = order_document(shipping_address={**address, **given})
    (told,) = tell(post, SHIPMENT_DELIVERED)
    assert told.channel is Channel.EMAIL
    assert (post.sms.sent, only(post)) == ([], told)


def test_a_link_is_made_for_the_message_that_carries_it_and_for_no_other(post: Post) -> None:
    tell(post, REGISTRATION_ATTEMPTED, "evt_0")
    assert post.customers.links == []
    tell(post, VERIFY_EMAIL)
    assert post.customers.links == [("evt_1", "cus_ada", "verify_email")]
    assert post.renderer.rendered[-1][3]["token"] == "token-1"


def test_a_link_for_another_address_goes_there_and_nowhere_else(post: Post) -> None:
    post.customers.goes_to = Secret("", email="new@example.test")
    tell(post, kinds.named("change_email"))
    tell(post, kinds.named("email_change_requested"))
    assert [address for address, _ in post.mail.sent] == ["new@example.test", "ada@example.test"]


@pytest.mark.parametrize("name", ["email_change_requested", "email_replaced"])
def test_a_warning_goes_to_the_address_before_the_change_however_late_it_comes(post: Post, name: str) -> None:
    moved = replace(ADA, email="new@example.test", former_email=ADA.email, email_changed_at=HAPPENED)
    post.customers.known["cus_ada"] = moved
    tell(post, kinds.named(name))
    assert [address for address, _ in post.mail.sent] == [ADA.email]
    post.customers.known["cus_ada"] = replace(moved, email_changed_at=HAPPENED - timedelta(days=1))
    tell(post, kinds.named(name), "evt_2")
    assert post.mail.sent[-1][0] == "new@example.test"
    assert [counted for counted, _ in post.limits.counted] == ["cus_ada"] * 2


def test_at_an_address_that_is_yet_to_be_proven_nobody_is_told_whose_it_would_be(post: Post) -> None:
    tell(post, VERIFY_EMAIL)
    assert post.renderer.rendered[-1][3]["name"] == "Ada Lovelace"
    post.customers.goes_to = Secret("", email="new@example.test")
    tell(post, kinds.named("change_email"))
    assert post.renderer.rendered[-1][3]["name"] == ""


def test_a_code_goes_to_the_number_that_it_proves(post: Post) -> None:
    post.customers.goes_to = Secret("", phone="+4915187654321")
    tell(post, kinds.named("phone_code"))
    assert [address for address, _ in post.sms.sent] == ["+4915187654321"]
    assert post.mail.sent == []


def test_where_nothing_is_to_be_proven_any_more_nothing_is_sent(post: Post) -> None:
    post.customers.goes_to = None
    assert tell(post, kinds.named("change_email")) == []
    assert post.log.stored == {}


def test_a_guest_is_told_in_the_language_of_the_browser_and_a_customer_in_her_own(post: Post) -> None:
    post.orders.document = order_document(owner="gst_1", email="guest@example.test", locale="de-AT")
    tell(post, ORDER_CONFIRMED, owner="gst_1")
    post.orders.document = order_document(locale="de-AT")
    tell(post, ORDER_CONFIRMED, "evt_2")
    assert [locale for _, _, locale, _ in post.renderer.rendered] == ["de-AT", "en"]


def test_the_language_is_the_customer_s_and_english_for_a_guest(post: Post) -> None:
    tell(post, ORDER_CONFIRMED)
    post.orders.document = order_document(owner="gst_1", email="guest@example.test")
    tell(post, ORDER_CONFIRMED, "evt_2", owner="gst_1")
    assert [locale for _, _, locale, _ in post.renderer.rendered] == ["en", "en"]
    post.customers.known["cus_ada"] = Contact("Ada", "ada@example.test", "", "de-CH")
    tell(post, VERIFY_EMAIL, "evt_3")
    assert post.renderer.rendered[-1][2] == "de-CH"


def test_a_link_to_the_order_is_made_for_the_message_that_carries_it_and_for_no_other(post: Post) -> None:
    tell(post, REFUND_SUCCEEDED, "evt_0")
    assert post.orders.links == []
    tell(post, ORDER_CONFIRMED)
    assert post.orders.links == [("evt_1", "ord_1")]
    assert post.renderer.rendered[-1][3]["order_token"] == "order-1"
