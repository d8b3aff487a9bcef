"""Carts that nobody touches, and those of people who are forgotten, against fakes."""

from datetime import timedelta

import pytest

from cart.domain import carts as domain
from cart.domain.carts import CartEmptyError
from cart.use_cases import carts, claims, idle
from minishop.contracts.cart import CartAbandoned, CartLine
from tests.times import NOON
from tests.unit.cart.acts import ADA, GUEST, HOLD, abandon_all, claim, long_after, put, quantities
from tests.unit.cart.fakes import Shop


def test_a_cart_that_has_expired_is_empty_whether_or_not_it_was_deleted(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.KEPT_FOR - timedelta(seconds=1)
    assert quantities(shop) == {"RED": 2}
    claim(shop)
    shop.clock.pass_time(seconds=1)
    expired = carts.get_cart(shop.ports, ADA)
    assert (expired.lines, expired.cart.updated_at) == ((), None)
    assert (quantities(shop), claims.read_cart(shop.ports, ADA).claim) == ({}, None)
    with pytest.raises(CartEmptyError):
        claim(shop, "ord_2")
    carts.remove_item(shop.ports, ADA, "RED")
    assert idle.abandon_cart(shop.ports, ADA) is False
    assert put(shop, "BLUE", 1).cart.quantities == {"BLUE": 1}


def test_what_has_expired_is_not_merged(shop: Shop) -> None:
    put(shop, owner=GUEST)
    long_after(shop)
    assert carts.merge_carts(shop.ports, ADA, GUEST).lines == ()
    put(shop)
    put(shop, "BLUE", 1, owner=GUEST)
    assert carts.merge_carts(shop.ports, ADA, GUEST).cart.quantities == {"RED": 2, "BLUE": 1}


def test_a_cart_that_nobody_touches_for_a_day_is_told_once_until_it_is_touched(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.ABANDONED_AFTER - timedelta(seconds=1)
    assert abandon_all(shop) == 0
    shop.clock.pass_time(seconds=1)
    assert [abandon_all(shop), abandon_all(shop)] == [1, 0]
    (told,) = shop.carts.events
    assert told == CartAbandoned(owner=ADA, lines=(CartLine(sku="RED", quantity=2),), idle_since=NOON)
    put(shop, quantity=1)
    assert idle.abandon_cart(shop.ports, ADA) is False
    shop.clock.at += domain.ABANDONED_AFTER
    assert abandon_all(shop) == 1


def test_an_empty_cart_one_that_is_gone_and_one_that_is_being_bought_are_not_abandoned(shop: Shop) -> None:
    put(shop)
    put(shop, owner=GUEST)
    carts.remove_item(shop.ports, GUEST, "RED")
    shop.clock.at += domain.ABANDONED_AFTER
    claim(shop)
    assert abandon_all(shop) == 0
    assert idle.abandon_cart(shop.ports, "gst_none") is False
    shop.clock.at += HOLD
    assert abandon_all(shop) == 1
    assert [type(event) for event in shop.carts.events] == [CartAbandoned]


def test_a_cart_that_is_touched_at_that_moment_is_not_abandoned(shop: Shop) -> None:
    put(shop)
    shop.clock.at += domain.ABANDONED_AFTER
    shop.carts.races.append(lambda: shop.carts.touch(ADA))
    assert abandon_all(shop) == 0
    assert shop.carts.events == []


def test_the_cart_of_somebody_who_is_forgotten_goes(shop: Shop) -> None:
    put(shop)
    for _ in range(2):
        carts.forget_cart(shop.ports, ADA)
    assert shop.carts.stored == {}
