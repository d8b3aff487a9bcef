"""The HTTP door."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pydantic import Field
from pynamodb.exceptions import PutError

from minishop import clock
from minishop.correlation import correlation
from minishop.dynamodb import TransactionRefusedError
from minishop.errors import (
    AlreadyExistsError,
    ConcurrentUpdateError,
    FieldError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from minishop.http import Api, Reply, Request
from minishop.identity import SHOPPERS, Role
from minishop.schemas import AnswerModel, PageQuery, RequestModel
from tests.helpers import answer_of, customer, guest, http_event, staff
from tests.times import NOON

Logged = Callable[[], list[dict[str, Any]]]


class ThingBody(RequestModel):
    name: str
    sender: str = Field(default="", alias="from")


class ThingAnswer(AnswerModel):
    name: str
    sender: str = Field(default="", serialization_alias="from")


class Door:
    """An API whose one route does what the test says."""

    def __init__(self, key: str = "GET /v1/things/{id}", **options: Any) -> None:
        self.key = key
        self.api = Api("things")
        self.behaviour: Callable[..., Any] = lambda **_: ThingAnswer(name="mug")
        self.seen: dict[str, Any] = {}

        def route(request: Request) -> Any:
            """Does a thing."""
            self.seen = {"request": request, "correlation": correlation()}
            return self.behaviour()

        self.api.route(key, **options)(route)

    def __call__(self, **options: Any) -> dict[str, Any]:
        return self.api.handler(http_event(self.key, path={"id": "t1"}, **options), None)


def raising(error: Exception) -> Door:
    door = Door()

    def fail() -> None:
        raise error

    door.behaviour = fail
    return door


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


def test_a_path_parameter_that_is_no_identifier_is_not_found() -> None:
    api = Api("things")

    @api.get("/v1/things/{id}")
    def get_thing(id: str) -> ThingAnswer:
        raise AssertionError(id)

    response = api.handler(http_event("GET /v1/things/{id}", path={"id": "../secret"}), None)
    assert (response["statusCode"], answer_of(response)["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("who", "principal", "status"),
    [
        (None, None, 200),
        (None, customer(), 200),
        (SHOPPERS, None, 401),
        (SHOPPERS, guest(), 200),
        (SHOPPERS, customer(), 200),
        (frozenset({Role.ADMIN}), None, 401),
        (frozenset({Role.ADMIN}), guest(), 403),
        (frozenset({Role.ADMIN}), customer(), 403),
        (frozenset({Role.ADMIN}), staff(Role.SUPPORT, Role.WAREHOUSE), 403),
        (frozenset({Role.ADMIN}), staff(Role.ADMIN), 200),
        (frozenset(), staff(*Role), 403),
    ],
)
def test_roles_are_held_against_the_declaration(who: Any, principal: Any, status: int) -> None:
    door = Door(who=who)
    response = door(principal=principal)
    assert response["statusCode"] == status
    assert bool(door.seen) == (status == 200)


def test_a_principal_without_a_known_role_may_nothing() -> None:
    event = http_event("GET /v1/things/{id}", path={"id": "t1"})
    event["requestContext"]["authorizer"] = {"lambda": {"principal_id": "cus_1", "roles": "root,,ADMIN"}}
    assert Door(who=frozenset(Role)).api.handler(event, None)["statusCode"] == 403


ROLE = "arn:aws:sts::123456789012:assumed-role/minishop-orders-api/function"


@pytest.mark.parametrize(
    ("arn", "account", "status"),
    [
        (ROLE, None, 200),
        (ROLE, "123456789012", 200),
        (ROLE.replace("arn:aws:", "arn:aws-us-gov:"), None, 200),
        (ROLE, "999999999999", 403),
        (ROLE.replace("orders-api", "cart-api"), None, 403),
        (ROLE.replace("minishop-", "other-"), None, 403),
        (ROLE.replace("minishop-", ""), None, 403),
        (ROLE.replace("orders-api", "orders-api-2"), None, 403),
        (ROLE.replace("/function", ""), None, 403),
        (ROLE + "/minishop-orders-api/x", None, 403),
        ("arn:aws:iam::123456789012:user/x:assumed-role/minishop-orders-api/bob", None, 403),
        ("arn:aws:iam::123456789012:role/minishop-orders-api", None, 403),
        ("", None, 403),
        (None, None, 403),
    ],
)
def test_an_internal_route_is_for_the_roles_that_it_names(arn: str | None, account: str | None, status: int) -> None:
    door = Door(callers=frozenset({"orders-api", "orders-consumer"}))
    event = http_event(door.key, path={"id": "t1"}, principal=staff(*Role))
    event["requestContext"]["authorizer"]["iam"] = {"userArn": arn}
    if account:
        event["requestContext"]["accountId"] = account
    assert door.api.handler(event, None)["statusCode"] == status


def test_an_internal_route_without_a_signature_is_refused() -> None:
    door = Door(callers=frozenset({"orders-api"}))
    for authorizer in ({}, None, {"iam": None}):
        event = http_event(door.key, path={"id": "t1"})
        event["requestContext"]["authorizer"] = authorizer
        assert door.api.handler(event, None)["statusCode"] == 403


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


@pytest.mark.parametrize("key", ["k", "~" * 255])
def test_an_idempotency_key_reaches_the_route(key: str) -> None:
    door = Door("POST /v1/things/{id}", idempotent=True)
    assert door(headers={"Idempotency-Key": key})["statusCode"] == 200
    assert door.seen["request"].idempotency_key == key


@pytest.mark.parametrize(
    "headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "a b"}, {"Idempotency-Key": "k" * 256}]
)
def test_a_missing_idempotency_key_is_asked_for(headers: dict[str, str]) -> None:
    response = Door("POST /v1/things/{id}", idempotent=True)(headers=headers)
    assert (response["statusCode"], answer_of(response)["code"]) == (400, "idempotency_key_required")


def test_if_match_reaches_the_route() -> None:
    door = Door("PUT /v1/things/{id}", if_match=True)
    assert door(headers={"If-Match": '"7"'})["statusCode"] == 200
    assert door.seen["request"].expected_version == 7


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 428, "if_match_required"),
        ({"If-Match": "*"}, 412, "stale_version"),
        ({"If-Match": "7"}, 412, "stale_version"),
    ],
)
def test_a_write_needs_the_version_that_was_read(headers: dict[str, str], status: int, code: str) -> None:
    response = Door("PUT /v1/things/{id}", if_match=True)(headers=headers)
    assert (response["statusCode"], answer_of(response)["code"]) == (status, code)


def test_a_version_is_an_etag_and_the_same_again_is_a_304() -> None:
    door = Door()
    door.behaviour = lambda: Reply(ThingAnswer(name="mug"), version=3, headers={"Cache-Control": "max-age=60"})
    response = door()
    assert (response["statusCode"], response["headers"]["ETag"]) == (200, '"3"')
    for header in ('"3"', 'W/"3"', '"1", "3"', "*"):
        again = door(headers={"If-None-Match": header})
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["ETag"] == '"3"'
        assert again["headers"]["Cache-Control"] == "max-age=60"
        assert "Content-Type" not in again["headers"]
    for header in ('"33"', '"2"', "3", ""):
        assert door(headers={"If-None-Match": header})["statusCode"] == 200


def test_an_etag_of_the_route_s_own_is_compared_too() -> None:
    door = Door()
    door.behaviour = lambda: Reply(ThingAnswer(name="mug"), headers={"ETag": '"abc"'})
    assert door(headers={"If-None-Match": '"abc"'})["statusCode"] == 304
    assert door(headers={"If-None-Match": '"abd"'})["statusCode"] == 200


def test_only_a_get_is_answered_with_304() -> None:
    door = Door("POST /v1/things/{id}")
    door.behaviour = lambda: Reply(ThingAnswer(name="mug"), version=3)
    assert door(headers={"If-None-Match": '"3"'})["statusCode"] == 200


def test_what_has_no_version_is_never_a_304() -> None:
    assert Door()(headers={"If-None-Match": "*"})["statusCode"] == 200


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


def body_route() -> Api:
    api = Api("things")

    @api.post("/v1/things")
    def post_thing(body: ThingBody) -> ThingAnswer:
        return ThingAnswer(name=body.name)

    return api


def test_a_body_in_base64_is_decoded() -> None:
    event = http_event("POST /v1/things", raw=base64.b64encode('{"name": "tä"}'.encode()).decode())
    event["isBase64Encoded"] = True
    assert answer_of(body_route().handler(event, None))["name"] == "tä"


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (None, 400, "malformed_body"),
        ("", 400, "malformed_body"),
        ("{", 400, "malformed_body"),
        ('"\ud800"', 400, "malformed_body"),
        ("ä" * 40_000, 413, "body_too_large"),
        ("[]", 422, "invalid"),
        ('{"name": 7}', 422, "invalid"),
    ],
)
def test_a_body_that_will_not_do_is_refused(raw: str | None, status: int, code: str) -> None:
    response = body_route().handler(http_event("POST /v1/things", raw=raw), None)
    assert (response["statusCode"], answer_of(response)["code"]) == (status, code)


@pytest.mark.parametrize(
    ("raw", "status", "said"),
    [
        (None, 200, "nothing"),
        ("", 200, "nothing"),
        ('{"name": "mug"}', 200, "mug"),
        ("{}", 422, None),
        ("{", 400, None),
    ],
)
def test_a_body_that_may_be_left_out_is_held_to_its_model_when_it_is_there(
    raw: str | None, status: int, said: str | None
) -> None:
    api = Api("things")

    @api.post("/v1/things")
    def post_thing(body: ThingBody | None) -> ThingAnswer:
        return ThingAnswer(name=body.name if body else "nothing")

    response = api.handler(http_event("POST /v1/things", raw=raw), None)
    assert (response["statusCode"], answer_of(response).get("name")) == (status, said)
    assert api.routes["POST /v1/things"].body is ThingBody


def test_a_refusal_is_a_problem_object(logged: Logged) -> None:
    class ShortError(InvalidError):
        code = "short"
        title = "Too short"

    error = ShortError(
        "Send more.", errors=(FieldError("/a", "is short"),), extra={"missing": 3}, headers={"X-More": "1"}
    )
    response = raising(error)()
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert response["headers"]["Cache-Control"] == "no-store"
    assert response["headers"]["X-More"] == "1"
    assert answer_of(response) == {
        "type": "urn:minishop:problem:short",
        "title": "Too short",
        "status": 422,
        "detail": "Send more.",
        "instance": "/v1/things/t1",
        "code": "short",
        "missing": 3,
        "errors": [{"pointer": "/a", "detail": "is short"}],
    }
    (line,) = logged()
    assert (line["level"], line["status"], line["code"]) == ("INFO", 422, "short")


def test_a_problem_without_fields_has_no_list_of_them() -> None:
    response = raising(MethodNotAllowedError("Use GET."))()
    assert response["statusCode"] == 405
    assert "errors" not in answer_of(response)


def test_who_comes_too_often_is_told_when_to_come_back() -> None:
    response = raising(ThrottledError("Slow down.", retry_after=17))()
    assert (response["statusCode"], response["headers"]["Retry-After"]) == (429, "17")


@pytest.mark.parametrize(
    "error",
    [ConcurrentUpdateError("email#ada"), TransactionRefusedError(("email#ada",)), AlreadyExistsError("email#ada")],
)
def test_a_lost_race_is_a_conflict_and_names_no_key(error: Exception) -> None:
    response = raising(error)()
    assert (response["statusCode"], answer_of(response)["code"]) == (409, "conflict")
    assert "ada" not in response["body"]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "PutItem"),
        EndpointConnectionError(endpoint_url="https://secret.example"),
        PutError("secret"),
    ],
)
def test_an_aws_that_does_not_answer_is_a_503_to_try_again(error: Exception, logged: Logged) -> None:
    response = raising(error)()
    assert (response["statusCode"], response["headers"]["Retry-After"]) == (503, "1")
    assert answer_of(response)["code"] == "unavailable"
    assert "secret" not in response["body"]
    assert "secret" not in json.dumps(logged())


def test_an_unavailable_neighbour_may_say_when_to_try_again() -> None:
    response = raising(UnavailableError("Later.", headers={"Retry-After": "30"}))()
    assert response["headers"]["Retry-After"] == "30"


def test_a_mistake_of_ours_tells_nothing_and_is_logged_by_its_place(logged: Logged) -> None:
    response = raising(ValueError("ada@minishop.test has token eyJ"))(headers={"X-Request-Id": "findme-123"})
    assert (response["statusCode"], answer_of(response)["code"]) == (500, "internal_error")
    failed, request = logged()
    for text in (response["body"], json.dumps(failed), json.dumps(request)):
        assert "ada@" not in text
        assert "eyJ" not in text
    assert failed["exception_name"] == "ValueError"
    assert "test_http.py" in failed["exception"]
    assert failed["correlation_id"] == request["correlation_id"] == "findme-123"
    assert (request["status"], request["code"]) == (500, "internal_error")


def test_an_answer_that_cannot_be_rendered_is_a_mistake_of_ours() -> None:
    door = Door()
    door.behaviour = lambda: ThingAnswer(name="\ud800")
    assert door()["statusCode"] == 500


def test_a_request_that_went_well_is_one_line(logged: Logged) -> None:
    Door()(principal=customer("cus_ada"))
    (line,) = logged()
    assert (line["message"], line["route"], line["status"]) == ("request", "GET /v1/things/{id}", 200)
    assert line["duration_ms"] >= 0
    assert "code" not in line


def test_the_same_json_has_the_same_fingerprint_however_it_is_written() -> None:
    def fingerprint(raw: str | None, key: str = "POST /v1/things/{id}", thing: str = "t1") -> str:
        door = Door(key)
        door.api.handler(http_event(key, path={"id": thing}, raw=raw), None)
        request: Request = door.seen["request"]
        return request.fingerprint

    same = fingerprint('{"a": 1, "b": [1.5, "ä"]}')
    assert fingerprint('{"b":[1.5,"\\u00e4"],"a":1}') == same
    others = {
        fingerprint('{"a": 1, "b": ["ä", 1.5]}'),
        fingerprint('{"a": "1", "b": [1.5, "ä"]}'),
        fingerprint('{"a": 1, "b": [1.5, "ä"]}', thing="t2"),
        fingerprint('{"a": 1, "b": [1.5, "ä"]}', key="PUT /v1/things/{id}"),
        fingerprint(None),
        fingerprint('""'),
        same,
    }
    assert len(others) == 7


def test_what_the_gateway_remembers_of_an_expired_token_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.system, "source", lambda: NOON)
    door = Door(who=SHOPPERS)
    fresh = customer(expires_at=int(NOON.timestamp()) + 1)
    assert door(principal=fresh)["statusCode"] == 200
    expired = customer(expires_at=int(NOON.timestamp()))
    refused = door(principal=expired)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (401, "unauthenticated")
