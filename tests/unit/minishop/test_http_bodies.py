"""What a body must be."""

import base64

import pytest

from minishop.http import Api, Request
from tests.helpers import answer_of, http_event
from tests.unit.minishop.doors import Door, ThingAnswer, ThingBody, body_route


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
