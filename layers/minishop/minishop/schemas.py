"""Models that several services' HTTP answers and requests share.

Requests derive from `RequestModel`: strict types, unknown fields refused. Answers derive from `AnswerModel`.
A model's validator is built when it is first needed (`defer_build`): a door declares dozens, a
cold start needs one or two.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from minishop.clock import parse_rfc3339, rfc3339
from minishop.exports import MOST_BYTES
from minishop.money import Money


class RequestModel(BaseModel):
    """A request's body or query."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class QueryModel(BaseModel):
    """A request's query parameters: text that may stand for numbers and booleans."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AnswerModel(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, defer_build=True)


NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=NO_CONTROL, strip_whitespace=True)]
"""One line of text without control characters."""

Sku = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""A SKU, slug or tracking number."""

Timestamp = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""RFC 3339, UTC, milliseconds."""


def _moment(value: object) -> object:
    """A day stands for its first moment."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        value = f"{value}T00:00:00Z"
    moment = parse_rfc3339(value) if isinstance(value, str) else None
    if moment is None or moment.year < 2000:
        raise ValueError("Input should be a day or a time with an offset, of this century")
    return moment


QueryMoment = Annotated[datetime, BeforeValidator(_moment)]
"""A time, or a day: `2026-11-22T12:00:00Z`, `2026-11-22`."""


CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""E.164."""

Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
    ),
]
"""An e-mail address as HTML's input type accepts it, with a dot in its domain."""

MAX_AMOUNT = 10**12


class MoneyModel(RequestModel):
    """Money as it is received: not negative, within bounds."""

    amount: Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="Minor units, such as cents.")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

    def to_money(self) -> Money:
        """The value object."""
        return Money(self.amount, self.currency)


class MoneyAnswer(AnswerModel):
    """Money as it is answered."""

    amount: Annotated[int, Field(description="Minor units, such as cents.")]
    currency: str

    @classmethod
    def of(cls, money: Money) -> "MoneyAnswer":
        """From the value object."""
        return cls(amount=money.amount, currency=money.currency)


class AddressModel(RequestModel):
    """A postal address."""

    full_name: Line
    line1: Line
    line2: Line | None = None
    city: Line
    region: Line | None = None
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=16, pattern=NO_CONTROL)]
    country: CountryCode
    phone: Phone | None = None


def _plain_digits(value: object) -> object:
    """Refuses what Python's `int` takes and no API should: `1_0`, ` 7 `, `+7`, digits of other scripts."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise ValueError("Input should be a whole number in plain digits")
    return value


QueryInteger = Annotated[int, BeforeValidator(_plain_digits)]
"""A whole number in a query."""


class PageQuery(QueryModel):
    """How much of a list, and from where."""

    limit: Annotated[QueryInteger, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = None


ItemT = TypeVar("ItemT")


class Page(AnswerModel, Generic[ItemT]):
    """One page of a list."""

    items: list[ItemT]
    next_cursor: str | None = None


ExportedT = TypeVar("ExportedT", bound=BaseModel)


class ExportAnswer(AnswerModel, Generic[ExportedT]):
    """What a service holds of somebody, for auth, which exports it."""

    items: list[ExportedT]
    complete: Annotated[bool, Field(description="Whether that is all; else it is as much as an answer has room for.")]

    @classmethod
    def of(cls, items: Iterable[ExportedT], *, complete: bool, most_bytes: int = MOST_BYTES) -> Self:
        """The first of them, up to `most_bytes` of JSON."""
        kept: list[ExportedT] = []
        for item in items:
            most_bytes -= len(item.model_dump_json().encode())
            if most_bytes < 0:
                return cls(items=kept, complete=False)
            kept.append(item)
        return cls(items=kept, complete=complete)


class HealthAnswer(AnswerModel):
    """That the service answers."""

    status: str
    service: str


class ProblemFieldAnswer(AnswerModel):
    """One thing that is wrong."""

    pointer: str
    detail: str


class ProblemAnswer(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    errors: list[ProblemFieldAnswer] | None = None

    def members(self) -> dict[str, Any]:
        """As a plain object, without what is absent."""
        return self.model_dump(exclude_none=True)
