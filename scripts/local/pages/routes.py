"""Everything under `/_local/` on the public port: what the shop sent, what went over the bus, and levers to pull.

JSON by default; a browser (Accept: text/html) gets a readable page of the home, the mailbox, the events,
the queues and the schedules. What is unknown is 404 with a hint.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import httpx

from scripts.local.aws.moto_client import MotoClient, MotoError
from scripts.local.events.schedules import Scheduler, UnknownScheduleError
from scripts.local.pages import views
from scripts.local.template.model import Stack

_CARRIER_TIMEOUT = 15.0  # seconds
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"


@dataclass(frozen=True)
class PageRequest:
    """A request under `/_local/`. Header names are in lower case, `path` is not decoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class PageAnswer:
    """Its answer."""

    status: int
    content_type: str
    body: bytes


class Pages:
    """Answers requests under `/_local/`."""

    def __init__(self, stack: Stack, moto: MotoClient, scheduler: Scheduler) -> None:
        self._stack = stack
        self._moto = moto
        self._scheduler = scheduler

    async def answer(self, request: PageRequest) -> PageAnswer:
        """Answer a request. Never raises: what cannot be reached is a 502 that says so."""
        parts = [unquote(part) for part in request.path.removeprefix("/_local").strip("/").split("/")]
        try:
            match request.method, parts:
                case "GET" | "HEAD", [""]:
                    return await self._home(request)
                case "GET" | "HEAD", ["mailbox" | "mailbox.html" | "events" | "queues" | "schedules" as name]:
                    return await self._list(name, request)
                case "POST", ["schedules", schedule_id, "run"]:
                    return await self._run_schedule(schedule_id)
                case "POST", ["carrier", tracking_number, "advance"]:
                    return await self._advance_parcel(tracking_number, request.query.get("status"))
        except MotoError as error:
            return _json(502, {"status": 502, "detail": str(error)})
        return _unknown(request)

    async def _home(self, request: PageRequest) -> PageAnswer:
        if not _wants_page(request):
            return _json(200, {"links": [link.path for link in views.LINKS]})
        return _page(views.home(self._stack.parameters, await self._counts()))

    async def _counts(self) -> dict[str, int]:
        mailbox, events = await asyncio.gather(self._moto.get_local("mailbox"), self._moto.get_local("events"))
        return {"mailbox": len(mailbox["items"]), "events": len(events["items"])}

    async def _list(self, name: str, request: PageRequest) -> PageAnswer:
        as_page = name == "mailbox.html" or _wants_page(request)
        name = name.removesuffix(".html")
        readers: Mapping[str, Callable[[Mapping[str, str]], Awaitable[list[dict[str, Any]]]]] = {
            "mailbox": self._mailbox,
            "events": self._events,
            "queues": self._queues,
            "schedules": self._schedules,
        }
        items = await readers[name](request.query)
        return _page(views.PAGES[name](items)) if as_page else _json(200, {"items": items})

    async def _mailbox(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Newest last; `?to=` is an address or number, in any case."""
        items = list((await self._moto.get_local("mailbox"))["items"])
        if "to" not in query:
            return items
        # A "+" in a query is a space to most parsers, and every phone number starts with one.
        wanted = {query["to"].strip().lower(), f"+{query['to'].strip()}"}
        return [item for item in items if item["to"].lower() in wanted]

    async def _events(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Oldest first; `?type=` is a detail-type, `?id=` an aggregate's or a correlation id."""
        items = list((await self._moto.get_local("events"))["items"])
        if "type" in query:
            items = [item for item in items if item["detail-type"] == query["type"]]
        if "id" in query:
            items = [item for item in items if query["id"] in json.dumps(item["detail"])]
        return items

    async def _queues(self, _query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Every queue that has a consumer: what waits, what is being handled, what was given up."""
        return list(await asyncio.gather(*(self._queue(each.queue_url) for each in self._stack.queue_sources)))

    async def _queue(self, url: str) -> dict[str, Any]:
        attributes = await self._attributes(url)
        policy = attributes.get("RedrivePolicy")
        dead = 0
        if policy:
            name = json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]
            dead = int((await self._attributes(f"{url.rpartition('/')[0]}/{name}"))["ApproximateNumberOfMessages"])
        return {
            "queue": url.rpartition("/")[2],
            "depth": int(attributes["ApproximateNumberOfMessages"]),
            "in_flight": int(attributes["ApproximateNumberOfMessagesNotVisible"]),
            "dead_letters": dead,
        }

    async def _attributes(self, url: str) -> dict[str, str]:
        request = {"QueueUrl": url, "AttributeNames": ["All"]}
        return dict((await self._moto.call("sqs", "GetQueueAttributes", request))["Attributes"])

    async def _schedules(self, _query: Mapping[str, str]) -> list[dict[str, Any]]:
        return [{"id": each.id, "expression": each.expression} for each in self._scheduler.schedules.values()]

    async def _run_schedule(self, schedule_id: str) -> PageAnswer:
        try:
            outcome = await self._scheduler.fire(schedule_id)
        except UnknownScheduleError:
            detail = f"no schedule {schedule_id!r}; see GET /_local/schedules"
            return _json(404, {"status": 404, "detail": detail})
        answer = {"id": schedule_id, "ok": not outcome.function_error, "answer": outcome.payload}
        return _json(502 if outcome.function_error else 200, answer)

    async def _advance_parcel(self, tracking_number: str, status: str | None) -> PageAnswer:
        """The sandbox carrier's next step, or the one named, which the carrier tells the shop by signed webhook."""
        sandbox = self._stack.apis.get("SandboxApi")
        if sandbox is None:
            detail = "there is no sandbox carrier: PaymentProvider is not sandbox"
            return _json(404, {"status": 404, "detail": detail})
        url = f"http://127.0.0.1:{sandbox.port}/carrier/parcels/{quote(tracking_number, safe='')}/advance"
        try:
            async with httpx.AsyncClient(timeout=_CARRIER_TIMEOUT, trust_env=False) as http:
                answer = await http.post(url, json={"status": status} if status else None)
        except httpx.HTTPError as error:
            return _json(502, {"status": 502, "detail": f"the sandbox carrier does not answer: {error!r}"})
        return PageAnswer(answer.status_code, answer.headers.get("content-type", _JSON), answer.content)


def _wants_page(request: PageRequest) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page(text: str) -> PageAnswer:
    return PageAnswer(200, _HTML, text.encode())


def _json(status: int, document: Mapping[str, Any]) -> PageAnswer:
    return PageAnswer(status, _JSON, json.dumps(document, ensure_ascii=False).encode())


def _unknown(request: PageRequest) -> PageAnswer:
    known = [link.path for link in views.LINKS]
    detail = f"{request.method} {request.path} is not here; there are: {', '.join(known)}"
    return _json(404, {"status": 404, "title": "Not Found", "detail": detail, "known": known})
