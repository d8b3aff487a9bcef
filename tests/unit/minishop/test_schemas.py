"""Shared HTTP models."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from minishop.money import Money
from minishop.schemas import (
    AddressModel,
    AnswerModel,
    Email,
    HealthAnswer,
    MoneyAnswer,
    MoneyModel,
    Page,
    PageQuery,
    Phone,
    ProblemAnswer,
    RequestModel,
    Sku,
    Timestamp,
)

ADDRESS = {"full_name": "Ada", "line1": "Main St 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}


class Contact(RequestModel):
    email: Email | None = None
    phone: Phone | None = None
    sku: Sku | None = None


class Seen(AnswerModel):
    at: Timestamp


def test_an_address_is_trimmed() -> None:
    address = AddressModel.model_validate_json(json.dumps(ADDRESS | {"full_name": "  Ada  "}))
    assert address.full_name == "Ada"
    assert address.line2 is address.region is address.phone is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "   "),
        ("full_name", "a\nBcc: eve@x.test"),
        ("full_name", "a\x00"),
        ("full_name", "a" * 301),
        ("line1", "a\rb"),
        ("city", "a\x7f"),
        ("postal_code", ""),
        ("postal_code", "1" * 17),
        ("postal_code", "1\n"),
        ("country", "de"),
        ("country", "DEU"),
        ("country", "DE\n"),
        ("phone", "0301234567"),
        ("phone", "+0301234567"),
        ("phone", "+49301234567\n"),
        ("phone", "+4930123456789012"),
    ],
)
def test_an_address_that_could_not_be_one_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        AddressModel.model_validate_json(json.dumps(ADDRESS | {field: value}))


@pytest.mark.parametrize("email", ["ada@minishop.test", "a.b+c@x-y.co.uk", "a" * 64 + "@" + "b" * 63 + ".test"])
def test_an_e_mail_address(email: str) -> None:
    assert Contact(email=email).email == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@x.test",
        "ada@x",
        "ada@@x.test",
        "a da@x.test",
        "ada@x.test\n",
        "ada@x.test,eve@x.test",
        "ada@x..test",
        "a" * 65 + "@x.test",
        "a@" + "b" * 250 + ".test",
        "ä@x.test",
        "<ada@x.test>",
    ],
)
def test_no_e_mail_address(email: str) -> None:
    with pytest.raises(ValidationError):
        Contact(email=email)


@pytest.mark.parametrize("sku", ["", "a" * 65, "a b", "a/b", "a\n", "ä"])
def test_no_sku(sku: str) -> None:
    with pytest.raises(ValidationError):
        Contact(sku=sku)


@pytest.mark.parametrize(
    "body",
    [
        {"amount": -1, "currency": "EUR"},
        {"amount": 10**12 + 1, "currency": "EUR"},
        {"amount": 1.0, "currency": "EUR"},
        {"amount": "1", "currency": "EUR"},
        {"amount": True, "currency": "EUR"},
        {"amount": 1, "currency": "eur"},
        {"amount": 1, "currency": "EURO"},
        {"amount": 1, "currency": "EUR\n"},
        {"amount": 1},
        {"amount": 1, "currency": "EUR", "extra": 1},
    ],
)
def test_money_that_is_none_is_refused(body: Any) -> None:
    with pytest.raises(ValidationError):
        MoneyModel.model_validate_json(json.dumps(body))


def test_money_goes_in_and_out() -> None:
    money = MoneyModel.model_validate_json('{"amount": 1000000000000, "currency": "EUR"}').to_money()
    assert money == Money(10**12, "EUR")
    assert MoneyAnswer.of(money).model_dump() == {"amount": 10**12, "currency": "EUR"}


def test_a_time_is_answered_in_utc_to_the_millisecond() -> None:
    answer = Seen(at=datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC))
    assert json.loads(answer.model_dump_json()) == {"at": "2026-11-22T12:00:00.123Z"}


def test_a_page_says_whether_there_is_more() -> None:
    page = Page[HealthAnswer](items=[HealthAnswer(status="ok", service="x")])
    assert json.loads(page.model_dump_json()) == {"items": [{"status": "ok", "service": "x"}], "next_cursor": None}


def test_a_problem_keeps_members_of_its_own_and_leaves_out_what_is_absent() -> None:
    members = {
        "type": "urn:minishop:problem:short",
        "title": "Short",
        "status": 409,
        "detail": "Less.",
        "instance": "/v1/orders",
        "code": "insufficient_stock",
        "shortages": [{"sku": "MUG"}],
    }
    assert ProblemAnswer.model_validate(members).members() == members
    with pytest.raises(ValidationError):
        ProblemAnswer.model_validate(members | {"code": "Not-Stable"})


@pytest.mark.parametrize("text", ["1_0", " 7", "+7", "7.0", "\u0667", "", "0x7", "1" * 19])
def test_a_number_in_a_query_is_written_in_plain_digits(text: str) -> None:
    with pytest.raises(ValidationError):
        PageQuery.model_validate({"limit": text})
    assert PageQuery.model_validate({"limit": "7"}).limit == 7
