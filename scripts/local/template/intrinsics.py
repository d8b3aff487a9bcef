"""Resolves CloudFormation's intrinsic functions and conditions to plain values."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from scripts.local.template.source import Template

NO_VALUE: Any = object()  # what `!Ref AWS::NoValue` gives: the property, or list member, is left out


class Resolver:
    """Resolves values of one template.

    `reference(id)` gives what Ref of a resource is, `attribute(id, name)` what GetAtt is: the caller may
    create the resource then, which is how things come into being in the order in which they need each other.
    """

    def __init__(
        self,
        template: Template,
        pseudo: Mapping[str, str],
        reference: Callable[[str], str],
        attribute: Callable[[str, str], str],
    ) -> None:
        self._template = template
        self._pseudo = pseudo
        self._reference = reference
        self._attribute = attribute
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Join": lambda value: value[0].join(str(each) for each in self.resolve(value[1])),
            "Fn::Select": lambda value: self.resolve(value[1])[int(self.resolve(value[0]))],
            "Fn::Split": lambda value: self.resolve(value[1]).split(value[0]),
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda value: base64.b64encode(str(self.resolve(value)).encode()).decode(),
            "Fn::GetAZs": lambda value: [f"{self.resolve(value) or pseudo['AWS::Region']}{zone}" for zone in "abc"],
            "Fn::ToJsonString": lambda value: json.dumps(self.resolve(value)),
            "Fn::Equals": lambda value: str(self.resolve(value[0])) == str(self.resolve(value[1])),
            "Fn::Not": lambda value: not self._truth(value[0]),
            "Fn::And": lambda value: all(self._truth(each) for each in value),
            "Fn::Or": lambda value: any(self._truth(each) for each in value),
        }

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function replaced. Raises ValueError for one that is unknown."""
        if isinstance(value, list):
            resolved = [self.resolve(each) for each in value]
            return [each for each in resolved if each is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._functions and not (name == "Condition" and not isinstance(argument, str)):
                return self._functions[name](argument)
            if str(name).startswith("Fn::"):
                raise ValueError(f"the local cloud does not know {name}")
        members = ((key, self.resolve(each)) for key, each in value.items())
        return {key: each for key, each in members if each is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Whether the template's condition of that name holds."""
        return self._truth(self._template.conditions[name])

    def holds(self, resource: Mapping[str, Any]) -> bool:
        """Whether the resource is deployed: it has no condition, or one that holds."""
        return "Condition" not in resource or self.condition(resource["Condition"])

    def _truth(self, value: Any) -> bool:
        return bool(self.resolve(value))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._template.parameters:
            return self._template.parameters[name]
        return self._pseudo[name] if name in self._pseudo else self._reference(name)

    def _get_att(self, value: Any) -> str:
        id_, name = value.split(".", 1) if isinstance(value, str) else (value[0], ".".join(value[1:]))
        return self._attribute(id_, str(self.resolve(name)))

    def _if(self, value: list[Any]) -> Any:
        return self.resolve(value[1] if self.condition(value[0]) else value[2])

    def _find_in_map(self, value: list[Any]) -> Any:
        name, first, second = (self.resolve(each) for each in value[:3])
        try:
            return self._template.mappings[name][first][second]
        except KeyError as error:
            raise ValueError(f"mapping {name} has no {first}.{second}") from error

    def _sub(self, value: Any) -> str:
        text, own = (value[0], value[1] if len(value) > 1 else {}) if isinstance(value, list) else (value, {})
        # SAM writes Fn::Sub with the variables inside the text's list.
        if isinstance(text, list):
            text, own = text

        def substitute(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                resolved = self.resolve(own[name])
            else:
                resolved = self._get_att(name) if "." in name else self._ref(name)
            return ",".join(resolved) if isinstance(resolved, list) else str(resolved)

        return re.sub(r"\$\{([^{}]+)\}", substitute, text)
