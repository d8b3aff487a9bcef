"""Accounts that an operator vouches for."""

import io
import json
from typing import Any

import pytest

from auth import api, seeding, use_cases
from minishop.identity import Role
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws

PASSWORD = "minishop-demo-pass"
ACCOUNTS: list[dict[str, Any]] = [
    {"email": "admin@minishop.test", "password": PASSWORD, "full_name": "Alex Admin", "roles": ["admin"]},
    {"email": "ada@minishop.test", "password": PASSWORD, "full_name": "Ada Byron"},
]


@pytest.fixture
def seed(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Any:
    aws.use("AuthApiFunction")

    def run(accounts: Any) -> int:
        raw = accounts if isinstance(accounts, bytes) else json.dumps(accounts).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        return seeding.main()

    return run


def log_in(email: str) -> dict[str, Any]:
    return api.handler(http_event("POST /v1/auth/login", body={"email": email, "password": PASSWORD}), None)


def test_seeded_accounts_can_sign_in_and_nobody_gets_a_mail(
    seed: Any, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed(ACCOUNTS) == 0
    assert capsys.readouterr().out == "admin@minishop.test created\nada@minishop.test created\n"
    assert aws.outboxes("AuthTable") == []
    assert answer_of(log_in("admin@minishop.test"))["expires_in"] == 300
    assert answer_of(log_in("ada@minishop.test"))["expires_in"] == 900


def test_seeding_again_changes_nothing_but_new_roles(seed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    seed(ACCOUNTS)
    capsys.readouterr()
    assert seed([ACCOUNTS[0], ACCOUNTS[1] | {"roles": [Role.SUPPORT], "password": "another four words"}]) == 0
    assert capsys.readouterr().out == "admin@minishop.test unchanged\nada@minishop.test changed\n"
    assert answer_of(log_in("ada@minishop.test"))["expires_in"] == 300


@pytest.mark.parametrize(
    ("accounts", "says"),
    [
        (b"nonsense", "Invalid JSON"),
        ([{"email": "ada@minishop.test"}], "0/password"),
        ([ACCOUNTS[0] | {"roles": ["root"]}], "0/roles/0"),
        ([ACCOUNTS[0] | {"email": "nobody"}], "/email"),
        ([ACCOUNTS[0] | {"password": "Password12345678"}], "/password"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    seed: Any, aws: Aws, capsys: pytest.CaptureFixture[str], accounts: Any, says: str
) -> None:
    assert seed(accounts) == 1
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert aws.items("AuthTable") == []


def test_a_race_is_said_in_one_line(
    seed: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_cases, "unproven", lambda *_: [])
    assert seed(ACCOUNTS) == 1
    assert capsys.readouterr().err.count("\n") == 1
