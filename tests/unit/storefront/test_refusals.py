"""What a request that no route takes is told."""

from typing import Any

import pytest

from minishop.errors import MethodNotAllowedError
from storefront.domain import RouteNotFoundError, refusal

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/": {"get": {}},
        "/openapi.json": {"get": {}},
        "/v1/orders": {"post": {}, "get": {}},
        "/v1/orders/{id}": {"get": {}},
        "/v1/orders/{id}/cancel": {"post": {}},
        "/v1/me/addresses/{id}": {"put": {}, "delete": {}},
    }
}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/", "GET"),
        ("PUT", "/v1/orders", "GET, POST"),
        ("HEAD", "/v1/orders/ord_1", "GET"),
        ("GET", "/v1/orders/ord_1/cancel", "POST"),
        ("GET", "/v1/me/addresses/adr_1", "DELETE, PUT"),
        ("PROPFIND", "/v1/orders/a.b-c_d", "GET"),
    ],
)
def test_a_path_that_takes_other_methods_says_which(method: str, path: str, allow: str) -> None:
    error = refusal(DOCUMENT, method, path)
    assert isinstance(error, MethodNotAllowedError)
    assert error.headers == {"Allow": allow}
    assert error.detail == f"{method} is not possible here; use {allow.replace(', ', ' or ')}."


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/orders/",
        "/v1/orders/ord_1/cancel/twice",
        "/v1/orders//cancel",
        "/v1/ordersX",
        "/openapixjson",
        "/V1/ORDERS",
        "/v1/orders\n",
        "/v1/orders/{id}/nothing",
        "/" + "a" * 5000,
        "",
        "/.*",
    ],
)
def test_at_any_other_path_there_is_nothing(path: str) -> None:
    error = refusal(DOCUMENT, "GET", path)
    assert isinstance(error, RouteNotFoundError)
    assert (error.status, error.code) == (404, "route_not_found")


def test_a_shop_without_routes_has_nothing_anywhere() -> None:
    assert isinstance(refusal({"paths": {}}, "GET", "/"), RouteNotFoundError)
