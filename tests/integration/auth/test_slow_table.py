"""A table that is slow: whoever asks is told so before the function is killed, and may ask again."""

from typing import Any

import pytest

from auth import api, authorizer
from minishop import dynamodb
from minishop.aws import client
from minishop.identity import Principal
from tests.helpers import answer_of, http_event
from tests.integration.auth.test_account import PASSWORD, auth, log_in  # noqa: F401
from tests.integration.conftest import Aws
from tests.integration.slowness import TIMEOUT, Slow


@pytest.fixture
def slow(auth: Aws, monkeypatch: pytest.MonkeyPatch) -> Slow:  # noqa: F811
    return Slow(monkeypatch)


def ask(ada: Principal, slow: Slow) -> dict[str, Any]:
    body = {"new_email": "new@example.com", "password": PASSWORD}
    return api.handler(http_event("POST /v1/me/email", principal=ada, body=body), slow)


def test_another_address_is_asked_for_in_time_or_not_at_all(slow: Slow) -> None:
    ada, _ = log_in()
    dynamodb.connection().client.meta.events.register_last("before-send", slow.wait)
    for seconds in (1.0, 1.6, 2.9):
        slow.begin(seconds)
        answer = ask(ada, slow)
        assert (answer["statusCode"], answer_of(answer)["code"]) == (503, "out_of_time")
        assert answer["headers"]["Retry-After"] == "1"
        assert slow.taken <= TIMEOUT - 1 + seconds
    slow.begin(0.1)
    assert ask(ada, slow)["statusCode"] == 202


def test_no_call_is_begun_that_the_function_s_end_would_cut_off(slow: Slow) -> None:
    ada, _ = log_in()
    begun: list[float] = []
    events = dynamodb.connection().client.meta.events
    events.register_last("before-send", lambda **_request: begun.append(slow.taken))
    events.register_last("before-send", slow.wait)
    slow.begin(0.7)
    assert ask(ada, slow)["statusCode"] == 503
    assert 8 < max(begun) <= TIMEOUT - 1


def test_the_gate_asks_for_keys_in_time_and_begins_anew_where_it_was_not(slow: Slow) -> None:
    _, _ = log_in()
    token = answer_of(api.handler(http_event("POST /v1/auth/guest"), None))["access_token"]
    event = {"headers": {"authorization": f"Bearer {token}"}}
    authorizer.keys.cache_clear()
    client("kms").meta.events.register_last("before-send", slow.wait)
    slow.begin(4.6)
    with pytest.raises(Exception, match="slow"):
        authorizer.handler(event, slow)
    slow.begin(0.0)
    with pytest.raises(Exception, match="a moment ago"):
        authorizer.handler(event, slow)
    assert slow.taken <= TIMEOUT
