"""A purchase by clicks alone, in Chromium: `MINISHOP_BROWSER=1 scripts/test system -k storefront`."""

import os
import re
import uuid
from collections.abc import Iterator

import pytest

from tests.system.browser import CHROMIUM, Browser
from tests.system.shop import PASSWORD, Shop

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


def test_who_registers_signs_in_with_the_cart_and_finds_the_order_again(shop: Shop, browser: Browser) -> None:
    email = f"grace.{uuid.uuid4().hex[:12]}@example.com"
    put_into_the_cart(browser, shop)
    browser.run("document.querySelector('a[href=\"/account\"]').click()")
    browser.wait_for("location.pathname === '/account' && !out.hidden")
    browser.run(f"register.full_name.value = 'Grace'; register.email.value = '{email}'")
    browser.run(f"register.password.value = '{PASSWORD}'; register.requestSubmit()")
    browser.wait_for("word.textContent.startsWith('Look for a mail')")
    link = re.search(r"http\S+/verify-email\?token=\S+", shop.mail(email, "address")["text"])
    assert link is not None
    browser.go(link[0])
    browser.wait_for("location.pathname === '/verify-email' && document.readyState === 'complete'")
    browser.run("button.click()")
    browser.wait_for("!onward.hidden")
    browser.run("onward.querySelector('a').click()")
    browser.wait_for("location.pathname === '/account' && !out.hidden")
    sign_in = f"login.email.value = '{email}'; login.password.value = '%s'; login.requestSubmit()"
    browser.run(sign_in % "not the pass phrase")
    browser.wait_for("word.className === 'bad' && !login.querySelector('button').disabled")
    browser.run(sign_in % PASSWORD)
    browser.wait_for("title.textContent === 'Hello, Grace' && orders.textContent.includes('not ordered anything')")
    assert browser.run("basket.textContent") == "Cart (2)"
    browser.run("basket.click()")
    browser.wait_for("location.pathname === '/cart' && items.children.length === 1")
    order(browser, "pm_card_visa")
    browser.wait_for("word.textContent.includes('confirmed')")
    browser.go(shop.url + "/account")
    browser.wait_for("orders.querySelector('a')?.textContent.includes('confirmed')")
    browser.run("leave.click()")
    browser.wait_for("!out.hidden && document.getElementById('in').hidden && basket.textContent === 'Cart'")
    browser.go(shop.url + "/cart")
    browser.wait_for("word.textContent.startsWith('There is nothing in it yet')")


def test_what_is_not_there_is_said_and_nothing_breaks(shop: Shop, browser: Browser) -> None:
    browser.go(shop.url + "/product?slug=%3Cimg%20src%3Dx%3E")
    browser.wait_for("title.textContent === 'There is no such product'")
    browser.go(shop.url + "/order?id=ord_nobody_s")
    browser.wait_for("word.textContent.startsWith('This browser knows no such order.')")
    browser.go(shop.url + "/checkout")
    browser.wait_for("word.textContent.startsWith('There is nothing in your cart')")
    assert browser.run("order.disabled")
