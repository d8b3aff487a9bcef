"""Telling somebody something, once, against fakes."""

import random

import pytest

from minishop.contracts.notifications import NotificationSent
from notifications import kinds
from notifications.domain import log as domain
from notifications.domain.log import Status
from notifications.domain.occasions import Kind
from notifications.domain.topics import Channel
from notifications.use_cases import telling
from tests.times import NOON
from tests.unit.notifications.acts import (
    EVERYTHING,
    HAPPENED,
    occasion,
    only,
    tell,
)
from tests.unit.notifications.fakes import Post
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    REFUND_SUCCEEDED,
    SHIPMENT_DELIVERED,
    SHIPMENT_DISPATCHED,
    VERIFY_EMAIL,
)


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
