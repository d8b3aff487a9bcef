"""An address that two register with: what the table and the events say, and who can sign in."""

from typing import Any

import pytest

from tests.helpers import answer_of
from tests.integration.auth.test_account import ADA, NEW, PASSWORD, link, send, told
from tests.integration.conftest import Aws

INTRUDER = {**ADA, "password": "an intruder's words", "full_name": "Cheap Watches", "phone": "+4915199999999"}


@pytest.fixture
def shop(aws: Aws) -> Aws:
    aws.use("AuthApiFunction")
    return aws


def status_of_login(password: str) -> int:
    return int(send("POST /v1/auth/login", body={"email": ADA["email"], "password": password})["statusCode"])


@pytest.mark.parametrize("registrations", [(INTRUDER, ADA), (ADA, INTRUDER)], ids=["intruder first", "owner first"])
def test_nobody_s_password_counts_until_the_mailbox_s_owner_has_chosen_one(
    shop: Aws, registrations: tuple[dict[str, Any], ...]
) -> None:
    answers = [send("POST /v1/auth/register", body=body) for body in registrations]
    assert [each["statusCode"] for each in answers] == [202, 202]
    assert answer_of(answers[0]) == answer_of(answers[1])
    told("POST /v1/auth/verify-email", body={"token": link(shop, "verify_email")}, status=204)
    assert shop.outboxes("AuthTable") == ["EmailVerified", "PasswordResetRequested"]
    (user,) = [item for item in shop.items("AuthTable") if item["sk"]["S"] == "user"]
    assert (user["password_hash"]["S"], user["contested"]["BOOL"], "phone" in user) == ("", False, False)
    assert [status_of_login(password) for password in (PASSWORD, INTRUDER["password"])] == [401, 401]
    chosen = {"token": link(shop, "reset_password"), "new_password": NEW}
    told("POST /v1/auth/password/reset", body=chosen, status=204)
    assert [status_of_login(password) for password in (INTRUDER["password"], NEW)] == [401, 200]


def test_who_registers_twice_with_one_password_signs_in_with_it(shop: Aws) -> None:
    for _ in range(2):
        told("POST /v1/auth/register", body=ADA, status=202)
    told("POST /v1/auth/verify-email", body={"token": link(shop, "verify_email")}, status=204)
    assert shop.outboxes("AuthTable") == ["EmailVerified"]
    assert status_of_login(PASSWORD) == 200
