"""The internal API: every route by every function's role, and requests that no role has signed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from scripts.local.template.model import Credentials
from tests.contract.template import functions
from tests.gate.cloud import Cloud
from tests.gate.matrix import INTERNAL
from tests.gate.people import People
from tests.system.shop import DEADLINE_SECONDS, settled

BODY = b"{}"
CELLS = [(key, function.id, function.caller) for key in INTERNAL for function in functions()]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=DEADLINE_SECONDS) as client:
        yield client


def target(cloud: Cloud, key: str) -> tuple[str, str]:
    method, _, path = key.partition(" ")
    return method, cloud.internal_url + re.sub(r"{\w+}", "nobodys-1", path)


def signed(method: str, url: str, credentials: Credentials, region: str, body: bytes = BODY) -> Mapping[str, str]:
    request = AWSRequest(method, url, headers={"Content-Type": "application/json"}, data=body)
    keys = BotoCredentials(credentials.access_key, credentials.secret_key, credentials.session_token or None)
    SigV4Auth(keys, "execute-api", region).add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize(("key", "function", "caller"), CELLS)
def test_a_route_answers_the_roles_that_it_is_for_and_no_other(
    cloud: Cloud, http: httpx.Client, key: str, function: str, caller: str
) -> None:
    method, url = target(cloud, key)
    credentials = cloud.stack.functions[function].credentials
    headers = signed(method, url, credentials, cloud.stack.region)
    response = settled(lambda: http.request(method, url, headers=headers, content=BODY), what=key)
    if caller in INTERNAL[key]:
        assert response.status_code not in {401, 403}, response.text
        assert response.status_code < 500, response.text
    else:
        assert response.status_code == 403, response.text


def _another_secret(credentials: Credentials) -> Credentials:
    return replace(credentials, secret_key="x" * 40)


def _without_session(credentials: Credentials) -> Credentials:
    return replace(credentials, session_token="")


def _another_key(credentials: Credentials) -> Credentials:
    return replace(credentials, access_key="ASIAXXXXXXXXXXXXXXXX")


@pytest.mark.parametrize("spoil", [_another_secret, _without_session, _another_key])
@pytest.mark.parametrize("key", INTERNAL)
def test_a_signature_that_is_not_the_role_s_is_refused(cloud: Cloud, http: httpx.Client, key: str, spoil: Any) -> None:
    method, url = target(cloud, key)
    caller = next(iter(INTERNAL[key]))
    (function,) = (one.id for one in functions() if one.caller == caller)
    good = cloud.stack.functions[function].credentials
    headers = signed(method, url, spoil(good), cloud.stack.region)
    assert http.request(method, url, headers=headers, content=BODY).status_code == 403


@pytest.mark.parametrize("key", INTERNAL)
def test_what_was_signed_for_another_body_path_or_region_is_refused(cloud: Cloud, http: httpx.Client, key: str) -> None:
    method, url = target(cloud, key)
    caller = next(iter(INTERNAL[key]))
    (function,) = (one.id for one in functions() if one.caller == caller)
    good = cloud.stack.functions[function].credentials
    region = cloud.stack.region
    assert http.request(method, url, headers=signed(method, url, good, region), content=b"[]").status_code == 403
    headers = signed(method, url + "-2", good, region)
    assert http.request(method, url, headers=headers, content=BODY).status_code == 403
    headers = signed(method, url, good, "us-east-1")
    assert http.request(method, url, headers=headers, content=BODY).status_code == 403


@pytest.mark.parametrize("key", INTERNAL)
@pytest.mark.parametrize("principal", ["none", "owner", "admin", "forged"])
def test_no_bearer_token_opens_it(cloud: Cloud, people: People, http: httpx.Client, key: str, principal: str) -> None:
    method, url = target(cloud, key)
    response = http.request(method, url, headers=people.headers(principal), content=BODY)
    assert response.status_code == 403
