"""Answers of DynamoDB: moto makes them at the pace of every member that a value could have, not of the one it has."""

import functools
from collections.abc import Callable
from typing import Any

from moto.core.serialize import BaseJSONSerializer

from scripts.local.moto_mends.patches import Patches


def mend_answers(patches: Patches) -> None:
    """Look only at the type that an attribute value has.

    moto tries ten types under several spellings each, for every value however deep: a cart of ninety lines takes it
    a tenth of a second. What it answers stays the same.
    """
    original = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001
    patches.replace(BaseJSONSerializer, "_serialize_type_structure", _only_what_is_there(original))


def _only_what_is_there(method: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(method)
    def mended(serializer: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.name != "AttributeValue" or not key or not isinstance(value, dict) or not value.keys() <= _TYPES:
            method(serializer, serialized, value, shape, key)
            return
        wrapper: dict[str, Any] = {}
        for name, member in value.items():
            if member is not None:
                serializer._serialize(wrapper, member, shape.members[name], name)  # noqa: SLF001
        serialized[key] = wrapper

    return mended


_TYPES = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}
