"""Ten thousand altered cursors, over every list that there is: each is refused before a row is read."""

import enum
import json
import random
import string
import typing
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from minishop import cursors
from minishop.cursors import encode_cursor
from minishop.http import Api, Route
from minishop.identity import Principal, Role
from minishop.schemas import PageQuery
from tests.contract.template import Function, functions
from tests.gate.matrix import ROWS
from tests.gate.mint import decode, encode
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws

WANTED = 10_000
POSITION = {"pk": {"S": "owner#cus_ada"}, "sk": {"S": "order#ord_1"}, "placed_at": {"S": "2026-11-22T12:00:00.000Z"}}
GUESSES = ("true", "7", "12345", "other", "OTHER", "other-one", "2026-11-22", "2026-11-22T12:00:00Z")


@dataclass(frozen=True)
class List:
    """A list route, and how it is asked."""

    function: Function
    route: Route
    query: dict[str, str]

    @property
    def model(self) -> type[PageQuery]:
        model: type[PageQuery] = self.route.parameters["query"]
        return model

    def ask(self, principal: Principal | None, **query: str) -> tuple[int, Any]:
        api: Api = self.function.module().api
        names = [part[1:-1] for part in self.route.path.split("/") if part.startswith("{")]
        path = dict.fromkeys(names, "thing-1")
        event = http_event(self.route.key, principal=principal, path=path, query={**self.query, **query})
        response = api.handler(event, None)
        return response["statusCode"], answer_of(response)

    def caller(self, identity: str = "cus_ada") -> Principal | None:
        return Principal(identity, self.route.who) if self.route.who else None


def _lists() -> Iterator[List]:
    queries = {row.key: dict(pair.split("=") for pair in row.query.split("&") if pair) for row in ROWS}
    for function in functions():
        if function.door == "api":
            for key, route in function.module().api.routes.items():
                model = route.parameters.get("query")
                if model is not None and "cursor" in getattr(model, "model_fields", {}):
                    yield List(function, route, queries.get(key, {}))


LISTS = list(_lists())


@pytest.fixture
def scope_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[List], tuple[str, ...]]:
    """What a list binds its cursors to, as it is asked by default."""
    real, seen = cursors._mac, []

    def mac(payload: bytes, scope: tuple[str, ...]) -> bytes:
        seen.append(scope)
        return real(payload, scope)

    def find(asked: List) -> tuple[str, ...]:
        with monkeypatch.context() as patch:
            patch.setattr(cursors, "_mac", mac)
            status, _ = asked.ask(asked.caller(), cursor=encode(b"0" * 40))
        assert status == 400
        return seen[-1]

    return find


def alterations(cursor: str, foreign: str, count: int, seed: int) -> set[str]:
    """Texts that are nearly the cursor; `foreign` is a good one of another list."""
    raw, other = decode(cursor), decode(foreign)
    texts = {cursor[:end] for end in range(1, len(cursor))} | {cursor[start:] for start in range(1, len(cursor))}
    texts |= {encode(_flip(raw, bit)) for bit in range(len(raw) * 8)}
    texts |= {encode(raw[:16] + other[16:]), encode(other[:16] + raw[16:]), encode(bytes(16) + raw[16:]), foreign}
    texts |= {
        cursor + end for end in ("=", "==", "A", "AA", "AAAA", ".", " ", "\n", "\u0000", "%3D", "\u00e9", "\ud800")
    }
    texts |= {cursor + cursor, " " + cursor, cursor.swapcase(), cursor[::-1], encode(raw[16:]), "null", "0", "{}"}
    others: tuple[Any, ...] = ({}, [], None, 0, "x", POSITION | {"pk": {"S": "owner#cus_eve"}})
    texts |= {encode(raw[:16] + json.dumps(position).encode()) for position in others}
    chance = random.Random(seed)
    alphabet = string.ascii_letters + string.digits + "-_"
    while len(texts) < count:
        changed = list(cursor)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice(alphabet)
        texts.add("".join(changed))
    return texts - {cursor}


def _flip(raw: bytes, bit: int) -> bytes:
    return bytes(byte ^ ((1 << bit % 8) if at == bit // 8 else 0) for at, byte in enumerate(raw))


def test_there_are_lists_of_all_kinds() -> None:
    assert {asked.function.service for asked in LISTS} >= {"catalog", "orders", "shipping", "notifications"}


@pytest.mark.parametrize("asked", LISTS, ids=lambda asked: asked.route.key)
def test_an_altered_cursor_is_refused(
    aws: Aws,
    asked: List,
    scope_of: Callable[[List], tuple[str, ...]],
    calls: Counter[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    aws.use(asked.function.id)
    scope = scope_of(asked)
    cursor, foreign = encode_cursor(POSITION, *scope), encode_cursor(POSITION, "another list", "cus_eve")
    assert cursor
    assert foreign
    texts = alterations(cursor, foreign, -(-WANTED // len(LISTS)), seed=len(asked.route.key))
    caller = asked.caller()
    calls.clear()
    wrong = {}
    for text in texts:
        status, problem = asked.ask(caller, cursor=text)
        if (status, problem["code"]) not in {(400, "invalid_cursor"), (400, "bad_request")}:
            wrong[text] = (status, problem)
    capsys.readouterr()
    assert wrong == {}
    assert calls == {}
    asked.ask(caller)
    assert calls  # without a cursor it does read: what is counted is what is done


@pytest.mark.parametrize("asked", LISTS, ids=lambda asked: asked.route.key)
def test_a_cursor_is_good_for_who_asked_what_alone(
    aws: Aws, asked: List, scope_of: Callable[[List], tuple[str, ...]]
) -> None:
    aws.use(asked.function.id)
    cursor = encode_cursor(POSITION, *scope_of(asked))
    assert cursor

    def is_refused(principal: Principal | None, **query: str) -> bool:
        status, problem = asked.ask(principal, cursor=cursor, **query)
        return status == 400 and problem["code"] == "invalid_cursor"

    assert not is_refused(asked.caller())
    assert not is_refused(asked.caller(), limit="3")
    if asked.route.who:
        assert is_refused(asked.caller("cus_eve"))
        assert is_refused(asked.caller("cus_ad"))
    for attribute, field in asked.model.model_fields.items():
        name = field.alias or attribute
        if name in {"cursor", "limit"}:
            continue
        values = [value for value in _values(field.annotation) if value != asked.query.get(name)]
        good = [value for value in values if asked.ask(asked.caller(), **{name: value})[0] != 422]
        assert good, f"no value is known that {name} takes"
        assert any(is_refused(asked.caller(), **{name: value}) for value in good), name


def _values(annotation: Any) -> Iterator[str]:
    parts: tuple[Any, ...] = (annotation, *typing.get_args(annotation))
    for part in parts:
        if isinstance(part, type) and issubclass(part, enum.Enum):
            yield from (str(member.value) for member in part)
        elif typing.get_origin(part) is typing.Literal:
            yield from map(str, typing.get_args(part))
    yield from GUESSES


@pytest.mark.parametrize("asked", LISTS, ids=lambda asked: asked.route.key)
def test_a_cursor_of_any_other_list_is_refused(
    aws: Aws, asked: List, scope_of: Callable[[List], tuple[str, ...]]
) -> None:
    others = {}
    for other in LISTS:
        if other.route.key != asked.route.key:
            aws.use(other.function.id)
            others[other.route.key] = encode_cursor(POSITION, *scope_of(other))
    aws.use(asked.function.id)
    for key, cursor in others.items():
        assert cursor
        status, problem = asked.ask(asked.caller(), cursor=cursor)
        assert (status, problem["code"]) == (400, "invalid_cursor"), key


def test_a_cursor_under_another_secret_is_refused(
    aws: Aws, scope_of: Callable[[List], tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (asked,) = [one for one in LISTS if one.route.key == "GET /v1/orders"]
    aws.use(asked.function.id)
    scope = scope_of(asked)
    with monkeypatch.context() as patch:
        patch.setattr(cursors, "secret_string", lambda _arn: "x" * 48)
        forged = encode_cursor(POSITION, *scope)
    assert forged
    assert asked.ask(asked.caller(), cursor=forged)[0] == 400


def test_every_role_s_cursor_is_its_own(aws: Aws, scope_of: Callable[[List], tuple[str, ...]]) -> None:
    (asked,) = [one for one in LISTS if one.route.key == "GET /v1/orders"]
    aws.use(asked.function.id)
    cursor = encode_cursor(POSITION, *scope_of(asked))
    assert cursor
    for role in Role:
        status, problem = asked.ask(Principal("cus_eve", frozenset({role})), cursor=cursor)
        assert (status, problem["code"]) == (400, "invalid_cursor")
