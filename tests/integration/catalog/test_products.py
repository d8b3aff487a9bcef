"""Products over HTTP, on the real table."""

from typing import Any

import pytest

from catalog import api
from catalog.domain import products as domain
from minishop.identity import Role
from tests.helpers import answer_of, customer, http_event, staff
from tests.integration.catalog.samples import (
    ADMIN,
    adjust,
    create,
    mug,
    patch,
    products,
    slugs,
    variant,
)
from tests.integration.conftest import Aws


def show(id_or_slug: str, **headers: str) -> dict[str, Any]:
    event = http_event("GET /v1/products/{id}", path={"id": id_or_slug}, headers=headers)
    response: dict[str, Any] = api.handler(event, None)
    return response


def test_a_published_product_is_shown_by_id_and_slug_with_its_stock(shop: Aws) -> None:
    made = create(mug())
    assert made["id"].startswith("prd_")
    adjust("MUG-RED", 7)
    by_id, by_slug = show(made["id"]), show("mug")
    assert by_id["body"] == by_slug["body"]
    assert answer_of(by_id)["variants"][0]["available"] == 7
    assert shop.outboxes("CatalogTable") == ["ProductPublished"]


def test_public_answers_may_be_kept_and_are_not_sent_twice(shop: Aws) -> None:
    create(mug())
    first = show("mug")
    assert first["headers"]["Cache-Control"] == "public, max-age=15"
    unchanged = show("mug", **{"If-None-Match": first["headers"]["ETag"]})
    assert (unchanged["statusCode"], unchanged["body"]) == (304, "")
    adjust("MUG-RED", 1)
    assert show("mug", **{"If-None-Match": first["headers"]["ETag"]})["statusCode"] == 200


def test_a_draft_is_seen_by_admins_alone_until_it_is_published(shop: Aws) -> None:
    draft = create(mug(status="draft"))
    assert show(draft["id"])["statusCode"] == show("mug")["statusCode"] == 404
    assert products()["items"] == []
    listed = answer_of(api.handler(http_event("GET /v1/admin/products", principal=ADMIN), None))
    assert [product["status"] for product in listed["items"]] == ["draft"]
    assert patch(draft, status="published")["statusCode"] == 200
    assert slugs() == ["mug"]
    assert shop.outboxes("CatalogTable") == ["ProductPublished"]


def test_archiving_takes_a_product_out_of_everything(shop: Aws) -> None:
    made = create(mug())
    archived = answer_of(patch(made, status="archived"))
    assert slugs() == slugs(q="mug") == slugs(category="kitchen") == []
    assert products()["facets"]["categories"] == []
    assert show("mug")["statusCode"] == 404
    assert shop.outboxes("CatalogTable") == ["ProductArchived"]
    patch(archived, status="published")
    assert slugs(q="mug") == ["mug"]


def test_a_deleted_product_is_archived(shop: Aws) -> None:
    made = create(mug())
    event = http_event("DELETE /v1/admin/products/{id}", principal=ADMIN, path={"id": made["id"]})
    assert [api.handler(event, None)["statusCode"] for _ in range(2)] == [204, 204]
    assert slugs() == []
    assert shop.outboxes("CatalogTable") == ["ProductArchived"]
    missing = http_event("DELETE /v1/admin/products/{id}", principal=ADMIN, path={"id": "prd_none"})
    assert api.handler(missing, None)["statusCode"] == 404


def test_a_change_needs_the_version_that_it_was_made_on(shop: Aws) -> None:
    made = create(mug())
    changed = patch(made, title="Porcelain mug")
    assert changed["headers"]["ETag"] == '"2"'
    stale = patch(made, title="Glass mug")
    assert (stale["statusCode"], answer_of(stale)["code"]) == (412, "stale_version")
    bare = http_event("PATCH /v1/admin/products/{id}", principal=ADMIN, path={"id": made["id"]}, body={})
    assert api.handler(bare, None)["statusCode"] == 428


def test_a_change_that_changes_nothing_writes_nothing(shop: Aws) -> None:
    made = create(mug())
    same = patch(made, title=made["title"], variants=[variant()])
    assert answer_of(same)["version"] == made["version"]


def test_a_change_moves_the_product_in_the_index(shop: Aws) -> None:
    made = create(mug())
    create(mug("bowl", variant("BOWL", 2000), title="Stoneware bowl"))
    patch(made, title="Blue cup", category="office", variants=[variant(amount=9000)])
    assert slugs(q="stoneware") == ["bowl"]
    assert slugs(q="cup") == slugs(category="office") == ["mug"]
    assert slugs(sort="price_desc") == ["mug", "bowl"]
    assert products()["facets"]["categories"] == [
        {"category": "kitchen", "count": 1},
        {"category": "office", "count": 1},
    ]


def test_slug_and_sku_belong_to_one_product(shop: Aws) -> None:
    create(mug())
    for body, code in ((mug(), "slug_taken"), (mug("other"), "sku_taken")):
        response = api.handler(http_event("POST /v1/admin/products", principal=ADMIN, body=body), None)
        assert (response["statusCode"], answer_of(response)["code"]) == (409, code)
    other = create(mug("other", variant("OTHER")))
    taken = patch(other, variants=[variant("OTHER"), variant("MUG-RED")])
    assert (taken["statusCode"], answer_of(taken)["code"]) == (409, "sku_taken")


def test_a_retired_sku_comes_back_with_its_stock(shop: Aws) -> None:
    made = create(mug("mug", variant("A"), variant("B")))
    adjust("B", 3)
    without = answer_of(patch(made, variants=[variant("A")]))
    again = answer_of(patch(without, variants=[variant("A"), variant("B", 500)]))
    assert [(each["sku"], each["available"]) for each in again["variants"]] == [("A", 0), ("B", 3)]


def test_a_sku_that_was_retired_so_long_ago_that_it_is_forgotten_comes_back_with_its_stock(
    shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "MAX_RETIRED", 2)
    made = create(mug("mug", variant("A"), variant("B")))
    create(mug("other", variant("OTHER")))
    adjust("B", 3)
    for sku in ("C", "D", "E"):
        made = answer_of(patch(made, variants=[variant("A"), variant(sku)]))
    taken = patch(made, variants=[variant("A"), variant("OTHER")])
    assert (taken["statusCode"], answer_of(taken)["code"]) == (409, "sku_taken")
    again = answer_of(patch(made, variants=[variant("B", 500), variant("F")]))
    assert [(each["sku"], each["available"]) for each in again["variants"]] == [("B", 3), ("F", 0)]


def test_all_variants_can_be_replaced_at_once(shop: Aws) -> None:
    made = create(mug("mug", *(variant(f"OLD-{number}") for number in range(40))))
    new = [variant(f"NEW-{number}", title=f"kind {number}") for number in range(40)]
    changed = patch(made, title="Other words entirely here", category="office", variants=new)
    assert changed["statusCode"] == 200
    assert slugs(q="new-39") == slugs(q="kind entirely") == ["mug"]
    assert slugs(q="old-39") == slugs(q="stoneware") == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"price": {"amount": 100, "currency": "USD"}}, "/variants/0/price/currency"),
        ({"price": {"amount": "100", "currency": "EUR"}}, "/variants/0/price/amount"),
        ({"price": {"amount": True, "currency": "EUR"}}, "/variants/0/price/amount"),
        ({"price": {"amount": -1, "currency": "EUR"}}, "/variants/0/price/amount"),
        ({"compare_at_price": {"amount": 1, "currency": "EUR"}}, "/variants/0/compare_at_price"),
        ({"available": 3}, "/variants/0/available"),
        ({"sku": "no spaces"}, "/variants/0/sku"),
    ],
)
def test_a_variant_that_makes_no_sense_is_refused_by_its_place(shop: Aws, change: dict[str, Any], pointer: str) -> None:
    body = mug("mug", variant(sku="MUG-RED") | change)
    response = api.handler(http_event("POST /v1/admin/products", principal=ADMIN, body=body), None)
    assert response["statusCode"] == 422
    assert [error["pointer"] for error in answer_of(response)["errors"]] == [pointer]
    assert shop.items("CatalogTable") == []


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "available", "pk", "retired_skus"])
def test_what_the_server_sets_is_not_taken_from_a_body(shop: Aws, field: str) -> None:
    body = mug() | {field: 1}
    response = api.handler(http_event("POST /v1/admin/products", principal=ADMIN, body=body), None)
    assert response["statusCode"] == 422


def test_null_is_no_value_of_a_field(shop: Aws) -> None:
    made = create(mug())
    refused = patch(made, title=None)
    assert refused["statusCode"] == 422


def test_only_admins_change_products(shop: Aws) -> None:
    for principal in (customer(), staff(Role.WAREHOUSE), staff(Role.SUPPORT)):
        response = api.handler(http_event("POST /v1/admin/products", principal=principal, body=mug()), None)
        assert response["statusCode"] == 403


def shelf() -> None:
    for number, (slug, title, category, amount) in enumerate(
        [
            ("mug", "Stoneware mug", "kitchen", 1290),
            ("bowl", "Stoneware bowl", "kitchen", 1890),
            ("lamp", "Desk lamp", "office", 4900),
            ("cafe", "Café mug", "office", 990),
        ]
    ):
        create(mug(slug, variant(f"SKU-{number}", amount), title=title, category=category))


def test_products_are_sorted_filtered_and_found_by_words(shop: Aws) -> None:
    shelf()
    assert slugs(sort="price_asc") == ["cafe", "mug", "bowl", "lamp"]
    assert slugs(sort="price_desc") == ["lamp", "bowl", "mug", "cafe"]
    assert slugs(category="office", sort="price_asc") == ["cafe", "lamp"]
    assert set(slugs(min_price="1000", max_price="1890")) == {"mug", "bowl"}
    assert slugs(min_price="1000", max_price="1890", sort="price_asc") == ["mug", "bowl"]
    assert set(slugs(q="STONEWARE")) == {"mug", "bowl"}
    assert slugs(q="stoneware mug") == ["mug"]
    assert slugs(q="cafe") == slugs(q="Café") == ["cafe"]
    assert slugs(q="mug", category="office") == ["cafe"]
    assert slugs(q="nothing") == slugs(q="!?") == []


def test_the_best_match_comes_first_and_slips_are_forgiven(shop: Aws) -> None:
    shelf()
    create(mug("set", variant("SET", 3000), title="Mug rack set", description="Holds every bowl you own."))
    create(mug("plain", variant("PLAIN", 3000), title="Mug"))
    assert slugs(q="mug") == ["plain", "set", "cafe", "mug"]
    assert slugs(q="mug", sort="newest") == ["plain", "set", "cafe", "mug"]
    assert slugs(q="mug", sort="price_asc") == ["cafe", "mug", "set", "plain"]
    assert slugs(q="bow") == ["bowl", "set"]
    assert slugs(q="stonewear") == slugs(q="stnoeware") == ["bowl", "mug"]
    assert slugs(q="lmap") == slugs(q="lam") == ["lamp"]
    assert slugs(q="sku-2") == ["lamp"]


def test_facets_count_the_categories_of_what_was_asked_for(shop: Aws) -> None:
    shelf()
    assert products()["facets"]["categories"] == [
        {"category": "kitchen", "count": 2},
        {"category": "office", "count": 2},
    ]
    assert products(q="mug", category="office")["facets"]["categories"] == [
        {"category": "kitchen", "count": 1},
        {"category": "office", "count": 1},
    ]
    assert products(q="stonewear", max_price="1500")["facets"]["prices"] == [{"low": 1000, "high": 2500, "count": 2}]
    listed = answer_of(api.handler(http_event("GET /v1/categories"), None))
    kitchen: dict[str, Any] = {"slug": "kitchen", "title": "Kitchen", "parent": None, "products": 2, "children": []}
    assert listed["items"][0] == kitchen


@pytest.mark.parametrize("query", [{}, {"sort": "price_asc"}, {"q": "mug"}, {"min_price": "0"}, {"in_stock": "true"}])
def test_pages_follow_on_without_gap_or_repetition(shop: Aws, query: dict[str, str]) -> None:
    for number in range(7):
        create(mug(f"mug-{number}", variant(f"SKU-{number}", 100 + number % 3)))
        if number % 2:
            adjust(f"SKU-{number}", 1)
    expected = sorted(slugs(**query))
    assert len(expected) == (3 if "in_stock" in query else 7)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = products(limit="2", **query, **cursor)
        seen += [product["slug"] for product in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == expected
    assert len(set(seen)) == len(seen)


def test_a_cursor_is_good_for_its_own_list_only(shop: Aws) -> None:
    shelf()
    cursor = products(limit="1")["next_cursor"]
    response = api.handler(http_event("GET /v1/products", query={"category": "office", "cursor": cursor}), None)
    assert (response["statusCode"], answer_of(response)["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("query", [{"sort": "random"}, {"min_price": "-1"}, {"limit": "101"}, {"page": "2"}, {"q": ""}])
def test_a_query_that_means_nothing_is_refused(shop: Aws, query: dict[str, str]) -> None:
    assert api.handler(http_event("GET /v1/products", query=query), None)["statusCode"] == 422


def categories(method: str, body: Any = None, version: int | None = None) -> dict[str, Any]:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    event = http_event(f"{method} /v1/admin/categories", principal=ADMIN, body=body, headers=headers)
    response: dict[str, Any] = api.handler(event, None)
    return response


def test_categories_are_a_tree_and_a_category_is_found_with_its_descendants(shop: Aws) -> None:
    for slug, category in ("mug", "mugs"), ("plate", "kitchen"), ("spade", "garden"):
        create(mug(slug, variant(slug.upper()), category=category))
    assert answer_of(categories("GET")) == {"items": [], "version": 0}
    items = [
        {"slug": "home", "title": "Home"},
        {"slug": "mugs", "title": "Mugs", "parent": "kitchen"},
        {"slug": "kitchen", "title": "Kitchen", "parent": "home"},
        {"slug": "office", "title": "Office"},
    ]
    made = categories("PUT", {"items": items}, 0)
    assert (made["statusCode"], made["headers"]["ETag"]) == (200, '"1"')
    assert categories("PUT", {"items": items}, 0)["statusCode"] == 412
    assert categories("PUT", {"items": [{"slug": "a", "title": "A", "parent": "a"}]}, 1)["statusCode"] == 422
    assert categories("PUT", {"items": items[:0]})["statusCode"] == 428
    shown = answer_of(api.handler(http_event("GET /v1/categories"), None))["items"]
    assert [(each["slug"], each["products"]) for each in shown] == [("home", 2), ("garden", 1)]
    assert shown[0]["children"][0]["children"][0] == {
        "slug": "mugs",
        "title": "Mugs",
        "parent": "kitchen",
        "products": 1,
        "children": [],
    }
    assert sorted(slugs(category="home")) == sorted(slugs(category="kitchen", q="mug")) == ["mug", "plate"]
    assert slugs(category="mugs", sort="price_asc") == ["mug"]
    assert slugs(category="office") == []
    assert categories("PUT", {"items": items[:1]}, 1)["headers"]["ETag"] == '"2"'
