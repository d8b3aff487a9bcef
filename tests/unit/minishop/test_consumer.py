"""The queue door."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from minishop.consumer import Consumer
from minishop.correlation import Correlation, correlation
from minishop.deadline import seconds_for
from minishop.errors import ConcurrentUpdateError
from minishop.events import Envelope
from minishop.money import Money
from tests.helpers import bus_message, sqs_event
from tests.unit.minishop.fakes import ThingHappened, ThingRenamed

Logged = Callable[[], list[dict[str, Any]]]
MUG = ThingHappened(thing_id="mug", amount=Money(1, "EUR"))
POISON = ThingHappened(thing_id="poison", amount=Money(1, "EUR"))


class Things:
    """A service's queue door that keeps what it was given."""

    def __init__(self) -> None:
        self.consumer = Consumer("things")
        self.seen: list[Envelope[Any]] = []
        self.scopes: list[Correlation] = []
        self.error: Exception = ValueError("ada@minishop.test")

        @self.consumer.on(ThingHappened)
        def note(event: Envelope[ThingHappened]) -> None:
            if event.data.thing_id == "poison":
                raise self.error
            self.seen.append(event)
            self.scopes.append(correlation())

    def take(self, *bodies: str) -> list[str]:
        """The ids of the messages that are to come again."""
        answer = self.consumer.handler(sqs_event(*bodies), None)
        assert list(answer) == ["batchItemFailures"]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_each_event_reaches_the_function_that_reacts_to_it() -> None:
    things = Things()
    renamed: list[str] = []

    @things.consumer.on(ThingRenamed)
    def rename(event: Envelope[ThingRenamed]) -> None:
        renamed.append(event.data.title)

    assert things.take(bus_message(MUG), bus_message(ThingRenamed(title="cup"))) == []
    assert [event.data for event in things.seen] == [MUG]
    assert renamed == ["cup"]


def test_an_event_has_one_reaction() -> None:
    things = Things()
    with pytest.raises(ValueError, match="things has two reactions to ThingHappened"):
        things.consumer.on(ThingHappened)(lambda _event: None)


def test_what_follows_from_an_event_belongs_to_the_same_purchase(logged: Logged) -> None:
    things = Things()
    things.take(bus_message(MUG))
    event_id = things.seen[0].metadata.event_id
    assert things.scopes == [Correlation("correlation-1", event_id, "service:things")]
    (line,) = logged()
    assert (line["message"], line["detail_type"], line["event_id"]) == ("event handled", "ThingHappened", event_id)
    assert line["correlation_id"] == "correlation-1"


def test_one_poison_message_comes_again_and_its_neighbours_do_not() -> None:
    things = Things()
    bodies = [bus_message(MUG), bus_message(POISON), bus_message(MUG), "garbage", bus_message(MUG)]
    assert things.take(*bodies) == ["message-1", "message-3"]
    assert len(things.seen) == 3


@pytest.mark.parametrize("error", [ValueError("no"), ConcurrentUpdateError("no"), KeyError("no"), RecursionError()])
def test_whatever_a_reaction_raises_the_message_comes_again(error: Exception) -> None:
    things = Things()
    things.error = error
    assert things.take(bus_message(POISON)) == ["message-0"]


def test_an_event_that_nobody_reacts_to_is_a_failure(logged: Logged) -> None:
    assert Things().take(bus_message(ThingRenamed(title="cup"))) == ["message-0"]
    assert "things has no reaction to ThingRenamed" in logged()[0]["exception"]


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '{"detail": 1}', "\ud800", "[" * 100_000])
def test_garbage_goes_to_the_dead_letters(body: str) -> None:
    assert Things().take(body, bus_message(MUG)) == ["message-0"]


def test_data_that_does_not_fit_goes_to_the_dead_letters() -> None:
    body = json.loads(bus_message(MUG))
    body["detail"]["data"]["thing_id"] = 7
    assert Things().take(json.dumps(body)) == ["message-0"]


def test_a_failure_is_logged_under_its_purchase_without_what_the_exception_says(logged: Logged) -> None:
    Things().take(bus_message(POISON))
    (line,) = logged()
    assert (line["level"], line["message_id"], line["correlation_id"]) == ("ERROR", "message-0", "correlation-1")
    assert line["detail_type"] == "ThingHappened"
    assert line["exception"].startswith("builtins.ValueError\n")
    assert "test_consumer.py" in line["exception"]
    assert "ada@" not in json.dumps(line)


def test_an_empty_batch_is_nothing_to_do() -> None:
    assert Things().take() == []


def test_a_reaction_knows_how_often_its_event_was_delivered() -> None:
    things = Things()
    batch = sqs_event(bus_message(MUG), bus_message(MUG))
    batch["Records"][1]["attributes"] = {"ApproximateReceiveCount": "4"}
    things.consumer.handler(batch, None)
    assert [event.received for event in things.seen] == [1, 4]


class Queue:
    """An SQS client that notes what is held back, or does not answer."""

    def __init__(self, *, down: bool = False) -> None:
        self.held: list[dict[str, Any]] = []
        self.down = down

    def change_message_visibility(self, **request: Any) -> None:
        if self.down:
            raise TimeoutError
        self.held.append(request)


@pytest.mark.parametrize("down", [False, True])
def test_what_failed_is_held_back_for_as_long_as_the_service_says(monkeypatch: pytest.MonkeyPatch, down: bool) -> None:
    queue = Queue(down=down)
    monkeypatch.setenv("INBOX_URL", "https://sqs.test/inbox")
    monkeypatch.setattr("minishop.aws.client", lambda _service: queue)
    consumer = Consumer("things", retry_after=lambda received: received * 10)
    batch = sqs_event(bus_message(MUG), bus_message(MUG))
    batch["Records"][1]["attributes"] = {"ApproximateReceiveCount": "3"}

    @consumer.on(ThingHappened)
    def fail_late(event: Envelope[ThingHappened]) -> None:
        if event.received == 3:
            raise ValueError

    assert consumer.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    held = {"QueueUrl": "https://sqs.test/inbox", "ReceiptHandle": "r1", "VisibilityTimeout": 30}
    assert queue.held == ([] if down else [held])


class Dying:
    """What Lambda says of a function that takes so many seconds for each message, of those it has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now = 100.0
        self._ends = self.now + seconds
        monkeypatch.setattr("minishop.deadline.time.monotonic", lambda: self.now)

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - self.now) * 1000)


@pytest.mark.parametrize(("has", "takes", "begun"), [(30, 1, 5), (30, 9, 3), (30, 29, 1), (5, 1, 1)])
def test_what_there_is_no_time_for_is_left_for_another_run(
    monkeypatch: pytest.MonkeyPatch, has: float, takes: float, begun: int
) -> None:
    things, context = Things(), Dying(monkeypatch, has)
    renamed: list[str] = []

    @things.consumer.on(ThingRenamed)
    def rename(event: Envelope[ThingRenamed]) -> None:
        context.now += takes
        renamed.append(event.data.title)

    batch = sqs_event(*(bus_message(ThingRenamed(title=title)) for title in "abcde"))
    answer = things.consumer.handler(batch, context)
    assert "".join(renamed) == "abcde"[:begun]
    ids = [record["messageId"] for record in batch["Records"]]
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ids[begun:]


def test_calls_of_a_reaction_share_the_time_that_its_function_has(monkeypatch: pytest.MonkeyPatch) -> None:
    things, context = Things(), Dying(monkeypatch, 10)
    given: list[float] = []

    @things.consumer.on(ThingRenamed)
    def rename(_event: Envelope[ThingRenamed]) -> None:
        context.now += 4.5
        given.append(seconds_for(4))

    things.consumer.handler(sqs_event(bus_message(ThingRenamed(title="cup"))), context)
    assert given == [1.5]
