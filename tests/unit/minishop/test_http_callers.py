"""Who may call a route."""

from typing import Any

import pytest

from minishop import clock
from minishop.identity import SHOPPERS, Role
from tests.helpers import answer_of, customer, guest, http_event, staff
from tests.times import NOON
from tests.unit.minishop.doors import ROLE, Door


@pytest.mark.parametrize(
    ("who", "principal", "status"),
    [
        (None, None, 200),
        (None, customer(), 200),
        (SHOPPERS, None, 401),
        (SHOPPERS, guest(), 200),
        (SHOPPERS, customer(), 200),
        (frozenset({Role.ADMIN}), None, 401),
        (frozenset({Role.ADMIN}), guest(), 403),
        (frozenset({Role.ADMIN}), customer(), 403),
        (frozenset({Role.ADMIN}), staff(Role.SUPPORT, Role.WAREHOUSE), 403),
        (frozenset({Role.ADMIN}), staff(Role.ADMIN), 200),
        (frozenset(), staff(*Role), 403),
    ],
)
def test_roles_are_held_against_the_declaration(who: Any, principal: Any, status: int) -> None:
    door = Door(who=who)
    response = door(principal=principal)
    assert response["statusCode"] == status
    assert bool(door.seen) == (status == 200)


def test_a_principal_without_a_known_role_may_nothing() -> None:
    event = http_event("GET /v1/things/{id}", path={"id": "t1"})
    event["requestContext"]["authorizer"] = {"lambda": {"principal_id": "cus_1", "roles": "root,,ADMIN"}}
    assert Door(who=frozenset(Role)).api.handler(event, None)["statusCode"] == 403


@pytest.mark.parametrize(
    ("arn", "account", "status"),
    [
        (ROLE, None, 200),
        (ROLE, "123456789012", 200),
        (ROLE.replace("arn:aws:", "arn:aws-us-gov:"), None, 200),
        (ROLE, "999999999999", 403),
        (ROLE.replace("orders-api", "cart-api"), None, 403),
        (ROLE.replace("minishop-", "other-"), None, 403),
        (ROLE.replace("minishop-", ""), None, 403),
        (ROLE.replace("orders-api", "orders-api-2"), None, 403),
        (ROLE.replace("/function", ""), None, 403),
        (ROLE + "/minishop-orders-api/x", None, 403),
        ("arn:aws:iam::123456789012:user/x:assumed-role/minishop-orders-api/bob", None, 403),
        ("arn:aws:iam::123456789012:role/minishop-orders-api", None, 403),
        ("", None, 403),
        (None, None, 403),
    ],
)
def test_an_internal_route_is_for_the_roles_that_it_names(arn: str | None, account: str | None, status: int) -> None:
    door = Door(callers=frozenset({"orders-api", "orders-consumer"}))
    event = http_event(door.key, path={"id": "t1"}, principal=staff(*Role))
    event["requestContext"]["authorizer"]["iam"] = {"userArn": arn}
    if account:
        event["requestContext"]["accountId"] = account
    assert door.api.handler(event, None)["statusCode"] == status


def test_an_internal_route_without_a_signature_is_refused() -> None:
    door = Door(callers=frozenset({"orders-api"}))
    for authorizer in ({}, None, {"iam": None}):
        event = http_event(door.key, path={"id": "t1"})
        event["requestContext"]["authorizer"] = authorizer
        assert door.api.handler(event, None)["statusCode"] == 403


def test_what_the_gateway_remembers_of_an_expired_token_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.system, "source", lambda: NOON)
    door = Door(who=SHOPPERS)
    fresh = customer(expires_at=int(NOON.timestamp()) + 1)
    assert door(principal=fresh)["statusCode"] == 200
    expired = customer(expires_at=int(NOON.timestamp()))
    refused = door(principal=expired)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (401, "unauthenticated")
