"""The guard: what of a hostile request may go any further.

Bodies are at most 64 KiB and 32 levels deep; duplicate keys, NaN, Infinity, numbers of more than 30 digits and
lone surrogates are not acceptable JSON (400). What is JSON but of the wrong shape is a 422 with pointers.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote_plus

from pydantic import BaseModel, ValidationError

from minishop.errors import (
    BadRequestError,
    FieldError,
    InvalidError,
    NotFoundError,
    PreconditionRequiredError,
    StaleVersionError,
    TooLargeError,
)

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 30
MAX_ERRORS = 50

_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,18})"\Z')
# Possessive, and an unfinished string matches too: on no body does it look at a byte twice.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")

M = TypeVar("M", bound=BaseModel)


class MalformedBodyError(BadRequestError):
    """The body is not acceptable JSON."""

    code = "malformed_body"
    title = "The body is not acceptable JSON"


class IdempotencyKeyRequiredError(BadRequestError):
    """The header is missing or not 1 to 255 visible ASCII characters."""

    code = "idempotency_key_required"
    title = "An Idempotency-Key is required"


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBodyError(f"{name} is not a JSON number.")


def _number(text: str) -> float:
    if sum(character.isdigit() for character in text) > MAX_DIGITS:
        raise MalformedBodyError(f"A number has more than {MAX_DIGITS} digits.")
    number = float(text)
    if math.isinf(number):
        raise MalformedBodyError("A number is too large.")
    return number


def _integer(text: str) -> int:
    if len(text.removeprefix("-")) > MAX_DIGITS:
        raise MalformedBodyError(f"A number has more than {MAX_DIGITS} digits.")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise MalformedBodyError("An object has the same key twice.")
    return result


def _check_depth(raw: bytes) -> None:
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedBodyError(f"The body is nested more than {MAX_DEPTH} levels deep.")


def read_json(raw: bytes) -> Any:
    """The body's JSON value. Raises TooLargeError or MalformedBodyError."""
    if len(raw) > MAX_BODY_BYTES:
        raise TooLargeError(f"A body is at most {MAX_BODY_BYTES} bytes; this one has {len(raw)}.")
    _check_depth(raw)
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_integer,
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate does not encode
    except (UnicodeError, ValueError) as error:
        raise MalformedBodyError("Send a JSON object in UTF-8.") from error
    return value


def _invalid(error: ValidationError) -> InvalidError:
    found = [
        FieldError(_pointer(entry["loc"]), entry["msg"].removeprefix("Value error, "))
        for entry in error.errors(include_url=False, include_input=False, include_context=False)[:MAX_ERRORS]
    ]
    return InvalidError("Correct the fields named in errors.", errors=tuple(found))


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def read_body(model: type[M], raw: bytes) -> M:
    """The body as `model`, strictly typed. Raises MalformedBodyError (400) or InvalidError (422)."""
    read_json(raw)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _invalid(error) from error


def read_query(model: type[M], parameters: Mapping[str, str]) -> M:
    """The query parameters as `model`. Raises BadRequestError (400) or InvalidError (422)."""
    try:
        "".join((*parameters, *parameters.values())).encode()
    except UnicodeError as error:  # a lone surrogate, which nothing behind this could store or hash
        raise BadRequestError("Send the query in UTF-8.") from error
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        raise _invalid(error) from error


def refuse_repeats(query: str) -> None:
    """A query string that has a parameter twice is refused, InvalidError: the gateway joins the values by a comma.

    Which of them is meant, or whether the comma was sent, could not be told any more.
    """
    names = [unquote_plus(part.partition("=")[0]) for part in query.split("&")]
    repeated = {name for name, times in Counter(names).items() if name and times > 1}
    if repeated:
        errors = tuple(FieldError(_pointer((name,)), "Send it once") for name in sorted(repeated)[:MAX_ERRORS])
        raise InvalidError("Correct the fields named in errors.", errors=errors)


def read_segment(value: str) -> str:
    """A path parameter. What cannot be anybody's identifier is simply not there: NotFoundError."""
    if not _SEGMENT.match(value):
        raise NotFoundError("There is nothing at this address.")
    return value


def read_idempotency_key(value: str | None) -> str:
    """The Idempotency-Key header. Raises IdempotencyKeyRequiredError."""
    if value is None or not _KEY.match(value):
        raise IdempotencyKeyRequiredError(
            "Send an Idempotency-Key header of 1 to 255 visible ASCII characters, a fresh one for each new attempt."
        )
    return value


def read_if_match(value: str | None) -> int:
    """The version in an If-Match header. Raises PreconditionRequiredError or StaleVersionError."""
    if value is None:
        raise PreconditionRequiredError("Send the ETag of what you read as If-Match.")
    match = _ETAG.match(value)
    if match is None:
        raise StaleVersionError("If-Match holds no ETag that was given out here; read the resource again.")
    return int(match.group(1))


def matches_etag(value: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names `etag`: by weak comparison, as RFC 9110 has it for GET."""
    if not value:
        return False
    offered = [entry.strip().removeprefix("W/") for entry in value.split(",")]
    return offered == ["*"] or etag.removeprefix("W/") in offered
