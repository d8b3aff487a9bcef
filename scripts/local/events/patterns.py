"""Event patterns: the one matcher for EventBridge rules and for Lambda's FilterCriteria.

A pattern is a JSON object whose leaves are arrays: all of an object's keys must match (and), any member
of an array may (or), `$or` holds alternatives. Operators: exact values, `prefix`, `suffix`,
`equals-ignore-case`, `wildcard`, `anything-but`, `numeric`, `exists`, `cidr`.
Source: "Comparison operators for use in event patterns", Amazon EventBridge user guide.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

_MISSING: Any = object()
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "=": lambda value, bound: value == bound,
}


class PatternError(ValueError):
    """A pattern that AWS would refuse; the message names the place."""


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether the event (parsed JSON) matches the pattern. Raises PatternError for an operator unknown to AWS."""
    return all(_matches_key(key, wanted, event) for key, wanted in pattern.items())


def check_pattern(pattern: Any, at: str = "pattern") -> None:
    """Raise PatternError unless AWS would accept the pattern."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise PatternError(f"{at} must be a JSON object that is not empty")
    for key, wanted in pattern.items():
        place = f"{at}.{key}"
        if key == "$or" and isinstance(wanted, list):
            for number, alternative in enumerate(wanted):
                check_pattern(alternative, f"{place}[{number}]")
        elif isinstance(wanted, list) and wanted:
            for condition in wanted:
                _check_condition(condition, place)
        elif isinstance(wanted, Mapping):
            check_pattern(wanted, place)
        else:
            raise PatternError(f"{place} must be an object or an array that is not empty")


def _check_condition(condition: Any, place: str) -> None:
    if isinstance(condition, list):
        raise PatternError(f"{place} holds an array inside an array")
    if not isinstance(condition, Mapping):
        return
    if len(condition) != 1 or next(iter(condition)) not in _OPERATORS.keys() | {"exists"}:
        raise PatternError(f"{place} holds an unknown condition {dict(condition)}")
    operator, operand = next(iter(condition.items()))
    if operator == "exists":
        if not isinstance(operand, bool):
            raise PatternError(f"{place}: exists takes true or false")
    else:
        for probe in ("x", 1, "10.0.0.1"):
            _OPERATORS[operator](operand, probe)


def _matches_key(key: str, wanted: Any, event: Any) -> bool:
    if key == "$or" and isinstance(wanted, list) and all(isinstance(each, Mapping) for each in wanted):
        return any(matches(alternative, event) for alternative in wanted)
    value = event.get(key, _MISSING) if isinstance(event, Mapping) else _MISSING
    if isinstance(wanted, Mapping):
        # An array of objects matches when one of its members matches as a whole.
        members = value if isinstance(value, list) else [value]
        return any(matches(wanted, member) for member in members or [_MISSING])
    if not isinstance(wanted, list):
        raise PatternError(f"{key} must be an object or an array")
    return any(_matches_condition(condition, value) for condition in wanted)


def _matches_condition(condition: Any, value: Any) -> bool:
    leaves = _leaves(value)
    if isinstance(condition, Mapping) and set(condition) == {"exists"}:
        # "exists" sees leaves only: an object under the key is not a leaf.
        return bool(leaves) is bool(condition["exists"])
    return any(_matches_leaf(condition, leaf) for leaf in leaves)


def _leaves(value: Any) -> list[Any]:
    if value is _MISSING or isinstance(value, Mapping):
        return []
    if isinstance(value, list):
        return [leaf for member in value for leaf in _leaves(member)]
    return [value]


def _matches_leaf(condition: Any, leaf: Any) -> bool:
    if not isinstance(condition, Mapping):
        return _same(condition, leaf)
    if len(condition) != 1:
        raise PatternError(f"one operator for each condition, not {sorted(condition)}")
    operator, operand = next(iter(condition.items()))
    if operator not in _OPERATORS:
        raise PatternError(f"unknown operator {operator!r}")
    return _OPERATORS[operator](operand, leaf)


def _same(wanted: Any, leaf: Any) -> bool:
    # True == 1 in Python, not in JSON.
    return isinstance(wanted, bool) is isinstance(leaf, bool) and bool(wanted == leaf)


def _text(operator: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise PatternError(f"{operator} takes a string")
    return operand


def _affix(operator: str, test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def match(operand: Any, leaf: Any) -> bool:
        if isinstance(operand, Mapping) and set(operand) == {"equals-ignore-case"}:
            wanted = _text(operator, operand["equals-ignore-case"]).lower()
            return isinstance(leaf, str) and test(leaf.lower(), wanted)
        wanted = _text(operator, operand)
        return isinstance(leaf, str) and test(leaf, wanted)

    return match


def _equals_ignore_case(operand: Any, leaf: Any) -> bool:
    wanted = _text("equals-ignore-case", operand).lower()
    return isinstance(leaf, str) and leaf.lower() == wanted


def _wildcard(operand: Any, leaf: Any) -> bool:
    wanted = _text("wildcard", operand)
    if "**" in wanted:
        raise PatternError("wildcard takes no two stars in a row")
    parts = re.split(r"(\\[*\\]|\*)", wanted)
    expression = "".join(
        ".*" if part == "*" else re.escape(part[1:] if re.fullmatch(r"\\[*\\]", part) else part) for part in parts
    )
    return isinstance(leaf, str) and re.fullmatch(expression, leaf, re.DOTALL) is not None


def _anything_but(operand: Any, leaf: Any) -> bool:
    if isinstance(operand, Mapping):
        if len(operand) != 1 or next(iter(operand)) not in {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
            raise PatternError(f"anything-but does not take {dict(operand)}")
        operator, operands = next(iter(operand.items()))
        listed = operands if isinstance(operands, list) else [operands]
        return not any(_OPERATORS[operator](each, leaf) for each in listed)
    listed = operand if isinstance(operand, list) else [operand]
    if not listed:
        raise PatternError("anything-but takes a list that is not empty")
    return not any(_same(each, leaf) for each in listed)


def _numeric(operand: Any, leaf: Any) -> bool:
    if not isinstance(operand, list) or len(operand) not in {2, 4}:
        raise PatternError("numeric takes one or two comparisons")
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    for comparison, bound in pairs:
        if comparison not in _COMPARE or not _is_number(bound):
            raise PatternError(f"numeric does not take {comparison!r} {bound!r}")
    return _is_number(leaf) and all(_COMPARE[comparison](leaf, bound) for comparison, bound in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cidr(operand: Any, leaf: Any) -> bool:
    try:
        network = ipaddress.ip_network(_text("cidr", operand), strict=False)
    except ValueError as error:
        raise PatternError(f"cidr: {error}") from error
    try:
        return isinstance(leaf, str) and ipaddress.ip_address(leaf) in network
    except ValueError:
        return False


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}
