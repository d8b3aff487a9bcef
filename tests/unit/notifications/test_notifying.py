"""Telling somebody something, against fakes."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from minishop import aws as minishop_aws
from minishop.contracts.auth import PasswordChanged
from minishop.contracts.notifications import NotificationFailed, NotificationSent
from minishop.contracts.orders import OrderedLine
from minishop.contracts.shipping import ShipmentEvent
from minishop.errors import UnavailableError
from minishop.money import Money
from notifications import kinds
from notifications.domain import log as domain
from notifications.domain.errors import BeingSentError, TooManyMessagesError
from notifications.domain.log import Notification, Status
from notifications.domain.occasions import Kind, Occasion
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases import telling
from notifications.use_cases.ports import Contact, Secret
from tests.times import NOON
from tests.unit.notifications.fakes import ADA, Post, order_document
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    REFUND_SUCCEEDED,
    REGISTRATION_ATTEMPTED,
    SHIPMENT_DELIVERED,
    SHIPMENT_DISPATCHED,
    STOCK_LOW,
    VERIFY_EMAIL,
    is_of_an_order,
    occasion_of,
)

HAPPENED = NOON - timedelta(minutes=3)


OF_A_CUSTOMER = [kind for kind in kinds.KINDS if not kind.to_shop]
OF_AN_ACCOUNT = [kind for kind in OF_A_CUSTOMER if not is_of_an_order(kind)]


def occasion(kind: Kind, event_id: str = "evt_1", **members: Any) -> Occasion:
    return replace(occasion_of(kind, event_id, **members), at=HAPPENED)


def tell(
    post: Post, kind: Kind, event_id: str = "evt_1", *, is_last: bool = False, **members: Any
) -> list[Notification]:
    return telling.notify(post.ports, kind, occasion(kind, event_id, **members), is_last=is_last)


@pytest.fixture
def post() -> Post:
    return Post()


def only(post: Post) -> Notification:
    (stored,) = post.log.stored.values()
    return stored


def test_a_message_is_sent_written_down_and_told_at_the_time_it_was_sent(post: Post) -> None:
    (told,) = tell(post, ORDER_CONFIRMED)
    assert told == only(post)
    assert (told.status, told.provider_id, told.at, told.version) == (Status.SENT, "message-1", HAPPENED, 2)
    expected = NotificationSent(
        notification_id=told.id, event_id="evt_1", kind="order_confirmed", channel=Channel.EMAIL.value
    )
    assert post.log.events == [(expected, NOON)]


@pytest.mark.parametrize("seed", range(20))
def test_every_event_three_times_and_in_any_order_is_one_message_per_channel_and_kind(post: Post, seed: int) -> None:
    deliveries = [kind for kind in kinds.KINDS for _ in range(3)]
    random.Random(seed).shuffle(deliveries)
    post.wishes.keep("cus_ada", EVERYTHING)
    for kind in deliveries:
        tell(post, kind, f"evt_{kind.name}")
    channels = [channel for kind in kinds.KINDS for channel in kind.channels]
    assert len(post.mail.sent) == channels.count(Channel.EMAIL)
    assert len(post.sms.sent) == channels.count(Channel.SMS)
    assert {one.status for one in post.log.stored.values()} == {Status.SENT}
    assert post.told == ["NotificationSent"] * len(channels)


def test_what_was_sent_already_asks_nobody_again(post: Post) -> None:
    tell(post, ORDER_CONFIRMED)
    assert tell(post, ORDER_CONFIRMED) == []
    assert post.orders.asked == 1


def test_two_events_of_a_kind_are_two_messages(post: Post) -> None:
    for event_id in ("evt_1", "evt_2"):
        tell(post, SHIPMENT_DISPATCHED, event_id)
    assert len(post.mail.sent) == len(post.log.stored) == 2


def test_a_silent_provider_leaves_a_pending_message_that_the_next_delivery_sends(post: Post) -> None:
    post.mail.down = True
    with pytest.raises(TimeoutError):
        tell(post, ORDER_CONFIRMED)
    assert (only(post).status, post.told) == (Status.PENDING, [])
    post.mail.down = False
    tell(post, ORDER_CONFIRMED)
    assert (only(post).status, post.told, len(post.mail.sent)) == (Status.SENT, ["NotificationSent"], 1)


def test_a_lost_answer_is_sent_again_rather_than_never(post: Post) -> None:
    post.mail.answer_lost = True
    with pytest.raises(TimeoutError):
        tell(post, ORDER_CONFIRMED)
    post.mail.answer_lost = False
    tell(post, ORDER_CONFIRMED)
    assert len(post.mail.sent) == 2
    assert (only(post).status, post.told) == (Status.SENT, ["NotificationSent"])


def test_a_crash_between_sending_and_writing_it_down_sends_again(post: Post) -> None:
    post.log.crash = True
    with pytest.raises(ConnectionError):
        tell(post, ORDER_CONFIRMED)
    assert only(post).status is Status.PENDING
    post.log.crash = False
    post.clock.pass_time(seconds=domain.LEASE.total_seconds())
    tell(post, ORDER_CONFIRMED)
    assert (only(post).status, post.told, len(post.mail.sent)) == (Status.SENT, ["NotificationSent"], 2)


def test_a_message_that_is_refused_for_good_has_failed_is_told_and_not_tried_again(post: Post) -> None:
    post.mail.refuses = True
    for _ in range(2):
        tell(post, ORDER_CONFIRMED)
    failed = only(post)
    assert (failed.status, failed.reason) == (Status.FAILED, "MessageRejected")
    expected = NotificationFailed(
        notification_id=failed.id,
        event_id="evt_1",
        kind="order_confirmed",
        channel=Channel.EMAIL.value,
        reason="MessageRejected",
    )
    assert post.log.events == [(expected, NOON)]


def test_a_channel_that_fails_does_not_silence_the_next(post: Post) -> None:
    post.mail.down = True
    with pytest.raises(TimeoutError):
        tell(post, SHIPMENT_DELIVERED)
    assert len(post.sms.sent) == 1
    post.mail.down = False
    (told,) = tell(post, SHIPMENT_DELIVERED)
    assert told.channel is Channel.EMAIL
    assert (len(post.mail.sent), len(post.sms.sent)) == (1, 1)


def test_two_deliveries_at_once_send_one_message(post: Post) -> None:
    def deliver_again() -> None:
        with pytest.raises(BeingSentError):
            tell(post, ORDER_CONFIRMED)

    post.mail.while_sending = deliver_again
    tell(post, ORDER_CONFIRMED)
    assert (len(post.mail.sent), only(post).status, post.told) == (1, Status.SENT, ["NotificationSent"])
    assert tell(post, ORDER_CONFIRMED) == []


def test_two_that_looked_before_either_wrote_send_one_message(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    find = post.log.find

    def deliver_in_between(notification_id: str) -> Notification | None:
        found = find(notification_id)
        monkeypatch.setattr(post.log, "find", find)
        tell(post, ORDER_CONFIRMED)
        return found

    monkeypatch.setattr(post.log, "find", deliver_in_between)
    with pytest.raises(BeingSentError):
        tell(post, ORDER_CONFIRMED)
    assert (len(post.mail.sent), post.told) == (1, ["NotificationSent"])


def test_a_lease_outlasts_the_slowest_call_and_not_the_first_pause() -> None:
    slowest = minishop_aws.CONNECT_TIMEOUT_SECONDS + minishop_aws.READ_TIMEOUT_SECONDS
    assert 2 * slowest < domain.LEASE.total_seconds() < domain.pause_seconds(1)


def test_the_pauses_grow_and_stay_within_what_sqs_allows() -> None:
    pauses = [domain.pause_seconds(deliveries) for deliveries in range(1, 8)]
    assert pauses == [30, 120, 480, 1920, 3600, 3600, 3600]


def test_a_process_that_died_while_sending_keeps_others_off_for_as_long_as_a_call_can_last(post: Post) -> None:
    post.log.crash = True
    with pytest.raises(ConnectionError):
        tell(post, ORDER_CONFIRMED)
    post.log.crash = False
    with pytest.raises(BeingSentError):
        tell(post, ORDER_CONFIRMED)
    post.clock.pass_time(seconds=domain.LEASE.total_seconds())
    tell(post, ORDER_CONFIRMED)
    assert only(post).attempts == 2


def test_what_the_last_delivery_cannot_send_is_given_up_and_told(post: Post) -> None:
    post.mail.down = True
    for is_last in (False, True):
        with pytest.raises(TimeoutError):
            tell(post, SHIPMENT_DELIVERED, is_last=is_last)
    by_channel = {one.channel: one for one in post.log.stored.values()}
    assert by_channel[Channel.SMS].status is Status.SENT
    assert (by_channel[Channel.EMAIL].status, by_channel[Channel.EMAIL].reason) == (Status.FAILED, "given_up")
    assert post.told == ["NotificationSent", "NotificationFailed"]


def test_what_was_given_up_is_sent_when_its_dead_letter_is_delivered_again(post: Post) -> None:
    post.mail.down = True
    with pytest.raises(TimeoutError):
        tell(post, ORDER_CONFIRMED, is_last=True)
    post.mail.down = False
    tell(post, ORDER_CONFIRMED)
    assert (only(post).status, only(post).reason, len(post.mail.sent)) == (Status.SENT, "", 1)
    assert post.told == ["NotificationFailed", "NotificationSent"]


def test_what_could_not_even_be_written_is_given_up_too(post: Post) -> None:
    post.orders.down = True
    with pytest.raises(TimeoutError):
        tell(post, ORDER_CONFIRMED)
    assert post.log.stored == {}
    with pytest.raises(TimeoutError):
        tell(post, ORDER_CONFIRMED, is_last=True)
    assert (only(post).status, only(post).attempts, post.told) == (Status.FAILED, 0, ["NotificationFailed"])


def test_a_last_delivery_does_not_give_up_what_another_is_sending(post: Post) -> None:
    def deliver_for_the_last_time() -> None:
        with pytest.raises(BeingSentError):
            tell(post, ORDER_CONFIRMED, is_last=True)

    post.mail.while_sending = deliver_for_the_last_time
    tell(post, ORDER_CONFIRMED)
    assert post.told == ["NotificationSent"]


def test_where_the_event_names_nobody_the_order_s_owner_is_told(post: Post) -> None:
    (told,) = tell(post, REFUND_SUCCEEDED, amount=Money(500, "EUR"))
    assert told.recipient == "cus_ada"
    assert post.renderer.rendered[-1][3]["event"]["amount"] == {"amount": 500, "currency": "EUR"}


def test_the_shop_itself_is_told_at_its_own_address(post: Post) -> None:
    tell(post, STOCK_LOW)
    ((address, _),) = post.mail.sent
    assert (address, only(post).recipient) == ("shop@example.test", "shop")


EVERYTHING = frozenset(choice for choice in kinds.CHOICES if choice.topic.is_opt_in)
NO_MAIL = Choice(Topic.DELIVERY_UPDATES, Channel.EMAIL)


def test_what_is_not_wanted_is_not_sent_and_the_other_channel_is(post: Post) -> None:
    post.wishes.keep("cus_ada", frozenset({NO_MAIL}))
    (told,) = tell(post, SHIPMENT_DELIVERED)
    assert (told.channel, post.mail.sent, len(post.log.stored)) == (Channel.SMS, [], 1)


def test_nobody_can_opt_out_of_what_is_mandatory(post: Post) -> None:
    nothing = {Choice(topic, channel) for topic in Topic for channel in Channel if not topic.is_opt_in}
    post.wishes.keep("cus_ada", frozenset(nothing))
    for kind in kinds.KINDS:
        assert bool(tell(post, kind, f"evt_{kind.name}")) == (kind.topic is None), kind.name


def test_what_is_not_mandatory_says_where_to_unsubscribe(post: Post) -> None:
    tell(post, SHIPMENT_DELIVERED)
    tell(post, ORDER_CONFIRMED, "evt_2")
    urls = [message.unsubscribe_url for _, message in post.mail.sent]
    assert urls == ["https://shop.test/unsubscribe?token=cus_ada.delivery_updates.email", ""]


def test_an_address_that_bounced_gets_nothing_more(post: Post) -> None:
    post.limits.suppress("ada@example.test", "bounced", NOON)
    (told,) = tell(post, ORDER_CONFIRMED)
    assert (told.status, told.reason, post.mail.sent) == (Status.FAILED, "suppressed", [])
    assert post.told == ["NotificationFailed"]


def test_too_much_to_one_person_waits_for_another_delivery(post: Post) -> None:
    post.limits.left = 1
    tell(post, ORDER_CONFIRMED, "evt_1")
    with pytest.raises(TooManyMessagesError):
        tell(post, ORDER_CONFIRMED, "evt_2")
    assert len(post.mail.sent) == 1
    post.limits.left = 1
    tell(post, ORDER_CONFIRMED, "evt_2")
    assert len(post.mail.sent) == 2
    assert post.told == ["NotificationSent", "NotificationSent"]


def test_too_much_to_one_person_is_given_up_with_the_last_delivery(post: Post) -> None:
    post.limits.left = 0
    with pytest.raises(TooManyMessagesError):
        tell(post, ORDER_CONFIRMED, is_last=True)
    assert (only(post).status, only(post).reason) == (Status.FAILED, "given_up")


def test_another_try_does_not_count_as_another_message(post: Post) -> None:
    post.limits.left = 1
    post.mail.down = True
    with pytest.raises(TimeoutError):
        tell(post, ORDER_CONFIRMED)
    post.mail.down = False
    (told,) = tell(post, ORDER_CONFIRMED)
    assert told.status is Status.SENT


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


def test_a_guest_is_told_at_the_order_s_address_and_called_as_on_the_parcel(post: Post) -> None:
    post.orders.document = order_document(owner="gst_1", email="guest@example.test")
    tell(post, ORDER_CONFIRMED, owner="gst_1")
    ((address, message),) = post.mail.sent
    assert (address, message.subject) == ("guest@example.test", "order_confirmed for Grace Hopper")
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


def test_the_identity_follows_from_event_channel_and_kind() -> None:
    def identity(event_id: str, channel: Channel, kind: Kind) -> str:
        return domain.plan(kind, channel, occasion(kind, event_id)).id

    same = identity("evt_1", Channel.EMAIL, SHIPMENT_DELIVERED)
    assert same == identity("evt_1", Channel.EMAIL, SHIPMENT_DELIVERED)
    assert same.startswith("ntf_")
    assert same not in {
        identity("evt_2", Channel.EMAIL, SHIPMENT_DELIVERED),
        identity("evt_1", Channel.SMS, SHIPMENT_DELIVERED),
        identity("evt_1", Channel.EMAIL, ORDER_CONFIRMED),
    }


def test_a_refund_is_told_once_though_it_came_back_and_was_made_again(post: Post) -> None:
    tell(post, REFUND_SUCCEEDED, "evt_1", refund_id="ref_1")
    tell(post, REFUND_SUCCEEDED, "evt_2", refund_id="ref_1")
    assert len(post.mail.sent) == 1
    tell(post, REFUND_SUCCEEDED, "evt_3", refund_id="ref_2")
    assert len(post.mail.sent) == 2


def test_everybody_sees_what_they_were_told_and_nothing_else(post: Post) -> None:
    tell(post, ORDER_CONFIRMED)
    found, position = telling.list_notifications(post.log, "cus_ada", 20, None)
    assert ([one.kind for one in found], position) == (["order_confirmed"], None)
    assert telling.list_notifications(post.log, "cus_eve", 20, None) == ([], None)


def test_an_export_has_all_that_somebody_was_told(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "EXPORT_PAGE", 1)
    for kind in (VERIFY_EMAIL, ORDER_CONFIRMED):
        tell(post, kind)
    found, complete = telling.export_notifications(post.log, "cus_ada")
    assert ({one.kind for one in found}, complete) == ({"verify_email", "order_confirmed"}, True)
    assert telling.export_notifications(post.log, "cus_eve") == ([], True)


def test_of_several_messages_that_follow_from_an_event_one_that_fails_does_not_silence_the_next(post: Post) -> None:
    post.orders.down = True
    both = [(kind, occasion(kind)) for kind in (ORDER_CONFIRMED, VERIFY_EMAIL)]
    with pytest.raises(TimeoutError):
        telling.notify_each(post.ports, both)
    assert [one.kind for one in post.log.stored.values()] == ["verify_email"]
    post.orders.down = False
    telling.notify_each(post.ports, both)
    assert len(post.mail.sent) == len(post.log.stored) == 2


OF_PARCELS = [kind for kind in kinds.KINDS if issubclass(kind.event, ShipmentEvent) and kind.name != "return_requested"]


@pytest.mark.parametrize("kind", OF_PARCELS, ids=lambda kind: kind.name)
def test_of_a_parcel_that_comes_back_to_us_the_customer_hears_elsewhere(post: Post, kind: Kind) -> None:
    assert tell(post, kind, return_id="ret_1") == []
    assert post.log.stored == {}


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("new_sign_in", {"known_device": True}),
        ("return_requested", {"return_id": ""}),
        ("session_revoked", {"reason": "signed_out"}),
        ("session_revoked", {"reason": "password_changed"}),
        ("password_changed", {"was_reset": True}),
        ("password_reset", {"was_reset": False}),
        ("password_reset_requested", {"contested": True}),
        ("password_to_choose", {"contested": False}),
    ],
)
def test_what_somebody_did_knowingly_or_hears_otherwise_is_not_told(
    post: Post, name: str, members: Mapping[str, Any]
) -> None:
    assert tell(post, kinds.named(name), **members) == []
    assert (post.log.stored, post.orders.asked) == ({}, 0)


@pytest.mark.parametrize("was_reset", [False, True])
def test_another_password_is_told_by_mail_and_to_the_proven_phone_once_each(post: Post, was_reset: bool) -> None:
    both = [(kind, occasion(kind, was_reset=was_reset)) for kind in kinds.by_event()[PasswordChanged]]
    for _ in range(3):
        telling.notify_each(post.ports, both)
    assert ([to for to, _ in post.mail.sent], [to for to, _ in post.sms.sent]) == ([ADA.email], [ADA.phone])


def test_without_a_proven_phone_another_password_is_told_by_mail_alone(post: Post) -> None:
    post.customers.known["cus_ada"] = replace(ADA, phone="")
    (told,) = tell(post, kinds.named("password_changed"))
    assert (told.channel, post.sms.sent) == (Channel.EMAIL, [])


CART_ABANDONED = kinds.named("cart_abandoned")


def wants_reminders(post: Post) -> None:
    post.wishes.keep("cus_ada", EVERYTHING)


def test_nobody_is_reminded_of_a_cart_who_has_not_asked_for_it_nor_is_anybody_asked_about_them(post: Post) -> None:
    assert tell(post, CART_ABANDONED) == []
    assert (post.mail.sent, post.log.stored, post.catalog.asked) == ([], {}, [])


def test_a_guest_s_cart_is_nobody_s_to_be_reminded_of(post: Post) -> None:
    post.wishes.keep("gst_1", EVERYTHING)
    assert tell(post, CART_ABANDONED, owner="gst_1") == []
    assert post.mail.sent == []


def test_a_cart_is_told_of_once_a_week_at_most(post: Post) -> None:
    wants_reminders(post)
    for event_id in ("evt_1", "evt_1", "evt_2"):
        tell(post, CART_ABANDONED, event_id)
    assert len(post.mail.sent) == 1
    post.clock.pass_time(days=7)
    told = replace(occasion(CART_ABANDONED, "evt_3"), at=post.clock.now())
    assert len(telling.notify(post.ports, CART_ABANDONED, told)) == 1


def test_a_reminder_that_failed_is_sent_by_the_next_delivery_of_its_event_and_of_no_other(post: Post) -> None:
    wants_reminders(post)
    post.mail.down = True
    with pytest.raises(TimeoutError):
        tell(post, CART_ABANDONED, "evt_1")
    post.mail.down = False
    assert tell(post, CART_ABANDONED, "evt_2") == []
    assert len(tell(post, CART_ABANDONED, "evt_1")) == 1
    assert len(post.mail.sent) == 1


def test_a_reminder_that_comes_a_day_late_is_not_begun_but_is_finished(post: Post) -> None:
    wants_reminders(post)
    post.mail.down = True
    with pytest.raises(TimeoutError):
        tell(post, CART_ABANDONED, "evt_1")
    post.mail.down = False
    post.clock.pass_time(days=1)
    assert len(tell(post, CART_ABANDONED, "evt_1")) == 1
    post.clock.pass_time(days=7)
    assert tell(post, CART_ABANDONED, "evt_2") == []


def test_nobody_is_reminded_of_what_is_sold_out(post: Post) -> None:
    wants_reminders(post)
    post.catalog.known["MUG-RED"]["available"] = 0
    assert tell(post, CART_ABANDONED) == []


def test_a_reminder_waits_for_the_catalogue_and_an_order_s_mail_does_without_its_pictures(post: Post) -> None:
    wants_reminders(post)
    post.catalog.down = True
    with pytest.raises(UnavailableError):
        tell(post, CART_ABANDONED)
    assert len(tell(post, ORDER_CONFIRMED)) == 1
    assert post.renderer.rendered[-1][3]["previews"] == {}
    post.catalog.down = False
    assert len(tell(post, CART_ABANDONED)) == 1


def test_the_catalogue_is_asked_for_what_the_message_lists_each_once(post: Post) -> None:
    line = order_document()["lines"][0]
    post.orders.document = order_document(lines=[line, {**line, "sku": "TEA"}, line])
    tell(post, kinds.named("payment_declined"), "evt_1")
    tell(post, kinds.named("return_accepted"), "evt_2", lines=(OrderedLine(sku="TEA", quantity=1),))
    tell(post, REFUND_SUCCEEDED, "evt_3")
    assert post.catalog.asked == [("MUG-RED", "TEA"), ("TEA",)]


def test_a_link_to_the_order_is_made_for_the_message_that_carries_it_and_for_no_other(post: Post) -> None:
    tell(post, REFUND_SUCCEEDED, "evt_0")
    assert post.orders.links == []
    tell(post, ORDER_CONFIRMED)
    assert post.orders.links == [("evt_1", "ord_1")]
    assert post.renderer.rendered[-1][3]["order_token"] == "order-1"
