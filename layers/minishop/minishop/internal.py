"""Calls between services: signed HTTP to the internal API, with a time limit, one more try and a circuit breaker.

SigV4 signs with the function's own role, and API Gateway lets in whom that role's policy allows. The
receiving side (`callers` of a route, see `minishop.http`) also holds the role's name against its own list.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from snapshot_restore_py import register_after_restore

from minishop import aws
from minishop.breaker import Breaker, CircuitOpenError
from minishop.correlation import correlation
from minishop.deadline import seconds_for
from minishop.errors import FieldError, MinishopError, ProblemError, UnavailableError
from minishop.observability import logger

CONNECT_SECONDS, READ_SECONDS = 1.0, 4.0
ATTEMPTS = 2  # every internal call is idempotent by its path


class ServiceUnavailableError(UnavailableError):
    """Another service did not answer, or answered that it cannot."""

    code = "service_unavailable"
    title = "A service behind this one does not answer"


class RefusedError(MinishopError):
    """Another service refused the call.

    Attributes:
        status: The HTTP status.
        code: The problem's stable code.
        problem: The problem object as received.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.code = str(problem.get("code", ""))
        self.problem = problem


@lru_cache(maxsize=1)
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=4, retries=False)


register_after_restore(_pool.cache_clear)


class Internal:
    """A client of the internal API. One per service that is called, so that each has a breaker of its own."""

    SERVICE: ClassVar[str] = "execute-api"

    def __init__(self, callee: str) -> None:
        self._callee = callee
        self._breaker = Breaker()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON answer of another service; an empty object for 204.

        Raises RefusedError when it answers 4xx, ServiceUnavailableError when it does not answer in time,
        answers 5xx, 429 or a redirect twice, or has failed so often that it is not asked; OutOfTimeError when the
        request at hand has no time left for it.
        """
        try:
            status, answer = self._breaker.run(
                lambda: self._try_twice(method, path, body), counts=ServiceUnavailableError
            )
        except CircuitOpenError as error:
            raise ServiceUnavailableError(f"{self._callee} is failing; try again in a few seconds.") from error
        if status >= 400:
            raise RefusedError(status, answer)
        return answer

    def _try_twice(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, dict[str, Any]]:
        reason = ""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, answer = self._send(method, path, body)
            except (urllib3.exceptions.HTTPError, ValueError) as error:
                reason = type(error).__name__
            else:
                if 200 <= status < 300 or (400 <= status < 500 and status != 429):
                    return status, answer
                reason = f"status {status}"
            logger().warning("internal call failed", callee=self._callee, attempt=attempt, reason=reason)
        raise ServiceUnavailableError(f"{self._callee} does not answer ({reason}); try again.")

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, dict[str, Any]]:
        raw = json.dumps(body).encode() if body is not None else b""
        headers = {"Content-Type": "application/json", "X-Request-Id": correlation().id}
        url = os.environ["INTERNAL_URL"] + path
        request = AWSRequest(method, url, headers=headers, data=raw)
        session = aws.session()
        credentials = session.get_credentials()
        if credentials is None:
            raise ServiceUnavailableError("This function has no credentials to sign its calls with.")
        SigV4Auth(credentials, self.SERVICE, session.get_config_variable("region")).add_auth(request)
        timeout = urllib3.Timeout(connect=seconds_for(CONNECT_SECONDS), read=seconds_for(READ_SECONDS))
        response = _pool().request(method, url, body=raw, headers=dict(request.headers.items()), timeout=timeout)
        answer = json.loads(response.data) if response.data else {}
        if not isinstance(answer, dict):
            raise ValueError("not a JSON object")  # noqa: TRY004  treated as any other unreadable answer
        return response.status, answer


def segment(text: str) -> str:
    """`text` as one segment of a path."""
    return quote(text, safe="")


def relayed(error: RefusedError, kind: type[ProblemError]) -> ProblemError:
    """Another service's refusal as one's own problem of `kind`, with its detail, errors and further members."""
    problem = error.problem
    fields = tuple(FieldError(str(field["pointer"]), str(field["detail"])) for field in problem.get("errors") or [])
    known = {"type", "title", "status", "detail", "instance", "code", "errors"}
    extra = {key: value for key, value in problem.items() if key not in known}
    return kind(str(problem.get("detail", "")), errors=fields, extra=extra)
