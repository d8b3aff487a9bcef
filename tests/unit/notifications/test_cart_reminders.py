"""Reminders of carts, against fakes."""

from dataclasses import replace

import pytest

from minishop.contracts.orders import OrderedLine
from minishop.errors import UnavailableError
from notifications import kinds
from notifications.use_cases import telling
from tests.unit.notifications.acts import CART_ABANDONED, EVERYTHING, occasion, tell, wants_reminders
from tests.unit.notifications.fakes import Post, order_document
from tests.unit.notifications.samples import (
    ORDER_CONFIRMED,
    REFUND_SUCCEEDED,
)


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
