"""The routes of the customer who calls, and how somebody gets in: on the table."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth import api, authorizer, internal
from auth.domain import ACCOUNT_LIMIT, TRUSTED_LIMIT, Address
from auth.repository import UserTable
from minishop import clock, ids
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal, from_context
from minishop.internal import Internal, ServiceUnavailableError
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws

PASSWORD = "four unrelated words"
NEW = "another four words"
ADA = {"email": "Ada@example.com", "password": PASSWORD, "full_name": "Ada Byron"}


@pytest.fixture
def auth(aws: Aws) -> Aws:
    """Auth's table and key, and Ada, who may sign in."""
    aws.use("AuthApiFunction")
    authorizer.keys.cache_clear()
    send("POST /v1/auth/register", body=ADA)
    send("POST /v1/auth/verify-email", body={"token": link(aws, "verify_email")})
    return aws


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock on."""

    def move(by: timedelta) -> None:
        monkeypatch.setattr(clock.system, "source", lambda: datetime.now(UTC) + by)

    return move


def send(route: str, **request: Any) -> dict[str, Any]:
    return api.handler(http_event(route, **request), None)


def told(route: str, *, status: int = 200, **request: Any) -> Any:
    response = send(route, **request)
    assert response["statusCode"] == status, response
    return answer_of(response)


def customer_id(auth: Aws) -> str:
    (found,) = [item["customer_id"]["S"] for item in auth.items("AuthTable") if item["sk"]["S"] == "user"]
    return str(found)


def link(auth: Aws, kind: str) -> str:
    body = {"event_id": "evt_1", "customer_id": customer_id(auth), "kind": kind}
    event = http_event("POST /internal/mail-links", body=body, caller="notifications-consumer")
    return str(answer_of(internal.handler(event, None))["token"])


def log_in(password: str = PASSWORD, **request: Any) -> tuple[Principal, str]:
    body = {"email": ADA["email"], "password": password}
    tokens = told("POST /v1/auth/login", body=body, **request)
    event = {"headers": {"authorization": f"Bearer {tokens['access_token']}"}}
    principal = from_context(authorizer.handler(event, None)["context"])
    assert principal
    return principal, tokens["refresh_token"]


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_too_many_guesses_are_answered_alike_for_known_and_unknown_addresses(auth: Aws, email: str) -> None:
    answers = [send("POST /v1/auth/login", body={"email": email, "password": f"guess {n}"}) for n in range(16)]
    assert [each["statusCode"] for each in answers] == [401] * 15 + [429]
    assert 0 < int(answers[-1]["headers"]["Retry-After"]) <= 900
    assert answer_of(answers[-1])["code"] == "too_many_attempts"
    assert not [item for item in auth.items("AuthTable") if "guess" in str(item) or "192.0.2" in str(item)]


def test_a_counter_is_kept_for_a_day_more_than_it_counts(auth: Aws) -> None:
    send("POST /v1/auth/login", body={"email": ADA["email"], "password": "guess"})
    counters = [item for item in auth.items("AuthTable") if item["sk"]["S"] == "throttle"]
    assert sorted(item["pk"]["S"].split("#")[1] for item in counters) == ["account", "password", "source"]
    for item in counters:
        window = int(item["pk"]["S"].split("#")[3])
        assert int(item["expires_at"]["N"]) == window + 900 + 86400


def test_a_right_password_gives_back_what_it_took_and_makes_the_place_known(auth: Aws) -> None:
    log_in()
    items = auth.items("AuthTable")
    assert {int(item["failures"]["N"]) for item in items if item["sk"]["S"] == "throttle"} == {0}
    assert len([item for item in items if item["pk"]["S"].startswith("trust#")]) == 1
    for number in range(TRUSTED_LIMIT + ACCOUNT_LIMIT):
        send("POST /v1/auth/login", body={"email": ADA["email"], "password": f"guess {number}"})
    assert send("POST /v1/auth/login", body={"email": ADA["email"], "password": PASSWORD})["statusCode"] == 429


def test_registering_and_forgetting_write_as_much_for_a_taken_address_as_for_a_free_one(auth: Aws) -> None:
    for route, body in (("register", ADA), ("password/forgot", {"email": ADA["email"]})):
        written, answers = [], []
        for email in ("ada@example.com", "ada@example.com", f"nobody-{len(body)}@example.com"):
            before = {str(item) for item in auth.items("AuthTable")}
            response = send(f"POST /v1/auth/{route}", body=body | {"email": email})
            answers.append((response["statusCode"], response.get("body")))
            written.append(len({str(item) for item in auth.items("AuthTable")} - before))
        assert answers == [(202, None)] * 3
        assert len(set(written)) == 1


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(auth: Aws) -> None:
    principal, refresh_token = log_in()
    told("POST /v1/auth/password/forgot", body={"email": "ada@EXAMPLE.com"}, status=202)
    assert "PasswordResetRequested" in auth.outboxes("AuthTable")
    token = link(auth, "reset_password")
    weak = told("POST /v1/auth/password/reset", body={"token": token, "new_password": "a" * 20}, status=422)
    assert [error["pointer"] for error in weak["errors"]] == ["/new_password"]
    told("POST /v1/auth/password/reset", body={"token": token, "new_password": NEW}, status=204)
    assert {"PasswordChanged", "SessionRevoked"} <= set(auth.outboxes("AuthTable"))
    told("POST /v1/auth/password/reset", body={"token": token, "new_password": NEW}, status=422)
    told("POST /v1/auth/refresh", body={"refresh_token": refresh_token}, status=401)
    told("GET /v1/me", principal=principal, status=401)
    told("POST /v1/auth/login", body={"email": ADA["email"], "password": PASSWORD}, status=401)
    assert told("GET /v1/me", principal=log_in(NEW)[0])["email"] == ADA["email"]


def test_a_link_for_a_password_is_good_for_an_hour(auth: Aws, later: Callable[[timedelta], None]) -> None:
    body = {"token": link(auth, "reset_password"), "new_password": NEW}
    later(timedelta(minutes=61))
    assert told("POST /v1/auth/password/reset", body=body, status=422)["code"] == "invalid_token"


def test_a_changed_password_keeps_this_session_and_ends_the_others(auth: Aws) -> None:
    other, _ = log_in()
    mine, refresh_token = log_in()
    body = {"password": "wrong", "new_password": NEW}
    assert told("POST /v1/me/password", principal=mine, body=body, status=403)["code"] == "wrong_password"
    told("POST /v1/me/password", principal=mine, body=body | {"password": PASSWORD}, status=204)
    told("GET /v1/me", principal=other, status=401)
    told("GET /v1/me", principal=mine)
    told("POST /v1/auth/refresh", body={"refresh_token": refresh_token})


def test_where_one_is_signed_in_and_how_to_end_it(auth: Aws) -> None:
    first, _ = log_in(headers={"User-Agent": "Firefox"})
    second, refresh_token = log_in()
    listed = told("GET /v1/me/sessions", principal=first)
    assert listed["next_cursor"] is None
    assert {(each["id"], each["current"], each["user_agent"]) for each in listed["items"]} == {
        (first.session, True, "Firefox"),
        (second.session, False, None),
    }
    assert {each["network"] for each in listed["items"]} == {"192.0.2.0/24"}
    for _ in range(2):
        told("DELETE /v1/me/sessions/{sid}", principal=first, path={"sid": second.session}, status=204)
    assert auth.outboxes("AuthTable").count("SessionRevoked") == 1
    told("GET /v1/me", principal=second, status=401)
    told("POST /v1/auth/refresh", body={"refresh_token": refresh_token}, status=401)
    told("DELETE /v1/me/sessions/{sid}", principal=first, path={"sid": "ses_0"}, status=404)


def test_signing_out_everywhere(auth: Aws) -> None:
    first, _ = log_in()
    second, refresh_token = log_in()
    told("POST /v1/auth/logout-all", principal=first, status=204)
    for principal in (first, second):
        told("GET /v1/me", principal=principal, status=401)
    told("POST /v1/auth/refresh", body={"refresh_token": refresh_token}, status=401)
    log_in()


ADDRESS = {
    "full_name": "Ada Byron",
    "line1": "1 Mill Lane",
    "city": "London",
    "postal_code": "N1 9GU",
    "country": "GB",
    "phone": "+442079460000",
}


def match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_the_profile_is_changed_by_who_has_read_it(auth: Aws) -> None:
    principal, _ = log_in()
    read = send("GET /v1/me", principal=principal)
    headers = {"If-Match": read["headers"]["ETag"]}
    changed = send("PATCH /v1/me", principal=principal, body={"locale": "de"}, headers=headers)
    assert (answer_of(changed)["locale"], answer_of(changed)["full_name"]) == ("de", "Ada Byron")
    assert changed["headers"]["ETag"] != read["headers"]["ETag"]
    told("PATCH /v1/me", principal=principal, body={"locale": "fr"}, headers=headers, status=412)
    told("PATCH /v1/me", principal=principal, body={"locale": "fr"}, status=428)
    told("PATCH /v1/me", principal=principal, body={"roles": ["admin"]}, headers=headers, status=422)


def test_an_address_book_of_one_s_own(auth: Aws) -> None:
    principal, _ = log_in()
    added = send("POST /v1/me/addresses", principal=principal, body=ADDRESS)
    entry = answer_of(added)
    assert (added["statusCode"], added["headers"]["ETag"]) == (201, '"1"')
    assert added["headers"]["Location"] == f"/v1/me/addresses/{entry['id']}"
    assert entry == {"id": entry["id"], "version": 1, "line2": None, "region": None, **ADDRESS}
    path = {"id": entry["id"]}
    moved = told(
        "PUT /v1/me/addresses/{id}", principal=principal, path=path, body=ADDRESS | {"city": "Leeds"}, headers=match(1)
    )
    assert (moved["city"], moved["version"]) == ("Leeds", 2)
    told("PUT /v1/me/addresses/{id}", principal=principal, path=path, body=ADDRESS, headers=match(1), status=412)
    assert told("GET /v1/me/addresses", principal=principal) == {"items": [moved], "next_cursor": None}
    told("DELETE /v1/me/addresses/{id}", principal=principal, path=path, status=204)
    told("DELETE /v1/me/addresses/{id}", principal=principal, path=path, status=404)


def test_orders_may_read_an_address_and_nobody_else(auth: Aws) -> None:
    principal, _ = log_in()
    entry = told("POST /v1/me/addresses", principal=principal, body=ADDRESS, status=201)

    def read(customer: str, caller: str = "orders-api") -> dict[str, Any]:
        path = {"customer_id": customer, "address_id": entry["id"]}
        event = http_event("GET /internal/address-books/{customer_id}/{address_id}", path=path, caller=caller)
        return internal.handler(event, None)

    assert answer_of(read(principal.id)) == entry
    assert read("cus_other")["statusCode"] == 404
    assert read(principal.id, "notifications-consumer")["statusCode"] == 403


def test_all_that_is_held_is_exported_but_no_secret(auth: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    principal, refresh_token = log_in()
    me, exports = principal.id, "/internal/exports"
    wanted = {"owner": me, "order_ids": ["ord_1"]}
    held: dict[tuple[str, str, str | None], dict[str, Any]] = {
        ("GET", f"{exports}/orders/{me}", None): {"items": [{"id": "ord_1"}], "complete": False},
        ("POST", f"{exports}/payments", str(wanted)): {"items": [{"id": "pay_1"}], "complete": True},
        ("GET", f"{exports}/shipments/{me}", None): {"items": [{"id": "shp_1"}], "complete": True},
        ("GET", f"{exports}/notifications/{me}", None): {"items": [{"id": "ntf_1"}], "complete": True},
        ("GET", f"{exports}/notification-preferences/{me}", None): {"preferences": [{"wanted": True}]},
        ("GET", f"/internal/carts/{me}", None): {"owner": me, "items": []},
    }

    def answer(_self: Internal, method: str, path: str, body: object = None) -> dict[str, Any]:
        return held[method, path, str(body) if body else None]

    monkeypatch.setattr(Internal, "call", answer)
    entry = told("POST /v1/me/addresses", principal=principal, body=ADDRESS, status=201)
    response = send("GET /v1/me/export", principal=principal)
    export = answer_of(response)
    assert export["profile"]["email"] == ADA["email"]
    assert export["addresses"] == [entry]
    assert (export["orders"], export["cart"]) == ([{"id": "ord_1"}], {"owner": me, "items": []})
    ids = [export[name][0]["id"] for name in ("payments", "shipments", "notifications")]
    assert (ids, export["notification_preferences"]) == (["pay_1", "shp_1", "ntf_1"], [{"wanted": True}])
    assert export["incomplete"] == {"orders": "/v1/orders", "payments": "/v1/payments?order_id="}
    assert [each["id"] for each in export["sessions"]] == [principal.session]
    for secret in ("argon2", refresh_token.split(".")[2], "key_"):
        assert secret not in response["body"]


def test_while_another_service_is_down_there_is_no_half_an_export(auth: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    principal, _ = log_in()

    def silent(_self: Internal, _method: str, _path: str, _body: object = None) -> Any:
        raise ServiceUnavailableError("orders does not answer")

    monkeypatch.setattr(Internal, "call", silent)
    response = send("GET /v1/me/export", principal=principal)
    assert (response["statusCode"], answer_of(response)["code"]) == (503, "service_unavailable")
    assert response["headers"]["Retry-After"] == "1"


def test_of_who_is_erased_nothing_stays_but_the_event(auth: Aws) -> None:
    log_in()
    principal, refresh_token = log_in()
    told("POST /v1/me/addresses", principal=principal, body=ADDRESS, status=201)
    told("DELETE /v1/me", principal=principal, status=204)
    kept = [item for item in auth.items("AuthTable") if principal.id in str(item)]
    (shell,) = [item for item in kept if item["sk"]["S"] == "user"]
    assert set(shell) == {"pk", "sk", "customer_id", "version", "outbox", "expires_at"}
    assert auth.outboxes("AuthTable") == ["UserErased"]
    assert {item["sk"]["S"] for item in kept} == {"user", "link"}
    stored = str(auth.items("AuthTable")).lower()
    for word in ("ada@example.com", "byron", "mill lane", "argon2"):
        assert word not in stored
    told("GET /v1/me", principal=principal, status=401)
    told("POST /v1/auth/refresh", body={"refresh_token": refresh_token}, status=401)
    told("POST /v1/auth/login", body={"email": ADA["email"], "password": PASSWORD}, status=401)
    told("POST /v1/auth/register", body=ADA, status=202)
    assert "UserRegistered" in auth.outboxes("AuthTable")


def test_an_address_cannot_be_kept_for_who_was_erased_meanwhile(auth: Aws) -> None:
    principal, _ = log_in()
    book = UserTable().address_book(principal.id)
    address = Address(full_name="Ada", line1="1 Mill Lane", city="London", postal_code="N1 9GU", country="GB")
    changed, _ = book.add(address, ids.system)
    told("DELETE /v1/me", principal=principal, status=204)
    with pytest.raises(ConcurrentUpdateError):
        UserTable().save_address_book(changed)


def test_a_device_that_is_new_is_told_and_kept_as_a_hash_alone(auth: Aws) -> None:
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    for agent in ("Firefox/1 (Windows)", "Firefox/2 (Windows)", "secretphone/1"):
        told("POST /v1/auth/login", body=credentials, headers={"User-Agent": agent})
    outboxes = [
        json.loads(item["outbox"]["S"])[0]["detail"]["data"] for item in auth.items("AuthTable") if "session_id" in item
    ]
    devices = sorted((data["device"], data["known_device"]) for data in outboxes)
    assert devices == [("", False), ("Firefox, Windows", True), ("Firefox, Windows", True)]
    (kept,) = [item for item in auth.items("AuthTable") if item["sk"]["S"] == "devices"]
    assert "firefox" not in json.dumps(kept).lower()
    assert "secretphone" not in json.dumps(kept)
    assert len(kept["digests"]["L"]) == 2


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_fifty_wrong_passwords_at_once_are_no_more_guesses_than_one_after_the_other(auth: Aws, email: str) -> None:
    with ThreadPoolExecutor(10) as pool:
        bodies = [{"email": email, "password": f"guess {number}"} for number in range(50)]
        statuses = list(pool.map(lambda body: send("POST /v1/auth/login", body=body)["statusCode"], bodies))
    assert Counter(statuses) == {401: ACCOUNT_LIMIT, 429: 50 - ACCOUNT_LIMIT}
