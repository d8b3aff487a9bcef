"""What becomes of mails, against fakes."""

from dataclasses import replace

import pytest

from notifications.domain.log import GIVEN_UP, Notification, Status
from notifications.use_cases import reports, telling
from notifications.use_cases.ports import Suppression
from tests.times import NOON
from tests.unit.notifications.fakes import Post
from tests.unit.notifications.samples import ORDER_CONFIRMED, occasion_of

ADA, BOB = "ada@example.test", "bob@example.test"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def sent(post: Post) -> Notification:
    (notification,) = telling.notify(post.ports, ORDER_CONFIRMED, occasion_of(ORDER_CONFIRMED))
    return notification


def test_the_first_reason_stays_and_other_addresses_are_left_alone(post: Post) -> None:
    reports.record_report(post.ports, "", [ADA, BOB], Status.BOUNCED, NOON)
    reports.record_report(post.ports, "", [ADA], Status.COMPLAINED, NOON)
    assert post.limits.suppressed == {ADA: "bounced", BOB: "bounced"}
    assert not post.limits.is_suppressed("eve@example.test")


@pytest.mark.parametrize("status", [Status.BOUNCED, Status.COMPLAINED])
def test_the_line_of_the_message_says_what_became_of_it_and_the_first_word_stays(
    post: Post, sent: Notification, status: Status
) -> None:
    for said in (status, Status.BOUNCED, Status.COMPLAINED):
        reports.record_report(post.ports, sent.id, [ADA], said, NOON)
    stored = post.log.find(sent.id)
    assert stored == replace(sent, status=status, version=sent.version + 1)
    assert post.told == ["NotificationSent"]


@pytest.mark.parametrize(("before", "reason"), [(Status.PENDING, ""), (Status.FAILED, GIVEN_UP)])
def test_what_was_reported_was_taken_after_all_and_is_not_sent_again(
    post: Post, sent: Notification, before: Status, reason: str
) -> None:
    post.log.stored[sent.id] = replace(sent, status=before, reason=reason)
    reports.record_report(post.ports, sent.id, [], Status.BOUNCED, NOON)
    assert telling.notify(post.ports, ORDER_CONFIRMED, occasion_of(ORDER_CONFIRMED)) == []
    assert len(post.mail.sent) == 1


def test_a_line_that_was_erased_does_not_come_back(post: Post) -> None:
    reports.record_report(post.ports, "ntf_erased", [ADA], Status.BOUNCED, NOON)
    assert (post.log.stored, post.limits.suppressed) == ({}, {ADA: "bounced"})


def test_an_address_is_told_again_once_its_suppression_is_lifted(post: Post) -> None:
    assert reports.lift_suppression(post.limits, ADA) is None
    reports.record_report(post.ports, "", [ADA], Status.COMPLAINED, NOON)
    assert telling.notify(post.ports, ORDER_CONFIRMED, occasion_of(ORDER_CONFIRMED))[0].status is Status.FAILED
    assert reports.lift_suppression(post.limits, ADA) == Suppression("complained", NOON)
    assert telling.notify(post.ports, ORDER_CONFIRMED, occasion_of(ORDER_CONFIRMED, "evt_2"))[0].status is Status.SENT
