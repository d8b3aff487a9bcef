"""Telling somebody something, against fakes."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from minishop.contracts.notifications import NotificationFailed, NotificationSent
from minishop.errors import ConcurrentUpdateError
from notifications import domain, kinds, use_cases
from notifications.domain import Channel, Kind, Notification, Occasion, Status
from tests.times import NOON
from tests.unit.notifications.fakes import Post, order_document

HAPPENED = NOON - timedelta(minutes=3)


def occasion(event_id: str = "evt_1", *, order: bool = True, recipient: str = "cus_ada") -> Occasion:
    about: dict[str, Any] = {"order_id": "ord_1", "tracking_number": "SBX-1"} if order else {}
    return Occasion(event_id, HAPPENED, recipient, **about)


OF_AN_ACCOUNT = (kinds.VERIFY_EMAIL, kinds.REGISTRATION_ATTEMPTED)


def happened(kind: Kind) -> Occasion:
    return occasion(f"evt_{kind.name}", order=kind not in OF_AN_ACCOUNT)


@pytest.fixture
def post() -> Post:
    return Post()


def only(post: Post) -> Notification:
    (stored,) = post.log.stored.values()
    return stored


def test_a_message_is_sent_written_down_and_told_at_the_time_it_was_sent(post: Post) -> None:
    (told,) = use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert told == only(post)
    assert (told.status, told.provider_id, told.at, told.version) == (Status.SENT, "message-1", HAPPENED, 2)
    expected = NotificationSent(
        notification_id=told.id, event_id="evt_1", kind="order_confirmed", channel=Channel.EMAIL.value
    )
    assert post.log.events == [(expected, NOON)]


def test_every_event_three_times_and_in_any_order_is_one_message_per_channel_and_kind() -> None:
    for order in permutations(kinds.KINDS, 3):
        post = Post()
        for kind in (*order, *reversed(order), *order):
            use_cases.notify(post.ports, kind, happened(kind))
        channels = [channel for kind in order for channel in kind.channels]
        assert len(post.mail.sent) == channels.count(Channel.EMAIL)
        assert len(post.sms.sent) == channels.count(Channel.SMS)
        assert {one.status for one in post.log.stored.values()} == {Status.SENT}
        assert post.told == ["NotificationSent"] * len(channels)


def test_what_was_sent_already_asks_nobody_again(post: Post) -> None:
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion()) == []
    assert post.orders.asked == 1


def test_two_events_of_a_kind_are_two_messages(post: Post) -> None:
    for event_id in ("evt_1", "evt_2"):
        use_cases.notify(post.ports, kinds.SHIPMENT_DISPATCHED, occasion(event_id))
    assert len(post.mail.sent) == len(post.log.stored) == 2


def test_a_silent_provider_leaves_a_pending_message_that_the_next_delivery_sends(post: Post) -> None:
    post.mail.down = True
    with pytest.raises(TimeoutError):
        use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert (only(post).status, post.told) == (Status.PENDING, [])
    post.mail.down = False
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert (only(post).status, post.told, len(post.mail.sent)) == (Status.SENT, ["NotificationSent"], 1)


def test_a_lost_answer_is_sent_again_rather_than_never(post: Post) -> None:
    post.mail.answer_lost = True
    with pytest.raises(TimeoutError):
        use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    post.mail.answer_lost = False
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert len(post.mail.sent) == 2
    assert (only(post).status, post.told) == (Status.SENT, ["NotificationSent"])


def test_a_crash_between_sending_and_writing_it_down_sends_again(post: Post) -> None:
    post.log.crash = True
    with pytest.raises(ConnectionError):
        use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert only(post).status is Status.PENDING
    post.log.crash = False
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert (only(post).status, post.told, len(post.mail.sent)) == (Status.SENT, ["NotificationSent"], 2)


def test_a_message_that_is_refused_for_good_has_failed_is_told_and_not_tried_again(post: Post) -> None:
    post.mail.refuses = True
    for _ in range(2):
        use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
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
        use_cases.notify(post.ports, kinds.SHIPMENT_DELIVERED, occasion())
    assert len(post.sms.sent) == 1
    post.mail.down = False
    (told,) = use_cases.notify(post.ports, kinds.SHIPMENT_DELIVERED, occasion())
    assert told.channel is Channel.EMAIL
    assert (len(post.mail.sent), len(post.sms.sent)) == (1, 1)


def test_two_deliveries_at_once_send_one_message(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    monkeypatch.setattr(post.log, "find", lambda planned: None)  # both looked before either had written
    assert use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion()) == []
    assert len(post.mail.sent) == 1


def test_the_slower_of_two_that_sent_the_same_tells_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = domain.plan(kinds.ORDER_CONFIRMED, Channel.EMAIL, occasion())
    pending = post.log.insert(planned)
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    monkeypatch.setattr(post.log, "find", lambda _planned: pending)
    with pytest.raises(ConcurrentUpdateError):
        use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert post.told == ["NotificationSent"]


def test_a_customer_who_is_gone_is_told_nothing(post: Post) -> None:
    post.customers.known.clear()
    for kind in OF_AN_ACCOUNT:
        assert use_cases.notify(post.ports, kind, occasion(order=False)) == []
    assert (post.mail.sent, post.log.stored, post.customers.links) == ([], {}, [])


def test_the_order_of_a_customer_who_is_gone_has_no_address_left(post: Post) -> None:
    post.customers.known.clear()
    assert use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion()) == []
    assert (post.mail.sent, post.log.stored) == ([], {})


def test_a_guest_is_told_at_the_order_s_address_and_called_as_on_the_parcel(post: Post) -> None:
    post.orders.document = order_document(owner="gst_1", email="guest@example.test")
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion(recipient="gst_1"))
    ((address, message),) = post.mail.sent
    assert (address, message.subject) == ("guest@example.test", "order_confirmed for Grace Hopper")
    assert only(post).recipient == "gst_1"


def test_a_customer_is_told_at_her_own_address_and_by_her_own_name(post: Post) -> None:
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    ((address, message),) = post.mail.sent
    assert (address, message.subject) == ("ada@example.test", "order_confirmed for Ada Lovelace")


def test_an_address_given_with_the_order_goes_before_the_customer_s(post: Post) -> None:
    post.orders.document = order_document(email="office@example.test")
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    assert post.mail.sent[0][0] == "office@example.test"


def test_an_sms_goes_to_the_phone_of_the_shipping_address(post: Post) -> None:
    use_cases.notify(post.ports, kinds.SHIPMENT_DELIVERED, occasion())
    assert [address for address, _ in post.sms.sent] == ["+4915112345678"]
    assert {one.channel for one in post.log.stored.values()} == {Channel.EMAIL, Channel.SMS}


@pytest.mark.parametrize("given", [{"phone": None}, {"phone": ""}, {}])
def test_without_a_phone_there_is_no_sms_and_no_trace_of_one(post: Post, given: dict[str, Any]) -> None:
    address = {key: value for key, value in order_document()["shipping_address"].items() if key != "phone"}
    post.orders.document = order_document(shipping_address={**address, **given})
    (told,) = use_cases.notify(post.ports, kinds.SHIPMENT_DELIVERED, occasion())
    assert told.channel is Channel.EMAIL
    assert (post.sms.sent, only(post)) == ([], told)


def test_a_link_is_made_for_the_message_that_carries_it_and_for_no_other(post: Post) -> None:
    use_cases.notify(post.ports, kinds.REGISTRATION_ATTEMPTED, occasion("evt_0", order=False))
    assert post.customers.links == []
    use_cases.notify(post.ports, kinds.VERIFY_EMAIL, occasion(order=False))
    assert post.customers.links == [("evt_1", "cus_ada", "verify_email")]
    assert post.renderer.rendered[-1][3]["token"] == "token-1"


def test_the_language_is_the_customer_s_and_english_for_a_guest(post: Post) -> None:
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    post.orders.document = order_document(owner="gst_1", email="guest@example.test")
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion("evt_2", recipient="gst_1"))
    assert [locale for _, _, locale, _ in post.renderer.rendered] == ["en", "en"]
    post.customers.known["cus_ada"] = use_cases.Contact("Ada", "ada@example.test", "", "de-CH")
    use_cases.notify(post.ports, kinds.VERIFY_EMAIL, occasion("evt_3", order=False))
    assert post.renderer.rendered[-1][2] == "de-CH"


def test_the_identity_follows_from_event_channel_and_kind() -> None:
    def identity(event_id: str, channel: Channel, kind: Kind) -> str:
        return domain.plan(kind, channel, occasion(event_id)).id

    same = identity("evt_1", Channel.EMAIL, kinds.SHIPMENT_DELIVERED)
    assert same == identity("evt_1", Channel.EMAIL, kinds.SHIPMENT_DELIVERED)
    assert same.startswith("ntf_")
    assert same not in {
        identity("evt_2", Channel.EMAIL, kinds.SHIPMENT_DELIVERED),
        identity("evt_1", Channel.SMS, kinds.SHIPMENT_DELIVERED),
        identity("evt_1", Channel.EMAIL, kinds.ORDER_CONFIRMED),
    }


def test_everybody_sees_what_they_were_told_and_nothing_else(post: Post) -> None:
    use_cases.notify(post.ports, kinds.ORDER_CONFIRMED, occasion())
    found, position = use_cases.list_notifications(post.log, "cus_ada", 20, None)
    assert ([one.kind for one in found], position) == (["order_confirmed"], None)
    assert use_cases.list_notifications(post.log, "cus_eve", 20, None) == ([], None)
