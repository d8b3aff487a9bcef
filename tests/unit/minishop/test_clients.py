"""Cursors, secrets, the inbox and AWS clients."""

import base64
import json
import random
from typing import Any

import pytest

from minishop import aws, clock, inbox, secrets
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.events import Message
from minishop.money import Money
from tests.times import NOON, FixedClock
from tests.unit.minishop.fakes import ThingHappened

Clients = dict[str, Any]
SCOPE = ("GET /v1/things", "cus_ada", "status=open")
POSITION = {"pk": {"S": "thing#1"}, "sk": {"S": "thing"}, "at": {"S": "2026-11-22T12:00:00.000Z"}, "n": {"N": "1"}}


@pytest.fixture
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    fixed = FixedClock()
    monkeypatch.setattr(clock.system, "source", fixed.now)
    return fixed


def made() -> str:
    cursor = encode_cursor(POSITION, *SCOPE)
    assert cursor is not None
    return cursor


def test_a_cursor_is_where_one_reads_on(clients: Clients) -> None:
    assert decode_cursor(made(), *SCOPE) == POSITION


def test_a_cursor_needs_no_quoting_in_a_url(clients: Clients) -> None:
    for number in range(50):
        cursor = encode_cursor({"n": "?>~" * number}, *SCOPE) or ""
        assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_more_is_no_cursor(clients: Clients) -> None:
    assert encode_cursor(None, *SCOPE) is None
    assert decode_cursor(None, *SCOPE) is None
    assert clients["secretsmanager"].reads == 0


@pytest.mark.parametrize(
    "scope",
    [
        ("GET /v1/things", "cus_eve", "status=open"),
        ("GET /v1/things", "cus_ada", "status=closed"),
        ("GET /v1/other", "cus_ada", "status=open"),
        ("GET /v1/things", "cus_ada"),
        ("GET /v1/things", "cus_ada", "status=open", ""),
        ("GET /v1/thingscus_ada", "status=open"),
        ('GET /v1/things", "cus_ada', "status=open"),
        (),
    ],
)
def test_a_cursor_is_for_one_list_and_one_reader(clients: Clients, scope: tuple[str, ...]) -> None:
    with pytest.raises(InvalidCursorError) as caught:
        decode_cursor(made(), *scope)
    assert (caught.value.status, caught.value.code) == (400, "invalid_cursor")


def test_another_secret_makes_other_cursors(clients: Clients) -> None:
    cursor = made()
    clients["secretsmanager"].values["cursors"] = "j" * 32
    secrets.forget()
    with pytest.raises(InvalidCursorError):
        decode_cursor(cursor, *SCOPE)


def altered(cursor: str, dice: random.Random) -> str:
    """The cursor with something about it changed."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = dice.randrange(len(cursor))
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    flipped = dice.randrange(len(raw) * 8)
    raw[flipped // 8] ^= 1 << flipped % 8
    return dice.choice(
        [
            cursor[:at] + dice.choice(alphabet) + cursor[at + 1 :],
            cursor[:at] + cursor[at + 1 :],
            cursor[:at] + dice.choice(alphabet) + cursor[at:],
            cursor[:at],
            cursor[at:] + cursor[:at],
            cursor + dice.choice(["=", "==", " ", "\n", "A", "%3D", "ä", "\x00"]),
            base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="),
            base64.urlsafe_b64encode(bytes(16) + json.dumps({"n": at}).encode()).decode().rstrip("="),
        ]
    )


def test_none_of_10_000_altered_cursors_is_taken(clients: Clients) -> None:
    dice, cursor, tried = random.Random(11), made(), 0
    while tried < 10_000:
        forged = altered(cursor, dice)
        if forged == cursor:
            continue
        tried += 1
        with pytest.raises(InvalidCursorError):
            decode_cursor(forged, *SCOPE)


@pytest.mark.parametrize(
    "cursor", ["", "=", "A", "AAAA", "é", "\ud800", "null", "{}", "A" * 22, "+/+/" * 10, "." * 2048]
)
def test_what_is_no_cursor_is_refused(clients: Clients, cursor: str) -> None:
    with pytest.raises(InvalidCursorError):
        decode_cursor(cursor, *SCOPE)


def test_a_cursor_is_written_in_one_way_only(clients: Clients) -> None:
    """Base64 has spare bits and two alphabets; the same bytes in another spelling are another cursor."""
    cursor = next(
        made
        for made in (encode_cursor({"n": "?" * size}, *SCOPE) or "" for size in range(60))
        if {"-", "_"} & set(made)
    )
    with pytest.raises(InvalidCursorError):
        decode_cursor(cursor.replace("-", "+").replace("_", "/"), *SCOPE)


def test_a_secret_is_read_once_in_five_minutes(clients: Clients, fixed_clock: FixedClock) -> None:
    for _ in range(3):
        assert secrets.secret_string("cursors") == "k" * 32
    fixed_clock.pass_time(minutes=5)
    secrets.secret_string("cursors")
    assert clients["secretsmanager"].reads == 1
    clients["secretsmanager"].values["cursors"] = "rotated"
    fixed_clock.pass_time(seconds=1)
    assert secrets.secret_string("cursors") == "rotated"
    assert clients["secretsmanager"].reads == 2


def test_a_field_of_a_secret(clients: Clients) -> None:
    clients["secretsmanager"].values["provider"] = '{"api_key": "sk_1", "retries": 3}'
    assert secrets.secret_field("provider", "api_key") == "sk_1"
    assert secrets.secret_field("provider", "retries") == "3"
    with pytest.raises(KeyError):
        secrets.secret_field("provider", "other")
    assert clients["secretsmanager"].reads == 1


def test_what_was_kept_can_be_forgotten(clients: Clients) -> None:
    secrets.secret_string("cursors")
    secrets.forget()
    secrets.secret_string("cursors")
    assert clients["secretsmanager"].reads == 2


@pytest.mark.parametrize(("asked", "delay"), [(0, 0), (30, 30), (900, 900), (901, 900), (-5, 0)])
def test_a_message_to_oneself_waits_as_long_as_it_should_and_sqs_can(clients: Clients, asked: int, delay: int) -> None:
    event = ThingHappened(thing_id="t1", amount=Money(1, "EUR"))
    inbox.send("https://queue", event, aggregate_id="t1", sequence=1, at=NOON, service="things", delay=asked)
    (message,) = clients["sqs"].sent
    assert (message["QueueUrl"], message["DelaySeconds"]) == ("https://queue", delay)
    parsed = Message.parse(message["MessageBody"])
    assert parsed.source == "minishop.things.inbox"
    assert parsed.read(ThingHappened).data == event
    assert parsed.metadata.correlation_id == "correlation-1"


def test_a_client_is_made_once_and_has_limits() -> None:
    aws.client.cache_clear()
    client = aws.client("sqs")
    try:
        assert aws.client("sqs") is client
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (1, 3)
        assert config.retries["total_max_attempts"] == 3
        assert config.retries["mode"] == "standard"
    finally:
        client.close()
        aws.client.cache_clear()
