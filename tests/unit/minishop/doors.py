"""Doors to knock at: APIs with one route."""

from collections.abc import Callable
from typing import Any

from pydantic import Field

from minishop.correlation import correlation
from minishop.http import Api, Request
from minishop.schemas import AnswerModel, RequestModel
from tests.helpers import http_event

Logged = Callable[[], list[dict[str, Any]]]


class ThingBody(RequestModel):
    name: str
    sender: str = Field(default="", alias="from")


class ThingAnswer(AnswerModel):
    name: str
    sender: str = Field(default="", serialization_alias="from")


class Door:
    """An API whose one route does what the test says."""

    def __init__(self, key: str = "GET /v1/things/{id}", **options: Any) -> None:
        self.key = key
        self.api = Api("things")
        self.behaviour: Callable[..., Any] = lambda **_: ThingAnswer(name="mug")
        self.seen: dict[str, Any] = {}

        def route(request: Request) -> Any:
            """Does a thing."""
            self.seen = {"request": request, "correlation": correlation()}
            return self.behaviour()

        self.api.route(key, **options)(route)

    def __call__(self, **options: Any) -> dict[str, Any]:
        return self.api.handler(http_event(self.key, path={"id": "t1"}, **options), None)


def raising(error: Exception) -> Door:
    door = Door()

    def fail() -> None:
        raise error

    door.behaviour = fail
    return door


ROLE = "arn:aws:sts::123456789012:assumed-role/minishop-orders-api/function"


def body_route() -> Api:
    api = Api("things")

    @api.post("/v1/things")
    def post_thing(body: ThingBody) -> ThingAnswer:
        return ThingAnswer(name=body.name)

    return api
