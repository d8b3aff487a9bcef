"""Products in bulk, and how shoppers find them."""

import json
from typing import Any

import httpx

from tests.system.shop import DEADLINE_SECONDS, Shop, Shopper


def run_task(shop: Shop, task: str) -> None:
    """Runs a schedule of the catalogue now."""
    ids = [schedule["id"] for schedule in shop.get("/_local/schedules")["items"]]
    (found,) = [identity for identity in ids if identity.startswith("CatalogSchedule") and task in identity]
    response = httpx.post(f"{shop.url}/_local/schedules/{found}/run", timeout=DEADLINE_SECONDS)
    assert response.is_success, response.text


def line(number: int) -> str:
    price = {"amount": 990 + number, "currency": "EUR"}
    variants = [{"sku": f"ZEPPELIN-{number}", "title": "one", "price": price, "weight_grams": 10}]
    return json.dumps(
        {"slug": f"zeppelin-{number}", "title": f"Zeppelin {number}", "category": "toys", "variants": variants}
        | {"status": "published"}
    )


def test_an_uploaded_file_becomes_products_that_are_found_at_once_and_exported(shop: Shop, admin: Shopper) -> None:
    made = admin.call("POST", "/v1/admin/imports", expect=201)
    content = "\n".join([*(line(number) for number in range(60)), "not a product"]).encode()
    upload = made["upload"]
    posted = httpx.post(
        upload["url"], data=upload["fields"], files={"file": ("products.ndjson", content)}, timeout=DEADLINE_SECONDS
    )
    assert posted.is_success, posted.text
    run_task(shop, "WorkOffImports")
    done = admin.call("GET", f"/v1/admin/imports/{made['id']}?limit=100")
    assert (done["status"], done["created"], done["refused"]) == ("done", 60, 1)
    assert done["results"]["items"][60]["code"] == "malformed_body"
    found: list[dict[str, Any]] = []
    for question in ("zeppelin", "zep", "zepelin"):
        found = list(admin.pages(f"/v1/products?q={question}&limit=25"))
        assert len({product["id"] for product in found}) == len(found) == 60
    first = admin.call("GET", "/v1/products?q=zeppelin+59&limit=1")
    assert first["items"][0]["slug"] == "zeppelin-59"
    export = admin.call("POST", "/v1/admin/exports", expect=201)
    run_task(shop, "WriteExports")
    download = admin.call("GET", f"/v1/admin/exports/{export['id']}")["download"]["url"]
    exported = httpx.get(download, timeout=DEADLINE_SECONDS).text.splitlines()
    assert {f"zeppelin-{number}" for number in range(60)} <= {json.loads(each)["slug"] for each in exported}
    for product in found:
        admin.call("DELETE", f"/v1/admin/products/{product['id']}", expect=204)
    assert admin.call("GET", "/v1/products?q=zeppelin")["items"] == []
