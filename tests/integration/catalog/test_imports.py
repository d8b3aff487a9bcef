"""Imports and exports over HTTP, with their files in S3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from catalog import api, schedule
from catalog.files import BucketFiles
from minishop.clock import system
from tests.helpers import answer_of, http_event
from tests.integration.catalog.samples import ADMIN, mug, slugs, variant
from tests.integration.conftest import Aws


def begin() -> dict[str, Any]:
    response = api.handler(http_event("POST /v1/admin/imports", principal=ADMIN), None)
    assert response["statusCode"] == 201
    answer: dict[str, Any] = answer_of(response)
    assert response["headers"]["Location"] == f"/v1/admin/imports/{answer['id']}"
    return answer


def progress(identity: str, **query: str) -> dict[str, Any]:
    event = http_event("GET /v1/admin/imports/{id}", principal=ADMIN, path={"id": identity}, query=query)
    answer: dict[str, Any] = answer_of(api.handler(event, None))
    return answer


def upload(shop: Aws, made: dict[str, Any], *lines: dict[str, Any]) -> None:
    bucket = shop.world.environment("CatalogApiFunction")["CATALOG_BUCKET"]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    shop.client("s3").put_object(Bucket=bucket, Key=made["upload"]["fields"]["key"], Body=body)


def run() -> int:
    return schedule.handler({"task": "work_off_imports"}, None)["work_off_imports"]


def test_a_form_is_signed_for_one_file_of_limited_size(shop: Aws) -> None:
    made = begin()
    fields = made["upload"]["fields"]
    assert fields["key"] == f"imports/{made['id']}.ndjson"
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert (made["status"], made["size"]) == ("waiting", 0)


def test_a_file_is_worked_off_and_every_line_answered(shop: Aws) -> None:
    made = begin()
    assert run() == 0
    assert progress(made["id"])["status"] == "waiting"
    upload(shop, made, *(mug(f"mug-{number}", variant(f"SKU-{number}")) for number in range(120)), {"slug": "x"})
    assert run() == 121
    done = progress(made["id"], limit="100")
    assert (done["status"], done["created"], done["refused"], done["offset"]) == ("done", 120, 1, done["size"])
    seen = list(done["results"]["items"])
    assert len(seen) == 100
    rest = progress(made["id"], limit="100", cursor=done["results"]["next_cursor"])["results"]
    assert rest["next_cursor"] is None
    every = [*seen, *rest["items"]]
    assert [each["line"] for each in every] == list(range(1, 122))
    assert {each["outcome"] for each in every[:-1]} == {"created"}
    assert (every[-1]["code"], every[-1]["errors"][0]["pointer"]) == ("invalid", "/title")
    assert len(slugs(q="stoneware", limit="100")) == 100
    assert run() == 0


@pytest.mark.parametrize("offset", [0, 8, 10**6], ids=["whole", "rest", "beyond its end"])
def test_of_a_file_that_was_replaced_no_line_is_read(shop: Aws, offset: int) -> None:
    made, files = begin(), BucketFiles(system)
    assert files.lines(made["id"], offset, '"there is none"') is None
    upload(shop, made, {"slug": "first"})
    found = files.find(made["id"])
    assert found is not None
    upload(shop, made, {"slug": "second"})
    assert files.lines(made["id"], offset, found.etag) is None


def test_a_file_that_s3_does_not_give_out_is_asked_for_again(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    made = begin()
    upload(shop, made, {"slug": "first"})
    monkeypatch.setenv("CATALOG_BUCKET", "minishop-nobody-s")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        BucketFiles(system).lines(made["id"], 0, '"any"')


def test_what_is_done_again_is_told_in_the_name_of_who_asked(shop: Aws) -> None:
    first, second = begin(), begin()
    for made, price in ((first, 100), (second, 200)):
        upload(shop, made, mug("mug", variant(amount=price)))
        run()
    assert progress(second["id"])["changed"] == 1
    product = next(item for item in shop.items("CatalogTable") if item["sk"]["S"] == "product")
    told = json.loads(product["outbox"]["S"])[0]
    assert told["detail_type"] == "ProductChanged"
    assert told["detail"]["metadata"]["actor"] == ADMIN.id
    assert told["detail"]["metadata"]["correlation_id"] == "request-1"


@pytest.mark.parametrize("limit", ["1", "49", "50", "51"])
def test_pages_of_results_follow_on(shop: Aws, limit: str) -> None:
    made = begin()
    upload(shop, made, *({} for _ in range(105)))
    run()
    lines: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = progress(made["id"], limit=limit, **cursor)["results"]
        lines += [each["line"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert lines == list(range(1, 106))


def test_an_import_that_is_none_is_not_found(shop: Aws) -> None:
    assert progress("imp_none")["code"] == "import_not_found"


def test_an_export_has_all_products_and_is_an_import_again(shop: Aws) -> None:
    first = begin()
    upload(shop, first, *(mug(f"mug-{number}", variant(f"SKU-{number}")) for number in range(3)))
    run()
    response = api.handler(http_event("POST /v1/admin/exports", principal=ADMIN), None)
    made = answer_of(response)
    assert (made["status"], made["download"]) == ("waiting", None)
    assert schedule.handler({"task": "write_exports"}, None) == {"write_exports": 1}
    event = http_event("GET /v1/admin/exports/{id}", principal=ADMIN, path={"id": made["id"]})
    done = answer_of(api.handler(event, None))
    assert (done["status"], done["products"]) == ("done", 3)
    assert f"exports/{made['id']}.ndjson" in done["download"]["url"]
    assert "X-Amz-Signature" in done["download"]["url"]
    bucket = shop.world.environment("CatalogApiFunction")["CATALOG_BUCKET"]
    body = shop.client("s3").get_object(Bucket=bucket, Key=f"exports/{made['id']}.ndjson")["Body"].read()
    second = begin()
    upload(shop, second, *(json.loads(line) for line in body.splitlines()))
    run()
    assert progress(second["id"])["unchanged"] == 3
