"""Register, login and forgot do the same work whoever is asked about: calls and hashes are counted, time is not."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.client
import pytest
from argon2 import PasswordHasher

from auth.repository import UserTable
from minishop import clock
from tests.integration.auth.test_account import ADA, PASSWORD, auth, log_in, send
from tests.integration.auth.test_contacts import mint
from tests.integration.conftest import Aws

__all__ = ["auth"]

UNKNOWN = "eve@example.com"  # as long as Ada's
Work = tuple[list[str], Counter[str], int]


@pytest.fixture
def work(auth: Aws, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], Work]:
    """What a request takes: the calls to AWS in their order, hashes made and verified, and its status."""
    calls: list[str] = []
    hashes: Counter[str] = Counter()
    make_call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    make_hash, verify = PasswordHasher.hash, PasswordHasher.verify

    def call(self: Any, operation: str, parameters: Any) -> Any:
        count = len(parameters.get("TransactItems", ())) or ""
        calls.append(f"{operation}{count}")
        return make_call(self, operation, parameters)

    def hash_(self: Any, password: str) -> str:
        hashes["made"] += 1
        return make_hash(self, password)

    def verify_(self: Any, hashed: str, password: str) -> bool:
        hashes["verified"] += 1
        return verify(self, hashed, password)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    monkeypatch.setattr(PasswordHasher, "hash", hash_)
    monkeypatch.setattr(PasswordHasher, "verify", verify_)
    send("POST /v1/auth/password/forgot", body={"email": "first@example.com"})  # the decoy is there from now on

    def measure(route: str, body: dict[str, Any], **request: Any) -> Work:
        calls.clear()
        hashes.clear()
        status = send(f"POST /v1/{route}", body=body, **request)["statusCode"]
        return list(calls), Counter(hashes), status

    return measure


Measure = Callable[..., Work]


def later(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    monkeypatch.setattr(clock.system, "source", lambda: datetime.now(UTC) + timedelta(**by))


def test_registering(auth: Aws, work: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [
        work("auth/register", ADA),  # its owner is told
        work("auth/register", ADA),  # within the hour: is not
        work("auth/register", ADA | {"email": UNKNOWN}),
        work("auth/register", ADA | {"email": UNKNOWN}),  # not proven yet, and within five minutes
        work("auth/register", ADA | {"email": UNKNOWN, "password": "another four words"}),  # contests the address
        work("auth/register", ADA | {"email": UNKNOWN, "password": "another four words"}),
    ]
    later(monkeypatch, minutes=6)
    outcomes.append(work("auth/register", ADA | {"email": UNKNOWN}))  # takes the place of the one before
    assert all(outcome == outcomes[0] for outcome in outcomes), outcomes
    calls, hashes, status = outcomes[0]
    assert (calls, hashes, status) == (["GetItem", "GetItem", "TransactWriteItems2"], Counter(made=1, verified=1), 202)


def test_asking_for_a_new_password(auth: Aws, work: Measure) -> None:
    send("POST /v1/auth/register", body=ADA | {"email": UNKNOWN})
    emails = (ADA["email"], ADA["email"], UNKNOWN, "nobody@example.com")  # the second within five minutes
    outcomes = [work("auth/password/forgot", {"email": email}) for email in emails]
    assert all(outcome == outcomes[0] for outcome in outcomes), outcomes
    assert outcomes[0] == (["GetItem", "GetItem", "PutItem"], Counter(), 202)


@pytest.mark.parametrize("is_known_here", [False, True])
def test_signing_in_with_a_wrong_password(auth: Aws, work: Measure, *, is_known_here: bool) -> None:
    if is_known_here:
        log_in()
    send("POST /v1/auth/register", body=ADA | {"email": UNKNOWN})
    outcomes = [work("auth/login", {"email": email, "password": "wrong"}) for email in (ADA["email"], "no@example.com")]
    outcomes.append(work("auth/login", {"email": UNKNOWN, "password": PASSWORD}))  # right, but not proven
    assert all(outcome == outcomes[0] for outcome in outcomes), outcomes
    calls, hashes, status = outcomes[0]
    assert Counter(calls) == Counter(GetItem=4, UpdateItem=3)
    assert (hashes, status) == (Counter(verified=1), 401)


def test_asking_for_another_address(auth: Aws, work: Measure) -> None:
    ada, _ = log_in()
    send("POST /v1/auth/register", body=ADA | {"email": UNKNOWN})
    users = UserTable()
    (eve,) = [user.id for user in users.page(10, None)[0] if user.email == UNKNOWN]
    send("POST /v1/auth/verify-email", body={"token": mint(eve, "verify_email")["token"]})
    outcomes = [
        work("me/email", {"new_email": email, "password": PASSWORD}, principal=ada)
        for email in (UNKNOWN, "new@example.com", UNKNOWN)
    ]
    assert all(outcome == outcomes[0] for outcome in outcomes), outcomes
    assert outcomes[0][1:] == (Counter(verified=1), 202)
