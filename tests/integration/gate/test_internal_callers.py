"""The internal doors hold each call against the roles that may make it, whatever the gateway let through."""

from typing import Any

import pytest

from minishop.http import Api
from tests.contract.template import functions, routes
from tests.gate.matrix import INTERNAL
from tests.helpers import ROLE_PREFIX, answer_of, http_event

DOORS: dict[str, Api] = {route.key: route.function.module().api for route in routes() if route.api == "InternalApi"}
ROLES = sorted(function.caller for function in functions())
STRANGERS = [(key, role) for key in INTERNAL for role in ROLES if role not in INTERNAL[key]]
PATH = dict.fromkeys(("id", "owner", "order_id"), "nobodys-1")


def ask(key: str, identity: Any) -> dict[str, Any]:
    event = http_event(key, path=PATH, body={})
    event["requestContext"]["accountId"] = "123456789012"
    event["requestContext"]["authorizer"] = identity
    return DOORS[key].handler(event, None)


def arn(role: str, account: str = "123456789012") -> dict[str, Any]:
    return {"iam": {"userArn": f"arn:aws:sts::{account}:assumed-role/{ROLE_PREFIX}{role}/function"}}


@pytest.mark.parametrize(("key", "role"), STRANGERS)
def test_another_function_s_role_is_refused(key: str, role: str) -> None:
    answer = ask(key, arn(role))
    assert answer["statusCode"] == 403
    assert answer_of(answer)["code"] == "forbidden"


@pytest.mark.parametrize("key", INTERNAL)
def test_whoever_only_looks_like_the_right_role_is_refused(key: str) -> None:
    for role in INTERNAL[key]:
        right = f"arn:aws:sts::123456789012:assumed-role/{ROLE_PREFIX}{role}"
        pretenders: list[Any] = [
            {},
            {"iam": {}},
            {"iam": {"userArn": ""}},
            {"lambda": {"principal_id": role, "roles": "admin"}},
            arn(role, account="999999999999"),
            arn(role + "-x"),
            arn("x-" + role),
            arn(role.upper()),
            {"iam": {"userArn": f"arn:aws:iam::123456789012:role/{ROLE_PREFIX}{role}"}},
            {"iam": {"userArn": f"arn:aws:iam::123456789012:user/{ROLE_PREFIX}{role}/function"}},
            {"iam": {"userArn": f"{right}/a/b"}},
            {"iam": {"userArn": f"{right}/function\n"}},
            {"iam": {"userArn": f" {right}/function"}},
            {"iam": {"userArn": right}},
        ]
        for pretender in pretenders:
            assert ask(key, pretender)["statusCode"] == 403, pretender
