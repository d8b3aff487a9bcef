"""Idempotency keys, versions and entity tags at the HTTP door."""

import pytest

from minishop.http import Reply
from tests.helpers import answer_of
from tests.unit.minishop.doors import Door, ThingAnswer


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
        assert again["headers"]["Content-Type"] == "application/json"
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
