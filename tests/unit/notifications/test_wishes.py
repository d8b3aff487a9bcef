"""What people want to hear, against fakes."""

import pytest

from notifications.domain.errors import InvalidUnsubscribeTokenError
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases import wishes
from tests.unit.notifications.fakes import FakeGuests, FakeLinks, FakeWishes

NO_MAIL = Choice(Topic.DELIVERY_UPDATES, Channel.EMAIL)
NO_SMS = Choice(Topic.DELIVERY_UPDATES, Channel.SMS)
REMINDERS = Choice(Topic.CART_REMINDERS, Channel.EMAIL)


def test_everything_is_wanted_until_somebody_says_otherwise() -> None:
    assert wishes.list_changed(FakeWishes(), "cus_ada") == frozenset()


def test_preferences_are_replaced_as_a_whole_and_are_nobody_else_s() -> None:
    kept = FakeWishes()
    wishes.replace_changed(kept, "cus_ada", [NO_MAIL])
    assert wishes.replace_changed(kept, "cus_ada", [NO_SMS]) == {NO_SMS}
    assert wishes.list_changed(kept, "cus_ada") == {NO_SMS}
    assert wishes.list_changed(kept, "cus_eve") == frozenset()


def test_a_link_takes_one_thing_away_and_leaves_the_rest() -> None:
    kept = FakeWishes()
    wishes.replace_changed(kept, "cus_ada", [NO_SMS])
    for _ in range(2):
        assert wishes.unsubscribe(kept, FakeLinks(), FakeGuests(), "cus_ada.delivery_updates.email") == NO_MAIL
    assert wishes.list_changed(kept, "cus_ada") == {NO_MAIL, NO_SMS}


def test_a_forged_link_changes_nothing() -> None:
    kept = FakeWishes()
    with pytest.raises(InvalidUnsubscribeTokenError):
        wishes.unsubscribe(kept, FakeLinks(), FakeGuests(), "forged")
    assert kept.kept == {}


def test_a_reminder_of_a_cart_is_wanted_only_by_who_asked_for_it_and_a_link_ends_that() -> None:
    kept = FakeWishes()
    assert not REMINDERS.is_wanted(kept.changed("cus_ada"))
    wishes.replace_changed(kept, "cus_ada", [REMINDERS, NO_SMS])
    assert REMINDERS.is_wanted(kept.changed("cus_ada"))
    for _ in range(2):
        assert wishes.unsubscribe(kept, FakeLinks(), FakeGuests(), "cus_ada.cart_reminders.email") == REMINDERS
    assert wishes.list_changed(kept, "cus_ada") == {NO_SMS}


def test_a_link_in_a_mail_to_a_guest_counts_for_the_customer_whom_the_guest_has_become() -> None:
    kept, guests = FakeWishes(), FakeGuests()
    guests.remember("gst_1", "cus_ada")
    wishes.unsubscribe(kept, FakeLinks(), guests, "gst_1.delivery_updates.email")
    assert kept.kept == {"cus_ada": {NO_MAIL}}
