"""Registrations that nobody proves, on the table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth import internal, schedule
from auth.repository import UserTable
from minishop import clock
from tests.helpers import answer_of, http_event
from tests.integration.auth.test_account import ADA, link, told
from tests.integration.conftest import Aws

FORGET = {"task": "forget_unproven"}


@pytest.fixture
def shop(aws: Aws) -> Aws:
    """Auth's table; Ada has registered, and Grace has proven her address."""
    aws.use("AuthScheduleFunction")
    aws.use("AuthApiFunction")
    told("POST /v1/auth/register", body={**ADA, "email": "grace@example.com"}, status=202)
    told("POST /v1/auth/verify-email", body={"token": link(aws, "verify_email")}, status=204)
    return aws


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the clock on by days."""

    def move(days: int) -> None:
        monkeypatch.setattr(clock.system, "source", lambda: datetime.now(UTC) + timedelta(days=days))

    return move


def register(aws: Aws) -> str:
    """Ada registers; her id."""
    before = users(aws)
    told("POST /v1/auth/register", body=ADA, status=202)
    (new,) = users(aws) - before
    return new


def users(aws: Aws) -> set[str]:
    return {
        item["customer_id"]["S"] for item in aws.items("AuthTable") if item["sk"]["S"] == "user" and "email" in item
    }


def proof(customer: str) -> str:
    body = {"event_id": "evt_2", "customer_id": customer, "kind": "verify_email"}
    event = http_event("POST /internal/mail-links", body=body, caller="notifications-consumer")
    return str(answer_of(internal.handler(event, None))["token"])


def test_a_week_later_the_registration_and_its_hold_on_the_address_are_gone(
    shop: Aws, later: Callable[[int], None]
) -> None:
    ada = register(shop)
    assert schedule.handler(FORGET, None) == {"forget_unproven": 0}
    later(7)
    assert schedule.handler(FORGET, None) == {"forget_unproven": 1}
    (shell,) = [item for item in shop.items("AuthTable") if item["pk"]["S"] == f"principal#{ada}"]
    assert set(shell) == {"pk", "sk", "customer_id", "version", "outbox", "expires_at"}
    assert shop.outboxes("AuthTable").count("UserErased") == 1
    assert not [item for item in shop.items("AuthTable") if item["pk"]["S"] == "email#ada@example.com"]
    assert len(users(shop)) == 1, "Grace"
    assert register(shop) != ada


def test_a_proof_that_comes_while_the_sweep_has_read_the_registration_wins(
    shop: Aws, later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, erase = register(shop), UserTable.erase
    later(8)
    token = proof(ada)

    def proven_first(*arguments: Any) -> None:
        told("POST /v1/auth/verify-email", body={"token": token}, status=204)
        erase(*arguments)

    monkeypatch.setattr(UserTable, "erase", proven_first)
    assert schedule.handler(FORGET, None) == {"forget_unproven": 0}
    assert ada in users(shop)
    assert "UserErased" not in shop.outboxes("AuthTable")


def test_a_proof_that_has_read_the_registration_before_the_sweep_proves_nothing(
    shop: Aws, later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, replace = register(shop), UserTable.replace
    later(8)
    token = proof(ada)

    def swept_first(*arguments: Any) -> None:
        assert schedule.handler(FORGET, None) == {"forget_unproven": 1}
        replace(*arguments)

    monkeypatch.setattr(UserTable, "replace", swept_first)
    told("POST /v1/auth/verify-email", body={"token": token}, status=422)
    assert ada not in users(shop)
    assert register(shop) != ada
