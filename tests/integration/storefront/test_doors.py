"""The storefront's door, in the environment that the template gives it."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from storefront import api
from storefront.pages import HERE
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws

PAGES = (
    *("/", "/account", "/product", "/cart", "/checkout", "/docs", "/track"),
    *("/order", "/reset-password", "/verify-email"),
)


@pytest.fixture
def shop(aws: Aws) -> Aws:
    aws.use("StorefrontApiFunction")
    return aws


def get(path: str, **options: Any) -> dict[str, Any]:
    return api.handler(http_event(f"GET {path}", **options), None)


def unrouted(method: str, path: str, **options: Any) -> dict[str, Any]:
    """A request that no route of the gateway takes."""
    event = http_event("$default", **options)
    event["rawPath"] = path
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return api.handler(event, None)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_with_a_policy(shop: Aws, path: str) -> None:
    response = get(path)
    assert response["statusCode"] == 200
    assert response["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert response["headers"]["X-Content-Type-Options"] == "nosniff"
    assert response["headers"]["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert response["body"].startswith("<!doctype html>")


@pytest.mark.parametrize("path", [*PAGES[:7], "/openapi.json"])
def test_what_has_not_changed_is_not_sent_again(shop: Aws, path: str) -> None:
    first = get(path)
    assert first["headers"]["Cache-Control"] == "public, max-age=300"
    again = get(path, headers={"If-None-Match": first["headers"]["ETag"]})
    assert (again["statusCode"], again["body"]) == (304, "")
    assert get(path, headers={"If-None-Match": '"another"'})["statusCode"] == 200


@pytest.mark.parametrize("path", ["/order", "/verify-email", "/reset-password"])
def test_an_address_with_a_secret_is_kept_nowhere(shop: Aws, path: str) -> None:
    response = get(path, query={"token": "secret"})
    assert response["headers"]["Cache-Control"] == "no-store"
    assert response["headers"]["Referrer-Policy"] == "no-referrer"
    assert response["body"] == get(path)["body"]


def test_the_document_is_served_as_it_is_kept(shop: Aws) -> None:
    response = get("/openapi.json")
    assert response["headers"]["Content-Type"] == "application/json"
    assert response["body"] == (HERE / "openapi.json").read_text(encoding="utf-8")
    assert answer_of(response)["openapi"] == "3.1.0"


def test_the_gate_is_up(shop: Aws) -> None:
    assert answer_of(get("/v1/health")) == {"status": "ok"}


def test_a_path_that_does_not_exist_is_a_problem(shop: Aws) -> None:
    response = unrouted("GET", "/v1/nothing")
    assert response["statusCode"] == 404
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert answer_of(response) == {
        "type": "urn:minishop:problem:route_not_found",
        "title": "There is nothing at this path",
        "status": 404,
        "detail": "Look the path up at /docs.",
        "instance": "/v1/nothing",
        "code": "route_not_found",
    }


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_at_a_path_that_does_not_exist_is_shown_a_page(shop: Aws) -> None:
    response = unrouted("GET", "/products/old", headers={**BROWSER, "If-None-Match": "*"})
    assert (response["statusCode"], response["headers"]["Cache-Control"]) == (404, "no-store")
    assert response["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert response["headers"]["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "There is nothing here" in response["body"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/nothing", 404), ("POST", "/products/old", 404), ("POST", "/cart", 405)]
)
def test_a_browser_s_other_mistakes_are_problems(shop: Aws, method: str, path: str, status: int) -> None:
    response = unrouted(method, path, headers=BROWSER)
    assert response["statusCode"] == status
    assert response["headers"]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/v1/health"])
def test_the_head_of_a_page_is_its_get_without_the_body(shop: Aws, path: str) -> None:
    whole, head = get(path), unrouted("HEAD", path)
    assert (head["statusCode"], head["body"]) == (200, "")
    assert head["headers"] == whole["headers"] | {"X-Request-Id": head["headers"]["X-Request-Id"]}


def test_the_head_of_another_service_s_path_is_refused(shop: Aws) -> None:
    assert unrouted("HEAD", "/v1/products")["statusCode"] == 405


def test_every_path_of_the_document_refuses_a_method_that_it_does_not_have(shop: Aws) -> None:
    document = json.loads((HERE / "openapi.json").read_text(encoding="utf-8"))
    assert len(document["paths"]) > 10
    for template, operations in document["paths"].items():
        response = unrouted("TRACE", template.replace("{", "").replace("}", ""))
        assert (response["statusCode"], answer_of(response)["code"]) == (405, "method_not_allowed")
        allowed = set(response["headers"]["Allow"].split(", "))
        assert allowed >= {method.upper() for method in operations}


@pytest.mark.parametrize("path", ["/%00", "/../etc/passwd", "/v1/orders/" + "x" * 4000, "/<script>", "//", "/é"])
def test_a_hostile_path_is_told_that_nothing_is_there(shop: Aws, path: str) -> None:
    response = unrouted("GET", path)
    assert response["statusCode"] in {404, 405}
    assert answer_of(response)["instance"] == quote(path)
