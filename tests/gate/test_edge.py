"""What the front door does for every route alike: origins, headers, limits, throttling, request ids."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from scripts.local.front.throttle import TokenBucket
from tests.contract.template import resources
from tests.gate.cloud import Cloud
from tests.gate.conftest import ORIGIN
from tests.gate.matrix import ROWS, Row
from tests.gate.people import People
from tests.gate.test_matrix import ask
from tests.system.shop import DEADLINE_SECONDS, eventually

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=63072000",
    "referrer-policy": "no-referrer",
}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture(scope="module")
def http(cloud: Cloud) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cloud.url, timeout=DEADLINE_SECONDS) as client:
        yield client


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_answer_of_a_function_carries_the_security_headers_and_a_request_id(
    http: httpx.Client, people: People, row: Row
) -> None:
    answers = [
        ask(http, replace(row, thing=""), people, principal) for principal in ("none", "guest", "owner", "admin")
    ]
    from_functions = [answer for answer in answers if "x-request-id" in answer.headers]
    assert from_functions
    for answer in from_functions:
        assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
        assert "cache-control" in answer.headers
        assert "default-src" in answer.headers["content-security-policy"]
        assert not {"x-powered-by", "set-cookie"} & set(answer.headers)
    assert all(answer.status_code == 401 for answer in answers if answer not in from_functions)


@pytest.mark.parametrize(
    "origin", [ORIGIN, "https://evil.example", ORIGIN + ".evil.example", "null", "http://localhost"]
)
def test_a_browser_may_call_from_the_origin_that_the_parameter_names_and_from_no_other(
    http: httpx.Client, people: People, origin: str
) -> None:
    preflight = http.options("/v1/orders", headers={"Origin": origin, **PREFLIGHT})
    real = http.get("/v1/orders", headers={"Origin": origin, **people.headers("owner")})
    refused = http.get("/v1/orders", headers={"Origin": origin})
    assert (preflight.status_code, real.status_code, refused.status_code) == (204, 200, 401)
    for answer in (preflight, real, refused):
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed == (ORIGIN if origin == ORIGIN else None)
        assert "access-control-allow-credentials" not in answer.headers


def test_what_clients_must_read_and_send_is_open_to_scripts(http: httpx.Client) -> None:
    preflight = http.options("/v1/orders", headers={"Origin": ORIGIN, **PREFLIGHT}).headers
    sent = {name.lower() for name in preflight["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"} <= sent
    read = http.get("/v1/products", headers={"Origin": ORIGIN}).headers["access-control-expose-headers"]
    assert {"etag", "location", "retry-after", "x-request-id"} <= {name.lower() for name in read.split(",")}


BODIES: list[tuple[bytes, int, str]] = [
    (b'"' + b"x" * (64 * 1024 - 2) + b'"', 422, "invalid"),
    (b'"' + b"x" * (64 * 1024 - 1) + b'"', 413, "body_too_large"),
    (b"[" * 32 + b"]" * 32, 422, "invalid"),
    (b"[" * 33 + b"]" * 33, 400, "malformed_body"),
    (b"[" * 60_000, 400, "malformed_body"),
    (b'{"quantity": 1, "quantity": 2}', 400, "malformed_body"),
    (b'{"quantity": NaN}', 400, "malformed_body"),
    (b'{"quantity": 1e999}', 400, "malformed_body"),
    (b'{"quantity": ' + b"1" * 31 + b"}", 400, "malformed_body"),
    (b'{"quantity": "7"}', 422, "invalid"),
    (b'{"quantity": true}', 422, "invalid"),
    (b'{"quantity": 1.5}', 422, "invalid"),
    (b'{"quantity": "\\ud800"}', 400, "malformed_body"),
    (b"\xff\xfe", 400, "malformed_body"),
    (b"", 400, "malformed_body"),
    (b"\x00", 400, "malformed_body"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=lambda value: str(value)[:24])
def test_a_body_has_its_limits(http: httpx.Client, people: People, body: bytes, status: int, code: str) -> None:
    sku = people.things["sku"]
    answer = http.put(f"/v1/cart/items/{sku}", content=body, headers=people.headers("guest"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_ten_megabytes_are_too_much_for_the_gateway(http: httpx.Client, people: People) -> None:
    answer = http.post("/v1/orders", content=b"x" * (10 * 1024 * 1024 + 1), headers=people.headers("guest"))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "offered", ["my-request-0001", "short", "x" * 65, "with blank id", 'quo"te-12345', "a\u00e9b-12345"]
)
def test_a_request_id_is_taken_over_when_it_is_one_and_replaced_when_not(http: httpx.Client, offered: str) -> None:
    answer = http.get("/v1/health", headers=[(b"X-Request-Id", offered.encode("latin-1"))])
    given = answer.headers["x-request-id"]
    good = re.fullmatch(r"[A-Za-z0-9._-]{8,64}", offered) is not None
    assert (given == offered) == good
    assert given


def _take_while_no_time_goes_by(bucket: TokenBucket, take: Callable[[TokenBucket], bool] = TokenBucket.take) -> bool:
    """A bucket that does not fill, however slowly a busy machine asks."""
    bucket._filled_at = bucket._clock()
    return take(bucket)


def test_a_dear_route_is_throttled_by_itself(cloud: Cloud, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dear = "/v1/auth/password/forgot"  # nobody else here needs what this uses up
    limits = cloud.stack.apis["PublicApi"].route_throttles
    assert {"POST /v1/auth/guest", "POST /v1/auth/register", "POST /v1/auth/login", "POST /v1/orders"} <= set(limits)
    burst = limits[f"POST {dear}"].burst

    def ask_dearly(_number: int) -> int:
        return http.post(dear, json={}).status_code

    with monkeypatch.context() as patch, ThreadPoolExecutor(8) as pool:
        patch.setattr(TokenBucket, "take", _take_while_no_time_goes_by)
        statuses = list(pool.map(ask_dearly, range(2 * burst)))
    assert set(statuses) == {422, 429}
    assert statuses.count(422) <= burst
    assert http.get("/v1/products").status_code == 200
    assert http.post("/v1/auth/login", json={}).status_code == 422
    assert eventually(lambda: ask_dearly(0) == 422, what="the bucket to fill again")


def test_the_access_log_names_nobody() -> None:
    settings: Any = resources()["PublicApi"]["Properties"]["AccessLogSettings"]
    written = json.loads(settings["Format"])
    allowed = {"requestId", "routeKey", "status", "responseLatency", "authorizer.principal_id", "error.messageString"}
    assert {value.removeprefix("$context.") for value in written.values()} <= allowed
