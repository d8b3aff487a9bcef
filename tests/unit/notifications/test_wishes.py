"""What people want to hear, against fakes."""

import pytest

from notifications.domain import Channel, InvalidUnsubscribeTokenError, OptOut, Topic
from notifications.use_cases import wishes
from tests.unit.notifications.fakes import FakeLinks, FakeWishes

NO_MAIL = OptOut(Topic.DELIVERY_UPDATES, Channel.EMAIL)
NO_SMS = OptOut(Topic.DELIVERY_UPDATES, Channel.SMS)


def test_everything_is_wanted_until_somebody_says_otherwise() -> None:
    assert wishes.list_opt_outs(FakeWishes(), "cus_ada") == frozenset()


def test_preferences_are_replaced_as_a_whole_and_are_nobody_else_s() -> None:
    kept = FakeWishes()
    wishes.replace_opt_outs(kept, "cus_ada", [NO_MAIL])
    assert wishes.replace_opt_outs(kept, "cus_ada", [NO_SMS]) == {NO_SMS}
    assert wishes.list_opt_outs(kept, "cus_ada") == {NO_SMS}
    assert wishes.list_opt_outs(kept, "cus_eve") == frozenset()


def test_a_link_takes_one_thing_away_and_leaves_the_rest() -> None:
    kept = FakeWishes()
    wishes.replace_opt_outs(kept, "cus_ada", [NO_SMS])
    for _ in range(2):
        assert wishes.unsubscribe(kept, FakeLinks(), "cus_ada.delivery_updates.email") == NO_MAIL
    assert wishes.list_opt_outs(kept, "cus_ada") == {NO_MAIL, NO_SMS}


def test_a_forged_link_changes_nothing() -> None:
    kept = FakeWishes()
    with pytest.raises(InvalidUnsubscribeTokenError):
        wishes.unsubscribe(kept, FakeLinks(), "forged")
    assert kept.kept == {}
