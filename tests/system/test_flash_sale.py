"""Many buyers for few units, over HTTP: all is sold, nothing twice, and everybody gets an answer."""

from collections import Counter
from collections.abc import Iterator

import pytest

from scripts.benchmarks.client import Client
from scripts.benchmarks.flash_sale import admin, check, level, put_on_sale, sell
from tests.system.shop import Shop

UNITS, BUYERS = 10, 60


@pytest.fixture
def boss(shop: Shop) -> Iterator[Client]:
    """The admin."""
    with admin(shop.url) as client:
        yield client


def test_exactly_as_many_are_sold_as_there_are(shop: Shop, boss: Client) -> None:
    sku = put_on_sale(boss, UNITS, buckets=3)
    outcome = sell(shop.url, [[sku]], buyers=BUYERS, at_once=24)
    check(outcome, boss, sku, UNITS, BUYERS)


def test_carts_of_the_same_in_another_order_do_not_stand_in_each_other_s_way(shop: Shop, boss: Client) -> None:
    one, other = put_on_sale(boss, 50), put_on_sale(boss, 50)
    outcome = sell(shop.url, [[one, other], [other, one]], buyers=10, at_once=10)
    assert outcome.ends == Counter(bought=10)
    assert outcome.server_errors == 0
    assert level(boss, one) == level(boss, other) == (40, 10)
