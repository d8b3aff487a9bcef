"""How much is too much, and for whom, against fakes."""

import pytest

from notifications.domain.errors import TooManyMessagesError
from notifications.domain.log import Status
from notifications.use_cases.ports import Secret
from tests.unit.notifications.acts import only, tell
from tests.unit.notifications.fakes import ADA, Post, order_document
from tests.unit.notifications.samples import CHANGE_EMAIL, ORDER_CONFIRMED, SHIPMENT_DELIVERED, STOCK_LOW


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


def test_what_guests_are_told_counts_by_where_it_goes_however_many_guests_there_are(post: Post) -> None:
    for guest in ("gst_1", "gst_2"):
        post.orders.document = order_document(owner=guest, email=ADA.email)
        tell(post, ORDER_CONFIRMED, f"evt_{guest}", owner=guest)
    assert post.limits.counted == [ADA.email, ADA.email]


def test_what_goes_to_a_customer_s_own_address_counts_as_hers_and_elsewhere_as_that_of_the_address(post: Post) -> None:
    tell(post, ORDER_CONFIRMED, "evt_1")
    post.orders.document = order_document(email="office@example.test")
    tell(post, SHIPMENT_DELIVERED, "evt_2")
    post.customers.goes_to = Secret("", email="new@example.test")
    tell(post, CHANGE_EMAIL, "evt_3")
    at_the_door = post.orders.document["shipping_address"]["phone"]
    assert post.limits.counted == ["cus_ada", "office@example.test", at_the_door, "new@example.test"]


def test_the_shop_is_told_of_each_sku_that_runs_low_however_many_and_of_none_twice_in_six_hours(post: Post) -> None:
    post.limits.left = 0
    for number in range(100):
        tell(post, STOCK_LOW, f"evt_{number}", sku=f"SKU-{number % 50}")
    assert (len(post.mail.sent), post.limits.counted) == (50, [])
    post.clock.pass_time(hours=6)
    tell(post, STOCK_LOW, "evt_100", sku="SKU-0")
    assert len(post.mail.sent) == 51
