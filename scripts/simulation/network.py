"""Everything that leaves a function goes through here: AWS, the internal API, provider, carrier, webhooks and Redis.

Only the transport is replaced. Signing, retries, time-outs, circuit breakers and the reading of answers are the
production code's own. Each call is numbered, named and noted down; a plan may say that it meets a fault.
"""

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import redis
import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from scripts.simulation.faults import (
    Fault,
    KilledError,
    applies_to_aws,
    applies_to_http,
    aws_answer,
    http_answer,
)
from scripts.simulation.memory.account import Account, Wire, refusal
from scripts.simulation.memory.errors import AwsError


@dataclass(frozen=True)
class Call:
    """A call that a function made. `applicable` are the faults that it could meet."""

    index: int
    function: str
    name: str  # "dynamodb PutItem", "PublicApi POST /v1/webhooks/…"
    applicable: frozenset[Fault]

    def __str__(self) -> str:
        return f"#{self.index} {self.function}: {self.name}"


@dataclass
class _Made:
    """A call that is being made, perhaps a further time by the library that makes it."""

    key: tuple[str, ...]
    call: Call
    fault: Fault | None
    tries: int = 0
    quick: bool = False  # noted before botocore set about it
    refused: Wire | None = None  # the answer that it got by the short cut, which botocore has yet to read

    def next_fault(self) -> Fault | None:
        """What this try meets."""
        self.tries += 1
        if self.fault is Fault.LOST and self.tries > 1:
            return None
        if self.fault is Fault.DARK and self.tries > 1:
            return Fault.NOT_APPLIED
        return self.fault


Plan = Callable[[Call], Fault | None]
Deliver = Callable[[str, str, str, Mapping[str, str], bytes], tuple[int, dict[str, str], bytes]]


def no_faults(_call: Call) -> Fault | None:
    """Nothing goes wrong."""
    return None


def _none_refused(_size: int) -> int | None:
    """The bus takes every entry."""
    return None


class Network:
    """Where calls are noted and faults happen.

    Attributes:
        calls: Every call since the last reset.
        plan: Says what fault a call meets.
        function: Who is at work; empty while nobody is, and calls are the harness's own.
        held_back: Seconds after which a message comes again, by receipt handle, where its function has said so.
        shortcut: Whether a call of AWS that meets no fault goes past botocore; half of what a call costs is botocore.
        refused_entry: Says which entry of a PutEvents of so many the bus does not take; None: it takes all.
    """

    def __init__(self, deliver: Deliver, name_of: Callable[[str, str], str], account: Account) -> None:
        """`deliver(function, method, url, headers, body)` is the other side; `name_of(method, url)` names it."""
        self.calls: list[Call] = []
        self.plan: Plan = no_faults
        self.function = ""
        self.invocation = 0
        self.cache: dict[str, bytes] = {}
        self.held_back: dict[str, int] = {}
        self.refused_entry: Callable[[int], int | None] = _none_refused
        self._deliver = deliver
        self._account = account
        self._name_of = name_of
        self.shortcut = True
        self._last: _Made | None = None

    def reset(self) -> None:
        """Forgets calls, plan and what Redis holds."""
        self.calls.clear()
        self.cache.clear()
        self.held_back.clear()
        self.plan = no_faults
        self.refused_entry = _none_refused
        self._last = None

    def reset_calls(self) -> None:
        """Counts from nought again."""
        self.calls.clear()
        self._last = None

    def _note(self, key: tuple[str, ...], name: str, applicable: frozenset[Fault]) -> "_Made":
        """Notes a call, unless it is a further try of the last one."""
        key = (self.function, str(self.invocation), *key)
        if self._last is None or self._last.key != key:
            call = Call(len(self.calls), self.function, name, applicable)
            self.calls.append(call)
            fault = self.plan(call)
            self._last = _Made(key, call, fault if fault in applicable else None)
        return self._last

    def _meet(self, key: tuple[str, ...], name: str, applicable: frozenset[Fault]) -> Fault | None:
        """Notes a call, and says what its present try meets."""
        return self._note(key, name, applicable).next_fault()

    def call(self, original: Callable[..., Any], client: Any, operation: str, request: dict[str, Any]) -> Any:
        """A call of an AWS client. One that meets no fault and no refusal is answered without botocore's help.

        All others are botocore's: its signing, retries, time-outs and reading of answers.
        """
        service = client.meta.service_model.service_id.hyphenize()
        if not self.function or not self.shortcut or (service, operation) not in self._account.operations:
            return original(client, operation, request)
        applicable = _applicable(operation, _is_conditional(request))
        made = self._note((f"call {len(self.calls)}",), f"{service} {operation}{_target(request)}", applicable)
        refusing = operation == "PutEvents" and self.refused_entry is not _none_refused
        if made.fault is None and not refusing:
            try:
                answer = dict(self._account.perform(service, operation, request))
            except AwsError as error:
                made.refused = refusal(error)
            else:
                return {**answer, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}
        made.quick = True
        try:
            return original(client, operation, request)
        finally:
            made.quick = False

    def aws(
        self, original: Callable[..., Any], stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest
    ) -> AWSResponse | None:
        """A request to AWS."""
        if not self.function or not stubber.enabled:
            answered: AWSResponse | None = original(stubber, event_name, request)
            return answered
        _, service, operation = event_name.split(".")
        body = _json(request.body)
        fault = self._fault_of(service, operation, body, request)
        if fault in {Fault.THROTTLED, Fault.SERVER_ERROR, Fault.CONFLICT, Fault.CONDITION}:
            status, headers, text = aws_answer(fault, service, operation, body)
            return _aws_response(request.url, status, headers.pop("Content-Type"), text, **headers)
        _before(fault, lambda: ReadTimeoutError(endpoint_url=request.url))
        if operation == "ChangeMessageVisibility":  # the queues' messages are kept here, and not by moto
            self.held_back[body["ReceiptHandle"]] = int(body["VisibilityTimeout"])
            return _aws_response(request.url, 200, "application/x-amz-json-1.0", "{}")
        refused = self.refused_entry(len(body["Entries"])) if operation == "PutEvents" else None
        answer = self._perform_aws(original, stubber, event_name, request, body, refused)
        _after(fault, lambda: ReadTimeoutError(endpoint_url=request.url))
        return answer

    def _fault_of(
        self, service: str, operation: str, body: dict[str, Any], request: AWSPreparedRequest
    ) -> Fault | None:
        if self._last is not None and self._last.quick:
            return self._last.next_fault()
        identity = request.headers["amz-sdk-invocation-id"]
        identity = identity.decode() if isinstance(identity, bytes) else str(identity)
        name = f"{service} {operation}{_target(body)}"
        return self._meet((identity,), name, _applicable(operation, _is_conditional(body)))

    def _perform_aws(
        self,
        original: Callable[..., Any],
        stubber: BotocoreStubber,
        event_name: str,
        request: AWSPreparedRequest,
        body: dict[str, Any],
        refused: int | None,
    ) -> AWSResponse | None:
        """What the account in memory answers; else what moto does."""
        _, service, operation = event_name.split(".")
        if refused is not None:
            told = json.dumps(self._account.put_events(body, refused))
            return _aws_response(request.url, 200, "application/x-amz-json-1.1", told)
        if wire := self._refused() or self._account.answer(service, operation, body):
            status, headers, text = wire
            return _aws_response(request.url, status, headers.pop("Content-Type"), text, **headers)
        answer: AWSResponse | None = original(stubber, event_name, request)
        return answer

    def _refused(self) -> Wire | None:
        """What this very request was refused with by the short cut: it is read once, and not asked for again."""
        if self._last is None:
            return None
        wire, self._last.refused = self._last.refused, None
        return wire

    def http(self, pool: Any, method: str, url: str, body: Any, headers: Mapping[str, str]) -> urllib3.HTTPResponse:
        """A request over urllib3."""
        address = f"{pool.scheme}://{pool.host}:{pool.port}{urlsplit(url).path}"
        query = urlsplit(url).query
        full = f"{address}?{query}" if query else address
        raw = body.encode() if isinstance(body, str) else bytes(body or b"")
        name = self._name_of(method, full)
        provider = name.startswith("SandboxApi") and "/carrier/" not in name
        fault = self._meet((method, full, raw.hex()), name, _HTTP_FAULTS[provider])

        def timed_out() -> Exception:
            return urllib3.exceptions.ReadTimeoutError(pool, url, "Read timed out.")

        if fault in {Fault.THROTTLED, Fault.SERVER_ERROR, Fault.CONFLICT}:
            status, given, text = http_answer(fault, provider=provider)
            return _response(method, url, status, given, text.encode())
        _before(fault, timed_out)
        sender = self.function
        status, given, answer = self._deliver(sender, method, full, dict(headers), raw)
        _after(fault, timed_out)
        return _response(method, url, status, given, answer)

    def redis(self, *command: Any) -> Any:
        """A command to Redis: those that a cache of carts needs."""
        applicable = frozenset(Fault) - {Fault.CONFLICT, Fault.CONDITION}
        fault = self._meet(tuple(map(str, command)), f"redis {command[0]}", applicable)
        if fault in {Fault.THROTTLED, Fault.SERVER_ERROR}:
            raise redis.ResponseError(fault.value)
        _before(fault, lambda: redis.TimeoutError(str(fault)))
        answer = self._perform(*command)
        _after(fault, lambda: redis.TimeoutError(str(fault)))
        return answer

    def _perform(self, command: str, *arguments: Any) -> Any:
        if command == "MGET":
            return [self.cache.get(key) for key in arguments]
        assert command == "EVAL", command  # the one script: set over an older version
        _, _, key, version, value, _ = arguments
        held = self.cache.get(key)
        if held is None or int(held.partition(b":")[0]) <= version:
            self.cache[key] = value
        return 1

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Stands in for the transports while the body runs."""
        original, original_call = BotocoreStubber.__call__, BaseClient._make_api_call  # type: ignore[attr-defined]

        def aws(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **_: Any) -> Any:
            return self.aws(original, stubber, event_name, request)

        def http(pool: Any, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> Any:
            return self.http(pool, method, url, body, headers or pool.headers)

        def call(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
            return self.call(original_call, client, operation, request)

        with (
            mock.patch.object(BaseClient, "_make_api_call", call),
            mock.patch.object(BotocoreStubber, "__call__", aws),
            mock.patch.object(urllib3.connectionpool.HTTPConnectionPool, "urlopen", http),
            mock.patch.object(redis.Redis, "execute_command", lambda _, *command: self.redis(*command)),
        ):
            yield


_HTTP_FAULTS = {
    provider: frozenset(fault for fault in Fault if applies_to_http(fault, provider=provider))
    for provider in (False, True)
}


def _is_conditional(body: Mapping[str, Any]) -> bool:
    """Whether a request has a condition."""
    operations = [part for item in body.get("TransactItems", ()) for part in item.values()]
    return any("ConditionExpression" in operation for operation in (body, *operations))


@lru_cache(maxsize=256)
def _applicable(operation: str, conditional: bool) -> frozenset[Fault]:  # noqa: FBT001
    """The faults that a request could meet."""
    body = {"ConditionExpression": ""} if conditional else {}
    return frozenset(fault for fault in Fault if applies_to_aws(fault, operation, body))


def _aws_response(url: str, status: int, content_type: str, text: str, **headers: str) -> AWSResponse:
    given = HTTPHeaders()
    for name, value in {"Content-Type": content_type, **headers}.items():
        given[name] = value
    return AWSResponse(url, status, given, MockRawResponse(text.encode()))


def _before(fault: Fault | None, timed_out: Callable[[], Exception]) -> None:
    if fault is Fault.KILLED_BEFORE:
        raise KilledError
    if fault is Fault.NOT_APPLIED:
        raise timed_out()


def _after(fault: Fault | None, timed_out: Callable[[], Exception]) -> None:
    if fault is Fault.KILLED_AFTER:
        raise KilledError
    if fault in {Fault.LOST, Fault.DARK}:
        raise timed_out()


def _json(body: Any) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _target(body: Mapping[str, Any]) -> str:
    """Which item, as far as it can be said in a few words: its table and the kinds of its key."""
    items = [part for item in body.get("TransactItems", []) for part in item.values()] or [body]
    told = []
    for item in items:
        key = item.get("Key") or item.get("Item") or {}
        kind = "/".join(re.split("[#:]", value["S"])[0] for name, value in key.items() if name in {"pk", "sk"})
        if item.get("TableName"):
            told.append(f"{item['TableName'].rpartition('-')[2]} {kind}".strip())
    return f" {', '.join(dict.fromkeys(told))}" if told else ""


def _response(method: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> urllib3.HTTPResponse:
    response = urllib3.HTTPResponse(
        io.BytesIO(body), headers=dict(headers), status=status, preload_content=False, request_method=method
    )
    response._request_url = url
    return response


def query_of(url: str) -> dict[str, str]:
    """The query of a URL."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
