"""The mail and SMS services at their worst, in the whole shop: nothing is lost, and where the line of "once" runs.

Neither SES nor SNS takes an idempotency key. What one of them has accepted without our hearing of it is sent again;
nothing else ever is.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from scripts.simulation.client import Client
from scripts.simulation.enumeration import work_off
from scripts.simulation.faults import Fault
from scripts.simulation.flows import FLOWS
from scripts.simulation.network import Call
from scripts.simulation.opening import REGION
from scripts.simulation.settling import check_world, what_is_wrong
from scripts.simulation.shop import TRIES, Shop, Snapshot
from tests.integration.notifications.samples import mails, texts

FLOW = next(flow for flow in FLOWS if flow.name == "from the cart to the door")
ORDERING = FLOW.actions[:3]  # the cart filled, a coupon put in, the order placed
SERVICES = ("sesv2 SendEmail", "sns Publish")
BEFORE = [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.NOT_APPLIED, Fault.KILLED_BEFORE]
AFTER = [Fault.DARK, Fault.KILLED_AFTER]


def sent() -> Counter[str]:
    """What people have got, and how often: subjects of mails, texts of SMS."""
    return Counter([mail.subject for mail in mails(REGION)] + [text for _, text in texts(REGION)])


def play(shop: Shop, first_deliveries_meet: Fault | None) -> list[str]:
    """Plays the flow, with a fault at each call of the services in the first delivery of each event.

    The calls that met it, in their order.
    """
    met: list[str] = []

    def plan(call: Call) -> Fault | None:
        if call.name not in SERVICES or first_deliveries_meet is None:
            return None
        met.append(call.name)
        return first_deliveries_meet

    client = Client(shop)
    for action in FLOW.actions:
        shop.network.plan = plan
        action(client)
        shop.drain()
        shop.network.plan = lambda _: None
        work_off(shop)
    return met


@pytest.fixture(scope="module")
def expected(opened: tuple[Shop, Snapshot]) -> Counter[str]:
    """What people get when nothing goes wrong."""
    shop, base = opened
    shop.restore(base)
    play(shop, None)
    usual = sent()
    assert set(usual.values()) == {1}
    assert sum("Minishop:" in text for text in usual) == 2
    return usual


@pytest.mark.parametrize("fault", BEFORE)
def test_a_service_that_takes_nothing_at_first_loses_nothing_and_doubles_nothing(
    expected: Counter[str], shop: Shop, fault: Fault
) -> None:
    assert play(shop, fault)
    assert sent() == expected
    check_world(shop)


@pytest.mark.parametrize("fault", AFTER)
def test_what_a_service_took_without_our_hearing_of_it_comes_once_more_and_stands_in_the_log_once(
    expected: Counter[str], shop: Shop, fault: Fault
) -> None:
    unheard = play(shop, fault)
    assert unheard
    assert set(sent()) == set(expected)
    assert sent().total() == expected.total() + len(unheard)
    assert max(sent().values()) == 2
    check_world(shop)


def test_each_delivery_of_an_event_is_one_call_at_most_so_that_nobody_is_sent_more_behind_our_back(
    expected: Counter[str], shop: Shop
) -> None:
    assert len(play(shop, Fault.DARK)) == expected.total()


def away(shop: Shop, length: timedelta) -> Callable[[Call], Fault | None]:
    """The services take nothing for so long."""
    end = shop.now + length
    return lambda call: Fault.THROTTLED if call.name in SERVICES and shop.now < end else None


def order_and_wait(shop: Shop, length: timedelta) -> None:
    client = Client(shop)
    shop.network.plan = away(shop, length)
    for action in ORDERING:
        action(client)
    shop.drain()
    work_off(shop)


def test_a_service_that_is_away_for_half_an_hour_is_waited_for(shop: Shop) -> None:
    order_and_wait(shop, timedelta(minutes=30))
    assert list(sent().values()) == [1]
    assert shop.dead == []


def test_the_world_is_not_at_rest_while_a_message_waits_an_hour_for_its_last_try(shop: Shop) -> None:
    client = Client(shop)
    shop.network.plan = away(shop, timedelta(minutes=16))
    for action in ORDERING:
        action(client)
    shop.drain()
    while all(message.tries < TRIES - 1 for message in shop.waiting):
        shop.now = min(message.due for message in shop.waiting)
        shop.drain()
    assert sent() == Counter()
    check_world(shop)
    assert list(sent().values()) == [1]


def test_a_service_that_is_away_longer_leaves_a_dead_letter_which_redriven_is_sent_once(shop: Shop) -> None:
    order_and_wait(shop, timedelta(hours=2))
    (letter,) = shop.dead
    assert (letter.name, sent()) == ("OrderConfirmed", Counter())
    (row,) = shop.tables()["notifications.notification"]
    assert (row["status"], row["reason"]) == ("failed", "given_up")
    shop.network.plan = lambda _: None
    shop.now += timedelta(hours=3)
    shop.dead.remove(letter)
    letter.tries = 0
    shop.waiting.append(letter)
    shop.drain()
    assert list(sent().values()) == [1]
    assert not [wrong for wrong in what_is_wrong(shop) if "never sent" in wrong]
