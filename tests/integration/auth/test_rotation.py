"""Rotation of the signing key, in KMS."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from auth import api, authorizer, schedule, wiring
from auth.domain.signing import Slot
from auth.key_store import KmsKeyStore
from minishop import clock
from minishop.identity import Principal, from_context
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock on, for good."""
    passed = [timedelta()]

    def move(by: timedelta) -> None:
        passed[0] += by
        monkeypatch.setattr(clock.system, "source", lambda: datetime.now(UTC) + passed[0])

    return move


@pytest.fixture
def auth(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Auth's key, with aliases of this test's own."""
    for function in ("AuthApiFunction", "AuthScheduleFunction"):
        aws.use(function)
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:3000")
    aws.use("AuthScheduleFunction")
    monkeypatch.setenv("SIGNING_KEYS", f"test-{time.monotonic_ns()}-")
    authorizer.keys.cache_clear()
    return aws


def rotate() -> int:
    return schedule.handler({"task": "rotate_keys"}, None)["rotate_keys"]


def sign() -> str:
    answer = answer_of(api.handler(http_event("POST /v1/auth/guest"), None))
    return str(answer["access_token"])


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def admitted(token: str) -> Principal | None:
    event = {"headers": {"authorization": f"Bearer {token}"}}
    return from_context(authorizer.handler(event, None)["context"])


def published() -> list[str]:
    document = answer_of(api.handler(http_event("GET /.well-known/jwks.json"), None))
    return [key["kid"] for key in document["keys"]]


def test_a_rotation_refuses_nobody_s_token(
    auth: Aws, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kid(sign())
    assert published() == [first]
    assert rotate() == 0
    monkeypatch.setenv("SIGNING_KEY_DAYS", "0")
    assert [rotate(), rotate()] == [1, 0]
    later(timedelta(minutes=5))
    assert kid(sign()) == first
    assert published()[0] == first
    (new,) = set(published()) - {first}
    later(timedelta(hours=1))
    assert [rotate(), rotate()] == [1, 0]
    later(timedelta(minutes=5))
    token = sign()
    assert kid(token) == new
    assert published() == [new, first]
    assert admitted(token)
    assert admitted(sign_with(first)), "of an instance that has not heard of it yet"
    monkeypatch.setenv("SIGNING_KEY_DAYS", "90")
    later(timedelta(hours=1))
    assert [rotate(), rotate()] == [1, 0]
    later(timedelta(minutes=5))
    assert published() == [new]
    later(timedelta(hours=1))
    assert admitted(sign())
    with pytest.raises(Exception, match="Unauthorized"):
        admitted(sign_with(first))


def sign_with(wanted: str) -> str:
    """A token that the template's key signs, as an instance does that has not heard of the rotation yet."""
    import os

    from auth.keys import fetch_public_key
    from auth.tokens import KmsAccessTokens
    from minishop import aws
    from minishop.identity import Role

    kms = aws.client("kms")
    key = fetch_public_key(kms, os.environ["SIGNING_KEY"])
    assert key.kid == wanted
    tokens = KmsAccessTokens(kms, os.environ["PUBLIC_URL"], lambda: key)
    principal = Principal("gst_1", frozenset({Role.GUEST}), "ses_1")
    return tokens.sign(principal, issued_at=clock.system.now(), lifetime=timedelta(minutes=15))


def test_the_template_s_key_is_never_destroyed_and_others_are(auth: Aws) -> None:
    store, kms = wiring.key_store(), auth.client("kms")
    made = store.create()
    store.retire(made)
    assert kms.describe_key(KeyId=made)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    first = auth.world.environment("AuthScheduleFunction")["SIGNING_KEY"]
    store.retire(first)
    assert kms.describe_key(KeyId=first)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_key_that_a_broken_run_left_behind_is_the_next_one(auth: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY_DAYS", "0")
    left = wiring.key_store().create()
    before = len(auth.client("kms").list_keys(Limit=1000)["Keys"])
    assert rotate() == 1
    following = wiring.key_store().find(Slot.NEXT)
    assert following
    assert following.id == left
    assert len(auth.client("kms").list_keys(Limit=1000)["Keys"]) == before


def test_the_hour_that_a_key_is_shown_before_it_signs_begins_when_it_is_shown(
    auth: Aws, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEY_DAYS", "0")
    wiring.key_store().create()
    later(timedelta(days=1))
    assert [rotate(), rotate()] == [1, 0]
    later(timedelta(hours=1))
    assert rotate() == 1


def test_retiring_a_key_again_and_passing_over_another_stack_s_keys_do_no_harm(auth: Aws) -> None:
    store = wiring.key_store()
    made = store.create()
    for _ in range(2):
        store.retire(made)
    assert store.spare("none") is None
    foreign = KmsKeyStore(auth.client("kms"), "another-", "none").create()
    assert store.spare("none") is None
    assert KmsKeyStore(auth.client("kms"), "another-", "none").spare("none") == foreign
