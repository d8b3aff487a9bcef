"""Pictures of products: uploaded to the bucket by a form, taken in, shown by the API."""

import base64
import json
from typing import Any

import pytest

from catalog import api, schedule
from tests.helpers import answer_of, http_event
from tests.integration.catalog.samples import ADMIN, create, mug, products
from tests.integration.conftest import Aws

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


@pytest.fixture
def product(shop: Aws) -> dict[str, Any]:
    """A mug without pictures."""
    return create(mug("mug", images=[]))


def ask(product: dict[str, Any], content_type: Any = "image/png") -> dict[str, Any]:
    path, body = {"id": product["id"]}, {"content_type": content_type}
    event = http_event("POST /v1/admin/products/{id}/images", principal=ADMIN, path=path, body=body)
    response: dict[str, Any] = api.handler(event, None)
    return response


def upload(shop: Aws, asked: dict[str, Any], content: bytes) -> None:
    fields = asked["upload"]["fields"]
    shop.client("s3").put_object(
        Bucket=shop.world.physical_id("MediaBucket"),
        Key=fields["key"],
        Body=content,
        ContentType=fields["Content-Type"],
    )


def get(image_id: str) -> dict[str, Any]:
    response: dict[str, Any] = api.handler(http_event("GET /v1/images/{id}", path={"id": image_id}), None)
    return response


def test_a_picture_that_was_uploaded_is_among_the_product_s_and_is_shown(shop: Aws, product: dict[str, Any]) -> None:
    asked = answer_of(ask(product))
    assert schedule.handler({"task": "take_images_in"}, None) == {"take_images_in": 0}
    upload(shop, asked, PNG)
    assert schedule.handler({"task": "take_images_in"}, None) == {"take_images_in": 1}
    assert schedule.handler({"task": "take_images_in"}, None) == {"take_images_in": 0}
    assert products()["items"][0]["images"] == [asked["url"]]
    assert asked["url"].endswith(f"/v1/images/{asked['id']}")
    shown = get(asked["id"])
    assert (shown["statusCode"], shown["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(shown["body"]) == PNG
    assert shown["headers"]["Content-Type"] == "image/png"
    assert shown["headers"]["X-Content-Type-Options"] == "nosniff"


def test_the_form_lets_in_one_key_one_kind_and_so_many_bytes(product: dict[str, Any]) -> None:
    fields = answer_of(ask(product))["upload"]["fields"]
    conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
    assert {"Content-Type": "image/png"} in conditions
    assert {"key": fields["key"]} in conditions
    assert ["content-length-range", 1, 4 * 1024 * 1024] in conditions


def test_what_is_no_picture_is_not_shown(shop: Aws, product: dict[str, Any]) -> None:
    asked = answer_of(ask(product))
    upload(shop, asked, b"<html>")
    assert schedule.handler({"task": "take_images_in"}, None) == {"take_images_in": 0}
    assert products()["items"][0]["images"] == []
    assert get(asked["id"])["statusCode"] == get("img_none")["statusCode"] == 404


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", None, 1])
def test_only_pictures_that_carry_no_script_can_be_uploaded(product: dict[str, Any], content_type: Any) -> None:
    assert ask(product, content_type)["statusCode"] == 422
