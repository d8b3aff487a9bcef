"""What is logged, and what is not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError
from pynamodb.exceptions import PutError

from minishop.correlation import Correlation, correlation
from minishop.errors import ConcurrentUpdateError, NotFoundError, UnreadableMessageError
from minishop.guard import MalformedBodyError, read_json
from minishop.internal import RefusedError
from minishop.observability import MAX_CAUSES, correlated, describe, logger
from minishop.schemas import AddressModel

Logged = Callable[[], list[dict[str, Any]]]
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "key ada@minishop.test"}}, "PutItem")


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        if cause:
            try:
                raise cause
            except type(cause) as first:
                raise error from first
        raise error
    except type(error) as caught:
        return caught


def test_a_line_is_one_json_object_whatever_is_in_it(logged: Logged) -> None:
    logger().info('two\nlines "quoted"', path="/v1\r\n{}\u2028\ud800", missing=None)
    (line,) = logged()
    assert line["message"] == 'two\nlines "quoted"'
    assert line["path"] == "/v1\r\n{}\u2028\ud800"
    assert {"level", "location", "message", "timestamp", "service", "correlation_id", "path"} == set(line)
    assert line["timestamp"].endswith("+0000")


def test_scopes_nest(logged: Logged) -> None:
    with correlated(Correlation("outer", "c", "a")):
        with correlated(Correlation("inner", "c", "a")):
            logger().info("x")
            assert correlation().id == "inner"
        logger().info("x")
        assert correlation().id == "outer"
    logger().info("x")
    assert [line["correlation_id"] for line in logged()] == ["inner", "outer", "correlation-1"]


def test_a_scope_ends_when_its_work_fails(logged: Logged) -> None:
    with pytest.raises(ValueError, match="no"), correlated(Correlation("inner", "c", "a")):
        raise ValueError("no")
    logger().info("x")
    assert logged()[0]["correlation_id"] == correlation().id == "correlation-1"


def personal_errors() -> list[BaseException]:
    with pytest.raises(ValidationError) as invalid:
        AddressModel.model_validate({"full_name": "Ada Lovelace ada@minishop.test"})
    return [
        ValueError("ada@minishop.test"),
        invalid.value,
        THROTTLED,
        PutError("ada@minishop.test", THROTTLED),
        ConcurrentUpdateError("email#ada@minishop.test"),
        RefusedError(404, {"code": "not_found", "detail": "ada@minishop.test"}),
        NotFoundError("ada@minishop.test"),
        KeyError("ada@minishop.test"),
    ]


@pytest.mark.parametrize("error", personal_errors(), ids=lambda error: type(error).__name__)
def test_what_an_exception_says_is_not_logged(error: Exception, logged: Logged) -> None:
    outer = raised(RuntimeError("ada@minishop.test"), error)
    outer.add_note("note: ada@minishop.test")
    try:
        raise outer
    except RuntimeError:
        logger().exception("failed")
    (line,) = logged()
    assert "ada" not in json.dumps(line)
    assert "Lovelace" not in json.dumps(line)
    assert line["exception_name"] == "RuntimeError"
    assert type(error).__name__ in line["exception"]


def test_what_is_logged_says_where_and_after_what() -> None:
    lines = describe(raised(PutError("no", THROTTLED), THROTTLED)).splitlines()
    assert lines[0] == "pynamodb.exceptions.PutError"
    assert lines[1].startswith("  minishop/test_observability.py:")
    assert lines[1].endswith(" raised")
    assert lines[2:4] == ["after:", "botocore.exceptions.ClientError (ThrottlingException)"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (THROTTLED, "ThrottlingException"),
        (RefusedError(409, {"code": "cart_empty"}), "cart_empty"),
        (NotFoundError("no"), "not_found"),
        (UnreadableMessageError("not an outbox: at `$[0]`"), "not an outbox: at `$[0]`"),
    ],
)
def test_a_stable_code_is_logged(error: Exception, code: str) -> None:
    assert describe(error).splitlines()[0].endswith(f"Error ({code})")


def test_an_error_without_a_code_has_none() -> None:
    odd = [ValueError("no"), SystemExit(3)]
    for number, response in enumerate((None, "text", {}, {"Error": None})):
        error = OSError(number)
        error.response = response  # type: ignore[attr-defined]
        odd.append(error)
    assert [describe(error) for error in odd] == [
        "builtins.ValueError",
        "builtins.SystemExit",
        *["builtins.OSError"] * 4,
    ]


def test_an_error_that_replaced_another_on_purpose_stands_alone() -> None:
    def replace() -> None:
        try:
            read_json(b"{")
        except MalformedBodyError:
            raise KeyError from None

    with pytest.raises(KeyError) as caught:
        replace()
    assert "after" not in describe(caught.value)


def test_a_recursion_is_told_in_a_few_lines() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert len(describe(caught.value).splitlines()) < 20


def test_a_long_chain_is_cut() -> None:
    error: BaseException = ValueError()
    for _ in range(50):
        error = raised(KeyError(), error)
    assert describe(error).count("after:") == MAX_CAUSES - 1
