"""What is in a cart and how it is shown, against fakes."""

from dataclasses import replace

import pytest

from cart.domain import carts as domain
from cart.domain.carts import Cart, CartFullError
from cart.domain.showing import Facts, NoticeCode, UnknownSkuError
from cart.use_cases import carts
from cart.use_cases import facts as learning
from cart.use_cases.facts import Told
from cart.use_cases.ports import ATTEMPTS
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.cart.acts import (
    ADA,
    always,
    codes,
    put,
    quantities,
)
from tests.unit.cart.fakes import Shop, eur


def test_an_empty_cart_costs_nothing(shop: Shop) -> None:
    shown = carts.get_cart(shop.ports, ADA)
    assert (shown.lines, shown.subtotal, shown.cart.version) == ((), eur(0), 0)
    assert shop.facts.asked == []


def test_lines_show_what_was_told_of_them(shop: Shop) -> None:
    shown = put(shop)
    (line,) = shown.lines
    assert (line.title, line.unit_price, line.line_total, line.available) == ("Mug, red", eur(1290), eur(2580), 10)
    assert line.notices == ()
    assert shown.subtotal == eur(2580)


def test_a_cart_that_is_cached_is_not_read(shop: Shop) -> None:
    put(shop)
    shop.carts.stored.clear()
    assert carts.get_cart(shop.ports, ADA).subtotal == eur(2580)


def test_lines_keep_the_order_in_which_they_came(shop: Shop) -> None:
    for sku in ("RED", "BLUE", "RED"):
        shop.clock.pass_time(seconds=1)
        put(shop, sku, 5)
    shown = carts.get_cart(shop.ports, ADA)
    assert [line.sku for line in shown.lines] == ["RED", "BLUE"]


def test_zero_takes_a_line_out_and_so_does_removing(shop: Shop) -> None:
    put(shop)
    put(shop, quantity=0)
    assert quantities(shop) == {}
    put(shop)
    carts.remove_item(shop.ports, ADA, "RED")
    carts.remove_item(shop.ports, ADA, "RED")
    carts.remove_item(shop.ports, "cus_nobody", "RED")
    assert quantities(shop) == {}


def test_what_is_not_on_sale_cannot_be_put_in(shop: Shop) -> None:
    shop.facts.stored["GONE"] = replace(shop.facts.stored["RED"], on_sale=False)
    shop.facts.stored["LEVEL"] = Facts(sku="LEVEL", available=3)
    shop.facts.stored["PRICELESS"] = Facts(sku="PRICELESS", on_sale=True)
    for sku in ("GONE", "LEVEL", "PRICELESS", "NOBODY"):
        with pytest.raises(UnknownSkuError):
            put(shop, sku)


def test_a_full_cart_takes_changes_but_no_further_line(shop: Shop) -> None:
    for number in range(domain.MAX_LINES):
        shop.offer(f"S{number}", 100)
        put(shop, f"S{number}")
    with pytest.raises(CartFullError):
        put(shop, "RED")
    assert put(shop, "S0", 9).cart.lines["S0"].quantity == 9


def test_two_first_lines_at_once_are_both_there(shop: Shop) -> None:
    def other_first() -> None:
        put(shop, "BLUE", 1)

    shop.carts.races = [lambda: None, other_first]
    put(shop)
    assert quantities(shop) == {"RED": 2, "BLUE": 1}


def test_a_cart_that_appears_between_two_tries_is_used(shop: Shop) -> None:
    def refused() -> None:
        shop.carts.save(Cart(owner=ADA, updated_at=NOON))
        raise ConcurrentUpdateError(ADA)

    shop.carts.races = [refused]
    put(shop)
    assert quantities(shop) == {"RED": 2}


def test_a_cart_that_keeps_coming_and_going_is_given_up(shop: Shop) -> None:
    def appear() -> None:
        shop.carts.stored[ADA] = Cart(owner=ADA, updated_at=NOON, version=1)

    def vanish() -> None:
        shop.carts.stored.clear()

    shop.carts.races = [vanish, appear] * ATTEMPTS
    with pytest.raises(ConcurrentUpdateError):
        put(shop)


def test_clearing_takes_everything_out_once(shop: Shop) -> None:
    assert carts.clear_cart(shop.ports, ADA).cart.version == 0
    put(shop)
    shop.carts.races = [lambda: shop.carts.touch(ADA)]
    assert carts.clear_cart(shop.ports, ADA).lines == ()
    assert carts.clear_cart(shop.ports, ADA).cart.version == 3
    put(shop)
    always(shop, ADA)
    with pytest.raises(ConcurrentUpdateError):
        carts.clear_cart(shop.ports, ADA)


def test_notices_tell_what_has_changed_since(shop: Shop) -> None:
    put(shop)
    shop.offer("RED", 1400, available=1)
    shown = carts.get_cart(shop.ports, ADA)
    assert codes(shown) == [NoticeCode.PRICE_CHANGED, NoticeCode.INSUFFICIENT_STOCK]
    assert shown.subtotal == eur(2800)
    assert codes(put(shop, quantity=1)) == []


def test_what_is_gone_is_shown_at_its_last_price_and_costs_nothing(shop: Shop) -> None:
    put(shop)
    learning.learn_product(shop.ports, Told(product_id="prd_1", image="", variants={}, gone=("RED",)), 2)
    shown = carts.get_cart(shop.ports, ADA)
    assert codes(shown) == [NoticeCode.UNAVAILABLE]
    assert (shown.lines[0].unit_price, shown.lines[0].title, shown.subtotal) == (eur(1290), "Mug, red", eur(0))
    shop.facts.stored.clear()
    assert carts.get_cart(shop.ports, ADA).lines[0].title == "RED"


def test_products_and_levels_are_learnt_each_by_its_own_sequence(shop: Shop) -> None:
    learning.learn_level(shop.ports, "NEW", 7, 3)
    learning.learn_level(shop.ports, "NEW", 9, 2)
    told = Told(product_id="prd_2", image="/i.jpg", variants={"NEW": ("Bowl", eur(500))}, gone=())
    learning.learn_product(shop.ports, told, 1)
    learning.learn_product(shop.ports, replace(told, variants={"NEW": ("Old", eur(1))}), 0)
    assert shop.facts.stored["NEW"] == Facts(
        sku="NEW", product_id="prd_2", title="Bowl", image="/i.jpg", price=eur(500), on_sale=True, available=7
    )
