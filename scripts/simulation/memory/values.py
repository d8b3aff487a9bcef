"""DynamoDB's typed values: `{"S": "…"}`, in one form each, ordered and measured as DynamoDB does.

Values are never changed in place, so that items, snapshots and stream records may share them.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Value = Mapping[str, Any]  # one type and its value
Item = Mapping[str, Value]

_SETS = {"SS", "NS", "BS"}


def kind_of(value: Value) -> str:
    """The type: S, N, B, BOOL, NULL, L, M, SS, NS or BS."""
    (kind,) = value
    return kind


def number(value: Value) -> int | Decimal:
    """What an N holds."""
    text = value["N"]
    try:
        return int(text)
    except ValueError:
        return Decimal(text)


def from_number(value: Decimal | int) -> Value:
    """An N, spelt as DynamoDB spells it: no zeros that say nothing."""
    if isinstance(value, int):
        return {"N": str(value)}
    text = f"{value.normalize():f}"
    return {"N": "0" if text == "-0" else text}


def canonical(value: Value) -> Value:
    """The value in the one form in which equal values are equal."""
    ((kind, held),) = value.items()
    if kind == "N":
        return value if held.isdecimal() and (held[0] != "0" or held == "0") else from_number(Decimal(held))
    if kind == "M":
        return {"M": {name: canonical(one) for name, one in held.items()}}
    if kind == "L":
        return {"L": [canonical(one) for one in held]}
    if kind == "NS":
        return {"NS": sorted({canonical({"N": one})["N"] for one in held})}
    if kind in _SETS:
        return {kind: sorted(set(held))}
    return value


def order(value: Value) -> Any:
    """What values of one type are sorted by: numbers by size, text by its UTF-8 (as Python sorts it)."""
    return number(value) if "N" in value else next(iter(value.values()))


def comparable(left: Value | None, right: Value | None) -> bool:
    """Whether `<` and its kin may hold: both are there, and of one type that has an order."""
    return bool(left and right and kind_of(left) == kind_of(right) and kind_of(left) in {"S", "N", "B"})


def plain(value: Value) -> Any:
    """The value as Python's own: whole numbers as int."""
    ((kind, held),) = value.items()
    match kind:
        case "N":
            return number(value)
        case "L":
            return [plain(one) for one in held]
        case "M":
            return {name: plain(one) for name, one in held.items()}
        case "NULL":
            return None
    return held


def size_of(value: Value) -> int:
    """Bytes, by DynamoDB's published rules ("Item sizes and formats", developer guide)."""
    ((kind, held),) = value.items()
    return _SIZES[kind](held) if kind in _SIZES else sum(_SIZES[kind[0]](one) for one in held)


def _digits(text: str) -> int:
    """A number: a byte for two digits that count, one for the exponent, one for a sign."""
    return (len(text.lstrip("-").replace(".", "").strip("0")) + 1) // 2 + 1 + text.startswith("-")


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": lambda held: len(held.encode()),
    "N": _digits,
    "B": lambda held: len(held) * 3 // 4,  # on the wire it is base64
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": lambda held: 3 + sum(1 + size_of(one) for one in held),
    "M": lambda held: 3 + sum(1 + len(name.encode()) + size_of(one) for name, one in held.items()),
}


def item_size(item: Item | None) -> int:
    """Bytes of an item: its attributes' names and values; 0 for none."""
    return sum(len(name.encode()) + size_of(value) for name, value in item.items()) if item else 0
