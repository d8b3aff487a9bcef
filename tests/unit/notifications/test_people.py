"""Guests who become customers, and people who are forgotten, against fakes."""

import pytest

from notifications.domain.errors import BeingSentError
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases import adopting, erasing, telling
from tests.unit.notifications.fakes import Post, order_document
from tests.unit.notifications.samples import ORDER_CONFIRMED, STOCK_LOW, occasion_of

NO_MAIL = Choice(Topic.DELIVERY_UPDATES, Channel.EMAIL)


@pytest.fixture
def post() -> Post:
    post = Post()
    post.orders.document = order_document(owner="gst_1", email="guest@example.test")
    return post


def tell(post: Post, event_id: str = "evt_1") -> None:
    telling.notify(post.ports, ORDER_CONFIRMED, occasion_of(ORDER_CONFIRMED, event_id, owner="gst_1"))


def recipients(post: Post) -> list[str]:
    return sorted(one.recipient for one in post.log.stored.values())


def test_what_a_guest_was_told_and_does_not_want_is_the_customer_s_from_then_on(post: Post) -> None:
    tell(post)
    post.wishes.keep("gst_1", frozenset({NO_MAIL}))
    for _ in range(2):
        adopting.adopt_guest(post.ports, "gst_1", "cus_ada")
    assert (recipients(post), post.wishes.changed("cus_ada")) == (["cus_ada"], frozenset({NO_MAIL}))
    tell(post, "evt_2")
    assert recipients(post) == ["cus_ada", "cus_ada"]


def test_an_event_that_comes_again_once_the_guest_is_a_customer_is_no_second_message(post: Post) -> None:
    tell(post)
    adopting.adopt_guest(post.ports, "gst_1", "cus_ada")
    post.orders.document = order_document(owner="cus_ada")
    tell(post)
    assert len(post.mail.sent) == 1


def test_a_line_is_moved_once_its_message_is_sent_and_not_before(post: Post) -> None:
    def upgrade() -> None:
        with pytest.raises(BeingSentError):
            adopting.adopt_guest(post.ports, "gst_1", "cus_ada")

    post.mail.while_sending = upgrade
    tell(post)
    adopting.adopt_guest(post.ports, "gst_1", "cus_ada")
    assert (recipients(post), len(post.mail.sent)) == (["cus_ada"], 1)


def test_a_guest_becomes_one_customer_and_not_another(post: Post) -> None:
    adopting.adopt_guest(post.ports, "gst_1", "cus_ada")
    post.guests.remember("gst_1", "cus_eve")
    assert post.guests.customer_of("gst_1") == "cus_ada"


def test_who_is_forgotten_is_forgotten_here_with_the_guest_they_were_and_nobody_else_is(post: Post) -> None:
    telling.notify(post.ports, STOCK_LOW, occasion_of(STOCK_LOW))
    tell(post)
    post.guests.remember("gst_1", "cus_ada")
    tell(post, "evt_2")
    for person in ("gst_1", "cus_ada"):
        post.wishes.keep(person, frozenset({NO_MAIL}))
    for _ in range(2):
        erasing.erase_person(post.ports, "cus_ada")
    assert (recipients(post), post.wishes.kept, post.guests.became) == (["shop"], {}, {})


def test_who_a_customer_was_is_forgotten_too_though_that_is_heard_after_the_erasure(post: Post) -> None:
    tell(post)
    post.wishes.keep("gst_1", frozenset({NO_MAIL}))
    del post.customers.known["cus_ada"]
    erasing.erase_person(post.ports, "cus_ada")
    adopting.adopt_guest(post.ports, "gst_1", "cus_ada")
    assert (recipients(post), post.wishes.kept, post.guests.became) == ([], {}, {})


def test_after_an_erasure_somebody_looks_again(post: Post) -> None:
    erasing.erase_again(post.ports, "cus_ada")
    assert post.second_look.planned == ["cus_ada"]
