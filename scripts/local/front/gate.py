"""Who may pass: Lambda authorizers with their cache, and AWS_IAM.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scripts.local.front import policies, sigv4
from scripts.local.front.payload import Context, Request, Response, build_authorizer_event, gateway_response, route_arn
from scripts.local.runtime.service import Functions, PayloadTooLargeError
from scripts.local.template.model import Authorizer, Credentials, Function, HttpApi, LogLine, Stack

_CACHE_SIZE = 10_000
_SOURCES = ("$request.header.", "$request.querystring.")

UNAUTHORIZED = gateway_response(401, "Unauthorized")
FORBIDDEN = gateway_response(403, "Forbidden")
FAILED = gateway_response(500, "Internal Server Error")


class ApiDefinitionError(Exception):
    """The template asks of an API what cannot be served here."""


@dataclass(frozen=True)
class _Verdict:
    passed: bool
    context: Mapping[str, Any]
    expires: float


class Gate:
    """Authorizes the requests of one HTTP API."""

    def __init__(
        self, api: HttpApi, stack: Stack, runtime: Functions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._stack = stack
        self._runtime = runtime
        self._clock = clock
        self._cache: OrderedDict[tuple[object, ...], _Verdict] = OrderedDict()
        self._callers = {function.credentials.access_key: function for function in stack.functions.values()}
        for route in api.routes:
            _check_definition(api, stack, route.key, route.authorizer)

    async def admit(self, name: str | None, request: Request, context: Context) -> Context | Response:
        """The context with the caller's identity in it, or the refusal."""
        if name is None:
            return context
        if name == "AWS_IAM":
            return self._admit_signed(request, context)
        return await self._ask(self._api.authorizers[name], request, context)

    async def _ask(self, authorizer: Authorizer, request: Request, context: Context) -> Context | Response:
        identity = [_identity(source, request) for source in authorizer.identity_sources]
        if not all(identity):
            return UNAUTHORIZED
        # An edit of the authorizer's code must show at the next request: it is part of the key.
        key = (authorizer.name, self._runtime.fingerprint(authorizer.function), *identity)
        verdict = self._cached(key)
        if verdict is None:
            decided = await self._decide(authorizer, request, context, identity)
            if isinstance(decided, Response):
                return decided
            verdict = decided
            if authorizer.ttl > 0 and identity:
                self._keep(key, verdict)
        if not verdict.passed:
            return FORBIDDEN
        return replace(context, authorizer={"lambda": verdict.context})

    async def _decide(
        self, authorizer: Authorizer, request: Request, context: Context, identity: list[str]
    ) -> _Verdict | Response:
        event = build_authorizer_event(request, context, identity)
        expires = self._clock() + authorizer.ttl
        try:
            outcome = await self._runtime.invoke(authorizer.function, event, trace=request.trace)
        except PayloadTooLargeError:
            return FAILED
        result = outcome.payload
        if outcome.function_error:
            unauthorized = isinstance(result, dict) and result.get("errorMessage") == "Unauthorized"
            return UNAUTHORIZED if unauthorized else FAILED
        passed = result.get("isAuthorized") if isinstance(result, dict) else None
        extra = (result.get("context") or {}) if isinstance(result, dict) else {}
        if not isinstance(passed, bool) or not isinstance(extra, dict):
            self._say(authorizer.function, 'an authorizer returns {"isAuthorized": boolean, "context": object}')
            return FAILED
        return _Verdict(passed, extra, expires)

    def _cached(self, key: tuple[object, ...]) -> _Verdict | None:
        verdict = self._cache.get(key)
        if verdict is not None and verdict.expires <= self._clock():
            del self._cache[key]
            return None
        return verdict

    def _keep(self, key: tuple[object, ...], verdict: _Verdict) -> None:
        self._cache[key] = verdict
        if len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)

    def _admit_signed(self, request: Request, context: Context) -> Context | Response:
        try:
            credentials = sigv4.verify(request, self._stack.region, self._find, request.received_at)
        except sigv4.SignatureError as error:
            self._say("", f"{request.method} {request.path} refused: {error}")
            return FORBIDDEN
        caller = self._callers[credentials.access_key]
        resource = route_arn(request, context)
        if credentials.policy is not None and not policies.is_allowed(
            credentials.policy, "execute-api:Invoke", resource
        ):
            self._say(caller.id, f"the role of {caller.id} does not allow execute-api:Invoke on {resource}")
            return FORBIDDEN
        return replace(context, authorizer={"iam": iam_identity(caller, self._stack.account)})

    def _find(self, access_key: str) -> Credentials | None:
        caller = self._callers.get(access_key)
        return caller.credentials if caller else None

    def _say(self, function: str, text: str) -> None:
        self._runtime.log(LogLine(function, text, platform=True))


def iam_identity(caller: Function, account: str) -> dict[str, Any]:
    """What an event says of a caller that signed with its function's role."""
    role = caller.credentials.role_arn.rpartition("/")[2]
    unique = hashlib.sha256(caller.credentials.role_arn.encode()).hexdigest()[:17].upper()
    caller_id = f"AROA{unique}:{caller.name}"
    return {
        "accessKey": caller.credentials.access_key,
        "accountId": account,
        "callerId": caller_id,
        "cognitoIdentity": None,
        "principalOrgId": "",
        "userArn": f"arn:aws:sts::{account}:assumed-role/{role}/{caller.name}",
        "userId": caller_id,
    }


def _identity(source: str, request: Request) -> str:
    if source.startswith(_SOURCES[0]):
        return request.headers.get(source.removeprefix(_SOURCES[0]).lower(), "")
    return request.query.get(source.removeprefix(_SOURCES[1]), "")


def _check_definition(api: HttpApi, stack: Stack, route: str, name: str | None) -> None:
    if name in {None, "AWS_IAM"}:
        return
    authorizer = api.authorizers.get(name or "")
    if authorizer is None:
        raise ApiDefinitionError(f"{api.id}: the route {route} names an authorizer that there is not: {name}")
    if authorizer.function not in stack.functions:
        raise ApiDefinitionError(f"{api.id}: the authorizer {name} has no function of this stack")
    for source in authorizer.identity_sources:
        if not source.startswith(_SOURCES):
            raise ApiDefinitionError(f"{api.id}: identity source {source} is not one of {', '.join(_SOURCES)}")
