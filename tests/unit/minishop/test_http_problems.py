"""Refusals, failures and what is logged of them."""

import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import PutError

from minishop.dynamodb import TransactionRefusedError
from minishop.errors import (
    AlreadyExistsError,
    ConcurrentUpdateError,
    FieldError,
    InvalidError,
    MethodNotAllowedError,
    ThrottledError,
    UnavailableError,
)
from tests.helpers import answer_of, customer, http_event
from tests.unit.minishop.doors import Door, Logged, ThingAnswer, raising


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


def test_a_request_that_is_wrong_as_a_whole_says_so_in_the_list_of_errors() -> None:
    told = answer_of(raising(InvalidError("Send a fresh key."))())
    assert told["errors"] == [{"pointer": "", "detail": "Send a fresh key."}]


@pytest.mark.parametrize(("sent", "instance"), [("t 1", "t%201"), ("\x00é", "%00%C3%A9"), ("a:b@c", "a:b@c")])
def test_the_instance_of_a_problem_is_an_address(sent: str, instance: str) -> None:
    event = http_event("GET /v1/things/{id}", path={"id": sent})
    assert answer_of(raising(InvalidError("No.")).api.handler(event, None))["instance"] == f"/v1/things/{instance}"


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
    assert "doors.py" in failed["exception"]
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
