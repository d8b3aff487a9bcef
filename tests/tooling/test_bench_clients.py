"""The benchmarks' shoppers wait as people's browsers and apps do, and their first requests reach every door."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from scripts.benchmarks.client import LONGEST_PAUSE_SECONDS, Client, code_of
from scripts.benchmarks.load import Load, Visitor
from scripts.benchmarks.running import RunningShop
from scripts.benchmarks.start import doors, headers_of, knock
from scripts.local.front.payload import Request
from scripts.local.front.sigv4 import verify
from scripts.local.template.model import Authorizer, Credentials, Function, HttpApi, Route, Stack


class Script:
    """Answers one after the other, and remembers what was asked and how long was waited."""

    def __init__(self, answers: Sequence[httpx.Response], chance: float = 1.0) -> None:
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []
        self._answers = list(answers)
        transport = httpx.MockTransport(self._answer)
        self.client = Client("http://shop", transport=transport, sleep=self.waited.append, chance=lambda: chance)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers.pop(0)


def refused(code: str) -> httpx.Response:
    return httpx.Response(409, json={"code": code})


def test_who_is_told_how_long_to_wait_waits_that_long() -> None:
    script = Script([httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200)])
    assert script.client.send("GET", "/").status_code == 200
    assert script.waited == [7.0]
    assert script.client.statuses == [429, 200]


def test_who_is_not_told_waits_longer_each_time_up_to_a_bound_and_never_like_the_others() -> None:
    waits = {}
    for chance in (0.0, 1.0):
        script = Script([*(httpx.Response(429) for _ in range(12)), httpx.Response(200)], chance)
        script.client.send("GET", "/")
        waits[chance] = script.waited
    assert waits[1.0][:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert waits[1.0][-1] == LONGEST_PAUSE_SECONDS
    assert waits[0.0] == pytest.approx([longest / 2 for longest in waits[1.0]])


def test_who_signs_in_at_a_busy_shop_asks_again_and_who_is_refused_hears_it_at_once() -> None:
    script = Script([httpx.Response(503), httpx.Response(503), httpx.Response(200, json={"access_token": "t"})])
    script.client.sign_in("/v1/auth/guest")
    assert script.waited == pytest.approx([0.1, 0.2])
    assert script.client.http.headers["Authorization"] == "Bearer t"
    refusing = Script([httpx.Response(401, json={"code": "invalid_credentials"})])
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        refusing.client.sign_in("/v1/auth/login")


def test_a_shopper_whose_checkout_is_under_way_waits_before_the_same_order_is_sent_again() -> None:
    quote = {"shipping_methods": [{"id": "standard"}], "totals": {"total": {"amount": 1, "currency": "EUR"}}}
    script = Script(
        [
            httpx.Response(201, json={"access_token": "t"}),
            httpx.Response(200, json={"items": [{"slug": "a", "variants": [{"sku": "A", "available": 10}]}]}),
            httpx.Response(200, json={}),
            httpx.Response(200, json=quote),
            refused("checkout_in_progress"),
            refused("checkout_in_progress"),
            httpx.Response(201, json={"id": "ord_1"}),
        ]
    )
    load = Load(1, 60.0)
    visitor = Visitor(load, "http://shop", "Bearer t", seed=1, guest=script.client)
    visitor._checkout()
    assert script.waited == pytest.approx([0.1, 0.2])
    orders = script.asked[-3:]
    assert {request.url.path for request in orders} == {"/v1/orders"}
    assert len({request.headers["Idempotency-Key"] for request in orders}) == 1
    assert load.refused == {"checkout_in_progress": 2}


def test_an_answer_of_500_is_counted_and_the_load_goes_on() -> None:
    script = Script(
        [
            httpx.Response(201, json={"access_token": "t"}),
            httpx.Response(200, json={"items": [{"slug": "roll", "variants": []}]}),
            httpx.Response(500, text="no"),
            httpx.Response(200, json={}),
        ]
    )
    load = Load(2, 60.0)
    visitor = Visitor(load, "http://shop", "Bearer t", seed=1, guest=script.client)
    visitor.run(("browse",))
    assert len(script.asked) == 4
    ((told, count),) = load.failed.items()
    assert (told.endswith(": no"), count) == (True, 1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(201, json={}), ""),
        (refused("conflict"), "conflict"),
        (httpx.Response(429, json={"message": "Too Many Requests"}), "429"),
        (httpx.Response(502, text="<html>"), "502"),
    ],
)
def test_what_an_answer_says_went_wrong(answer: httpx.Response, code: str) -> None:
    assert code_of(answer) == code


def test_of_a_shop_s_log_the_complaints_are_shown(tmp_path: Path) -> None:
    lines = [
        json.dumps({"level": "INFO", "message": 'PublicApi GET "/v1/products" 200 12.3 ms'}),
        json.dumps({"level": "INFO", "message": 'PublicApi GET "/v1/products" 500 12.3 ms'}),
        json.dumps({"level": "WARNING", "message": "Task timed out"}),
        "Traceback",
    ]
    (tmp_path / "log").write_text("\n".join(lines), "utf-8")
    assert RunningShop("", 0, [], 0.0, tmp_path / "log").complaints() == lines[1:]


def function(id_: str, *, may_call: str = "arn:aws:s3:::nothing") -> Function:
    policy = ({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": may_call},)
    keys = Credentials(f"key of {id_}".replace(" ", "-"), "secret", f"arn:aws:iam::1:role/{id_}", "token", policy)
    return Function(id_, id_, "", "", Path(), (), {}, 10, 512, keys)


def api(id_: str, *routes: Route, authorizers: Sequence[Authorizer] = ()) -> HttpApi:
    return HttpApi(id_, id_.lower(), 4000, routes, {one.name: one for one in authorizers}, None, None)


@pytest.fixture
def stack() -> Stack:
    gate = Authorizer("Gate", "Authorizer", ("$request.header.Authorization",), 300)
    public = api(
        "Public",
        Route("$default", "Storefront", None),
        Route("GET /", "Storefront", None),
        Route("POST /v1/orders", "Orders", "Gate"),
        Route("GET /v1/orders/health", "Orders", None),
        authorizers=[gate],
    )
    internal = api("Internal", Route("PUT /internal/carts/{owner}/claim", "Cart", "AWS_IAM"))
    caller = function("Orders", may_call="arn:aws:execute-api:eu-west-1:1:internal/*/PUT/internal/carts/*")
    everything = [function("Storefront"), caller, function("Cart"), function("Authorizer"), function("Relay")]
    return Stack(
        name="minishop",
        region="eu-west-1",
        account="1",
        endpoint="",
        parameters={},
        functions={one.id: one for one in everything},
        apis={one.id: one for one in (public, internal)},
        queue_sources=(),
        stream_sources=(),
        schedules=(),
        rules=(),
    )


def test_each_function_with_an_http_door_is_asked_once_and_the_authorizer_too(stack: Stack) -> None:
    assert {name: route.key for name, _, route in doors(stack)} == {
        "Storefront": "GET /",
        "Orders": "GET /v1/orders/health",
        "Cart": "PUT /internal/carts/{owner}/claim",
        "Authorizer": "POST /v1/orders",
    }


def test_an_internal_request_is_signed_by_a_role_that_may_make_it(stack: Stack) -> None:
    (door,) = [one for one in doors(stack) if one[0] == "Cart"]
    url = "http://127.0.0.1:4000/internal/carts/nobodys-1/claim"
    headers = headers_of(stack, *door[1:], "PUT", url)
    assert "Credential=key-of-Orders/" in headers["Authorization"]
    (open_door,) = [one for one in doors(stack) if one[0] == "Storefront"]
    assert headers_of(stack, *open_door[1:], "GET", "http://127.0.0.1:4000/").keys() == {
        "Content-Type",
        "Authorization",
    }


@pytest.mark.parametrize(("status", "measured"), [(200, True), (404, True), (403, False), (503, False)])
def test_a_first_request_that_did_not_reach_its_function_is_not_measured(
    stack: Stack, status: int, *, measured: bool
) -> None:
    (door,) = [one for one in doors(stack) if one[0] == "Cart"]
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status))) as http:
        if measured:
            assert knock(http, stack, *door[1:]) > 0
        else:
            with pytest.raises(httpx.HTTPStatusError):
                knock(http, stack, *door[1:])


@pytest.mark.parametrize("key", ["GET /internal/carts/{owner}", "PUT /internal/carts/{owner}/claim"])
def test_the_gate_takes_the_signature_of_what_is_sent(stack: Stack, key: str) -> None:
    caller = function("Orders", may_call="arn:aws:execute-api:eu-west-1:1:internal/*")
    stack = replace(stack, functions={**stack.functions, "Orders": caller})
    (door,) = [one for one in doors(stack) if one[0] == "Cart"]
    signers: list[str] = []

    def check(request: httpx.Request) -> httpx.Response:
        path, headers, now = request.url.raw_path.decode(), tuple(request.headers.multi_items()), datetime.now(UTC)
        came = Request(request.method, path, "", headers, request.content, "127.0.0.1", "1", now)
        signers.append(verify(came, stack.region, lambda _: caller.credentials, now).access_key)
        return httpx.Response(404)

    with httpx.Client(transport=httpx.MockTransport(check)) as http:
        knock(http, stack, door[1], replace(door[2], key=key))
    assert signers == [caller.credentials.access_key]
