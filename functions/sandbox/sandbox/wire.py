"""Stripe's wire format: form-encoded parameters with brackets in, and errors in Stripe's shape out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200
MAX_DEPTH = 5
MAX_AMOUNT = 99_999_999  # eight digits, as Stripe's

_NAME = re.compile(r"[^\[\]]{1,100}(\[[^\[\]]{0,100}\])*\Z")
_WHOLE = re.compile(r"-?[0-9]{1,18}\Z")


class ProviderError(Exception):
    """A refusal in Stripe's shape.

    Attributes:
        status: The HTTP status.
        error: The `error` member of the body: `type`, `message` and, where they apply, `code`, `param` and others.
    """

    def __init__(self, status: int, kind: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind, **members}


def invalid(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> ProviderError:
    """An `invalid_request_error`."""
    members = {name: value for name, value in (("code", code), ("param", param)) if value is not None}
    return ProviderError(status, "invalid_request_error", message, **members)


def no_such(kind: str, identity: str, *, param: str = "id") -> ProviderError:
    """That there is nothing of this kind with this id."""
    return invalid(f"No such {kind}: '{identity}'", code="resource_missing", param=param, status=404)


class AnswerLostError(Exception):
    """The request has taken effect, and its answer never arrives."""


def read_form(raw: bytes) -> dict[str, Any]:
    """The body's parameters, nested as their brackets say: `a[b]=c` is `{"a": {"b": "c"}}`.

    Lists are mappings from their index. Raises ProviderError.
    """
    if len(raw) > MAX_BODY_BYTES:
        raise invalid("The request body is too large.", status=413)
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise invalid("The request body is not form-encoded UTF-8.") from error
    return nest(pairs)


def nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Parameters by their bracketed names. Raises ProviderError."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        path = name.replace("]", "").split("[")
        if not _NAME.match(name) or len(path) > MAX_DEPTH:
            raise invalid(f"Received unknown parameter: {name[:100]}", code="parameter_unknown", param=name[:100])
        place = result
        for step in path[:-1]:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise invalid("A parameter is both a value and an object.", param=path[0])
        last = path[-1] or str(len(place))
        if last in place:
            raise invalid("A parameter is given twice.", param=path[0])
        place[last] = value
    return result


class Params:
    """A request's parameters, read one by one with Stripe's refusals."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def only(self, *known: str) -> None:
        """Refuses whatever else is there."""
        for name in self.values:
            if name not in known:
                raise invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)

    def text(self, name: str, default: str = "") -> str:
        """A string of at most 500 characters."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or len(value) > 500:
            raise invalid(f"Invalid string: {name}", param=name)
        return value

    def required(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if not value:
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
        return value

    def choice(self, name: str, *choices: str, default: str) -> str:
        """One of these."""
        value = self.text(name, default)
        if value not in choices:
            raise invalid(f"Invalid {name}: must be one of {', '.join(choices)}", param=name)
        return value

    def flag(self, name: str) -> bool:
        """`true` or `false`."""
        return self.choice(name, "true", "false", default="false") == "true"

    def amount(self, name: str, default: int | None = None) -> int:
        """Minor units, at least 1."""
        number = self.whole(name, default)
        if not 1 <= number <= MAX_AMOUNT:
            message = f"This value must be between 1 and {MAX_AMOUNT}."
            raise invalid(message, code="parameter_invalid_integer", param=name)
        return number

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        if default is not None and name not in self.values:
            return default
        text = self.required(name)
        if not _WHOLE.match(text):
            raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
        return int(text)

    def mapping(self, name: str) -> dict[str, str]:
        """Such as metadata: at most 50 strings by name."""
        value = self.values.get(name, {})
        if value == "":
            return {}
        if not isinstance(value, dict) or len(value) > 50:
            raise invalid(f"Invalid object: {name}", param=name)
        if not all(isinstance(entry, str) and len(entry) <= 500 for entry in value.values()):
            raise invalid(f"Invalid value in {name}", param=name)
        return dict(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, such as `expand`."""
        return tuple(self.mapping(name).values())


@dataclass(frozen=True)
class Call:
    """An authenticated request.

    Attributes:
        id: `req_…`, answered as Request-Id.
        params: Of the form, or of the query for a GET.
        key: The Idempotency-Key; empty when there is none.
        fingerprint: The same for the same request.
        origin: Where the provider itself is reached, such as `https://abc.execute-api.….amazonaws.com`.
    """

    id: str
    params: Params
    key: str
    fingerprint: str
    origin: str


@dataclass(frozen=True)
class Answer:
    """What goes back.

    Attributes:
        body: JSON text.
        replayed: Whether it is the answer that an earlier request with the same key got.
    """

    status: int
    body: str
    replayed: bool = False
