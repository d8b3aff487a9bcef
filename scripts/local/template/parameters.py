"""A template's parameters: defaults, overrides, and the checks that CloudFormation makes before it deploys."""

import re
from collections.abc import Mapping
from typing import Any

from scripts.local.template.errors import TemplateError


def parameter_values(definitions: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The value of every parameter as `Ref` gives it: text, or a list of texts. Raises TemplateError."""
    for name in overrides:
        if name not in definitions:
            raise TemplateError(f"parameter {name}: the template has none of that name")
    return {name: _value(name, definition, overrides) for name, definition in definitions.items()}


def _value(name: str, definition: Mapping[str, Any], overrides: Mapping[str, str]) -> str | list[str]:
    if name not in overrides and "Default" not in definition:
        raise TemplateError(f"parameter {name}: has no default and was not given")
    text = str(overrides.get(name, definition.get("Default")))
    kind = definition.get("Type", "String")
    values = [each.strip() for each in text.split(",")] if kind == "CommaDelimitedList" else [text]
    for value in values:
        _check(name, definition, value)
    return values if kind == "CommaDelimitedList" else text


def _check(name: str, definition: Mapping[str, Any], value: str) -> None:
    allowed = [str(each) for each in definition.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise TemplateError(f"parameter {name}: {value!r} is not one of {', '.join(allowed)}")
    pattern = definition.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        raise TemplateError(f"parameter {name}: {value!r} does not match {pattern}")
    if definition.get("Type") == "Number":
        _check_range(name, definition, value)
    length = len(value)
    if not int(definition.get("MinLength", 0)) <= length <= int(definition.get("MaxLength", length)):
        raise TemplateError(f"parameter {name}: {value!r} is too short or too long")


def _check_range(name: str, definition: Mapping[str, Any], value: str) -> None:
    try:
        number = float(value)
    except ValueError as error:
        raise TemplateError(f"parameter {name}: {value!r} is not a number") from error
    if not float(definition.get("MinValue", number)) <= number <= float(definition.get("MaxValue", number)):
        raise TemplateError(f"parameter {name}: {value} is out of range")
