"""The stream door."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from minishop import relay as relay_module
from minishop.correlation import Correlation
from minishop.events import Entry, Message, decode_outbox, derived_entry, encode_outbox
from minishop.money import Money
from minishop.relay import MAX_BYTES, relay
from tests.times import NOON
from tests.unit.minishop.fakes import ThingHappened, ThingRenamed, Unreadable

Clients = dict[str, Any]
Logged = Callable[[], list[dict[str, Any]]]
HANDLE = relay()


def thing(number: int, note: str = "") -> ThingHappened:
    return ThingHappened(thing_id=f"t{number}", amount=Money(number, "EUR"), note=note)


def record(number: int, *events: Any, outbox: str | None = None) -> dict[str, Any]:
    """A stream record of an item that was saved with these events."""
    text = outbox if outbox is not None else encode_outbox(events, aggregate_id=f"t{number}", sequence=1, at=NOON)
    image = {"pk": {"S": f"t{number}"}} | ({"outbox": {"S": text}} if text else {})
    return {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": f"{number:03d}", "NewImage": image}}


def run(*records: dict[str, Any], handle: Any = HANDLE) -> str | None:
    """The sequence number from which Lambda delivers again."""
    failures = handle({"Records": list(records)}, None)["batchItemFailures"]
    assert len(failures) <= 1
    return failures[0]["itemIdentifier"] if failures else None


def ids(clients: Clients) -> list[list[str]]:
    """What was asked to be published, request by request."""
    return [
        [json.loads(entry["Detail"])["data"]["thing_id"] for entry in request] for request in clients["events"].requests
    ]


def test_an_event_is_published_as_its_readers_expect_it(clients: Clients) -> None:
    assert run(record(1, thing(1))) is None
    ((entry,),) = clients["events"].requests
    assert set(entry) == {"EventBusName", "Source", "DetailType", "Detail"}
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == ("bus", "minishop.fakes", "ThingHappened")
    body = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
    assert Message.parse(json.dumps(body)).read(ThingHappened).data == thing(1)


def test_the_trace_goes_with_it(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3")
    run(record(1, thing(1)))
    assert clients["events"].requests[0][0]["TraceHeader"] == "Root=1-2-3"


def test_records_without_events_are_no_request(clients: Clients) -> None:
    removed = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "9", "OldImage": {"pk": {"S": "t"}}}}
    assert run(record(1), removed, record(2, outbox="[]")) is None
    assert run() is None
    assert clients["events"].requests == []


def test_ten_entries_go_in_one_request_in_stream_order(clients: Clients) -> None:
    records = [record(number, thing(number * 2), thing(number * 2 + 1)) for number in range(11)]
    assert run(*records) is None
    assert [len(request) for request in ids(clients)] == [10, 10, 2]
    assert [name for request in ids(clients) for name in request] == [f"t{number}" for number in range(22)]


def test_a_request_is_never_over_the_limit_in_bytes(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    run(record(1, thing(1)))
    ((one,),) = clients["events"].requests
    size = sum(len(one[key]) for key in ("Source", "DetailType", "Detail"))
    monkeypatch.setattr(relay_module, "MAX_BYTES", size * 2)
    clients["events"].requests.clear()
    assert run(*(record(number, thing(number)) for number in range(1, 6))) is None
    assert ids(clients) == [["t1", "t2"], ["t3", "t4"], ["t5"]]


def test_bytes_are_counted_and_not_characters(clients: Clients) -> None:
    euros = "€" * (MAX_BYTES // 3 - 150)
    assert run(record(1, thing(1, note=euros), thing(2, note=euros))) is None
    assert ids(clients) == [["t1"], ["t2"]]
    for request in clients["events"].requests:
        assert sum(len(entry["Detail"].encode()) for entry in request) <= 1024 * 1024


@pytest.mark.parametrize("index", range(7))
def test_an_entry_that_was_not_taken_is_delivered_again_from_its_record_on(clients: Clients, index: int) -> None:
    clients["events"].refusals = {index: "ThrottlingException", 6: "InternalFailure"}
    records = [
        record(0, thing(0)),
        record(1, thing(1), thing(2), thing(3)),
        record(2, thing(4)),
        record(3),
        record(4, thing(5), thing(6)),
    ]
    owners = ["000", "001", "001", "001", "002", "004", "004"]
    assert run(*records) == owners[index]


def test_what_comes_after_a_failed_request_is_not_sent(clients: Clients) -> None:
    clients["events"].refusals = {3: "InternalFailure"}
    assert run(*(record(number, thing(number)) for number in range(25))) == "003"
    assert len(clients["events"].requests) == 1


def test_a_failure_in_a_later_request_is_that_record_s(clients: Clients) -> None:
    answer = clients["events"].put_events
    clients["events"].put_events = lambda **request: (
        clients["events"].refusals.update({4: "InternalFailure"} if clients["events"].requests else {})
        or answer(**request)
    )
    assert run(*(record(number, thing(number)) for number in range(20))) == "014"


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "PutEvents"),
        ReadTimeoutError(endpoint_url="https://secret.example"),
        OSError("secret"),
    ],
)
def test_a_bus_that_does_not_answer_is_asked_again_from_the_request_s_first_record(
    clients: Clients, logged: Logged, error: Exception
) -> None:
    clients["events"].error = error
    assert run(record(1), record(2, thing(2)), record(3, thing(3))) == "002"
    assert "secret" not in json.dumps(logged())


def test_a_count_of_failures_without_names_is_a_failure_of_all(clients: Clients) -> None:
    clients["events"].failed_count = 1
    assert run(record(1, thing(1)), record(2, thing(2))) == "001"


def test_an_outbox_that_is_none_is_set_aside_and_holds_nobody_up(clients: Clients, logged: Logged) -> None:
    assert run(record(1, thing(1)), record(2, outbox="{poison"), record(3, thing(3))) is None
    assert ids(clients) == [["t1", "t3"]]
    ((key, held),) = clients["s3"].objects.items()
    assert key == "tests/unsendable/002.json"
    assert held["record"]["NewImage"]["outbox"]["S"] == "{poison"
    assert held["reason"].startswith("not an outbox")
    (line,) = logged()
    assert (line["level"], line["name_in_bucket"]) == ("ERROR", "002")


def test_an_entry_that_is_too_large_is_set_aside_as_an_outbox_of_its_own(clients: Clients) -> None:
    large = "x" * MAX_BYTES
    assert run(record(1, thing(1), thing(2, large), thing(3, large), thing(4))) is None
    assert ids(clients) == [["t1", "t4"]]
    assert list(clients["s3"].objects) == ["tests/unsendable/001-1.json", "tests/unsendable/001-2.json"]
    held = clients["s3"].objects["tests/unsendable/001-2.json"]
    assert held["reason"] == "larger than PutEvents takes"
    (entry,) = decode_outbox(held["outbox"])
    assert entry.detail["data"]["thing_id"] == "t3"


@pytest.mark.parametrize("code", ["InvalidArgument", "MalformedDetail"])
def test_an_entry_that_the_bus_will_never_take_is_set_aside(clients: Clients, code: str) -> None:
    clients["events"].refusals = {1: code}
    assert run(*(record(number, thing(number)) for number in range(3))) is None
    ((key, held),) = clients["s3"].objects.items()
    assert (key, held["reason"]) == ("tests/unsendable/001-0.json", code)
    assert decode_outbox(held["outbox"])[0].detail["data"]["thing_id"] == "t1"


def test_a_hopeless_entry_does_not_hide_one_that_is_to_come_again(clients: Clients) -> None:
    clients["events"].refusals = {0: "MalformedDetail", 2: "ThrottlingException"}
    assert run(*(record(number, thing(number)) for number in range(4))) == "002"


def test_what_cannot_be_set_aside_either_is_not_forgotten(clients: Clients) -> None:
    clients["s3"].error = OSError("no bucket")
    with pytest.raises(OSError, match="no bucket"):
        run(record(1, outbox="{poison"))


def low(images: Any) -> list[Entry]:
    """ThingRenamed when the item's title is another one."""
    old, new = (images["dynamodb"].get(name, {}).get("title", {}).get("S") for name in ("OldImage", "NewImage"))
    if old == new:
        return []
    scope = Correlation("correlation-7", "cause-7", "service:things")
    return [derived_entry(ThingRenamed(title=new), aggregate_id="t", sequence=1, at=NOON, scope=scope)]


def test_what_follows_from_the_images_is_told_behind_the_outbox(clients: Clients) -> None:
    changed = record(1, thing(1))
    changed["dynamodb"]["NewImage"]["title"] = {"S": "cup"}
    assert run(changed, record(2, thing(2)), handle=relay(low)) is None
    assert list(clients["events"].told) == ["ThingHappened", "ThingRenamed", "ThingHappened"]
    detail = json.loads(clients["events"].requests[0][1]["Detail"])
    assert detail["data"] == {"title": "cup"}
    assert detail["metadata"]["correlation_id"] == "correlation-7"


def test_images_that_nothing_follows_from_hold_no_event_back(clients: Clients) -> None:
    assert run(record(1, thing(1)), record(2), handle=relay(Unreadable())) is None
    assert ids(clients) == [["t1"]]
    held = clients["s3"].objects
    assert list(held) == ["tests/unsendable/001.json", "tests/unsendable/002.json"]
    assert held["tests/unsendable/002.json"]["record"]["NewImage"]["pk"] == {"S": "t2"}


def test_a_mistake_in_derive_is_lambda_s_to_try_again(clients: Clients) -> None:
    def broken(_record: Any) -> list[Entry]:
        raise KeyError("pk")

    with pytest.raises(KeyError):
        run(record(1, thing(1)), handle=relay(broken))
