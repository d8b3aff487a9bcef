"""Nobody passes the gate whom an authorizer or a signature does not let pass."""

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from scripts.local.front.gate import ApiDefinitionError
from scripts.local.template.model import Authorizer
from tests.local.hand_made import ACCOUNT, REGION, run
from tests.local.served import HEADER_SOURCE, failure, make_api, serving


def test_an_authorizer_says_who_calls_and_is_asked_once_for_all_routes() -> None:
    async def scenario() -> None:
        def gatekeeper(event: Any) -> Any:
            return {"isAuthorized": True, "context": {"sub": event["headers"]["authorization"]}}

        async with serving(gatekeeper=gatekeeper) as client:
            for path in ("/guarded", "/also-guarded", "/guarded"):
                assert (await client.ask(path, headers={"Authorization": "one"}))[0] == 200
            assert (await client.ask("/guarded", headers={"Authorization": "two"}))[0] == 200
            assert [event["identitySource"] for event in client.functions.sent_to("Gatekeeper")] == [["one"], ["two"]]
            callers = [event["requestContext"]["authorizer"] for event in client.functions.sent_to("Shop")]
            assert callers == [{"lambda": {"sub": "one"}}] * 3 + [{"lambda": {"sub": "two"}}]

    run(scenario)


def test_a_result_is_kept_for_its_time_and_until_the_authorizers_code_changes() -> None:
    async def scenario() -> None:
        now = 1000.0
        async with serving(clock=lambda: now) as client:

            async def asked_after() -> int:
                assert (await client.ask("/guarded", headers={"Authorization": "one"}))[0] == 200
                return len(client.functions.sent_to("Gatekeeper"))

            assert await asked_after() == 1
            now += 299.9
            assert await asked_after() == 1
            now += 0.2
            assert await asked_after() == 2
            client.functions.version = 2
            assert await asked_after() == 3

    run(scenario)


def test_without_a_ttl_nothing_is_kept() -> None:
    async def scenario() -> None:
        api = make_api(authorizers={"Bearer": Authorizer("Bearer", "Gatekeeper", HEADER_SOURCE, 0)})
        async with serving(api=api) as client:
            for _ in range(2):
                await client.ask("/guarded", headers={"Authorization": "one"})
            assert len(client.functions.sent_to("Gatekeeper")) == 2

    run(scenario)


def test_a_refusal_is_kept_and_a_failure_is_not() -> None:
    async def scenario() -> None:
        results = iter([failure("boom"), {"isAuthorized": False}])
        async with serving(gatekeeper=lambda _event: next(results)) as client:
            headers = {"Authorization": "one"}
            assert (await client.ask("/guarded", headers=headers))[:2] == (500, {"message": "Internal Server Error"})
            assert (await client.ask("/guarded", headers=headers))[:2] == (403, {"message": "Forbidden"})
            assert (await client.ask("/guarded", headers=headers))[:2] == (403, {"message": "Forbidden"})
            assert not client.functions.sent_to("Shop")

    run(scenario)


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}])
def test_without_its_identity_source_a_request_is_refused_unasked(headers: dict[str, str]) -> None:
    async def scenario() -> None:
        async with serving() as client:
            assert (await client.ask("/guarded", headers=headers))[:2] == (401, {"message": "Unauthorized"})
            assert not client.functions.events

    run(scenario)


def test_all_identity_sources_must_be_there_and_make_the_key() -> None:
    async def scenario() -> None:
        sources = (*HEADER_SOURCE, "$request.querystring.tenant")
        api = make_api(authorizers={"Bearer": Authorizer("Bearer", "Gatekeeper", sources, 300)})
        async with serving(api=api) as client:
            headers = {"Authorization": "one"}
            assert (await client.ask("/guarded", headers=headers))[0] == 401
            assert (await client.ask("/guarded?tenant=a", headers=headers))[0] == 200
            assert (await client.ask("/guarded?tenant=b", headers=headers))[0] == 200
            asked = [event["identitySource"] for event in client.functions.sent_to("Gatekeeper")]
            assert asked == [["one", "a"], ["one", "b"]]

    run(scenario)


@pytest.mark.parametrize(
    ("result", "status", "message"),
    [
        (failure("Unauthorized"), 401, "Unauthorized"),
        (failure("unauthorized"), 500, "Internal Server Error"),
        (None, 500, "Internal Server Error"),
        ([], 500, "Internal Server Error"),
        ({}, 500, "Internal Server Error"),
        ({"isAuthorized": "true"}, 500, "Internal Server Error"),
        ({"isAuthorized": True, "context": "x"}, 500, "Internal Server Error"),
        ({"isAuthorized": False, "context": {"sub": "x"}}, 403, "Forbidden"),
    ],
)
def test_an_authorizer_that_does_not_say_yes_lets_nobody_in(result: Any, status: int, message: str) -> None:
    async def scenario() -> None:
        async with serving(gatekeeper=lambda _event: result) as client:
            answer = await client.ask("/guarded", headers={"Authorization": "one"})
            assert answer[:2] == (status, {"message": message})
            assert not client.functions.sent_to("Shop")

    run(scenario)


@pytest.mark.parametrize(
    "changes",
    [
        {"authorizers": {}},
        {"authorizers": {"Bearer": Authorizer("Bearer", "Nobody", HEADER_SOURCE, 300)}},
        {"authorizers": {"Bearer": Authorizer("Bearer", "Gatekeeper", ("$stageVariables.x",), 300)}},
    ],
)
def test_a_route_whose_authorizer_cannot_be_asked_is_never_served_open(changes: dict[str, Any]) -> None:
    async def scenario() -> None:
        with pytest.raises(ApiDefinitionError):
            async with serving(api=make_api(**changes)):
                pass

    run(scenario)


def signed_headers(port: int, path: str, method: str = "GET", secret: str = "SK") -> dict[str, str]:
    request = AWSRequest(method, f"http://127.0.0.1:{port}{path}", {"Host": f"127.0.0.1:{port}"})
    SigV4Auth(BotocoreCredentials("AK", secret), "execute-api", REGION).add_auth(request)
    return dict(request.headers.items())


def test_a_signed_request_carries_the_role_of_its_caller() -> None:
    async def scenario() -> None:
        async with serving() as client:
            path = "/internal/carts/a%20b?x=1"
            status, _, _ = await client.ask(path, headers=signed_headers(client.port, path))
            assert status == 200
            identity = client.functions.sent_to("Shop")[0]["requestContext"]["authorizer"]["iam"]
            assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/CallerRole/test-caller"
            assert identity["accessKey"] == "AK"
            assert identity["accountId"] == ACCOUNT
            assert identity["cognitoIdentity"] is None
            assert identity["callerId"] == identity["userId"]

    run(scenario)


def test_an_unsigned_or_wrongly_signed_request_is_forbidden() -> None:
    async def scenario() -> None:
        async with serving() as client:
            forbidden = (403, {"message": "Forbidden"})
            path = "/internal/carts/a"
            assert (await client.ask(path))[:2] == forbidden
            wrong = signed_headers(client.port, path, secret="guessed")
            assert (await client.ask(path, headers=wrong))[:2] == forbidden
            assert (await client.ask("/internal/carts/b", headers=signed_headers(client.port, path)))[:2] == forbidden
            assert not client.functions.events
            assert any("not signed" in line.text for line in client.functions.lines)

    run(scenario)


def test_the_callers_role_must_allow_the_route() -> None:
    async def scenario() -> None:
        resource = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abc/*/GET/internal/carts/*"
        policy = ({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource},)
        async with serving(policy=policy) as client:
            for path, method, status in (
                ("/internal/carts/a", "GET", 200),
                ("/internal/carts/a", "PUT", 403),
                ("/internal/quotes", "GET", 403),
            ):
                headers = signed_headers(client.port, path, method)
                assert (await client.ask(path, method, headers))[0] == status
        async with serving(policy=()) as client:
            path = "/internal/carts/a"
            assert (await client.ask(path, headers=signed_headers(client.port, path)))[0] == 403

    run(scenario)
