"""Which route of an HTTP API a request takes, by API Gateway's priorities.

A full match first, then path variables, then a greedy one (`{proxy+}`), then `$default`; of two
routes with one path the one that names the method goes before `ANY`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scripts.local.template.model import Route

_STATIC, _VARIABLE, _GREEDY = range(3)


@dataclass(frozen=True)
class Match:
    """A route and the values of its path variables."""

    route: Route
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class _Pattern:
    route: Route
    method: str  # "ANY" for all
    segments: tuple[tuple[int, str], ...]  # (kind, text or variable's name)

    @property
    def priority(self) -> tuple[object, ...]:
        return (tuple(kind for kind, _ in self.segments), self.method == "ANY", self.route.key)

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        if self.method not in {"ANY", method}:
            return None
        parameters: dict[str, str] = {}
        for index, (kind, text) in enumerate(self.segments):
            if kind == _GREEDY:
                rest = "/".join(segments[index:])
                return {**parameters, text: rest} if rest else None
            if index >= len(segments) or (kind == _STATIC and segments[index] != text):
                return None
            if kind == _VARIABLE:
                if not segments[index]:
                    return None
                parameters[text] = segments[index]
        return parameters if len(segments) == len(self.segments) else None


class RouteTable:
    """The routes of one HTTP API."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._default: Route | None = None
        patterns = []
        for route in routes:
            if route.key == "$default":
                self._default = route
            else:
                patterns.append(_parse(route))
        self._patterns = sorted(patterns, key=lambda pattern: pattern.priority)

    def match(self, method: str, path: str) -> Match | None:
        """The route for a *decoded* path; None is API Gateway's own 404."""
        segments = path.split("/")[1:]
        for pattern in self._patterns:
            parameters = pattern.match(method, segments)
            if parameters is not None:
                return Match(pattern.route, parameters)
        return Match(self._default, {}) if self._default else None


def _parse(route: Route) -> _Pattern:
    method, _, path = route.key.partition(" ")
    return _Pattern(route, method.upper(), tuple(_segment(text) for text in path.split("/")[1:]))


def _segment(text: str) -> tuple[int, str]:
    if text.startswith("{") and text.endswith("+}"):
        return _GREEDY, text[1:-2]
    if text.startswith("{") and text.endswith("}"):
        return _VARIABLE, text[1:-1]
    return _STATIC, text
