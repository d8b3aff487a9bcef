"""Forged tokens through the front door: each is answered like no token at all."""

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.gate.cloud import Cloud
from tests.gate.forgeries import forgeries
from tests.gate.people import People
from tests.system.shop import DEADLINE_SECONDS

LONGEST_HEADER = 8000  # bytes; the gateway takes 10,240 of all headers together
ROUTES = ("GET /v1/orders", "GET /v1/me", "GET /v1/admin/products")


@pytest.fixture(scope="module")
def forged(cloud: Cloud, people: People) -> dict[str, str]:
    mint = people.mint
    public = load_der_public_key(mint.public)
    assert isinstance(public, EllipticCurvePublicKey)
    (jwk,) = [key for key in cloud.get("/.well-known/jwks.json")["keys"] if key["kid"] == mint.header["kid"]]
    return {**forgeries(mint, public, jwk), "a refresh token": people.shoppers["owner"].refresh_token}


def test_each_is_answered_like_no_token_at_all(cloud: Cloud, forged: dict[str, str]) -> None:
    with httpx.Client(base_url=cloud.url, timeout=DEADLINE_SECONDS) as http:

        def ask(route: str, token: str) -> tuple[int, str, list[tuple[str, str]]]:
            method, _, path = route.partition(" ")
            answer = http.request(method, path, headers={"Authorization": f"Bearer {token}"})
            changing = {"date", "apigw-requestid"}
            return (
                answer.status_code,
                answer.text,
                sorted((name, value) for name, value in answer.headers.items() if name not in changing),
            )

        sent = {
            name: token
            for name, token in forged.items()
            if token.isprintable() and 0 < len(token.strip()) < LONGEST_HEADER
        }
        assert len(sent) >= 60
        for route in ROUTES:
            nobody = ask(route, "nobody")
            assert nobody[0] == 401
            assert {name: answer for name, token in sent.items() if (answer := ask(route, token)) != nobody} == {}


def test_what_is_too_long_for_a_header_goes_no_further(cloud: Cloud, forged: dict[str, str]) -> None:
    long = {name: token for name, token in forged.items() if len(token) >= LONGEST_HEADER}
    assert long
    at_the_gate = [function for function in cloud.stack.functions if "Authorizer" in function or "AuthApi" in function]
    assert len(at_the_gate) == 2

    def lines() -> int:
        """What those said that would have been asked; others have things of their own to do meanwhile."""
        return len([line for line in cloud.log if line.function in at_the_gate and not line.platform])

    said = lines()
    for name, token in long.items():
        answer = httpx.get(f"{cloud.url}/v1/me", headers={"Authorization": f"Bearer {token}"}, timeout=DEADLINE_SECONDS)
        assert answer.status_code in {400, 413, 431}, name
    assert lines() == said


def test_a_token_that_has_run_out_since_the_gateway_kept_it_is_refused(cloud: Cloud, people: People) -> None:
    """The gateway keeps what the authorizer said for longer than a token may have left to live."""
    from minishop import clock
    from tests.system.shop import eventually

    with httpx.Client(base_url=cloud.url, timeout=DEADLINE_SECONDS) as http:

        def status(token: str) -> int:
            return http.get("/v1/orders", headers={"Authorization": f"Bearer {token}"}).status_code

        for lifetime in (2, 10, 60):  # seconds; the first that is more than this machine takes to ask once
            issued = int(clock.system.now().timestamp())
            token = people.mint.token({"iat": issued, "exp": issued + lifetime})
            if status(token) == 200:
                break
        else:
            pytest.fail("a good token was never good")
        assert eventually(lambda: status(token) == 401, what="the end of the token")
