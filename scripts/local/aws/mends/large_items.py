"""Large DynamoDB items: what moto answers stays the same, and takes time for what is there, not for what could be."""

import copy
import functools
from collections.abc import Callable
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.dynamo_type import DynamoType

from scripts.local.aws.mends.patches import Patches

_TYPES = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}


def mend_large_items(patches: Patches) -> None:
    """Make copying and answering an item linear and cheap: a write to a cart of ninety lines takes moto 0.1 s.

    For each value, however deep, moto tries ten types under several spellings, and it copies a map again on each of
    its levels, by Python's general way to copy objects.
    """
    structure = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001
    patches.replace(BaseJSONSerializer, "_serialize_type_structure", _only_what_is_there(structure))
    patches.replace(DynamoType, "to_regular_json", _copied_once(DynamoType.to_regular_json))
    patches.replace(DynamoType, "__deepcopy__", _copy)


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


def _copied_once(method: Callable[[DynamoType], dict[str, Any]]) -> Callable[[DynamoType], dict[str, Any]]:
    @functools.wraps(method)
    def mended(value: DynamoType) -> dict[str, Any]:
        if value.type == "M" and isinstance(value.value, dict):
            return {"M": {name: _plain(member) for name, member in value.value.items()}}
        if value.type == "L" and isinstance(value.value, list):
            return {"L": [_plain(member) for member in value.value]}
        return method(value)

    return mended


def _plain(member: Any) -> Any:
    return member.to_regular_json() if isinstance(member, DynamoType) else copy.deepcopy(member)


def _copy(value: DynamoType, memo: dict[int, Any]) -> DynamoType:
    made = DynamoType.__new__(DynamoType)
    memo[id(value)] = made
    for name, member in vars(value).items():
        setattr(made, name, member if isinstance(member, str) else copy.deepcopy(member, memo))
    return made
