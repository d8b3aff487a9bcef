"""The whole shop in one process, one thread and virtual time: the production handlers over moto.

What AWS does between them is done here, a step at a time, and in whatever order the pump's owner likes: streams set
relays going, queues consumers, the clock schedules. A message may come more than once, late, or out of order.
"""

import base64
import contextvars
import importlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from minishop.identity import Principal, to_context
from scripts.local.aws.clients import clients
from scripts.local.deployment.testing import World, _backend
from scripts.local.events.expressions import parse_expression
from scripts.local.events.patterns import matches
from scripts.local.template.model import StreamSource
from scripts.simulation.faults import KilledError
from scripts.simulation.gateway import Gateway, event_of
from scripts.simulation.memory.account import Account
from scripts.simulation.memory.schema import Key, read_schema
from scripts.simulation.memory.tables import Record
from scripts.simulation.memory.values import Item, plain
from scripts.simulation.messages import Answer, Step, Waiting
from scripts.simulation.network import Network
from scripts.simulation.processes import Processes

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PUBLIC_URL = "http://127.0.0.1:3000"
TRIES = 5  # maxReceiveCount
VISIBILITY = timedelta(seconds=180)
EVERY_MINUTE = "rate(1 minute)"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
Objects = Mapping[str, Mapping[str, Sequence[Any]]]  # of S3, by bucket and key: versions
UNANSWERED = (500, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}')


@dataclass
class Shop:
    """The shop. Made by `open_shop`."""

    world: World
    network: Network = field(init=False)
    now: datetime = NOON
    waiting: list[Waiting] = field(default_factory=list)
    dead: list[Waiting] = field(default_factory=list)
    delivered: list[Waiting] = field(default_factory=list)
    numbers: int = 0
    invocations: Counter[str] = field(default_factory=Counter)  # by function
    raised: list[str] = field(default_factory=list)  # what functions raised where nobody waits for their answer

    def __post_init__(self) -> None:
        self.stack = self.world.stack
        self.account = self._open_account()
        public = urlsplit(PUBLIC_URL).port or 80
        self.gateway = Gateway(self.stack.apis.values(), {"PublicApi": public})
        self.network = Network(self._deliver, self.gateway.name_of, self.account)
        handlers = {function.handler.rpartition(".")[0] for function in self.stack.functions.values()}
        services = frozenset(handler.partition(".")[0] for handler in handlers) | {"minishop"}
        self.modules = frozenset(handlers)
        self.processes = Processes(services)
        self._environments = {id_: self.world.environment(id_) for id_ in self.stack.functions}
        self._roles = {
            function.credentials.access_key: function.credentials.role_arn for function in self.stack.functions.values()
        }
        self._seen: tuple[int, dict[str, list[Mapping[str, Any]]]] = (-1, {})
        self._positions: dict[str, int] = {}
        self._ran: dict[str, datetime] = {}  # schedules
        self._inboxes = {source.queue_url.rpartition("/")[2]: source for source in self.stack.queue_sources}
        self.random = random.Random(0)

    def _open_account(self) -> Account:
        """The account's tables, as the template has made them in moto, its secrets, its bus and its queues."""
        client = clients(None, self.stack.region)
        told = [client("dynamodb").describe_table(TableName=name)["Table"] for name in self.world.tables.values()]
        secrets = client("secretsmanager")
        names = [one["ARN"] for one in secrets.list_secrets(MaxResults=100)["SecretList"]]
        return Account(
            map(read_schema, told),
            self.stack.rules,
            {name: secrets.get_secret_value(SecretId=name)["SecretString"] for name in names},
            account=self.stack.account,
            region=self.stack.region,
            now=lambda: self.now,
            send=self._send,
        )

    @property
    def provider_key(self) -> str:
        """The shop's key at the provider."""
        secret = self._environments["PaymentsConsumerFunction"]["PROVIDER_SECRET"]
        key: str = json.loads(self.account.secrets[secret])["api_key"]
        return key

    # ── functions ──────────────────────────────────────────────────────────────────────────────────────────────

    def invoke(self, function_id: str, event: Mapping[str, Any]) -> Any:
        """Runs a function. Raises KilledError when it dies, and whatever it raises."""
        function = self.stack.functions[function_id]
        module, _, name = function.handler.rpartition(".")
        handler = getattr(importlib.import_module(module), name)
        outer, outer_invocation = self.network.function, self.network.invocation
        self.numbers += 1
        self.invocations[function_id] += 1
        try:
            with self.processes.at_work(function_id, self._environments[function_id]):
                self.network.function, self.network.invocation = function_id, self.numbers
                return contextvars.Context().run(handler, event, _Context(f"run-{self.numbers}"))
        except KilledError:
            self.processes.of(function_id).die()
            raise
        finally:
            self.network.function, self.network.invocation = outer, outer_invocation

    def _invoke_behind(self, function_id: str, event: Mapping[str, Any]) -> Any:
        """Runs a function that no client waits for; None when it died or raised."""
        try:
            return self.invoke(function_id, event)
        except KilledError:
            return None
        except Exception as error:  # noqa: BLE001  Lambda's part: whatever it was, it is tried again
            self.raised.append(f"{function_id}: {error!r}")
            return None

    def _send(self, queue: str, body: str, delay: int) -> int:
        """Puts a message into a queue; its number."""
        self.numbers += 1
        held = Waiting(queue, body, self.numbers, self.now + timedelta(seconds=delay))
        (self.waiting if queue in self._inboxes else self.dead).append(held)
        return self.numbers

    # ── HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _deliver(
        self, sender: str, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """A request from one function to another, by way of API Gateway."""
        routed = self.gateway.route(method, url)
        self.numbers += 1
        event = event_of(method, url, routed, headers, body, f"request-{self.numbers}")
        if routed.api == "InternalApi":
            access_key = re.search(r"Credential=([A-Z0-9]+)/", str(headers.get("Authorization")))
            assert access_key, "an internal call is signed"
            role = self._roles[access_key[1]].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
            event["requestContext"]["authorizer"] = {"iam": {"userArn": f"{role}/{sender}"}}
        try:
            answer = self.invoke(routed.function, event)
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
        raw: str | None = None,
    ) -> Answer:
        """A shopper's request, past the authorizer: `body` as JSON, or `raw` as it is.

        A function that dies answers 500, as API Gateway does. What is no JSON has no body.
        """
        url = self.gateway.url(api, path)
        routed = self.gateway.route(method, url)
        sent = raw if raw is not None else json.dumps(body) if body is not None else ""
        self.numbers += 1
        given = {"Content-Type": "application/json", **(headers or {})}
        event = event_of(method, url, routed, given, sent.encode(), f"request-{self.numbers}")
        if principal:
            event["requestContext"]["authorizer"] = {"lambda": to_context(principal)}
        try:
            answer = self.invoke(routed.function, event)
        except KilledError:
            return Answer(500, None)
        text = answer.get("body") or ""
        speaks_json = "json" in str(answer["headers"].get("Content-Type", ""))
        return Answer(answer["statusCode"], json.loads(text) if text and speaks_json else None)

    # ── events ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _unread(self, source: StreamSource) -> list[dict[str, Any]]:
        """The records of a stream that its function has yet to take, as Lambda shapes them."""
        name = source.stream_arn.split("/")[1]
        records = self.account.dynamodb.tables[name].records
        position = self._positions.get(name, 0)
        found: list[dict[str, Any]] = []
        for index in range(position, len(records)):
            record = records[index]
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
        """A schedule's minute has come: those of every minute run, the others if their hour or day has."""
        for schedule in self.stack.schedules:
            following = parse_expression(schedule.expression).next_after(self._ran.get(schedule.id, LONG_AGO))
            frequent = schedule.expression == EVERY_MINUTE
            if frequent or (following is not None and following <= self.now):
                self._ran[schedule.id] = self.now
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
        tables = self.account.dynamodb.tables
        return Snapshot(
            items={name: dict(table.items) for name, table in tables.items()},
            streams={name: table.records[self._positions.get(name, 0) :] for name, table in tables.items()},
            writes=self.account.dynamodb.version,
            tokens=dict(self.account.dynamodb.tokens),
            messages=_copied(self.waiting, self.dead),
            cache=dict(self.network.cache),
            objects=_objects(),
            ran=dict(self._ran),
            now=self.now,
            numbers=self.numbers,
            random=self.random.getstate(),
        )

    def restore(self, snapshot: "Snapshot") -> None:
        """Back to what was. Every function starts cold, and nothing is planned to go wrong."""
        for name, table in self.account.dynamodb.tables.items():
            table.items = dict(snapshot.items[name])
            table.records = list(snapshot.streams[name])
        self.account.dynamodb.version = snapshot.writes
        self.account.dynamodb.tokens = dict(snapshot.tokens)
        self._seen = (-1, {})
        self.waiting, self.dead = _copied(*snapshot.messages)
        self.raised.clear()
        self.delivered.clear()
        _put_back(snapshot.objects)
        _forget_messages(self.stack.region)
        self.network.reset()
        self.network.cache.update(snapshot.cache)
        self.processes.die_all()
        self._positions.clear()
        self._ran = dict(snapshot.ran)
        self.now, self.numbers = snapshot.now, snapshot.numbers
        self.random.setstate(snapshot.random)

    def tables(self) -> dict[str, list[Mapping[str, Any]]]:
        """All rows, by service and first part of the key, as plain values. To be read only."""
        version = self.account.dynamodb.version
        if self._seen[0] != version:
            self._seen = (version, self._rows())
        return self._seen[1]

    def _rows(self) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = _Rows()
        for name in self.world.tables.values():
            service = name.rpartition("-")[2].removesuffix("Table").lower()
            for item in self.account.dynamodb.tables[name].items.values():
                row = {key: plain(value) for key, value in item.items()}
                found[f"{service}.{row['pk'].partition('#')[0]}"].append(row)
        return found


@dataclass(frozen=True)
class Snapshot:
    """What a shop was at some moment."""

    items: Mapping[str, Mapping[Key, Item]]
    streams: Mapping[str, Sequence[Record]]
    writes: int
    tokens: Mapping[str, tuple[datetime, str]]
    messages: tuple[list[Waiting], list[Waiting]]
    cache: Mapping[str, bytes]
    objects: Objects
    ran: Mapping[str, datetime]
    now: datetime
    numbers: int
    random: Any


def _copied(waiting: list[Waiting], dead: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    return [replace(message) for message in waiting], [replace(message) for message in dead]


def _objects() -> Objects:
    """What S3's buckets hold."""
    buckets = _backend("s3", "aws").buckets
    return {name: {key: bucket.keys.getlist(key) for key in bucket.keys} for name, bucket in buckets.items()}


def _put_back(objects: Objects) -> None:
    for name, bucket in _backend("s3", "aws").buckets.items():
        if bucket.keys or objects[name]:
            bucket.keys.clear()
            for key, versions in objects[name].items():
                bucket.keys.setlist(key, list(versions))


def _forget_messages(region: str) -> None:
    """What was mailed and texted stays mailed; moto need not keep it."""
    _backend("ses", region).sent_messages.clear()
    _backend("sns", region).sms_messages.clear()


class _Rows(dict[str, list[Mapping[str, Any]]]):
    def __missing__(self, key: str) -> list[Mapping[str, Any]]:
        return self.setdefault(key, [])


@dataclass(frozen=True)
class _Context:
    aws_request_id: str
