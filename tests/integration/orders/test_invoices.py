"""Invoices: numbers without gaps, and the PDF."""

import base64
import io
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pypdf
import pytest

from minishop.dynamodb import Transaction
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Role
from orders import repository
from orders.domain.order import Address, Order
from orders.invoices import format_money, render_invoice
from orders.repository import CounterItem, OrderTable
from tests.helpers import answer_of, customer, staff
from tests.integration.orders.shop import ALL_FINE, Shop, captured
from tests.unit.orders.fakes import eur

SELLER = "Minishop | 1 Market Street"
ROUTE = "GET /v1/orders/{id}/invoice"


def placed(shop: Shop, count: int) -> list[str]:
    """That many orders, each of somebody else."""
    return [answer_of(shop.place(customer(f"cus_{number}")))["id"] for number in range(count)]


def numbers(orders: list[str]) -> list[int | None]:
    found = [OrderTable().find(order_id) for order_id in orders]
    return [order.invoice_number for order in found if order]


def text_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_fifty_confirmations_at_once_get_fifty_numbers_without_a_gap(shop: Shop) -> None:
    orders = placed(shop, 50)

    def confirm(order_id: str) -> None:
        while shop.tell(captured(order_id)) != ALL_FINE:
            pass  # a queue waits for minutes before it delivers again; here the others are still at it

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(confirm, orders))
    assert sorted(number or 0 for number in numbers(orders)) == list(range(1, 51))


@pytest.mark.parametrize("applied", [True, False])
def test_a_number_whose_write_got_no_answer_is_neither_lost_nor_given_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    first, second, third = placed(shop, 3)
    shop.tell(captured(first))
    commit = Transaction.commit

    def lost(transaction: Transaction) -> None:
        if applied:
            commit(transaction)
        raise OSError("the line went dead")

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", lost)
        assert shop.tell(captured(second)) != ALL_FINE
    assert shop.tell(captured(third), captured(second), captured(second)) == ALL_FINE
    expected = [1, 2, 3] if applied else [1, 3, 2]
    assert numbers([first, second, third]) == expected


def test_a_number_that_was_taken_is_asked_for_again_after_a_while_and_not_for_ever(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, rival = placed(shop, 2)
    shop.tell(captured(rival))
    before = OrderTable().find(order_id)
    assert before
    after = replace(before, confirmed_at=shop.clock.now())
    stale = CounterItem("counter#invoices", "counter", version=7)
    real: Callable[..., Any] = CounterItem.find
    found: list[Any] = [stale, stale]
    monkeypatch.setattr(CounterItem, "find", lambda *key: found.pop() if found else real(*key))
    waited: list[float] = []
    saved = OrderTable(waited.append).replace(before, after, ())
    assert (saved.invoice_number, len(waited)) == (2, 2)
    monkeypatch.setattr(CounterItem, "find", lambda *_: stale)
    with pytest.raises(ConcurrentUpdateError):
        OrderTable(waited.append).replace(saved, replace(saved, invoice_number=None), ())
    assert len(waited) == 2 + repository.NUMBER_ATTEMPTS
    assert max(waited) <= repository.NUMBER_CAP


def test_an_order_that_changed_meanwhile_gets_no_number_for_an_old_version(shop: Shop) -> None:
    (order_id,) = placed(shop, 1)
    before = OrderTable().find(order_id)
    assert before
    shop.tell(captured(order_id))
    with pytest.raises(ConcurrentUpdateError):
        OrderTable().replace(before, replace(before, confirmed_at=shop.clock.now()), ())
    assert CounterItem.find("counter#invoices", "counter").version == 1  # type: ignore[union-attr]


def test_the_invoice_is_there_once_the_order_is_confirmed_for_those_who_may(shop: Shop) -> None:
    order_id: str = answer_of(shop.place())["id"]
    path = {"id": order_id}
    early = shop.call(ROUTE, path=path)
    assert (early["statusCode"], answer_of(early)["code"]) == (409, "not_invoiced")
    shop.tell(captured(order_id))
    response = shop.call(ROUTE, path=path)
    assert (response["statusCode"], response["isBase64Encoded"]) == (200, True)
    assert response["headers"]["Content-Type"] == "application/pdf"
    assert response["headers"]["Content-Disposition"] == 'inline; filename="INV-000001.pdf"'
    (page,) = text_of(base64.b64decode(response["body"]))
    for words in ("Invoice INV-000001", "Ada Lovelace", "The MUG", "37.06 EUR", "Berlin"):
        assert words in page
    assert shop.call(ROUTE, path=path)["body"] == response["body"]
    assert shop.call(ROUTE, staff(Role.SUPPORT), path=path)["statusCode"] == 200
    assert shop.call(ROUTE, customer("cus_eve"), path=path)["statusCode"] == 404
    assert shop.call(ROUTE, staff(Role.WAREHOUSE), path=path)["statusCode"] == 404


@pytest.fixture
def confirmed(shop: Shop) -> Order:
    order_id: str = answer_of(shop.place())["id"]
    shop.tell(captured(order_id))
    order = OrderTable().find(order_id)
    assert order
    return order


def test_a_hundred_lines_take_several_pages_each_with_its_titles(confirmed: Order) -> None:
    line = confirmed.lines[0]
    many = replace(confirmed, lines=tuple(replace(line, sku=f"SKU-{number:03d}") for number in range(100)))
    pages = text_of(render_invoice(many, SELLER))
    assert len(pages) > 2
    assert all("Quantity" in page for page in pages)
    assert sum(page.count("SKU-") for page in pages) == 100
    assert [f"page {number}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert "37.06 EUR" in pages[-1]


@pytest.mark.parametrize(
    "name", ["Ελένη Παπαδοπούλου", "Мария Чайковская", "Şükrü Łęcki", "<b>&amp;</b> <font size=99>"]
)
def test_names_stand_as_they_are_written(confirmed: Order, name: str) -> None:
    address = Address(name, "1 Road", "Town", "1", "GR", line2=name, region=name)
    line = replace(confirmed.lines[0], title=name)
    (page,) = text_of(render_invoice(replace(confirmed, shipping_address=address, lines=(line,)), SELLER))
    assert page.count(name) == 4


def test_the_font_is_embedded(confirmed: Order) -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_invoice(confirmed, SELLER)))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    names = {str(font.get_object()["/BaseFont"]) for font in fonts}
    assert all("OpenSans" in name or name == "/Helvetica" for name in names)
    assert any("OpenSans" in name for name in names)


def test_money_is_written_with_its_cents() -> None:
    assert [format_money(eur(amount)) for amount in (0, 5, -5, 123456789)] == [
        "0.00 EUR",
        "0.05 EUR",
        "-0.05 EUR",
        "1,234,567.89 EUR",
    ]


def test_the_door_opens_without_what_draws() -> None:
    code = (
        "import sys, orders.api; sys.exit(any(name.startswith(('reportlab', 'PIL', 'ttf_')) for name in sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
