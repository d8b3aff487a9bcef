"""A purchase by clicks alone, in Chromium: `MINISHOP_BROWSER=1 scripts/test system -k storefront`."""

import os
from collections.abc import Iterator

import pytest

from tests.system.browser import CHROMIUM, Browser
from tests.system.shop import Shop

pytestmark = pytest.mark.skipif(
    os.environ.get("MINISHOP_BROWSER") != "1" or CHROMIUM is None, reason="takes MINISHOP_BROWSER=1, and Chromium"
)

ADDRESS = {
    "email": "grace@example.com",
    "full_name": "Grace <b>Hopper</b>",
    "line1": "1 Compiler Way",
    "postal_code": "10115",
    "city": "Berlin",
}
FILL_IN = """
  for (const [name, value] of Object.entries(%r)) checkout.elements[name].value = value;
  checkout.elements.city.dispatchEvent(new Event("change", { bubbles: true }));
"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


def put_into_the_cart(browser: Browser, shop: Shop) -> None:
    browser.go(shop.url + "/")
    browser.wait_for("document.querySelectorAll('#grid li').length > 20")
    browser.run("search.value = 'yo-yo'; search.dispatchEvent(new Event('input'))")
    browser.wait_for("grid.children.length < 5 && grid.querySelector('a')?.textContent === 'Maple Yo-Yo'")
    browser.run("grid.querySelector('a').click()")
    browser.wait_for("location.pathname === '/product' && !buy.hidden")
    for units in (1, 2):
        browser.run("put.click()")
        browser.wait_for(
            f"word.textContent.startsWith('In your cart: {units} ') && word.textContent.includes('Maple Yo-Yo')"
        )


def order(browser: Browser, card: str) -> None:
    browser.run("document.querySelector('a[href=\"/checkout\"]').click()")
    browser.wait_for("location.pathname === '/checkout' && goods.children.length === 1")
    browser.run(FILL_IN % ADDRESS)
    browser.wait_for("!order.disabled && methods.querySelectorAll('.choice').length > 1")
    browser.run("methods.querySelector('[value=express]').click()")
    price = browser.run("methods.querySelector('.choice:has([value=express]) .price').textContent")
    browser.wait_for(f"!order.disabled && sums.textContent.includes('{price}')")
    browser.run(f"cards.querySelector('[value={card}]').click(); order.click()")
    browser.wait_for("location.pathname === '/order' && !steps.hidden")


def test_a_guest_buys_by_clicks_alone_and_sees_what_becomes_of_it(shop: Shop, browser: Browser) -> None:
    put_into_the_cart(browser, shop)
    browser.run("word.querySelector('a').click()")
    browser.wait_for("location.pathname === '/cart' && items.children.length === 1")
    assert browser.run("basket.textContent") == "Cart (2)"
    browser.run("items.querySelector('input').value = 3; items.querySelector('input').onchange()")
    browser.wait_for("basket.textContent === 'Cart (3)' && sums.textContent.includes('36.00')")
    browser.run("promotion.value = 'NO-SUCH-CODE'; code.requestSubmit()")
    browser.wait_for("word.textContent !== ''")
    order(browser, "pm_card_visa")
    browser.wait_for("word.textContent.includes('confirmed') && parcels.querySelector('a')")
    assert browser.run("lines.textContent").startswith("3 ")
    assert not browser.run("invoice.hidden")
    browser.run("parcels.querySelector('a').click()")
    browser.wait_for("location.pathname === '/track' && document.querySelectorAll('#steps li').length")
    browser.go(shop.url + "/cart")
    browser.wait_for("word.textContent.startsWith('There is nothing in it yet') && full.hidden")
    complaints = [
        each for each in browser.complaints if "NO-SUCH-CODE" not in str(each) and "/promotion" not in str(each)
    ]
    assert complaints == []


def test_a_card_that_is_declined_gives_way_to_another(shop: Shop, browser: Browser) -> None:
    put_into_the_cart(browser, shop)
    browser.run("word.querySelector('a').click()")
    browser.wait_for("location.pathname === '/cart' && items.children.length === 1")
    order(browser, "pm_card_chargeDeclined")
    browser.wait_for("!again.hidden")
    browser.run("again.click()")
    browser.wait_for("word.textContent.includes('confirmed')")


def test_what_is_not_there_is_said_and_nothing_breaks(shop: Shop, browser: Browser) -> None:
    browser.go(shop.url + "/product?slug=%3Cimg%20src%3Dx%3E")
    browser.wait_for("title.textContent === 'There is no such product'")
    browser.go(shop.url + "/order?id=ord_nobody_s")
    browser.wait_for("word.textContent.startsWith('This browser knows no such order.')")
    browser.go(shop.url + "/checkout")
    browser.wait_for("word.textContent.startsWith('There is nothing in your cart')")
    assert browser.run("order.disabled")
