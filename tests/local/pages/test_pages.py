"""The pages under `/_local/` show what happened, to people and to programs."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from scripts.local.aws.moto_client import MotoError
from scripts.local.events.schedules import Scheduler
from scripts.local.pages.routes import PageAnswer, PageRequest, Pages
from scripts.local.template.model import HttpApi, QueueSource, Schedule
from tests.local.event_fakes import FAILED, FakeFunction, FakeMoto, wire
from tests.local.hand_made import make_stack

MAILS = [
    {"id": "1", "channel": "email", "to": "Ada@x.test", "subject": "Hi <b>", "text": "plain", "html": '<p class="x">',
     "sent_at": "2026-11-22T12:00:00Z"},
    {"id": "2", "channel": "sms", "to": "+4912345", "subject": None, "text": "Delivered.", "html": None,
     "sent_at": "2026-11-22T12:01:00Z"},
]  # fmt: skip
EVENTS = [
    {"id": "e1", "time": "t", "bus": "b", "source": "s", "detail-type": "OrderPlaced", "detail": {"order": "ord_1"}},
    {"id": "e2", "time": "t", "bus": "b", "source": "s", "detail-type": "OrderShipped", "detail": {"order": "ord_2"}},
]
QUEUES = {
    "inbox": {
        "ApproximateNumberOfMessages": "3",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:r:1:dead", "maxReceiveCount": 5}',
    },
    "dead": {"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "0"},
}


def make_pages(function: FakeFunction | None = None, *, apis: Mapping[str, HttpApi] | None = None) -> Pages:
    moto = FakeMoto(
        {"sqs.GetQueueAttributes": lambda request: {"Attributes": QUEUES[request["QueueUrl"].rpartition("/")[2]]}}
    )
    moto.local = {"mailbox": {"items": MAILS}, "events": {"items": EVENTS}}
    source = QueueSource("Consumer", "http://m/1/inbox", "arn:aws:sqs:r:1:inbox", 10, 0, True, 5)
    stack = replace(make_stack(apis=apis), queue_sources=(source,))
    schedules = [Schedule("Sweep", "rate(1 minute)", "Sweeper", {"task": "sweep"})]
    scheduler = Scheduler(schedules, wire(moto, function or FakeFunction("swept")))
    return Pages(stack, moto, scheduler)


def ask(pages: Pages, call: str, query: Mapping[str, str] | None = None, **headers: str) -> PageAnswer:
    method, _, path = call.partition(" ")
    return asyncio.run(pages.answer(PageRequest(method, path, query or {}, headers)))


def document(answer: PageAnswer) -> Any:
    assert answer.content_type == "application/json"
    return json.loads(answer.body)


def test_the_mailbox_is_json_newest_last() -> None:
    answer = ask(make_pages(), "GET /_local/mailbox", accept="*/*")
    assert answer.status == 200
    assert document(answer) == {"items": MAILS}


@pytest.mark.parametrize(
    ("to", "ids"), [("ada@x.test", ["1"]), ("+4912345", ["2"]), (" 4912345", ["2"]), ("nobody", [])]
)
def test_the_mailbox_is_filtered_by_recipient(to: str, ids: list[str]) -> None:
    items = document(ask(make_pages(), "GET /_local/mailbox", {"to": to}))["items"]
    assert [item["id"] for item in items] == ids


def test_a_browser_gets_a_page_that_shows_a_mail_and_runs_nothing_of_it() -> None:
    for answer in (
        ask(make_pages(), "GET /_local/mailbox", accept="text/html,*/*"),
        ask(make_pages(), "GET /_local/mailbox.html"),
    ):
        assert answer.content_type.startswith("text/html")
        text = answer.body.decode()
        assert "Hi &lt;b&gt;" in text
        assert "&lt;p class=&quot;x&quot;&gt;" in text
        assert "allow-scripts" not in text
        assert text.index("Delivered.") < text.index("Hi &lt;b&gt;")


@pytest.mark.parametrize("path", ["/_local", "/_local/", "/_local/events", "/_local/queues", "/_local/schedules"])
def test_every_list_has_a_page(path: str) -> None:
    answer = ask(make_pages(), f"GET {path}", accept="text/html")
    assert answer.status == 200
    assert answer.body.startswith(b"<!doctype html>")


def test_events_are_filtered_by_type_and_by_what_they_are_about() -> None:
    pages = make_pages()
    assert document(ask(pages, "GET /_local/events")) == {"items": EVENTS}
    assert document(ask(pages, "GET /_local/events", {"type": "OrderShipped"}))["items"] == EVENTS[1:]
    assert document(ask(pages, "GET /_local/events", {"id": "ord_1"}))["items"] == EVENTS[:1]


def test_queues_tell_depth_and_dead_letters() -> None:
    assert document(ask(make_pages(), "GET /_local/queues")) == {
        "items": [{"queue": "inbox", "depth": 3, "in_flight": 1, "dead_letters": 2}]
    }


def test_a_schedule_runs_on_demand() -> None:
    assert document(ask(make_pages(), "GET /_local/schedules"))["items"] == [
        {"id": "Sweep", "expression": "rate(1 minute)"}
    ]
    function = FakeFunction("swept")
    answer = ask(make_pages(function), "POST /_local/schedules/Sweep/run")
    assert (answer.status, document(answer)) == (200, {"id": "Sweep", "ok": True, "answer": "swept"})
    assert function.payloads == [{"task": "sweep"}]
    assert ask(make_pages(FakeFunction(FAILED)), "POST /_local/schedules/Sweep/run").status == 502
    assert ask(make_pages(), "POST /_local/schedules/Nobody/run").status == 404


@pytest.mark.parametrize(
    "call", ["GET /_local/nothing", "POST /_local/mailbox", "GET /_local/schedules/Sweep/run", "GET /_local/a/b/c"]
)
def test_what_is_unknown_is_404_with_a_hint(call: str) -> None:
    answer = ask(make_pages(), call)
    assert answer.status == 404
    assert "GET /_local/mailbox" in document(answer)["known"]


def test_a_parcel_cannot_advance_without_the_sandbox_carrier() -> None:
    answer = ask(make_pages(), "POST /_local/carrier/T-1/advance")
    assert answer.status == 404
    assert "no sandbox carrier" in document(answer)["detail"]


def test_a_carrier_that_does_not_answer_is_502() -> None:
    sandbox = HttpApi("SandboxApi", "id", 1, (), {}, None, None)
    answer = ask(make_pages(apis={"SandboxApi": sandbox}), "POST /_local/carrier/T%2F1/advance")
    assert answer.status == 502


def test_a_moto_that_does_not_answer_is_502() -> None:
    pages = make_pages()

    def fail(_request: Any) -> dict[str, Any]:
        raise MotoError("moto does not answer")

    assert isinstance(pages._moto, FakeMoto)
    pages._moto.answers["sqs.GetQueueAttributes"] = fail
    assert ask(pages, "GET /_local/queues").status == 502
