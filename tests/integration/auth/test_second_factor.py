"""The second factor, on the table and KMS, with a real authenticator."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest

from auth import api
from auth.domain import SecondFactor
from auth.repository import SecondFactorTable
from auth.totp import KmsSeal, PyotpCodes
from minishop import clock, ids
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal
from tests.helpers import answer_of, http_event
from tests.integration.auth.test_account import ADA, PASSWORD, auth, customer_id, log_in, told  # noqa: F401
from tests.integration.conftest import Aws
from tests.times import NOON

CREDENTIALS = {"email": ADA["email"], "password": PASSWORD}


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], datetime]:
    """Moves the clock on by seconds; the time then."""

    def to(seconds: int) -> datetime:
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        monkeypatch.setattr(clock.system, "source", lambda: moment)
        return moment

    return to


def enrol(principal: Principal, at: datetime) -> tuple[pyotp.TOTP, list[str]]:
    enrolment = told("POST /v1/me/mfa/totp", principal=principal, status=201)
    totp = pyotp.parse_uri(enrolment["uri"])
    assert isinstance(totp, pyotp.TOTP)
    assert (totp.issuer, totp.name, totp.secret) == ("Minishop", ADA["email"], enrolment["secret"])
    told("POST /v1/me/mfa/totp/confirm", principal=principal, body={"code": totp.at(at)}, status=204)
    return totp, enrolment["recovery_codes"]


def second(ticket: str, code: str) -> dict[str, Any]:
    return api.handler(http_event("POST /v1/auth/mfa", body={"ticket": ticket, "code": code}), None)


def test_signing_in_takes_password_and_code(auth: Aws, move: Callable[[int], datetime]) -> None:  # noqa: F811
    principal, _ = log_in()
    totp, recovery_codes = enrol(principal, move(0))
    assert told("GET /v1/me", principal=principal)["second_factor"] is True
    answer = told("POST /v1/auth/login", body=CREDENTIALS)
    assert set(answer) == {"mfa_required", "ticket"}
    at = move(60)
    wrong = second(answer["ticket"], "00000a")
    assert (wrong["statusCode"], answer_of(wrong)["code"]) == (401, "invalid_second_factor")
    good = second(answer["ticket"], totp.at(at))
    assert answer_of(good)["token_type"] == "Bearer"
    assert second(answer["ticket"], recovery_codes[0])["statusCode"] == 401
    again = told("POST /v1/auth/login", body=CREDENTIALS)["ticket"]
    assert second(again, totp.at(at))["statusCode"] == 401, "a code counts once"
    assert second(again, recovery_codes[1])["statusCode"] == 200
    stored = str(auth.items("AuthTable"))
    assert totp.secret not in stored
    assert answer["ticket"] not in stored
    assert not any(each in stored for each in recovery_codes)


def test_a_second_factor_is_removed_and_erased(auth: Aws, move: Callable[[int], datetime]) -> None:  # noqa: F811
    principal, _ = log_in()
    enrol(principal, move(0))
    told("POST /v1/me/mfa/totp", principal=principal, status=409)
    for body, status, refusal in (
        (None, 403, "proof_needed"),
        ({}, 403, "proof_needed"),
        ({"password": "a guess"}, 403, "wrong_password"),
        ({"code": "000000"}, 422, "invalid_code"),
        ({"code": "000000", "password": PASSWORD}, 422, "invalid"),
    ):
        assert told("DELETE /v1/me/mfa/totp", principal=principal, body=body, status=status)["code"] == refusal
    assert auth.outboxes("AuthTable").count("SecondFactorAdded") == 1
    told("DELETE /v1/me/mfa/totp", principal=principal, body={"password": PASSWORD}, status=204)
    assert auth.outboxes("AuthTable").count("SecondFactorRemoved") == 1
    told("DELETE /v1/me/mfa/totp", principal=principal, status=204)
    _, recovery_codes = enrol(principal, move(90))
    told("DELETE /v1/me/mfa/totp", principal=principal, body={"code": recovery_codes[0]}, status=204)
    move(1000)
    later = replace(principal, expires_at=0)  # as if the token were a refreshed one
    assert told("POST /v1/me/mfa/totp", principal=later, status=403)["code"] == "proof_needed"
    told("POST /v1/me/mfa/totp", principal=later, body={"password": PASSWORD}, status=201)
    proofs: dict[str, dict[str, str]] = {"proof_needed": {}, "wrong_password": {"password": "a guess"}}
    for refusal, proof in proofs.items():
        assert told("DELETE /v1/me", principal=later, body=proof, status=403)["code"] == refusal
        phone = {"phone": "+4915112345678"} | proof
        assert told("POST /v1/me/phone", principal=later, body=phone, status=403)["code"] == refusal
    told("DELETE /v1/me", principal=later, body=["password"], status=422)
    told("DELETE /v1/me", principal=later, body={"password": PASSWORD}, status=204)
    assert not [item for item in auth.items("AuthTable") if item["sk"]["S"] == "second_factor"]


def test_two_changes_of_an_authenticator_at_once_are_one(auth: Aws) -> None:  # noqa: F811
    table = SecondFactorTable(KmsSeal(auth.client("kms")))
    factor, _ = SecondFactor.begin(customer_id(auth), "SECRET", ids.system, 0)
    table.save(factor)
    read = table.find(factor.customer_id)
    assert read
    assert (read.secret, read.recovery, read.version) == ("SECRET", factor.recovery, 1)
    table.save(read)
    for stale in (factor, read):
        with pytest.raises(ConcurrentUpdateError):
            table.save(stale)


def test_a_sealed_secret_opens_for_its_customer_only(auth: Aws) -> None:  # noqa: F811
    seal = KmsSeal(auth.client("kms"))
    sealed = seal.seal("SECRET", "cus_1")
    assert seal.open(sealed, "cus_1") == "SECRET"
    with pytest.raises(Exception, match="InvalidCiphertext"):
        seal.open(sealed, "cus_2")


def test_codes_are_those_of_rfc_6238() -> None:
    codes = PyotpCodes()
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert codes.step(secret, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_the_authenticator_s_clock_may_be_a_step_off_and_no_more() -> None:
    codes = PyotpCodes()
    secret = codes.new_secret()
    code = pyotp.TOTP(secret).at(NOON)
    found = {drift: codes.step(secret, code, NOON + timedelta(seconds=drift)) for drift in (-60, -30, 0, 30, 60)}
    step = int(NOON.timestamp()) // 30
    assert found == {-60: None, -30: step, 0: step, 30: step, 60: None}
