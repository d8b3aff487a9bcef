"""How much is too much, and for whom, against fakes."""

import pytest

from notifications.domain.errors import TooManyMessagesError
from notifications.domain.log import TRIES, Status, pause_seconds
from notifications.use_cases.ports import Secret
from notifications.use_cases.telling import HOURLY_LIMIT, UNPAID_LIMIT
from tests.unit.notifications.acts import only, tell
from tests.unit.notifications.fakes import ADA, Post, order_document
from tests.unit.notifications.samples import (
    CHANGE_EMAIL,
    ORDER_CANCELLED,
    ORDER_CONFIRMED,
    PAYMENT_DECLINED,
    SHIPMENT_DELIVERED,
    STOCK_LOW,
)


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


def test_what_guests_did_not_pay_for_counts_by_where_it_goes_and_the_rest_of_it_is_left_out(post: Post) -> None:
    for guest in ("gst_1", "gst_2"):
        post.orders.document = order_document(owner=guest, email=ADA.email, status="placed")
        tell(post, PAYMENT_DECLINED, f"evt_{guest}")
    assert post.limits.counted == [(ADA.email, UNPAID_LIMIT)] * 2
    post.limits.left = 0
    for is_last in (False, True):
        assert tell(post, PAYMENT_DECLINED, "evt_3", is_last=is_last) == []
    assert len(post.log.stored) == 2


def test_what_a_guest_has_paid_for_counts_by_its_order_whatever_others_send_there(post: Post) -> None:
    post.orders.document = order_document(owner="gst_1", email=ADA.email)
    tell(post, ORDER_CONFIRMED, "evt_1", owner="gst_1")
    tell(post, ORDER_CANCELLED, "evt_2", owner="gst_1", reason="out_of_stock", was_confirmed=False)
    tell(post, ORDER_CANCELLED, "evt_3", owner="gst_1", reason="customer", was_confirmed=True)
    assert post.limits.counted == [("ord_1", HOURLY_LIMIT)] * 3
    tell(post, ORDER_CANCELLED, "evt_4", owner="gst_1", reason="customer", was_confirmed=False)
    assert post.limits.counted[-1] == (ADA.email, UNPAID_LIMIT)


def test_what_goes_to_a_customer_s_own_address_counts_as_hers_and_a_secret_by_where_it_goes(post: Post) -> None:
    post.orders.document = order_document(status="placed")
    tell(post, PAYMENT_DECLINED, "evt_1")
    post.orders.document = order_document(email="office@example.test")
    tell(post, SHIPMENT_DELIVERED, "evt_2")
    post.customers.goes_to = Secret("", email="new@example.test")
    tell(post, CHANGE_EMAIL, "evt_3")
    assert [counted for counted, _ in post.limits.counted] == ["cus_ada", "ord_1", "ord_1", "new@example.test"]


def test_what_is_too_much_in_one_hour_has_its_turn_in_the_next() -> None:
    assert sum(pause_seconds(delivery) for delivery in range(1, TRIES)) > 3600


def test_the_shop_is_told_of_each_sku_that_runs_low_however_many_and_of_none_twice_in_an_hour(post: Post) -> None:
    post.limits.left = 0
    for number in range(100):
        tell(post, STOCK_LOW, f"evt_{number}", sku=f"SKU-{number % 50}")
    assert (len(post.mail.sent), post.limits.counted) == (50, [])
    post.clock.pass_time(hours=1)
    tell(post, STOCK_LOW, "evt_100", sku="SKU-0")
    assert len(post.mail.sent) == 51
