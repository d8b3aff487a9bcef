"""What expressions say of an item, and what updates make of it."""

import itertools
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.simulation.memory.errors import ValidationError
from scripts.simulation.memory.grammar import Tree, parse_condition, parse_projection, parse_update
from scripts.simulation.memory.values import Item, Value, canonical, comparable, from_number, kind_of, number, order

Values = Mapping[str, Value]
Path = tuple[str | int, ...]

NO_SUCH_PLACE = "The document path provided in the update expression is invalid for update"


class Expressions:
    """The expressions of one request or operation, with its placeholders. Raises ValidationError."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._names = tuple(sorted((request.get("ExpressionAttributeNames") or {}).items()))
        given = request.get("ExpressionAttributeValues") or {}
        self.values: Values = {name: canonical(value) for name, value in given.items()}
        used: set[str] = set()
        self.condition = self._parsed(request, "ConditionExpression", parse_condition, used)
        self.key = self._parsed(request, "KeyConditionExpression", parse_condition, used)
        self.filter = self._parsed(request, "FilterExpression", parse_condition, used)
        self.update: Sequence[Tree] = self._parsed(request, "UpdateExpression", parse_update, used) or ()
        self.projection = self._parsed(request, "ProjectionExpression", parse_projection, used)
        given_names = {name for name, _ in self._names} | self.values.keys()
        if missing := {name for name in used - given_names if name[0] == ":"}:
            raise ValidationError(f"An expression attribute value used in expression is not defined: {missing}")
        if unused := given_names - used:
            raise ValidationError(f"Value unused in expressions: {sorted(unused)}")

    def _parsed(self, request: Mapping[str, Any], name: str, parse: Any, used: set[str]) -> Any:
        text = request.get(name)
        if text is None:
            return None
        tree, placeholders = parse(text, self._names)
        used |= placeholders
        return tree

    def hold(self, tree: Tree | None, item: Item | None) -> bool:
        """Whether a condition holds of an item, or of there being none."""
        return tree is None or _holds(tree, item or {}, self.values)

    def updated(self, item: Item) -> Item:
        """The item after the update. All it reads is read before."""
        result: dict[str, Any] = dict(item)
        for action in self.update:
            _apply(action, item, result, self.values)
        return result

    def projected(self, item: Item) -> Item:
        """The item, or the parts that were asked for."""
        if self.projection is None:
            return item
        picked: dict[str, Any] = {}
        for path in self.projection:
            _pick(path, {"M": item}, picked)
        return picked


def look_up(path: Path, item: Item) -> Value | None:
    """What is at a path; None where there is nothing."""
    found: Any = {"M": item}
    for part in path:
        held = found.get("L" if isinstance(part, int) else "M")
        if held is None:
            return None
        found = (held[part] if part < len(held) else None) if isinstance(part, int) else held.get(part)
        if found is None:
            return None
    return found  # type: ignore[no-any-return]


def evaluate(tree: Tree, item: Item, values: Values) -> Value | None:
    """What an operand is; None where an attribute is missing."""
    match tree[0]:
        case "value":
            return values[tree[1]]
        case "path":
            return look_up(tree[1], item)
        case "size":
            return _size(look_up(tree[1][1], item))
        case "if_not_exists":
            found = look_up(tree[1][1], item)
            return found if found is not None else evaluate(tree[2], item, values)
        case "append":
            left, right = (_needed(part, item, values) for part in tree[1:])
            if "L" not in left or "L" not in right:
                raise ValidationError("Invalid UpdateExpression: Incorrect operand type for operator or function")
            return {"L": [*left["L"], *right["L"]]}
    left, right = (_needed(part, item, values) for part in tree[1:])
    if "N" not in left or "N" not in right:
        raise ValidationError("Invalid UpdateExpression: Incorrect operand type for operator or function")
    return from_number(number(left) + number(right) if tree[0] == "plus" else number(left) - number(right))


def _needed(tree: Tree, item: Item, values: Values) -> Value:
    found = evaluate(tree, item, values)
    if found is None:
        raise ValidationError("The provided expression refers to an attribute that does not exist in the item")
    return found


def _size(value: Value | None) -> Value | None:
    if value is None:
        return None
    ((kind, held),) = value.items()
    if kind in {"N", "BOOL", "NULL"}:
        return None
    return {"N": str(len(held.encode()) if kind == "S" else len(held))}


def _holds(tree: Tree, item: Item, values: Values) -> bool:
    match tree[0]:
        case "and" | "or":
            one = _holds(tree[1], item, values)
            return _holds(tree[2], item, values) if one is (tree[0] == "and") else one
        case "not":
            return not _holds(tree[1], item, values)
        case "exists":
            return (look_up(tree[1][1], item) is not None) is tree[2]
        case "compare":
            return _compare(tree[1], evaluate(tree[2], item, values), evaluate(tree[3], item, values))
        case "in":
            return any(_compare("=", evaluate(tree[1], item, values), evaluate(one, item, values)) for one in tree[2])
    return _range_or_function(tree[0], [evaluate(part, item, values) for part in tree[1:]])


def _range_or_function(name: str, found: Sequence[Value | None]) -> bool:
    if name == "between":
        return _compare(">=", found[0], found[1]) and _compare("<=", found[0], found[2])
    return found[0] is not None and found[1] is not None and _function(name, found[0], found[1])


_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _compare(sign: str, left: Value | None, right: Value | None) -> bool:
    if sign == "=":
        return left is not None and left == right
    if sign == "<>":
        return left != right
    if left is None or right is None or not comparable(left, right):
        return False
    return bool(_ORDERS[sign](order(left), order(right)))


def _function(name: str, value: Value, operand: Value) -> bool:
    ((kind, held),) = value.items()
    if name == "attribute_type":
        return bool(kind == operand["S"])
    if name == "begins_with":
        return kind in {"S", "B"} and kind_of(operand) == kind and bool(held.startswith(operand[kind]))
    if kind == "L":
        return operand in held
    if kind in {"SS", "NS", "BS"}:
        return operand.get(kind[0]) in held
    return kind in {"S", "B"} and kind_of(operand) == kind and operand[kind] in held


def _apply(action: Tree, before: Item, result: dict[str, Any], values: Values) -> None:
    kind, (_, path) = action[0], action[1]
    if kind == "set":
        found = evaluate(action[2], before, values)
        if found is None:
            raise ValidationError("The provided expression refers to an attribute that does not exist in the item")
        _put(path, found, result)
    elif kind == "remove":
        _remove(path, result)
    elif kind == "add":
        _put(path, _added(look_up(path, before), values[action[2][1]]), result)
    else:
        _delete(path, look_up(path, before), values[action[2][1]], result)


def _added(held: Value | None, more: Value) -> Value:
    kind = kind_of(more)
    if kind not in {"N", "SS", "NS", "BS"} or (held is not None and kind_of(held) != kind):
        raise ValidationError("An operand in the update expression has an incorrect data type")
    if held is None:
        return more
    if kind == "N":
        return from_number(number(held) + number(more))
    return {kind: sorted({*held[kind], *more[kind]})}


def _delete(path: Path, held: Value | None, less: Value, result: dict[str, Any]) -> None:
    kind = kind_of(less)
    if kind not in {"SS", "NS", "BS"} or (held is not None and kind_of(held) != kind):
        raise ValidationError("An operand in the update expression has an incorrect data type")
    if held is None:
        return
    left = sorted(set(held[kind]) - set(less[kind]))
    if left:
        _put(path, {kind: left}, result)
    else:
        _remove(path, result)


def _container(path: Path, result: dict[str, Any]) -> Any:
    """The map or list that the last part of a path is in, copied on the way so that nothing shared changes."""
    container: Any = result
    for part, following in itertools.pairwise(path):
        kind = "L" if isinstance(following, int) else "M"
        held = container[part] if _has(container, part) else None
        if held is None or kind not in held:
            raise ValidationError(NO_SUCH_PLACE)
        copied = list(held[kind]) if kind == "L" else dict(held[kind])
        container[part] = {kind: copied}
        container = copied
    return container


def _has(container: Any, part: str | int) -> bool:
    return part < len(container) if isinstance(part, int) else part in container


def _put(path: Path, value: Value, result: dict[str, Any]) -> None:
    container, last = _container(path, result), path[-1]
    if isinstance(last, int) and last >= len(container):
        container.append(value)
    else:
        container[last] = value


def _remove(path: Path, result: dict[str, Any]) -> None:
    container, last = _container(path, result), path[-1]
    if _has(container, last):
        del container[last]


def _pick(path: Path, source: Item, picked: dict[str, Any]) -> None:
    name, rest = path[0], path[1:]
    if isinstance(name, int):
        raise NotImplementedError("a projection of a list's members")
    value = source.get(name)
    if value is not None and not rest:
        picked[name] = value
    elif value is not None and "M" in value:
        inner: dict[str, Any] = dict(picked.get(name, {"M": {}})["M"])
        _pick(rest, value["M"], inner)
        if inner:
            picked[name] = {"M": inner}
