"""The whole shop in one process, one thread and virtual time: the production handlers over moto.

What AWS does between them is done here, a step at a time, and in whatever order the pump's owner likes: streams set
relays going, queues consumers, the clock schedules. A message may come more than once, late, or out of order.
"""

import base64
import contextlib
import contextvars
import copy
import importlib
import json
import logging
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import unquote, urlsplit

import standardwebhooks.webhooks
from moto import mock_aws

from minishop import clock, dynamodb, ids
from minishop.identity import Principal, to_context
from scripts.local.deployment.testing import World, _backend, create_world
from scripts.local.events.patterns import matches
from scripts.local.template.model import HttpApi, StreamSource
from scripts.simulation.faults import KilledError
from scripts.simulation.network import Network, query_of
from scripts.simulation.processes import Processes

ROOT = Path(__file__).absolute().parents[2]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PUBLIC_URL = "http://127.0.0.1:3000"
PARAMETERS = {"CartCache": "url", "CartCacheUrl": "redis://127.0.0.1:9", "PaymentRetrySeconds": "240"}
TRIES = 5  # maxReceiveCount
VISIBILITY = timedelta(seconds=180)
UNANSWERED = (500, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}')


class _VirtualDatetime(datetime):
    """What a library that reads the operating system's clock is given instead."""

    @classmethod
    def now(cls, tz: Any = None) -> "_VirtualDatetime":
        return cls.fromtimestamp(clock.system.now().timestamp(), tz)


@dataclass
class Waiting:
    """A message on its way to a function. `tries` counts deliveries that failed."""

    queue: str
    body: str
    number: int
    due: datetime
    tries: int = 0
    taken: int = 0  # deliveries that took effect

    @property
    def name(self) -> str:
        """What it tells."""
        return str(json.loads(self.body)["detail-type"])


@dataclass(frozen=True)
class Answer:
    """What a shopper's client receives."""

    status: int
    body: Any


@dataclass(frozen=True)
class Step:
    """Something that can happen next."""

    kind: str
    what: Any
    label: str


@dataclass
class Shop:
    """The shop. Made by `open_shop`."""

    world: World
    network: Network = field(init=False)
    now: datetime = NOON
    waiting: list[Waiting] = field(default_factory=list)
    dead: list[Waiting] = field(default_factory=list)
    delivered: list[Waiting] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)  # what functions raised where nobody waits for their answer

    def __post_init__(self) -> None:
        self.stack = self.world.stack
        self.network = Network(self._deliver, self._name_of)
        handlers = {function.handler.rpartition(".")[0] for function in self.stack.functions.values()}
        services = frozenset(handler.partition(".")[0] for handler in handlers) | {"minishop"}
        self.modules = frozenset(handlers)
        self.processes = Processes(services)
        self._environments = {id_: self.world.environment(id_) for id_ in self.stack.functions}
        self._roles = {
            function.credentials.access_key: function.credentials.role_arn for function in self.stack.functions.values()
        }
        self._apis = {api.port: api for api in self.stack.apis.values()}
        public = next(api for api in self._apis.values() if api.id == "PublicApi")
        self._apis[urlsplit(PUBLIC_URL).port or 80] = public
        self.public = public
        self._patterns = {api.id: _patterns(api) for api in self.stack.apis.values()}
        self._positions: dict[str, int] = {}
        self._numbers = 0
        self._inboxes = {source.queue_url.rpartition("/")[2]: source for source in self.stack.queue_sources}
        self.random = random.Random(0)

    # ── functions ──────────────────────────────────────────────────────────────────────────────────────────────

    def invoke(self, function_id: str, event: Mapping[str, Any]) -> Any:
        """Runs a function. Raises KilledError when it dies, and whatever it raises."""
        function = self.stack.functions[function_id]
        module, _, name = function.handler.rpartition(".")
        handler = getattr(importlib.import_module(module), name)
        outer, outer_invocation = self.network.function, self.network.invocation
        self._numbers += 1
        try:
            with self.processes.at_work(function_id, self._environments[function_id]):
                self.network.function, self.network.invocation = function_id, self._numbers
                return contextvars.Context().run(handler, event, _Context(f"run-{self._numbers}"))
        except KilledError:
            self.processes.of(function_id).die()
            raise
        finally:
            self.network.function, self.network.invocation = outer, outer_invocation
            self._collect()

    def _invoke_behind(self, function_id: str, event: Mapping[str, Any]) -> Any:
        """Runs a function that no client waits for; None when it died or raised."""
        try:
            return self.invoke(function_id, event)
        except KilledError:
            return None
        except Exception as error:  # noqa: BLE001  Lambda's part: whatever it was, it is tried again
            self.raised.append(f"{function_id}: {error!r}")
            return None

    def _collect(self) -> None:
        """Takes what was put into the queues off moto."""
        for name, queue in _backend("sqs", self.stack.region).queues.items():
            while queue._messages:
                message = queue._messages.pop(0)
                delay = max(message.delayed_until - (message.sent_timestamp or 0), 0) / 1000
                self._numbers += 1
                due = self.now + timedelta(seconds=round(delay))
                held = Waiting(name, message.body, self._numbers, due)
                (self.waiting if name in self._inboxes else self.dead).append(held)

    # ── HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _route(self, method: str, url: str) -> tuple[HttpApi, str, str, dict[str, str]]:
        parts = urlsplit(url)
        api = self._apis[parts.port or 80]
        for pattern, key, function in self._patterns[api.id]:
            if found := pattern.match(f"{method} {parts.path}"):
                return api, key, function, {name: unquote(value) for name, value in found.groupdict().items()}
        raise AssertionError(f"{api.id} has no route for {method} {parts.path}")

    def _name_of(self, method: str, url: str) -> str:
        api, key, _, _ = self._route(method, url)
        return f"{api.id} {key}"

    def _deliver(
        self, sender: str, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """A request from one function to another, by way of API Gateway."""
        api, key, function, path = self._route(method, url)
        self._numbers += 1
        event = _event(method, key, url, path, headers, body, f"request-{self._numbers}")
        if api.id == "InternalApi":
            access_key = re.search(r"Credential=([A-Z0-9]+)/", str(headers.get("Authorization")))
            assert access_key, "an internal call is signed"
            role = self._roles[access_key[1]].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
            event["requestContext"]["authorizer"] = {"iam": {"userArn": f"{role}/{sender}"}}
        try:
            answer = self.invoke(function, event)
        except KilledError:
            return UNANSWERED
        raw = answer.get("body", "").encode()
        if answer.get("isBase64Encoded"):
            raw = base64.b64decode(raw)
        return answer["statusCode"], dict(answer["headers"]), raw

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        principal: Principal | None = None,
        headers: Mapping[str, str] | None = None,
        api: str = "PublicApi",
    ) -> Answer:
        """A shopper's request, past the authorizer. A function that dies answers 500, as API Gateway does."""
        port = next(port for port, one in self._apis.items() if one.id == api)
        url = f"http://127.0.0.1:{port}{path}"
        _, key, function, parameters = self._route(method, url)
        raw = json.dumps(body).encode() if body is not None else b""
        self._numbers += 1
        event = _event(
            method,
            key,
            url,
            parameters,
            {"Content-Type": "application/json", **(headers or {})},
            raw,
            f"request-{self._numbers}",
        )
        if principal:
            event["requestContext"]["authorizer"] = {"lambda": to_context(principal)}
        try:
            answer = self.invoke(function, event)
        except KilledError:
            return Answer(500, None)
        text = answer.get("body") or ""
        return Answer(answer["statusCode"], json.loads(text) if text else None)

    # ── events ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _unread(self, source: StreamSource) -> list[dict[str, Any]]:
        """The records of a stream that its function has yet to take, as Lambda shapes them."""
        name = source.stream_arn.split("/")[1]
        shard = _backend("dynamodb", self.stack.region).tables[name].stream_shard
        items = shard.items
        position = self._positions.get(name, 0)
        found: list[dict[str, Any]] = []
        for index in range(position, len(items)):
            record = items[index].to_json()
            if any(matches(pattern, record) for pattern in source.filters):
                found.append({**record, "_next": index + 1})
            elif not found:
                self._positions[name] = index + 1
        return found

    def steps(self) -> list[Step]:
        """What can happen now: streams first, then messages by the time at which they are due."""
        relays = [
            Step("relay", source, source.function) for source in self.stack.stream_sources if self._unread(source)
        ]
        due = sorted((m for m in self.waiting if m.due <= self.now), key=lambda m: (m.due, m.number))
        return relays + [Step("message", message, f"{message.queue} {message.name}") for message in due]

    def take(self, step: Step) -> None:
        """Lets it happen."""
        if step.kind == "relay":
            self._relay(step.what)
        else:
            self.deliver(step.what)

    def _relay(self, source: StreamSource) -> None:
        name = source.stream_arn.split("/")[1]
        records = self._unread(source)[: source.batch_size]
        after = [record.pop("_next") for record in records]
        answer = self._invoke_behind(source.function, {"Records": records})
        if answer is None:
            return  # the whole batch comes again
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for record, following in zip(records, after, strict=True):
            if record["dynamodb"]["SequenceNumber"] in failed:
                return
            self._positions[name] = following

    def record(self, message: Waiting) -> dict[str, Any]:
        """A message as a function receives it."""
        source = self._inboxes[message.queue]
        return {
            "messageId": f"message-{message.number}",
            "receiptHandle": f"receipt-{message.number}-{message.tries}",
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": str(message.tries + message.taken + 1)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": source.queue_arn,
            "awsRegion": self.stack.region,
        }

    def function_of(self, queue: str) -> str:
        """The function that an inbox is delivered to."""
        return self._inboxes[queue].function

    def bits(self, count: int) -> int:
        """Random bits, from the seed."""
        return self.random.getrandbits(count)

    @property
    def inboxes(self) -> list[str]:
        """The names of all inboxes."""
        return sorted(self._inboxes)

    def deliver(self, message: Waiting, *, keep: bool = False) -> bool:
        """Hands a message to its function; whether it took effect. `keep`: it will come again."""
        source = self._inboxes[message.queue]
        record = self.record(message)
        answer = self._invoke_behind(source.function, {"Records": [record]})
        if answer is not None and not answer["batchItemFailures"]:
            message.taken += 1
            self.delivered.append(message)
            if not keep and message in self.waiting:
                self.waiting.remove(message)
            return True
        message.tries += 1
        held_back = self.network.held_back.pop(str(record["receiptHandle"]), None)
        message.due = self.now + (VISIBILITY if held_back is None else timedelta(seconds=held_back))
        if message.tries >= TRIES and message in self.waiting:
            self.waiting.remove(message)
            if not message.taken:
                self.dead.append(message)
        return False

    def run_schedules(self) -> None:
        """Every schedule's minute has come."""
        for schedule in self.stack.schedules:
            self._invoke_behind(schedule.function, schedule.input)

    def drain(self, choose: Callable[[Sequence[Step]], Step] = lambda steps: steps[0], limit: int = 2000) -> None:
        """Lets everything happen that can happen now."""
        for _ in range(limit):
            steps = self.steps()
            if not steps:
                return
            self.take(choose(steps))
        raise AssertionError(f"the shop does not come to rest: {[step.label for step in self.steps()]}")

    def pass_time(self, span: timedelta) -> None:
        """Moves the clock."""
        self.now += span

    # ── state ──────────────────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> "Snapshot":
        """All that there is outside of functions' memories, to come back to."""
        tables = {name: _backend("dynamodb", self.stack.region).tables[name] for name in self.world.tables.values()}
        unread = {
            name: list(table.stream_shard.items[self._positions.get(name, 0) :])
            for name, table in tables.items()
            if table.stream_shard is not None
        }
        return Snapshot(
            items=copy.deepcopy({name: table.items for name, table in tables.items()}),
            streams=unread,
            messages=copy.deepcopy((self.waiting, self.dead)),
            cache=dict(self.network.cache),
            sent=_sent(self.stack.region, keep=True),
            now=self.now,
            numbers=self._numbers,
            random=self.random.getstate(),
        )

    def restore(self, snapshot: "Snapshot") -> None:
        """Back to what was. Every function starts cold, and nothing is planned to go wrong."""
        for name, items in copy.deepcopy(snapshot.items).items():
            table = _backend("dynamodb", self.stack.region).tables[name]
            table.items = items
            if table.stream_shard is not None:
                table.stream_shard.items[:] = snapshot.streams[name]
        for queue in _backend("sqs", self.stack.region).queues.values():
            queue._messages.clear()
        self.waiting, self.dead = copy.deepcopy(snapshot.messages)
        self.raised.clear()
        self.delivered.clear()
        _put_sent(self.stack.region, snapshot.sent)
        self.network.reset()
        self.network.cache.update(snapshot.cache)
        self.processes.die_all()
        self._positions.clear()
        self.now, self._numbers = snapshot.now, snapshot.numbers
        self.random.setstate(snapshot.random)

    def tables(self) -> dict[str, list[Mapping[str, Any]]]:
        """All rows, by service and first part of the key, as plain values."""
        found: dict[str, list[Mapping[str, Any]]] = _Rows()
        for name in self.world.tables.values():
            service = name.rpartition("-")[2].removesuffix("Table").lower()
            for one in _backend("dynamodb", self.stack.region).tables[name].all_items():
                row = {key: _plain(value) for key, value in one.attrs.items()}
                found[f"{service}.{row['pk'].partition('#')[0]}"].append(row)
        return found

    def sent(self) -> list[str]:
        """Whom mails and messages went to, with their subjects or texts."""
        mails = [f"{m.destinations} {m.subject}" for m in _backend("ses", self.stack.region).sent_messages]
        texts = [str(message) for message in _backend("sns", self.stack.region).sms_messages.values()]
        return mails + texts


@dataclass(frozen=True)
class Snapshot:
    """What a shop was at some moment."""

    items: Any
    streams: Mapping[str, list[Any]]
    messages: tuple[list[Waiting], list[Waiting]]
    cache: Mapping[str, bytes]
    sent: tuple[list[Any], dict[str, Any]]
    now: datetime
    numbers: int
    random: Any


def _sent(region: str, *, keep: bool) -> tuple[list[Any], dict[str, Any]]:
    mails, texts = _backend("ses", region).sent_messages, _backend("sns", region).sms_messages
    return (list(mails), dict(texts)) if keep else (mails, texts)


def _put_sent(region: str, sent: tuple[list[Any], dict[str, Any]]) -> None:
    mails, texts = _sent(region, keep=False)
    mails[:] = sent[0]
    texts.clear()
    texts.update(sent[1])


def _plain(value: Any) -> Any:
    """What moto keeps of an attribute, as a plain value."""
    match value.type:
        case "N":
            return int(value.value)
        case "L":
            return [_plain(one) for one in value.value]
        case "M":
            return {key: _plain(one) for key, one in value.value.items()}
        case "NULL":
            return None
    return value.value


class _Rows(dict[str, list[Mapping[str, Any]]]):
    def __missing__(self, key: str) -> list[Mapping[str, Any]]:
        return self.setdefault(key, [])


@dataclass(frozen=True)
class _Context:
    aws_request_id: str


def _patterns(api: HttpApi) -> list[tuple[re.Pattern[str], str, str]]:
    found = [
        (
            re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route.key)) + r"\Z"),
            route.key,
            route.function,
        )
        for route in api.routes
        if route.key != "$default"
    ]
    return sorted(found, key=lambda entry: entry[1].count("{"))


def _event(
    method: str, key: str, url: str, path: Mapping[str, str], headers: Mapping[str, str], body: bytes, request_id: str
) -> dict[str, Any]:
    parts = urlsplit(url)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name.lower(): _text(value) for name, value in headers.items()},
        "requestContext": {
            "requestId": request_id,
            "domainName": parts.netloc,
            "http": {"method": method, "path": parts.path, "sourceIp": "192.0.2.1", "userAgent": "simulation"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    if path:
        event["pathParameters"] = dict(path)
    if parts.query:
        event["queryStringParameters"] = query_of(url)
    return event


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextlib.contextmanager
def open_shop() -> Iterator[Shop]:
    """A shop with nothing in it, in virtual time, until the body ends."""
    before = (clock.system.source, ids.system.source, dynamodb.Transaction.BASE_SECONDS)
    disabled = logging.root.manager.disable
    with mock_aws(), contextlib.ExitStack() as stack:
        shop = Shop(create_world(ROOT / "template.yaml", parameters=PARAMETERS))
        stack.enter_context(shop.processes.apart(shop.modules))
        stack.enter_context(shop.network.in_place())
        stack.enter_context(mock.patch.object(standardwebhooks.webhooks, "datetime", _VirtualDatetime))
        stack.enter_context(mock.patch("botocore.endpoint.time.sleep", return_value=None))
        clock.system.source = lambda: shop.now
        ids.system.source = shop.bits
        dynamodb.Transaction.BASE_SECONDS = 0.0
        logging.disable(logging.CRITICAL)
        try:
            yield shop
        finally:
            clock.system.source, ids.system.source, dynamodb.Transaction.BASE_SECONDS = before
            logging.disable(disabled)
