"""Whether a role's identity policy allows an action on a resource.

Explicit denials win, nothing is allowed by default. A statement with a `Condition` cannot be
evaluated here: it never allows and always denies, so that nothing passes that the cloud might refuse.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any


def is_allowed(statements: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool:
    """Evaluate the statements of all policies of a role."""
    allowed = False
    for statement in statements:
        if not _applies(statement, action, resource):
            continue
        if statement.get("Effect") == "Deny":
            return False
        if statement.get("Effect") == "Allow" and not statement.get("Condition"):
            allowed = True
    return allowed


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        acts = not _matches(statement["NotAction"], action, re.IGNORECASE)
    else:
        acts = _matches(statement.get("Action", ()), action, re.IGNORECASE)
    if "NotResource" in statement:
        return acts and not _matches(statement["NotResource"], resource)
    return acts and _matches(statement.get("Resource", ()), resource)


def _matches(patterns: object, value: str, flags: int = 0) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(listed, Iterable):
        return False
    return any(isinstance(pattern, str) and _compile(pattern, flags).fullmatch(value) for pattern in listed)


@lru_cache(maxsize=1024)
def _compile(pattern: str, flags: int) -> re.Pattern[str]:
    parts = ({"*": ".*", "?": "."}.get(character) or re.escape(character) for character in pattern)
    return re.compile("".join(parts), flags | re.DOTALL)
