"""What people want to be told, and what nobody has to be told, against fakes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from minishop.contracts.auth import PasswordChanged
from notifications import kinds
from notifications.domain.log import Status
from notifications.domain.occasions import Kind
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases import telling
from tests.times import NOON
from tests.unit.notifications.acts import NO_MAIL, OF_PARCELS, occasion, tell
from tests.unit.notifications.fakes import ADA, Post
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    SHIPMENT_DELIVERED,
)


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


@pytest.mark.parametrize(("hours", "sent"), [(11, 2), (13, 0)])
def test_that_a_parcel_comes_today_is_said_today_or_not_at_all(post: Post, hours: int, sent: int) -> None:
    post.clock.pass_time(hours=hours)
    assert len(tell(post, kinds.named("shipment_out_for_delivery"))) == sent
