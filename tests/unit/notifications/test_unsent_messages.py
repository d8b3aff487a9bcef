"""Messages that cannot be sent, may have been sent, or are being sent, against fakes."""

import pytest

from minishop import aws as minishop_aws
from minishop.contracts.notifications import NotificationFailed
from notifications.domain import log as domain
from notifications.domain.errors import BeingSentError
from notifications.domain.log import Notification, Status
from notifications.domain.topics import Channel
from tests.times import NOON
from tests.unit.notifications.acts import only, tell
from tests.unit.notifications.fakes import Post
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    SHIPMENT_DELIVERED,
)


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
    assert pauses == [30, 150, 750, 3600, 3600, 3600, 3600]


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
