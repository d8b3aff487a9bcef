"""Lists of everybody's orders, on the table."""

from typing import Any

import pytest

from minishop.identity import Role
from orders import repository
from tests.helpers import answer_of, staff
from tests.integration.orders.shop import Shop, captured

ROUTE = "GET /v1/admin/orders"


def listed(shop: Shop, **query: str) -> list[str]:
    """The orders of all pages, by key."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        response = shop.call(ROUTE, staff(Role.SUPPORT), query={**query, **cursor})
        assert response["statusCode"] == 200, response["body"]
        page = answer_of(response)
        found += [order["placed_at"][5:10] for order in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.fixture
def days(shop: Shop) -> Shop:
    """Two orders on each of three days, the first of which is paid; the last was yesterday."""
    for day in range(3):
        for number in range(2):
            order_id = answer_of(shop.place(key=f"{day}-{number}"))["id"]
            if number == 0:
                shop.tell(captured(order_id))
            shop.carts.claims.clear()
        shop.clock.pass_time(days=1)
    return shop


def test_orders_of_some_days_and_statuses_come_latest_first(days: Shop) -> None:
    assert listed(days) == ["11-24", "11-24", "11-23", "11-23", "11-22", "11-22"]
    assert listed(days, status="confirmed") == ["11-24", "11-23", "11-22"]
    assert listed(days, status="shipped") == []
    assert listed(days, **{"from": "2026-11-23"}) == ["11-24", "11-24", "11-23", "11-23"]
    assert listed(days, **{"from": "2026-11-23", "to": "2026-11-24"}) == ["11-23", "11-23"]
    assert listed(days, to="2026-11-22T12:00:00.001Z") == ["11-22", "11-22"]
    assert listed(days, to="2026-11-22T12:00:00Z") == []
    assert listed(days, **{"from": "2026-11-24", "to": "2026-11-22"}) == []


@pytest.mark.parametrize("limit", ["1", "2", "3", "5", "100"])
def test_pages_of_any_size_hold_each_order_once(days: Shop, limit: str) -> None:
    assert listed(days, limit=limit) == ["11-24", "11-24", "11-23", "11-23", "11-22", "11-22"]
    assert listed(days, limit=limit, status="placed") == ["11-24", "11-23", "11-22"]


def test_a_page_makes_a_bounded_number_of_queries(days: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MAX_QUERIES", 6)
    page = answer_of(days.call(ROUTE, staff(Role.ADMIN), query={"from": "2026-01-01"}))
    assert (len(page["items"]), page["next_cursor"] is None) == (0, False)
    days.clock.pass_time(days=10)
    assert len(listed(days)) == 6


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"to": "0001-01-01"}, {"from": "2026-11-22T12:00:00"}, {"status": "lost"}]
)
def test_a_span_that_is_none_is_refused(shop: Shop, query: dict[str, str]) -> None:
    refused = shop.call(ROUTE, staff(Role.SUPPORT), query=query)
    assert refused["statusCode"] == 422


def test_a_cursor_is_for_its_own_list(days: Shop) -> None:
    cursor = answer_of(days.call(ROUTE, staff(Role.SUPPORT), query={"limit": "1"}))["next_cursor"]
    other: dict[str, Any] = {"limit": "1", "cursor": cursor, "status": "placed"}
    assert answer_of(days.call(ROUTE, staff(Role.SUPPORT), query=other))["code"] == "invalid_cursor"
