"""The HTTP door: routes, arguments, answers."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from minishop.errors import (
    NotFoundError,
)
from minishop.http import Api, Reply, Request
from minishop.schemas import PageQuery, QueryModel
from tests.helpers import answer_of, customer, http_event
from tests.unit.minishop.doors import Door, Logged, ThingAnswer, ThingBody, raising


def test_each_verb_declares_its_route() -> None:
    api = Api("things")
    for verb in ("get", "post", "put", "patch", "delete"):
        declare: Callable[..., Any] = getattr(api, verb)
        declare("/v1/things", status=200)(lambda: None)

    assert list(api.routes) == [f"{verb} /v1/things" for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")]
    assert api.routes["PUT /v1/things"].method == "PUT"
    assert api.routes["PUT /v1/things"].path == "/v1/things"


def test_a_route_is_declared_once() -> None:
    api = Api("things")
    api.get("/v1/things")(lambda: None)
    with pytest.raises(ValueError, match="declares GET /v1/things twice"):
        api.get("/v1/things")(lambda: None)


def test_the_route_that_the_gateway_matched_answers() -> None:
    api = Api("things")
    api.get("/v1/things/mine")(lambda: ThingAnswer(name="mine"))

    @api.get("/v1/things/{id}")
    def get_thing(id: str) -> ThingAnswer:
        return ThingAnswer(name=id)

    response = api.handler(http_event("GET /v1/things/{id}", path={"id": "mine"}), None)
    assert answer_of(response) == {"name": "mine", "from": ""}


def test_a_route_that_nobody_declared_is_our_mistake(logged: Logged) -> None:
    response = Api("things").handler(http_event("GET /v1/nowhere"), None)
    assert response["statusCode"] == 500
    assert logged()[0]["exception_name"] == "KeyError"


def test_arguments_are_given_by_name() -> None:
    api = Api("things")

    @api.put("/v1/shops/{shop}/things/{id}")
    def put_thing(id: str, body: ThingBody, query: PageQuery, request: Request) -> ThingAnswer:
        assert request.source_ip == "192.0.2.1"
        assert request.method == "PUT"
        return ThingAnswer(name=f"{id} {body.name} {query.limit}", sender=body.sender)

    event = http_event(
        "PUT /v1/shops/{shop}/things/{id}",
        path={"shop": "not wanted / not looked at", "id": "t1"},
        query={"limit": "3"},
        body={"name": "mug", "from": "ada"},
    )
    assert answer_of(api.handler(event, None)) == {"name": "t1 mug 3", "from": "ada"}


def test_a_query_parameter_that_comes_twice_is_refused_whatever_its_shape() -> None:
    class WordsQuery(QueryModel):
        q: str

    api = Api("things")

    @api.get("/v1/things")
    def get_things(query: WordsQuery) -> ThingAnswer:
        return ThingAnswer(name=query.q)

    event = http_event("GET /v1/things", query={"q": "a,b"})
    assert answer_of(api.handler(event | {"rawQueryString": "q=a%2Cb"}, None))["name"] == "a,b"
    told = answer_of(api.handler(event | {"rawQueryString": "q=a&q=b"}, None))
    assert (told["status"], told["errors"]) == (422, [{"pointer": "/q", "detail": "Send it once"}])


def test_a_path_parameter_that_is_no_identifier_is_not_found() -> None:
    api = Api("things")

    @api.get("/v1/things/{id}")
    def get_thing(id: str) -> ThingAnswer:
        raise AssertionError(id)

    response = api.handler(http_event("GET /v1/things/{id}", path={"id": "../secret"}), None)
    assert (response["statusCode"], answer_of(response)["code"]) == (404, "not_found")


@pytest.mark.parametrize("offered", ["abcdefgh", "A-z_0.9" * 8, "x" * 64])
def test_a_request_id_that_was_sent_is_kept(offered: str, logged: Logged) -> None:
    door = Door()
    response = door(headers={"X-Request-Id": offered})
    assert response["headers"]["X-Request-Id"] == offered
    assert door.seen["correlation"].id == offered
    assert logged()[-1]["correlation_id"] == offered


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "has space", "line\nbreak", "<script>", "ümlaut-id", 'a"b"c"d"e']
)
def test_any_other_request_id_is_replaced(offered: str) -> None:
    response = Door()(headers={"X-Request-Id": offered})
    assert response["headers"]["X-Request-Id"] == "request-1"


def test_header_names_are_read_in_any_case() -> None:
    door = Door("POST /v1/things/{id}", idempotent=True)
    event = http_event(door.key, path={"id": "t1"})
    event["headers"] = {"Idempotency-Key": "k1", "X-Request-ID": "abcdefgh"}
    assert door.api.handler(event, None)["headers"]["X-Request-Id"] == "abcdefgh"
    assert door.seen["request"].idempotency_key == "k1"


def test_the_principal_is_the_actor_of_what_follows() -> None:
    door = Door()
    door(principal=customer("cus_ada", guest="gst_1"))
    assert door.seen["correlation"].actor == "cus_ada"
    assert door.seen["request"].principal.guest == "gst_1"
    door()
    assert door.seen["correlation"].actor == "anonymous"


@pytest.mark.parametrize("part", ["headers", "body", "pathParameters", "queryStringParameters", "authorizer"])
def test_what_an_event_leaves_out_is_not_missed(part: str) -> None:
    event = http_event("GET /v1/things/{id}")
    for place in (event, event["requestContext"]):
        place.pop(part, None)
    assert Door().api.handler(event, None)["statusCode"] == 200
    for place in (event, event["requestContext"]):
        place[part] = None
    assert Door().api.handler(event, None)["statusCode"] == 200


@pytest.mark.parametrize(
    ("declared", "result", "status"),
    [
        (200, None, 204),
        (202, None, 202),
        (200, Reply(None, status=205), 205),
        (200, Reply(None, headers={"Location": "/v1/things/t2"}), 204),
    ],
)
def test_no_body_has_no_content_type(declared: int, result: Any, status: int) -> None:
    door = Door(status=declared)
    door.behaviour = lambda: result
    response = door()
    assert response["statusCode"] == status
    assert "body" not in response
    assert "Content-Type" not in response["headers"]


def test_an_answer_is_json_and_kept_by_nobody() -> None:
    response = Door("POST /v1/things/{id}", status=201)()
    assert response["statusCode"] == 201
    assert json.loads(response["body"]) == {"name": "mug", "from": ""}
    assert response["headers"]["Content-Type"] == "application/json"
    assert response["headers"]["Cache-Control"] == "no-store"


def test_every_answer_carries_the_security_headers() -> None:
    for door in (Door(), raising(NotFoundError("no")), raising(ValueError("no"))):
        headers = door()["headers"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["Referrer-Policy"] == "no-referrer"


def test_bytes_are_answered_in_base64() -> None:
    door = Door(produces="application/pdf")
    door.behaviour = lambda: Reply(b"%PDF\xff", status=202)
    response = door()
    assert response["isBase64Encoded"] is True
    assert base64.b64decode(response["body"]) == b"%PDF\xff"
    assert (response["statusCode"], response["headers"]["Content-Type"]) == (202, "application/pdf")


def test_text_is_answered_as_it_is() -> None:
    door = Door()
    door.behaviour = lambda: Reply("<p>ä</p>", content_type="text/html; charset=utf-8")
    response = door()
    assert (response["body"], response["headers"]["Content-Type"]) == ("<p>ä</p>", "text/html; charset=utf-8")
