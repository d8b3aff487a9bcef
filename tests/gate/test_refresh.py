"""One refresh token used by many at once, by a thief, and again because an answer got lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from auth.domain import GRACE
from tests.gate.cloud import Cloud
from tests.gate.people import People
from tests.system.shop import DEADLINE_SECONDS, Shopper, eventually

AT_ONCE = 50


def refresh(cloud: Cloud, token: str) -> tuple[int, Any]:
    answer = httpx.post(f"{cloud.url}/v1/auth/refresh", json={"refresh_token": token}, timeout=DEADLINE_SECONDS)
    return answer.status_code, answer.json()


def refresh_at_once(cloud: Cloud) -> list[tuple[int, Any]] | None:
    """The answers to fifty uses of a token and to one more; None when it took this machine longer than the grace."""
    with Shopper(cloud) as somebody:
        somebody.be_guest()
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: refresh(cloud, somebody.refresh_token), range(AT_ONCE)))
    answers.append(refresh(cloud, somebody.refresh_token))
    return answers if time.monotonic() - begun < GRACE.total_seconds() else None


def test_fifty_simultaneous_uses_have_one_successor(cloud: Cloud) -> None:
    answers = eventually(lambda: refresh_at_once(cloud), what="fifty answers while the grace lasts")
    assert answers
    good = [answer["refresh_token"] for status, answer in answers if status == 200]
    assert len(set(good)) == 1, answers
    # Whoever lost every race is told to try again, and never that the session has ended.
    assert {status for status, _ in answers} <= {200, 409}
    assert answers[-1][0] == 200  # which has no race to lose
    status, _ = refresh(cloud, good[0])
    assert status == 200


def test_a_stolen_token_used_after_the_thief_ends_the_family_at_once(cloud: Cloud, people: People) -> None:
    with Shopper(cloud) as owner:
        owner.email = people.shoppers["other"].email
        owner.log_in(owner.email, "a long enough pass phrase")
        stolen = owner.refresh_token
        _, thief = refresh(cloud, stolen)
        _, thiefs_next = refresh(cloud, thief["refresh_token"])  # twice: the grace covers one step alone
        status, refusal = refresh(cloud, stolen)
        assert (status, refusal["code"]) == (401, "invalid_refresh_token")
        for token in (thief["refresh_token"], thiefs_next["refresh_token"]):
            assert refresh(cloud, token)[0] == 401
        headers = {"Authorization": f"Bearer {thiefs_next['access_token']}"}
        mine = httpx.get(f"{cloud.url}/v1/me", headers=headers, timeout=DEADLINE_SECONDS)
        assert mine.status_code == 401
