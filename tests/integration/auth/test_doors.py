"""Auth's doors, on its table and signing key."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from auth import api, authorizer, internal, relay, wiring
from minishop import clock
from minishop.identity import Principal, Role, from_context
from tests.helpers import answer_of, guest, http_event
from tests.integration.conftest import Aws

PASSWORD = "four unrelated words"
ADA = {"email": "Ada@example.com", "password": PASSWORD, "full_name": "Ada Byron", "phone": "+4915112345678"}


@pytest.fixture
def auth(aws: Aws) -> Aws:
    """Auth's own table and key."""
    aws.use("AuthApiFunction")
    authorizer.keys.cache_clear()
    return aws


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock on."""

    def move(by: timedelta) -> None:
        monkeypatch.setattr(clock.system, "source", lambda: datetime.now(UTC) + by)

    return move


def post(route: str, body: Any = None) -> dict[str, Any]:
    return api.handler(http_event(f"POST {route}", body=body), None)


def answer(route: str, body: Any = None, *, status: int = 200) -> Any:
    response = post(route, body)
    assert response["statusCode"] == status, response
    return answer_of(response)


def admitted(access_token: str) -> Principal:
    event = {"headers": {"authorization": f"Bearer {access_token}"}}
    result = authorizer.handler(event, None)
    assert result["isAuthorized"] is True
    principal = from_context(result["context"])
    assert principal
    return principal


def customer_id(auth: Aws) -> str:
    (found,) = [item["customer_id"]["S"] for item in auth.items("AuthTable") if item["sk"]["S"] == "user"]
    return str(found)


def mail_link(customer: str, *, caller: str = "notifications-consumer") -> dict[str, Any]:
    body = {"event_id": "evt_1", "customer_id": customer, "kind": "verify_email"}
    return internal.handler(http_event("POST /internal/mail-links", body=body, caller=caller), None)


def verified(auth: Aws) -> str:
    answer("/v1/auth/register", ADA, status=202)
    customer = customer_id(auth)
    token = answer_of(mail_link(customer))["token"]
    answer("/v1/auth/verify-email", {"token": token}, status=204)
    return customer


def test_a_guest_is_known_at_the_gate(auth: Aws) -> None:
    tokens = answer("/v1/auth/guest", status=201)
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 900
    principal = admitted(tokens["access_token"])
    assert principal.roles == {Role.GUEST}
    assert principal.id.startswith("gst_")


def test_register_verify_sign_in_and_look_at_oneself(auth: Aws) -> None:
    answer("/v1/auth/register", ADA, status=202)
    assert auth.outboxes("AuthTable") == ["UserRegistered"]
    assert post("/v1/auth/login", {"email": ADA["email"], "password": PASSWORD})["statusCode"] == 401
    customer = customer_id(auth)
    for _ in range(2):
        answer("/v1/auth/verify-email", {"token": answer_of(mail_link(customer))["token"]}, status=204)
    assert auth.outboxes("AuthTable") == ["EmailVerified"]
    tokens = answer("/v1/auth/login", {"email": "ADA@EXAMPLE.COM", "password": PASSWORD})
    assert auth.outboxes("AuthTable") == ["EmailVerified", "SignedIn"]
    response = api.handler(http_event("GET /v1/me", principal=admitted(tokens["access_token"])), None)
    profile = answer_of(response)
    assert response["headers"]["ETag"] == f'"{profile["version"]}"'
    del profile["created_at"], profile["version"]
    assert profile == {
        "id": customer,
        "email": "Ada@example.com",
        "email_verified": True,
        "full_name": "Ada Byron",
        "pending_email": None,
        "former_email": None,
        "phone": "+4915112345678",
        "phone_verified": False,
        "pending_phone": None,
        "locale": "en",
        "roles": ["customer"],
        "second_factor": False,
    }


def test_a_taken_address_is_answered_as_a_free_one(auth: Aws) -> None:
    verified(auth)
    responses = [post("/v1/auth/register", ADA | {"email": email}) for email in ("ada@EXAMPLE.com", "eve@example.com")]
    assert [(response["statusCode"], response.get("body")) for response in responses] == [(202, None)] * 2
    assert auth.outboxes("AuthTable") == ["RegistrationAttempted", "UserRegistered"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"password": "Password12345678"}, "/password"),
        ({"password": "short"}, "/password"),
        ({"full_name": "Ada\nByron"}, "/full_name"),
        ({"phone": "0151"}, "/phone"),
        ({"locale": "klingon"}, "/locale"),
        ({"roles": ["admin"]}, "/roles"),
    ],
)
def test_what_is_wrong_with_a_registration_is_pointed_at(auth: Aws, changes: dict[str, Any], pointer: str) -> None:
    problem = answer("/v1/auth/register", ADA | changes, status=422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert auth.items("AuthTable") == []


def test_a_link_that_is_not_good_is_refused(auth: Aws, later: Callable[[timedelta], None]) -> None:
    answer("/v1/auth/register", ADA, status=202)
    token = answer_of(mail_link(customer_id(auth)))["token"]
    later(timedelta(hours=25))
    for each in (token, "lnk_made_up"):
        assert answer("/v1/auth/verify-email", {"token": each}, status=422)["code"] == "invalid_token"


def test_a_guest_who_signs_in_is_taken_over(auth: Aws) -> None:
    verified(auth)
    started = answer("/v1/auth/guest", status=201)
    guest_id = admitted(started["access_token"]).id
    credentials = {"email": ADA["email"], "password": PASSWORD, "guest_refresh_token": started["refresh_token"]}
    principals = [admitted(answer("/v1/auth/login", credentials)["access_token"]) for _ in range(2)]
    assert {principal.guest for principal in principals} == {guest_id}
    assert auth.outboxes("AuthTable").count("GuestUpgraded") == 1
    assert post("/v1/auth/refresh", {"refresh_token": started["refresh_token"]})["statusCode"] == 401


def test_refresh_tokens_rotate_and_a_reuse_ends_the_session(auth: Aws, later: Callable[[timedelta], None]) -> None:
    first = answer("/v1/auth/guest", status=201)["refresh_token"]
    second = answer("/v1/auth/refresh", {"refresh_token": first})["refresh_token"]
    again = answer("/v1/auth/refresh", {"refresh_token": first})["refresh_token"]
    assert second == again != first
    later(timedelta(seconds=20))
    for token in (first, second):
        assert answer("/v1/auth/refresh", {"refresh_token": token}, status=401)["code"] == "invalid_refresh_token"


def test_signing_out_ends_the_session_at_once_on_one_s_own_routes(auth: Aws) -> None:
    verified(auth)
    tokens = answer("/v1/auth/login", {"email": ADA["email"], "password": PASSWORD})
    principal = admitted(tokens["access_token"])
    for _ in range(2):
        answer("/v1/auth/logout", {"refresh_token": tokens["refresh_token"]}, status=204)
    response = api.handler(http_event("GET /v1/me", principal=principal), None)
    assert (response["statusCode"], answer_of(response)["code"]) == (401, "session_ended")
    assert post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})["statusCode"] == 401


def test_a_guest_has_no_profile(auth: Aws) -> None:
    assert api.handler(http_event("GET /v1/me", principal=guest()), None)["statusCode"] == 403
    assert api.handler(http_event("GET /v1/me"), None)["statusCode"] == 401


def test_the_published_key_verifies_what_is_signed(auth: Aws) -> None:
    token = answer("/v1/auth/guest", status=201)["access_token"]
    response = api.handler(http_event("GET /.well-known/jwks.json"), None)
    assert response["headers"]["Cache-Control"] == "public, max-age=300"
    keys = jwt.PyJWKSet.from_dict(json.loads(response["body"]))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="minishop", issuer="http://127.0.0.1:3000")
    assert claims["roles"] == ["guest"]


def test_what_happened_goes_to_the_bus(auth: Aws) -> None:
    answer("/v1/auth/register", ADA, status=202)
    images = [item for item in auth.items("AuthTable") if "outbox" in item]
    auth.use("AuthRelayFunction")
    records = [{"dynamodb": {"SequenceNumber": "1", "NewImage": image}} for image in images]
    assert relay.handler({"Records": records}, None) == {"batchItemFailures": []}
    told = [json.loads(message["Body"]) for message in auth.messages("NotificationsInbox")]
    assert [(each["source"], each["detail-type"]) for each in told] == [("minishop.auth", "UserRegistered")]
    assert told[0]["detail"]["data"] == {"customer_id": customer_id(auth), "locale": "en"}


def test_health_needs_nothing(auth: Aws) -> None:
    response = api.handler(http_event("GET /v1/auth/health"), None)
    assert answer_of(response) == {"status": "ok", "service": "auth"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer a b"])
def test_a_bad_token_makes_the_gateway_answer_401(auth: Aws, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        authorizer.handler({"headers": headers}, None)


def test_two_tokens_in_one_request_are_none(auth: Aws) -> None:
    token = answer("/v1/auth/guest", status=201)["access_token"]
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        authorizer.handler({"headers": {"authorization": f"Bearer {token},Bearer {token}"}}, None)


def test_a_token_of_another_shop_is_refused(auth: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    token = answer("/v1/auth/guest", status=201)["access_token"]
    monkeypatch.setenv("PUBLIC_URL", "https://shop.example/")
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        authorizer.handler({"headers": {"authorization": f"Bearer {token}"}}, None)
    wiring.ports.cache_clear()
    assert admitted(answer("/v1/auth/guest", status=201)["access_token"]).roles == {Role.GUEST}


def test_notifications_learns_where_to_reach_a_customer(auth: Aws) -> None:
    customer = verified(auth)
    event = http_event("GET /internal/customers/{id}", path={"id": customer}, caller="notifications-consumer")
    assert answer_of(internal.handler(event, None)) == {
        "id": customer,
        "email": "Ada@example.com",
        "former_email": None,
        "email_changed_at": None,
        "full_name": "Ada Byron",
        "phone": None,
        "locale": "en",
        "email_verified": True,
    }


def test_a_guest_is_no_customer(auth: Aws) -> None:
    principal = admitted(answer("/v1/auth/guest", status=201)["access_token"])
    for identity in (principal.id, "cus_0"):
        event = http_event("GET /internal/customers/{id}", path={"id": identity}, caller="notifications-consumer")
        assert internal.handler(event, None)["statusCode"] == 404
        assert mail_link(identity)["statusCode"] == 404


def test_other_services_may_not_ask(auth: Aws) -> None:
    customer = verified(auth)
    event = http_event("GET /internal/customers/{id}", path={"id": customer}, caller="orders-api")
    assert internal.handler(event, None)["statusCode"] == 403
    assert mail_link(customer, caller="catalog-api")["statusCode"] == 403


def test_each_link_for_one_event_works(auth: Aws) -> None:
    answer("/v1/auth/register", ADA, status=202)
    customer = customer_id(auth)
    first, second = (answer_of(mail_link(customer))["token"] for _ in range(2))
    assert first != second
    answer("/v1/auth/verify-email", {"token": first}, status=204)


def test_the_table_holds_no_token_and_no_password(auth: Aws) -> None:
    answer("/v1/auth/register", ADA, status=202)
    link = answer_of(mail_link(customer_id(auth)))["token"]
    answer("/v1/auth/verify-email", {"token": link}, status=204)
    tokens = answer("/v1/auth/login", {"email": ADA["email"], "password": PASSWORD})
    following = answer("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    stored = json.dumps(auth.items("AuthTable"))
    for secret in (PASSWORD, link, tokens["access_token"], following["access_token"]):
        assert secret not in stored
    for text in (tokens["refresh_token"], following["refresh_token"]):
        assert text.split(".")[2] not in stored
