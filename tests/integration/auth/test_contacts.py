"""Another mail address and a telephone number, on the table."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from auth import api, internal
from auth.domain import CODE_TRIES, EmailAddress
from auth.repository import PhoneProofTable, UserTable
from minishop.identity import Principal
from tests.helpers import answer_of, http_event
from tests.integration.auth.test_account import ADA, PASSWORD, auth, customer_id, link, log_in, send, told
from tests.integration.conftest import Aws

__all__ = ["auth"]

NEW = "ada@new.example"
NUMBER = "+4915112345678"


@pytest.fixture
def ada(auth: Aws) -> Principal:
    return log_in()[0]


def mint(customer: str, kind: str) -> Any:
    body = {"event_id": "evt_1", "customer_id": customer, "kind": kind}
    response = internal.handler(
        http_event("POST /internal/mail-links", body=body, caller="notifications-consumer"), None
    )
    assert response["statusCode"] == 200, response
    return answer_of(response)


def want(ada: Principal, email: str = NEW) -> None:
    told("POST /v1/me/email", status=202, principal=ada, body={"new_email": email, "password": PASSWORD})


def reached_at(customer: str) -> Any:
    event = http_event("GET /internal/customers/{id}", path={"id": customer}, caller="notifications-consumer")
    return answer_of(internal.handler(event, None))


def test_an_address_moves_with_all_that_hangs_on_it(auth: Aws, ada: Principal) -> None:
    want(ada)
    assert told("GET /v1/me", principal=ada)["pending_email"] == NEW
    assert "EmailChangeRequested" in auth.outboxes("AuthTable")
    minted = mint(ada.id, "change_email")
    assert (minted["email"], minted["phone"]) == (NEW, None)
    for _ in range(2):
        told("POST /v1/auth/verify-email", status=204, body={"token": minted["token"]})
    assert auth.outboxes("AuthTable").count("EmailChanged") == 1
    assert [item["pk"]["S"] for item in auth.items("AuthTable") if item["sk"]["S"] == "email"] == [f"email#{NEW}"]
    reached = reached_at(ada.id)
    assert (reached["email"], reached["former_email"]) == (NEW, ADA["email"])
    assert told("GET /v1/me", principal=ada)["former_email"] == ADA["email"]
    (outbox,) = [
        text for item in auth.items("AuthTable") if "EmailChanged" in (text := item.get("outbox", {}).get("S", ""))
    ]
    assert reached["email_changed_at"] in outbox  # at the very moment of the event
    told("POST /v1/auth/login", body={"email": NEW, "password": PASSWORD})
    assert send("POST /v1/auth/login", body={"email": ADA["email"], "password": PASSWORD})["statusCode"] == 401
    told("GET /v1/me", principal=ada)
    told("POST /v1/auth/register", status=202, body=ADA)
    assert len([item for item in auth.items("AuthTable") if item["sk"]["S"] == "user"]) == 2


def test_an_address_in_other_letters_stays_whose_it_is(auth: Aws, ada: Principal) -> None:
    want(ada, "ADA@EXAMPLE.COM")
    told("POST /v1/auth/verify-email", status=204, body={"token": mint(ada.id, "change_email")["token"]})
    profile = told("GET /v1/me", principal=ada)
    assert (profile["email"], profile["former_email"]) == ("ADA@example.com", None)
    assert "EmailChanged" not in auth.outboxes("AuthTable")
    assert UserTable().find_by_email(EmailAddress.parse("ada@example.com")) is not None


def test_a_taken_address_is_answered_and_written_for_as_a_free_one(auth: Aws, ada: Principal) -> None:
    told("POST /v1/auth/register", status=202, body=ADA | {"email": "eve@example.com"})
    (eve,) = [
        item["customer_id"]["S"]
        for item in auth.items("AuthTable")
        if item["sk"]["S"] == "user" and item["customer_id"]["S"] != ada.id
    ]
    told("POST /v1/auth/verify-email", status=204, body={"token": mint(eve, "verify_email")["token"]})
    want(ada, "first@example.com")  # from here on, the counters are there
    written = []
    for email in ("free@example.com", "eve@example.com"):
        before = {str(item) for item in auth.items("AuthTable")}
        want(ada, email)
        written.append(len({str(item) for item in auth.items("AuthTable")} - before))
        assert told("GET /v1/me", principal=ada)["pending_email"] == email
    assert written[0] == written[1]
    body = {"event_id": "evt_1", "customer_id": ada.id, "kind": "change_email"}
    event = http_event("POST /internal/mail-links", body=body, caller="notifications-consumer")
    assert internal.handler(event, None)["statusCode"] == 404


def test_two_links_for_one_address_at_once_give_it_to_one_customer(auth: Aws, ada: Principal) -> None:
    told("POST /v1/auth/register", status=202, body=ADA | {"email": "eve@example.com"})
    (eve,) = [
        item["customer_id"]["S"]
        for item in auth.items("AuthTable")
        if item["sk"]["S"] == "user" and item["customer_id"]["S"] != ada.id
    ]
    told("POST /v1/auth/verify-email", status=204, body={"token": mint(eve, "verify_email")["token"]})
    other = log_in_as("eve@example.com")
    for who in (ada, other):
        want(who, "both@example.com")
    tokens = [mint(who.id, "change_email")["token"] for who in (ada, other)]
    with ThreadPoolExecutor(2) as pool:
        statuses = pool.map(
            lambda token: send("POST /v1/auth/verify-email", body={"token": token})["statusCode"], tokens
        )
    assert sorted(statuses) == [204, 422]


def log_in_as(email: str) -> Principal:
    from auth import authorizer
    from minishop.identity import from_context

    tokens = told("POST /v1/auth/login", body={"email": email, "password": PASSWORD})
    event = {"headers": {"authorization": f"Bearer {tokens['access_token']}"}}
    principal = from_context(authorizer.handler(event, None)["context"])
    assert principal
    return principal


def test_a_number_is_told_to_others_once_it_is_proven(auth: Aws, ada: Principal) -> None:
    told("POST /v1/me/phone", status=202, principal=ada, body={"phone": NUMBER})
    assert reached_at(ada.id)["phone"] is None
    minted = mint(ada.id, "phone_code")
    assert (minted["email"], minted["phone"]) == (None, NUMBER)
    stored = json.dumps(auth.items("AuthTable"))
    assert f'"{minted["token"]}"' not in stored
    for _ in range(2):
        told("POST /v1/me/phone/verify", status=204, principal=ada, body={"code": minted["token"]})
    assert reached_at(ada.id)["phone"] == NUMBER
    profile = told("GET /v1/me", principal=ada)
    assert (profile["phone"], profile["phone_verified"], profile["pending_phone"]) == (NUMBER, True, None)


def test_fifty_guesses_at_once_get_five_tries(auth: Aws, ada: Principal) -> None:
    told("POST /v1/me/phone", status=202, principal=ada, body={"phone": NUMBER})
    mint(ada.id, "phone_code")
    user = UserTable().find(ada.id)
    assert user
    with ThreadPoolExecutor(10) as pool:
        tries = list(pool.map(lambda _: PhoneProofTable().take_try(ada.id, user.phone_request), range(50)))
    assert len([one for one in tries if one]) == CODE_TRIES


def test_a_forgotten_customer_leaves_no_code_and_no_device(auth: Aws, ada: Principal) -> None:
    told("POST /v1/me/phone", status=202, principal=ada, body={"phone": NUMBER})
    mint(ada.id, "phone_code")
    told("DELETE /v1/me", status=204, principal=ada)
    left = json.dumps([item for item in auth.items("AuthTable") if item["pk"]["S"] == f"principal#{ada.id}"])
    assert "phone" not in left
    assert "devices" not in left
    assert api.handler(http_event("GET /v1/me", principal=ada), None)["statusCode"] == 401


@pytest.mark.parametrize(
    ("route", "body", "pointer"),
    [
        ("email", {"new_email": "nobody", "password": PASSWORD}, "/new_email"),
        ("email", {"new_email": NEW}, "/password"),
        ("phone", {"phone": "0151"}, "/phone"),
        ("phone/verify", {"code": "12345"}, "/code"),
        ("phone/verify", {"code": "\uff11\uff12\uff13\uff14\uff15\uff16"}, "/code"),
        ("phone", {"phone": NUMBER, "verified": True}, "/verified"),
    ],
)
def test_what_is_wrong_is_pointed_at(auth: Aws, ada: Principal, route: str, body: dict[str, Any], pointer: str) -> None:
    problem = told(f"POST /v1/me/{route}", status=422, principal=ada, body=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_link_of_one_kind_is_not_good_as_another(auth: Aws, ada: Principal) -> None:
    assert customer_id(auth) == ada.id
    want(ada)
    token = mint(ada.id, "change_email")["token"]
    body = {"token": token, "new_password": "another four words"}
    assert send("POST /v1/auth/password/reset", body=body)["statusCode"] == 422
    reset = link(auth, "reset_password")
    assert send("POST /v1/auth/verify-email", body={"token": reset})["statusCode"] == 422
