"""No forged token opens the gate: each against the authorizer's handler, with a key in KMS."""

import json
import socket
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from auth import api as auth_api
from auth import authorizer
from minishop import clock
from tests.gate.forgeries import forgeries
from tests.gate.mint import Mint, like
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws

Knock = Callable[[str], Any]
A_FETCH = 4  # calls of GetPublicKey: current, the template's key where there is no current yet, previous, next


def knock(authorization: str | None) -> Any:
    headers = {} if authorization is None else {"authorization": authorization}
    return authorizer.handler({"version": "2.0", "type": "REQUEST", "headers": headers}, None)


@pytest.fixture
def tokens(aws: Aws) -> dict[str, str]:
    """A guest's tokens, and the process is the authorizer's."""
    aws.use("AuthApiFunction")
    answer: dict[str, str] = answer_of(auth_api.handler(http_event("POST /v1/auth/guest"), None))
    aws.use("AuthAuthorizerFunction")
    authorizer.keys.cache_clear()
    return answer


@pytest.fixture
def mint(aws: Aws, tokens: dict[str, str]) -> Mint:
    return like(tokens["access_token"], aws.client("kms"))


@pytest.fixture
def forged(aws: Aws, mint: Mint, tokens: dict[str, str]) -> dict[str, str]:
    aws.use("AuthApiFunction")
    document = answer_of(auth_api.handler(http_event("GET /.well-known/jwks.json"), None))
    (jwk,) = [key for key in document["keys"] if key["kid"] == mint.header["kid"]]
    aws.use("AuthAuthorizerFunction")
    public: Any = load_der_public_key(mint.public)
    refresh = tokens["refresh_token"]
    return {**forgeries(mint, public, jwk), "a refresh token": refresh, "a refresh token in parts": f"a.{refresh}.b"}


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whom somebody tried to connect to; nobody is reached."""
    tried: list[Any] = []

    def refuse(*arguments: Any, **_options: Any) -> Any:
        tried.append(arguments)
        raise AssertionError("somebody opens a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


def test_a_good_token_opens_it(mint: Mint) -> None:
    answer = knock(f"Bearer {mint.token()}")
    assert answer["isAuthorized"] is True
    assert answer["context"]["principal_id"] == mint.claims["sub"]


def test_no_forged_token_opens_it_and_all_are_answered_alike(
    forged: dict[str, str], connections: list[Any], calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(forged) >= 60
    now = clock.system.now()
    monkeypatch.setattr(clock.system, "source", lambda: now)  # however long this machine takes
    let_in, told = [], set()
    for name, token in forged.items():
        try:
            knock(f"Bearer {token}")
        except Exception as error:  # noqa: BLE001  the handler's way of saying no
            told.add((type(error), str(error)))
        else:
            let_in.append(name)
    assert let_in == []
    assert told == {(Exception, "Unauthorized")}
    assert connections == []
    assert set(calls) == {"kms:GetPublicKey"}
    assert calls["kms:GetPublicKey"] == A_FETCH


def test_keys_that_there_are_not_are_fetched_once_in_ten_seconds(
    mint: Mint, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now, passed = clock.system.now(), 0.0
    monkeypatch.setattr(clock.system, "source", lambda: now + timedelta(seconds=passed))
    assert knock(f"Bearer {mint.token()}")["isAuthorized"] is True
    fetched = [calls["kms:GetPublicKey"]]
    for passed in (0.0, 5.0, 9.9, 10.0, 15.0, 19.9, 20.0):
        for number in range(3):
            with pytest.raises(Exception, match="Unauthorized"):
                knock(f"Bearer {mint.token(header={'kid': f'made-up-{passed}-{number}'})}")
        fetched.append(calls["kms:GetPublicKey"])
    assert [count // A_FETCH for count in fetched] == [1, 1, 1, 1, 2, 2, 2, 3]


SCHEMES = (
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic {}",
    "Token {}",
    "{}",
    "Bearer{}",
    "Bearer: {}",
    "Bearer {} {}",
    "Bearer {}, Bearer {}",
    "Bearer Bearer {}",
    'Bearer "{}"',
    "Bearer\u00a0{}",
    "Bearer\n{}",
    "Bearer\t{}",
)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_good_token_in_the_wrong_words_opens_nothing(mint: Mint, scheme: str | None) -> None:
    token = mint.token()
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        knock(scheme and scheme.replace("{}", token))


def test_a_token_cut_anywhere_opens_nothing(mint: Mint) -> None:
    token = mint.token()
    for end in range(len(token)):
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            knock(f"Bearer {token[:end]}")


def test_what_is_logged_of_a_forged_token_is_nothing_of_it(
    mint: Mint, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    token = mint.token({"iss": "https://evil.example"})
    with pytest.raises(Exception, match="Unauthorized") as refused:
        knock(f"Bearer {token}")
    said = capsys.readouterr()
    texts = [said.out, said.err, caplog.text, json.dumps([str(refused.value), str(refused.value.__cause__)])]
    for piece in (*token.split("."), mint.claims["sub"]):
        assert all(piece not in text for text in texts)
