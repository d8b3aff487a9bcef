"""Routes are matched by API Gateway's priorities."""

import pytest

from scripts.local.front.routes import RouteTable
from scripts.local.template.model import Route

KEYS = (
    "$default",
    "ANY /pets/{proxy+}",
    "GET /pets",
    "GET /pets/{id}",
    "GET /pets/dog",
    "ANY /pets/dog",
    "GET /pets/{id}/toys",
    "GET /pets/dog/{toy}",
    "POST /pets/{id}/toys/{rest+}",
    "GET /",
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/", "GET /", {}),
        ("GET", "/pets", "GET /pets", {}),
        ("GET", "/pets/", "$default", {}),
        ("GET", "/pets/dog", "GET /pets/dog", {}),
        ("PUT", "/pets/dog", "ANY /pets/dog", {}),
        ("GET", "/pets/Dog", "GET /pets/{id}", {"id": "Dog"}),
        ("GET", "/pets/cat", "GET /pets/{id}", {"id": "cat"}),
        ("PUT", "/pets/cat", "ANY /pets/{proxy+}", {"proxy": "cat"}),
        ("GET", "/pets/dog/toys", "GET /pets/dog/{toy}", {"toy": "toys"}),
        ("GET", "/pets/cat/toys", "GET /pets/{id}/toys", {"id": "cat"}),
        ("GET", "/pets/cat/toys/1", "ANY /pets/{proxy+}", {"proxy": "cat/toys/1"}),
        ("POST", "/pets/cat/toys/1/2", "POST /pets/{id}/toys/{rest+}", {"id": "cat", "rest": "1/2"}),
        ("POST", "/pets/cat/toys", "ANY /pets/{proxy+}", {"proxy": "cat/toys"}),
        ("GET", "/nothing", "$default", {}),
        ("DELETE", "/", "$default", {}),
        ("GET", "//pets", "$default", {}),
        ("GET", "/pets//toys", "ANY /pets/{proxy+}", {"proxy": "/toys"}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    match = RouteTable(Route(known, "F", None) for known in KEYS).match(method, path)
    assert match is not None
    assert (match.route.key, match.parameters) == (key, parameters)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_template_does_not_matter(order: int) -> None:
    table = RouteTable(Route(known, "F", None) for known in KEYS[::order])
    match = table.match("GET", "/pets/dog")
    assert match is not None
    assert match.route.key == "GET /pets/dog"


def test_without_a_default_route_there_may_be_no_match() -> None:
    assert RouteTable([Route("GET /pets", "F", None)]).match("POST", "/pets") is None
