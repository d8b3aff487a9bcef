"""Events: outboxes, messages and contracts."""

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minishop.correlation import Correlation, correlation, set_correlation
from minishop.errors import UnreadableMessageError
from minishop.events import Event, Message, decode_outbox, derived_entry, encode_message, encode_outbox
from minishop.money import Money
from tests.helpers import bus_message
from tests.times import NOON
from tests.unit.minishop.fakes import Line, ThingHappened, ThingRenamed

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
EVENTS = st.builds(
    ThingHappened,
    thing_id=TEXT,
    amount=st.builds(Money, st.integers(-(10**18), 10**18), st.sampled_from(["EUR", "USD"])),
    lines=st.lists(st.builds(Line, sku=TEXT, quantity=st.integers(0, 10**6)), max_size=3).map(tuple),
    due=st.none() | st.datetimes(timezones=st.just(UTC)),
    note=st.none() | TEXT,
)
HAPPENED = ThingHappened(thing_id="t1", amount=Money(1999, "EUR"), lines=(Line(sku="MUG", quantity=2),))


def taken(event: Event) -> Any:
    """A message's JSON, to be altered."""
    return json.loads(bus_message(event))


def read(body: Any, contract: type[Event] = ThingHappened) -> Event:
    return Message.parse(json.dumps(body)).read(contract).data


@given(st.lists(EVENTS, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None, database=None)
def test_an_outbox_is_read_as_it_was_written(events: list[ThingHappened]) -> None:
    outbox = encode_outbox(events, aggregate_id="t1", sequence=4, at=NOON)
    assert outbox is not None
    entries = decode_outbox(outbox)
    assert [entry.detail_type for entry in entries] == ["ThingHappened"] * len(events)
    for entry, event in zip(entries, events, strict=True):
        body = {"source": entry.source, "detail-type": entry.detail_type, "detail": entry.detail}
        message = Message.parse(json.dumps(body))
        assert message.read(ThingHappened).data == event
        assert message.metadata.sequence == 4


def test_the_envelope_says_who_what_when_and_why() -> None:
    with set_correlation(Correlation("correlation-2", "evt_before", "cus_eve")):
        (entry,) = decode_outbox(encode_outbox([HAPPENED], aggregate_id="t1", sequence=4, at=NOON) or "")
    metadata = dict(entry.detail["metadata"])
    assert metadata.pop("event_id").startswith("evt_")
    assert metadata == {
        "version": 1,
        "occurred_at": "2026-11-22T12:00:00.000Z",
        "correlation_id": "correlation-2",
        "causation_id": "evt_before",
        "actor": "cus_eve",
        "aggregate_id": "t1",
        "sequence": 4,
    }
    assert entry.source == "minishop.fakes"


def test_no_events_are_no_outbox() -> None:
    assert encode_outbox([], aggregate_id="t1", sequence=1, at=NOON) is None


def test_an_event_is_told_in_a_scope_only() -> None:
    import contextvars

    with pytest.raises(LookupError):
        contextvars.Context().run(correlation)


def test_the_same_save_tells_the_same_event_and_another_another() -> None:
    def event_id(event: Event = HAPPENED, **options: Any) -> str:
        named: dict[str, Any] = {"aggregate_id": "t1", "sequence": 4, "at": NOON} | options
        outbox = encode_outbox([event], **named)
        return str(decode_outbox(outbox or "")[0].detail["metadata"]["event_id"])

    assert event_id() == event_id(at=NOON + timedelta(hours=1))
    different = {event_id(), event_id(sequence=5), event_id(aggregate_id="t2"), event_id(ThingRenamed(title="x"))}
    assert len(different) == 4
    both = decode_outbox(encode_outbox([HAPPENED, HAPPENED], aggregate_id="t1", sequence=4, at=NOON) or "")
    assert len({entry.detail["metadata"]["event_id"] for entry in both}) == 2


def test_an_event_that_the_relay_makes_has_the_scope_it_is_given() -> None:
    scope = Correlation("correlation-9", "cause-9", "service:catalog")
    entry = derived_entry(HAPPENED, aggregate_id="t1", sequence=7, at=NOON, scope=scope)
    assert entry.detail["metadata"].correlation_id == "correlation-9"
    assert entry.detail["metadata"].actor == "service:catalog"
    assert entry.detail["data"] is HAPPENED


def test_a_message_to_oneself_has_the_shape_of_the_bus() -> None:
    body = encode_message(HAPPENED, aggregate_id="t1", sequence=1, at=NOON, source="minishop.things.inbox")
    message = Message.parse(body)
    assert (message.source, message.detail_type) == ("minishop.things.inbox", "ThingHappened")
    assert message.read(ThingHappened).data == HAPPENED


def test_fields_that_nobody_knows_are_passed_over() -> None:
    body = taken(HAPPENED) | {"account": "1", "time": "now", "resources": []}
    body["detail"]["more"] = 1
    body["detail"]["metadata"]["more"] = {"a": [1]}
    body["detail"]["data"]["more"] = None
    body["detail"]["data"]["amount"]["more"] = 1
    assert read(body) == HAPPENED


def test_fields_with_a_default_may_be_missing() -> None:
    body = taken(HAPPENED)
    for name in ("lines", "due", "note"):
        del body["detail"]["data"][name]
    assert read(body) == ThingHappened(thing_id="t1", amount=Money(1999, "EUR"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thing_id", 7),
        ("thing_id", None),
        ("amount", {"amount": "1999", "currency": "EUR"}),
        ("amount", {"amount": 19.99, "currency": "EUR"}),
        ("amount", {"amount": True, "currency": "EUR"}),
        ("amount", {"amount": 1}),
        ("lines", {}),
        ("lines", [{"sku": "MUG"}]),
        ("due", "tomorrow"),
        ("due", 1),
        ("note", 1),
    ],
)
def test_data_of_another_type_is_refused(name: str, value: Any) -> None:
    body = taken(HAPPENED)
    body["detail"]["data"][name] = value
    with pytest.raises(UnreadableMessageError, match="ThingHappened"):
        read(body)


@pytest.mark.parametrize(
    "name",
    ["event_id", "version", "occurred_at", "correlation_id", "causation_id", "actor", "aggregate_id", "sequence"],
)
def test_metadata_is_there_and_of_its_type(name: str) -> None:
    body = taken(HAPPENED)
    body["detail"]["metadata"][name] = [1]
    with pytest.raises(UnreadableMessageError, match="not an event"):
        read(body)
    del body["detail"]["metadata"][name]
    with pytest.raises(UnreadableMessageError, match="not an event"):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"text"',
        "{}",
        '{"source": "a", "detail-type": "B"}',
        '{"source": "a", "detail-type": "B", "detail": null}',
        '{"source": "a", "detail-type": "B", "detail": "{}"}',
        '{"source": "a", "detail-type": "B", "detail": {"metadata": {}}}',
        "\ud800",
        "[" * 100_000,
        '{"detail": ' * 50_000,
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_what_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(UnreadableMessageError, match="not an event"):
        Message.parse(body)


@pytest.mark.parametrize("wrong", [["pair", "list"], [["sku", "x"]], "text", 7, None])
def test_data_is_an_object(wrong: Any) -> None:
    body = taken(HAPPENED)
    body["detail"]["data"] = wrong
    with pytest.raises(UnreadableMessageError, match="not an event"):
        read(body)


@pytest.mark.parametrize("name", ["source", "detail-type"])
def test_source_and_type_are_text(name: str) -> None:
    with pytest.raises(UnreadableMessageError, match="not an event"):
        read(taken(HAPPENED) | {name: 7})


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
@settings(max_examples=100, deadline=None, database=None)
def test_no_text_raises_anything_but_that_it_cannot_be_read(text: str) -> None:
    for parse in (Message.parse, decode_outbox):
        try:
            parse(text)
        except UnreadableMessageError:
            continue
        assert text.strip() == "[]"


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"source": "a"}]', '[{"source": 1, "detail_type": "B", "detail": {}}]', "[" * 99_999]
)
def test_what_is_no_outbox_is_refused(text: str) -> None:
    with pytest.raises(UnreadableMessageError, match="not an outbox"):
        decode_outbox(text)


def test_an_older_version_is_brought_up_to_date() -> None:
    body = taken(ThingRenamed(title="mug"))
    assert body["detail"]["metadata"]["version"] == 2
    assert read(body, ThingRenamed) == ThingRenamed(title="mug")
    body["detail"]["metadata"]["version"] = 1
    body["detail"]["data"] = {"name": "cup"}
    assert read(body, ThingRenamed) == ThingRenamed(title="cup")


@pytest.mark.parametrize("version", [0, 3, -1])
def test_a_version_that_is_not_known_is_refused(version: int) -> None:
    body = taken(ThingRenamed(title="mug"))
    body["detail"]["metadata"]["version"] = version
    with pytest.raises(UnreadableMessageError, match=f"version {version} is not known"):
        read(body, ThingRenamed)


def test_a_time_in_an_event_is_rfc3339_in_utc() -> None:
    body = taken(ThingHappened(thing_id="t1", amount=Money(1, "EUR"), due=NOON))
    assert body["detail"]["data"]["due"] == "2026-11-22T12:00:00Z"
