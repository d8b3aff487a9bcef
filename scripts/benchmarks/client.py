"""Somebody who shops over HTTP, and who waits before asking again as browsers and apps do."""

import random
import time
from collections.abc import Callable
from typing import Any, Self

import httpx

TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 180.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 3.0
BUSY = 503
AGAIN = {"conflict", "checkout_in_progress"}  # what a client sends again, with the same key


class Client:
    """Somebody with a token. `sleep` and `chance` are for tests."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, transport=transport)
        self.statuses: list[int] = []  # of all answers
        self._sleep = sleep
        self._chance = chance

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """The first answer that is not 429."""
        attempt = 0
        while True:
            answer = self.http.request(method, path, json=body, headers={"Idempotency-Key": key} if key else None)
            self.statuses.append(answer.status_code)
            if answer.status_code != 429:
                return answer
            self.pause(attempt, answer)
            attempt += 1

    def pause(self, attempt: int, answer: httpx.Response) -> None:
        """Waits before sending the same again: as long as the answer asks for, else longer each time, never all alike.

        `attempt`: how many pauses came before.
        """
        asked = answer.headers.get("Retry-After", "")
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempt, 10))
        self._sleep(float(asked) if asked.isdecimal() else longest * (0.5 + self._chance() / 2))

    def sign_in(self, path: str, body: Any = None) -> None:
        """As a guest, or with a password; again while the shop is busy. Raises httpx.HTTPStatusError."""
        deadline, attempt = time.monotonic() + PATIENCE_SECONDS, 0
        while (answer := self.send("POST", path, body)).status_code == BUSY and time.monotonic() < deadline:
            self.pause(attempt, answer)
            attempt += 1
        self.http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"

    def until(self, method: str, path: str, body: Any, wanted: Any) -> Any:
        """The first answer that is as wanted. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.send(method, path, body)
            if answer.is_success and wanted(answer.json()):
                return answer.json()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} does not become as wanted: {answer.text}")
            self._sleep(0.1)


def code_of(answer: httpx.Response) -> str:
    """The `code` of a problem; "" of a success; what the gateway says where the shop said nothing."""
    if answer.is_success:
        return ""
    try:
        return str(answer.json().get("code", answer.status_code))
    except ValueError:
        return str(answer.status_code)
