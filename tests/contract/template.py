"""What the template says of functions, routes and rules, in the words of these tests."""

import functools
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.local.template.source import read_source

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Function:
    """A function of the template."""

    id: str
    service: str
    door: str
    environment: dict[str, Any]
    events: dict[str, dict[str, Any]]
    role: dict[str, Any]

    @property
    def caller(self) -> str:
        """`orders-api`: its role's name, less the stack's."""
        return f"{self.service}-{self.door}"

    def module(self) -> Any:
        """The door's module."""
        return importlib.import_module(f"{self.service}.{self.door}")


@dataclass(frozen=True)
class TemplateRoute:
    """An HTTP API event of a function."""

    function: Function
    api: str
    key: str
    open: bool


@functools.cache
def resources() -> dict[str, Any]:
    found: dict[str, Any] = read_source(ROOT / "template.yaml")["Resources"]
    return found


@functools.cache
def functions() -> tuple[Function, ...]:
    found = []
    for id_, resource in resources().items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            service, door, _ = properties["Handler"].split(".")
            role = resources()[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
            found.append(
                Function(
                    id_,
                    service,
                    door,
                    properties.get("Environment", {}).get("Variables", {}),
                    properties.get("Events", {}),
                    role,
                )
            )
    return tuple(found)


def routes() -> Iterator[TemplateRoute]:
    for function in functions():
        for event in function.events.values():
            if event["Type"] == "HttpApi":
                properties = event["Properties"]
                key = f"{properties['Method']} {properties['Path']}" if "Path" in properties else "$default"
                is_open = properties.get("Auth", {}).get("Authorizer") == "NONE"
                yield TemplateRoute(function, properties["ApiId"]["Ref"], key, is_open)


def statements(function: Function) -> Iterator[dict[str, Any]]:
    for policy in function.role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def inbox_rules() -> Iterator[tuple[str, tuple[str, ...]]]:
    """(service, detail types) of each rule that fills a service's inbox."""
    for id_, resource in resources().items():
        if resource["Type"] == "AWS::Events::Rule" and "EventPattern" in resource["Properties"]:
            service = id_.removesuffix("Rule").lower()
            yield service, tuple(resource["Properties"]["EventPattern"]["detail-type"])
