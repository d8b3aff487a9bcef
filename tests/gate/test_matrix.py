"""The authorization matrix: every route by principal, each cell asked of the running shop."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.template import routes
from tests.gate.cloud import Cloud
from tests.gate.matrix import INTERNAL, PAST_THE_GATE, PRINCIPALS, ROWS, Row
from tests.gate.people import People
from tests.system.shop import DEADLINE_SECONDS, ROOT, settled

NOBODYS = "nobodys-1"
CELLS = [(row, principal) for row in ROWS for principal in PRINCIPALS]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def http(cloud: Cloud) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cloud.url, timeout=DEADLINE_SECONDS) as client:
        yield client


def ask(http: httpx.Client, row: Row, people: People, principal: str) -> httpx.Response:
    """Sends the row's request, with everything that comes before the body's own sense in good order."""
    method, path = ("GET", "/v1/there/is/no/such/route") if row.key == "$default" else (row.method, row.path)
    thing = people.things[row.thing] if row.thing else NOBODYS
    target = re.sub(r"{\w+}", thing, path) + (f"?{row.query}" if row.query else "")
    headers = {
        **(people.leaving(principal) if row.spends else people.headers(principal)),
        "Idempotency-Key": f"matrix-{next(_numbers)}",
        "If-Match": '"1"',
        "Content-Type": "application/json",
    }
    content = json.dumps(row.body) if method in {"POST", "PUT", "PATCH"} else None
    return settled(lambda: http.request(method, target, headers=headers, content=content), what=f"{method} {target}")


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    public = {route.key for route in routes() if route.api == "PublicApi"}
    assert {row.key for row in ROWS} == public
    assert len(ROWS) == len(public)
    assert set(INTERNAL) == {route.key for route in routes() if route.api == "InternalApi"}


def test_the_document_lists_the_routes_and_says_which_of_them_need_a_token() -> None:
    document: dict[str, Any] = json.loads((ROOT / "functions/storefront/storefront/openapi.json").read_text("utf-8"))
    stated = {
        f"{method.upper()} {path}": bool(operation.get("security"))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert stated.items() <= {row.key: row.may is not None for row in ROWS}.items()
    pages = {f"GET /{name}" for name in ("", "account", "docs", "track", "order", "verify-email", "reset-password")}
    assert {row.key for row in ROWS} - stated.keys() <= pages | {"GET /openapi.json", "$default"}


@pytest.mark.parametrize(("row", "principal"), CELLS, ids=lambda value: getattr(value, "key", value))
def test_a_route_lets_in_whom_it_should(http: httpx.Client, people: People, row: Row, principal: str) -> None:
    response = ask(http, row, people, principal)
    expected = row.expected(principal)
    told = f"{row.key} to {principal}: {response.status_code} {response.text[:300]}"
    if expected == PAST_THE_GATE:
        assert response.status_code not in {401, 403}, told
        assert response.status_code < 500, told
    else:
        assert response.status_code == expected, told


OWNED = [row for row in ROWS if row.thing and row.method == "GET"]


@pytest.mark.parametrize("row", OWNED, ids=lambda row: row.key)
def test_somebody_else_s_thing_is_answered_as_one_that_does_not_exist(
    http: httpx.Client, people: People, row: Row
) -> None:
    answers = []
    for thing in (people.things[row.thing], NOBODYS):
        path = re.sub(r"{\w+}", thing, row.path)
        response = http.get(path, headers=people.headers("other"))
        body = response.json()
        assert body.pop("instance") == path
        answers.append((response.status_code, body, sorted(response.headers)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("key", INTERNAL)
@pytest.mark.parametrize("principal", ["none", "owner", "admin"])
def test_the_public_api_knows_no_internal_route(http: httpx.Client, people: People, key: str, principal: str) -> None:
    method, _, path = key.partition(" ")
    response = http.request(method, re.sub(r"{\w+}", NOBODYS, path), headers=people.headers(principal))
    assert response.status_code == 404


def test_what_has_a_version_is_changed_by_who_has_seen_it_and_read_again_only_when_it_has_changed(
    http: httpx.Client, people: People
) -> None:
    headers = people.headers("other")
    shown = http.get("/v1/me", headers=headers)
    tag = shown.headers["ETag"]
    unchanged = http.get("/v1/me", headers={**headers, "If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag)

    def change(name: str, **precondition: str) -> int:
        return http.patch("/v1/me", headers={**headers, **precondition}, json={"full_name": name}).status_code

    assert change("No precondition") == 428
    stale = ('"999"', "*", "nonsense", '"0", "1"', "")
    assert {change("Stale", **{"If-Match": value}) for value in stale} <= {412, 428}
    assert http.get("/v1/me", headers=headers).json() == shown.json()
    assert change("Seen", **{"If-Match": tag}) == 200
    assert change("Seen twice", **{"If-Match": tag}) == 412
    again = http.get("/v1/me", headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.json()["full_name"]) == (200, "Seen")


def test_the_public_keys_may_be_kept_for_a_while_by_anybody(http: httpx.Client) -> None:
    answer = http.get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert all(set(key) == {"kty", "crv", "alg", "use", "kid", "x", "y"} for key in answer.json()["keys"])
