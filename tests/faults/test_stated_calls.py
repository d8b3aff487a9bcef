"""The calls and request units that the design states, operation by operation, on the very items that are stored.

A checkout of n SKUs: the catalogue writes one transaction of 2(n + 1) units, 2 more for each limit of a promotion;
orders puts one item, cart updates one. An order is shown by one Get, a cart by one Get or none, an item put into a
cart by one Update, a list by one Query. Indexes, and what is over a kilobyte, come on top.
"""

import re
from collections.abc import Iterator

import pytest

from minishop.identity import Principal, Role
from scripts.benchmarks.calls import MANY, Count, count, offer_many
from scripts.simulation.client import ADMIN, Client
from scripts.simulation.memory.capacity import READ_BYTES, WRITE_BYTES, begun
from scripts.simulation.memory.values import Item, item_size
from scripts.simulation.opening import ROOT
from scripts.simulation.shop import Shop, Snapshot

GRACE = Principal("cus_grace", frozenset({Role.CUSTOMER}))


@pytest.fixture(scope="module")
def metered(opened: tuple[Shop, Snapshot]) -> Iterator[Shop]:
    """The shop with its functions warm, in which a first order was placed already."""
    shop, base = opened
    shop.restore(base)
    shop.network.shortcut = True
    offer_many(shop)
    check_out(shop, 1)
    shop.drain()
    shop.account.dynamodb.metered = True
    yield shop
    shop.account.dynamodb.metered = False


def check_out(shop: Shop, lines: int, promotion: str | None = None) -> tuple[Client, Count]:
    """A guest's order of so many SKUs, and what placing it called."""
    client = Client(shop, name=f"{lines}-{promotion}-{shop.numbers}")
    for sku in MANY[:lines]:
        assert client.put_in_cart(sku, 1).status == 200
    if promotion:
        assert client.use_code(promotion).status == 200
    total = client.quote().body["totals"]["total"]
    found = count(shop, lambda: client.place_for(total))
    assert "order" in client.memory
    return client, found


def stored(shop: Shop, service: str, pk: str) -> Item:
    """An item as it is in a service's table."""
    tables = shop.account.dynamodb.tables
    (table,) = [table for name, table in tables.items() if name.lower().endswith(f"{service}table")]
    (item,) = [item for item in table.items.values() if item["pk"]["S"] == pk]
    return item


def kilobytes(item: Item) -> int:
    return begun(item_size(item), WRITE_BYTES)


def operations(found: Count) -> list[str]:
    return [use.operation for use in found.uses]


def writes(found: Count) -> list[str]:
    return [use.operation for use in found.uses if use.units.all_writes]


@pytest.mark.parametrize(
    ("lines", "catalog", "orders", "cart"),
    [(1, 2 * (1 + 1), 3, 1), (10, 2 * (10 + 1) + 4, 5, 3), (30, 2 * (30 + 1) + 12, 10, 6)],
)
def test_a_checkout_of_so_many_skus_is_one_transaction_one_put_and_one_update(
    metered: Shop, lines: int, catalog: int, orders: int, cart: int
) -> None:
    """The reservation of ten SKUs takes 3 KB, which is 4 units on top, that of thirty 7 KB."""
    client, found = check_out(metered, lines)
    order_id = client.memory["order"]
    at_catalog, at_orders, at_cart = (found.of_table(service) for service in ("catalog", "orders", "cart"))

    assert writes(at_catalog) == ["TransactWriteItems"]
    reservation = stored(metered, "catalog", f"reservation#{order_id}")
    assert at_catalog.units.writes == catalog == 2 * (lines + kilobytes(reservation))
    assert at_catalog.units.index_writes == {"due": kilobytes(reservation)}

    assert writes(at_orders) == ["PutItem"]
    order = stored(metered, "orders", f"order#{order_id}")
    assert at_orders.units.writes == orders == kilobytes(order)
    assert at_orders.units.index_writes == {"by_owner": orders, "by_status": orders}

    assert writes(at_cart) == ["UpdateItem"]
    assert at_cart.units.writes == cart == kilobytes(stored(metered, "cart", f"cart#{client.principal.id}"))
    assert at_cart.units.index_writes == {}


@pytest.mark.parametrize("lines", [1, 10, 30])
def test_a_checkout_reads_each_sku_for_its_quote_and_for_its_hold(metered: Shop, lines: int) -> None:
    """Half a unit each for the quote, a whole one, consistently, before the hold; the claim tells the cart's lines."""
    _, found = check_out(metered, lines)
    at_catalog = found.of_table("catalog")
    assert operations(at_catalog) == ["BatchGetItem", "GetItem", "BatchGetItem", "TransactWriteItems"]
    assert at_catalog.units.reads == 0.5 * lines + 1 + lines
    assert found.of_table("orders").units.reads == 1 + 0.5  # the order, which is not there yet; the tax rates
    assert found.of_table("cart").units.reads == 0


@pytest.mark.parametrize(("code", "limits"), [("ONCE", 2), ("TWICE", 1), ("SHIPPED", 1)])
def test_a_promotion_adds_two_units_for_each_of_its_limits(metered: Shop, code: str, limits: int) -> None:
    client, found = check_out(metered, 1, promotion=code)
    kept = kilobytes(stored(metered, "catalog", f"reservation#{client.memory['order']}"))
    assert writes(found.of_table("catalog")) == ["TransactWriteItems"]
    assert found.of_table("catalog").units.writes == 2 * (1 + kept + limits)


@pytest.mark.parametrize(("lines", "units"), [(1, 1), (10, 1), (30, 3)])
def test_an_order_is_one_get(metered: Shop, lines: int, units: int) -> None:
    client, _ = check_out(metered, lines)
    metered.drain()
    found = count(metered, client.order)
    order = stored(metered, "orders", f"order#{client.memory['order']}")
    assert operations(found) == ["GetItem"]
    assert (found.units.reads, found.units.all_writes) == (begun(item_size(order), READ_BYTES), 0)
    assert found.units.reads == units


@pytest.mark.parametrize("lines", [1, 10, 30])
def test_a_cart_is_one_get_or_none(metered: Shop, lines: int) -> None:
    client = Client(metered, name=f"shows-{lines}")
    for sku in MANY[:lines]:
        client.put_in_cart(sku, 1)
    from_redis = count(metered, lambda: client.send("GET", "/v1/cart"))
    assert (operations(from_redis), from_redis.calls["redis"]) == ([], 1)
    metered.network.cache.clear()
    from_table = count(metered, lambda: client.send("GET", "/v1/cart"))
    cart = stored(metered, "cart", f"cart#{client.principal.id}")
    assert operations(from_table) == ["GetItem"]
    assert (from_table.units.reads, from_table.units.all_writes) == (begun(item_size(cart), READ_BYTES), 0)


def test_an_item_is_put_into_a_cart_by_one_update(metered: Shop) -> None:
    """As often as it is put; a cart of many lines is written whole, and takes a unit for each of its kilobytes."""
    client = Client(metered, name="fills")
    client.put_in_cart(MANY[0], 1)
    for sku in MANY:
        found = count(metered, lambda sku=sku: client.put_in_cart(sku, 2))  # type: ignore[misc]
        cart = stored(metered, "cart", f"cart#{client.principal.id}")
        assert operations(found) == ["UpdateItem"]
        assert (found.units.writes, found.units.reads) == (kilobytes(cart), 0)


LISTS = [
    ("orders", "/v1/orders", None),
    ("orders", "/v1/admin/tax-rates", ADMIN),
    ("payments", "/v1/admin/ledger?from=2026-11-22&to=2026-11-23", ADMIN),
    ("payments", "/v1/admin/payments/quarantine", ADMIN),
    ("shipping", "/v1/admin/shipments?status=label_created", ADMIN),
    ("notifications", "/v1/me/notifications", GRACE),
]


@pytest.mark.parametrize(("service", "path", "principal"), LISTS)
def test_a_list_is_one_query(metered: Shop, service: str, path: str, principal: Principal | None) -> None:
    client, _ = check_out(metered, 1)
    metered.drain()
    asked = {"principal": principal} if principal else {}
    found = count(metered, lambda: client.send("GET", path, **asked))
    assert operations(found.of_table(service)) == operations(found) == ["Query"]
    assert found.units.all_writes == 0


BEYOND = [
    ("/v1/admin/products", ["Query", "BatchGetItem"], 3),  # and the levels of what it lists
    ("/v1/admin/promotions", ["Query", "BatchGetItem"], 4),  # and how often each is used
]


@pytest.mark.parametrize(("path", "asked", "listed"), BEYOND)
def test_a_list_with_counts_is_one_query_and_one_batch(metered: Shop, path: str, asked: list[str], listed: int) -> None:
    client = Client(metered)
    client.send("GET", path, principal=ADMIN)
    answers = []
    found = count(metered, lambda: answers.append(client.send("GET", path, principal=ADMIN)))
    assert operations(found) == asked
    assert len(answers[0].body["items"]) == listed


def test_a_search_reads_the_products_that_it_shows_and_what_has_changed(metered: Shop) -> None:
    """One Query of what changed since the index was last read, then a batch of products and one of their levels."""
    client = Client(metered)
    client.send("GET", "/v1/products")
    found = count(metered, lambda: client.send("GET", "/v1/products"))
    assert operations(found) == ["Query", "BatchGetItem", "BatchGetItem"]
    assert found.units.reads == 0.5 + (0.5 + 0.5 + kilobytes_read(metered)) + 0.5 * (2 + len(MANY))


def kilobytes_read(shop: Shop) -> float:
    """What the large product's item takes to read."""
    products = [row for row in shop.tables()["catalog.product"] if row["slug"] == "set"]
    item = stored(shop, "catalog", products[0]["pk"])
    return 0.5 * begun(item_size(item), READ_BYTES)


def test_no_function_may_scan_a_table() -> None:
    allowed = re.findall(r"dynamodb:([\w*]+)", (ROOT / "template.yaml").read_text("utf-8"))
    assert "Query" in allowed
    assert not {"Scan", "PartiQLSelect"}.intersection(allowed)
    assert not [action for action in allowed if "*" in action]
