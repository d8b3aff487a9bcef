"""The administrators' routes, on the table."""

from typing import Any

import pytest

from auth import use_cases, wiring
from auth.domain import EmailAddress
from auth.passwords import Argon2Passwords
from auth.use_cases import Appointment
from minishop.identity import Principal, Role
from tests.integration.auth.test_account import ADA, PASSWORD, auth, customer_id, log_in, send, told  # noqa: F401
from tests.integration.conftest import Aws

ROOT = "root@example.com"


@pytest.fixture
def ada(auth: Aws) -> str:  # noqa: F811
    return customer_id(auth)


@pytest.fixture
def admin(auth: Aws, ada: str, monkeypatch: pytest.MonkeyPatch) -> Principal:  # noqa: F811
    appointment = Appointment(
        email=EmailAddress.parse(ROOT), password="", full_name="Root", roles=frozenset({Role.ADMIN})
    )
    use_cases.appoint(wiring.directory(), appointment, Argon2Passwords().hash(PASSWORD))
    with monkeypatch.context() as patch:
        patch.setitem(ADA, "email", ROOT)
        return log_in()[0]


def users(admin: Principal, **query: str) -> Any:
    return told("GET /v1/admin/users", principal=admin, query=query)


def test_users_are_listed_the_newest_first_without_secrets(admin: Principal, ada: str) -> None:
    first = users(admin, limit="1")
    second = users(admin, limit="1", cursor=first["next_cursor"])
    assert [each["email"] for each in first["items"] + second["items"]] == [ROOT, "Ada@example.com"]
    assert second["next_cursor"] is None
    assert set(second["items"][0]) == {
        "id", "email", "email_verified", "full_name", "roles", "second_factor", "disabled_at", "created_at", "version"
    }  # fmt: skip


def test_a_cursor_is_for_who_it_was_given_to(admin: Principal) -> None:
    cursor = users(admin, limit="1")["next_cursor"]
    refused = send("GET /v1/admin/users", principal=admin, query={"cursor": cursor[:-2] + "AA"})
    assert refused["statusCode"] == 400


def test_the_index_holds_no_password_and_forgets_who_is_erased(auth: Aws, admin: Principal, ada: str) -> None:  # noqa: F811
    def indexed() -> list[dict[str, Any]]:
        answer = auth.client("dynamodb").scan(TableName=auth.world.tables["AuthTable"], IndexName="directory")
        found: list[dict[str, Any]] = answer["Items"]
        return found

    assert len(indexed()) == 2
    assert "argon2" not in str(indexed())
    told("DELETE /v1/me", principal=log_in()[0], status=204)
    assert [item["email"]["S"] for item in indexed()] == [ROOT]


def test_roles_are_given_by_who_has_read_the_user(admin: Principal, ada: str) -> None:
    version = next(each["version"] for each in users(admin)["items"] if each["id"] == ada)
    request = {"principal": admin, "path": {"id": ada}, "headers": {"If-Match": f'"{version}"'}}
    for roles in (["guest"], ["root"], "admin"):
        told("PUT /v1/admin/users/{id}/roles", body={"roles": roles}, status=422, **request)
    changed = send("PUT /v1/admin/users/{id}/roles", body={"roles": ["warehouse"]}, **request)
    assert changed["headers"]["ETag"] == f'"{version + 1}"'
    told("PUT /v1/admin/users/{id}/roles", body={"roles": []}, status=412, **request)
    assert log_in()[0].roles == {Role.CUSTOMER, Role.WAREHOUSE}


def test_a_user_is_disabled_and_enabled(admin: Principal, ada: str) -> None:
    principal, refresh_token = log_in()
    told("POST /v1/admin/users/{id}/disable", principal=admin, path={"id": ada}, status=204)
    told("GET /v1/me", principal=principal, status=401)
    told("POST /v1/auth/refresh", body={"refresh_token": refresh_token}, status=401)
    credentials = {"email": ADA["email"], "password": PASSWORD}
    assert told("POST /v1/auth/login", body=credentials, status=401)["code"] == "invalid_credentials"
    told("POST /v1/admin/users/{id}/enable", principal=admin, path={"id": ada}, status=204)
    log_in()
    told("POST /v1/admin/users/{id}/disable", principal=admin, path={"id": admin.id}, status=409)
    told("POST /v1/admin/users/{id}/disable", principal=admin, path={"id": "cus_0"}, status=404)


def test_others_may_not(admin: Principal, ada: str) -> None:
    customer, _ = log_in()
    told("GET /v1/admin/users", principal=customer, status=403)
    told("POST /v1/admin/users/{id}/disable", principal=customer, path={"id": admin.id}, status=403)
