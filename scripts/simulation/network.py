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
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import redis
import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
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


class Network:
    """Where calls are noted and faults happen.

    Attributes:
        calls: Every call since the last reset.
        plan: Says what fault a call meets.
        function: Who is at work; empty while nobody is, and calls are the harness's own.
        held_back: Seconds after which a message comes again, by receipt handle, where its function has said so.
        refused_entry: Says which entry of a PutEvents of so many the bus does not take; None: it takes all.
    """

    def __init__(self, deliver: Deliver, name_of: Callable[[str, str], str]) -> None:
        """`deliver(function, method, url, headers, body)` is the other side; `name_of(method, url)` names it."""
        self.calls: list[Call] = []
        self.plan: Plan = no_faults
        self.function = ""
        self.invocation = 0
        self.cache: dict[str, bytes] = {}
        self.held_back: dict[str, int] = {}
        self.refused_entry: Callable[[int], int | None] = lambda _: None
        self._deliver = deliver
        self._name_of = name_of
        self._last: _Made | None = None

    def reset(self) -> None:
        """Forgets calls, plan and what Redis holds."""
        self.calls.clear()
        self.cache.clear()
        self.held_back.clear()
        self.plan = no_faults
        self.refused_entry = lambda _: None
        self._last = None

    def reset_calls(self) -> None:
        """Counts from nought again."""
        self.calls.clear()
        self._last = None

    def _meet(self, key: tuple[str, ...], name: str, applicable: frozenset[Fault]) -> Fault | None:
        """Notes a call, and says what its present try meets."""
        key = (self.function, str(self.invocation), *key)
        if self._last is None or self._last.key != key:
            call = Call(len(self.calls), self.function, name, applicable)
            self.calls.append(call)
            fault = self.plan(call)
            self._last = _Made(key, call, fault if fault in applicable else None)
        return self._last.next_fault()

    def aws(
        self, original: Callable[..., Any], stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest
    ) -> AWSResponse | None:
        """A request to AWS."""
        if not self.function or not stubber.enabled:
            answered: AWSResponse | None = original(stubber, event_name, request)
            return answered
        _, service, operation = event_name.split(".")
        body = _json(request.body)
        applicable = frozenset(fault for fault in Fault if applies_to_aws(fault, operation, body))
        identity = request.headers["amz-sdk-invocation-id"]
        identity = identity.decode() if isinstance(identity, bytes) else str(identity)
        fault = self._meet((identity,), f"{service} {operation}{_target(body)}", applicable)
        if fault in {Fault.THROTTLED, Fault.SERVER_ERROR, Fault.CONFLICT, Fault.CONDITION}:
            status, headers, text = aws_answer(fault, service, operation, body)
            return _aws_response(request.url, status, headers.pop("Content-Type"), text, **headers)
        _before(fault, lambda: ReadTimeoutError(endpoint_url=request.url))
        if operation == "ChangeMessageVisibility":  # the queues' messages are kept here, and not by moto
            self.held_back[body["ReceiptHandle"]] = int(body["VisibilityTimeout"])
            return _aws_response(request.url, 200, "application/x-amz-json-1.0", "{}")
        refused = self.refused_entry(len(body["Entries"])) if operation == "PutEvents" else None
        if refused is not None:
            return _put_but_one(original, stubber, event_name, request, body, refused)
        answer: AWSResponse | None = original(stubber, event_name, request)
        _after(fault, lambda: ReadTimeoutError(endpoint_url=request.url))
        return answer

    def http(self, pool: Any, method: str, url: str, body: Any, headers: Mapping[str, str]) -> urllib3.HTTPResponse:
        """A request over urllib3."""
        address = f"{pool.scheme}://{pool.host}:{pool.port}{urlsplit(url).path}"
        query = urlsplit(url).query
        full = f"{address}?{query}" if query else address
        raw = body.encode() if isinstance(body, str) else bytes(body or b"")
        name = self._name_of(method, full)
        provider = name.startswith("SandboxApi") and "/carrier/" not in name
        applicable = frozenset(fault for fault in Fault if applies_to_http(fault, provider=provider))
        fault = self._meet((method, full, raw.hex()), name, applicable)

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
        original = BotocoreStubber.__call__

        def aws(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **_: Any) -> Any:
            return self.aws(original, stubber, event_name, request)

        def http(pool: Any, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> Any:
            return self.http(pool, method, url, body, headers or pool.headers)

        with (
            mock.patch.object(BotocoreStubber, "__call__", aws),
            mock.patch.object(urllib3.connectionpool.HTTPConnectionPool, "urlopen", http),
            mock.patch.object(redis.Redis, "execute_command", lambda _, *command: self.redis(*command)),
        ):
            yield


def _aws_response(url: str, status: int, content_type: str, text: str, **headers: str) -> AWSResponse:
    given = HTTPHeaders()
    for name, value in {"Content-Type": content_type, **headers}.items():
        given[name] = value
    return AWSResponse(url, status, given, MockRawResponse(text.encode()))


def _put_but_one(
    original: Callable[..., Any],
    stubber: BotocoreStubber,
    event_name: str,
    request: AWSPreparedRequest,
    body: dict[str, Any],
    refused: int,
) -> AWSResponse:
    """PutEvents of which the bus takes all entries but one."""
    told: list[dict[str, str]] = []
    taken = [entry for index, entry in enumerate(body["Entries"]) if index != refused]
    if taken:
        request.body = json.dumps({**body, "Entries": taken}).encode()
        told = json.loads(original(stubber, event_name, request).content)["Entries"]
    told.insert(refused, {"ErrorCode": "InternalFailure", "ErrorMessage": "Try again."})
    answer = json.dumps({"FailedEntryCount": 1, "Entries": told})
    return _aws_response(request.url, 200, "application/x-amz-json-1.1", answer)


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
