"""DynamoDB's expression language: text to trees, each text parsed once.

A tree is a tuple whose first member says what it is:

    ("path", ("lines", "MUG", 0))  ("value", ":0")  ("size", path)
    ("compare", "<=", operand, operand)  ("between", operand, low, high)  ("in", operand, (operand, …))
    ("exists", path, wanted)  ("attribute_type", path, operand)  ("begins_with", path, operand)
    ("contains", path, operand)
    ("and", tree, tree)  ("or", tree, tree)  ("not", tree)
    ("if_not_exists", path, operand)  ("append", operand, operand)  ("plus", operand, operand)  ("minus", …)

An update is a list of ("set", path, operand), ("remove", path), ("add", path, operand), ("delete", path, operand).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scripts.simulation.memory.errors import ValidationError

Tree = tuple[Any, ...]
Names = tuple[tuple[str, str], ...]  # of #placeholders

_TOKEN = re.compile(r"\s*(<>|<=|>=|[()=<>,.\[\]+-]|[#:]?\w+)")
_COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}
_SECTIONS = {"set", "remove", "add", "delete"}


class Parser:
    """A cursor over an expression's tokens. Notes which placeholders it met."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._names = names
        self.used: set[str] = set()

    @property
    def next(self) -> str:
        """The token that comes next; empty at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, wanted: str = "") -> str:
        """The next token, which must be `wanted` if that is given."""
        token = self.next
        if not token or (wanted and token.lower() != wanted):
            raise ValidationError(f"Invalid expression: syntax error at {token or 'its end'!r}")
        self._at += 1
        return token

    def accept(self, wanted: str) -> bool:
        """Takes the next token if it is `wanted`."""
        if self.next.lower() == wanted:
            self._at += 1
            return True
        return False

    def condition(self) -> Tree:
        """`or` binds weakest, then `and`, then `not`."""
        left = self._conjunction()
        while self.accept("or"):
            left = ("or", left, self._conjunction())
        return left

    def _conjunction(self) -> Tree:
        left = self._negation()
        while self.accept("and"):
            left = ("and", left, self._negation())
        return left

    def _negation(self) -> Tree:
        if self.accept("not"):
            return ("not", self._negation())
        if self.accept("("):
            inner = self.condition()
            self.take(")")
            return inner
        word = self.next.lower()
        if word in {"attribute_exists", "attribute_not_exists"}:
            return ("exists", self._argument(), word == "attribute_exists")
        if word in {"attribute_type", "begins_with", "contains"}:
            return (word, *self._arguments())
        return self._comparison()

    def _comparison(self) -> Tree:
        left = self.operand()
        if self.accept("between"):
            low = self.operand()
            self.take("and")
            return ("between", left, low, self.operand())
        if self.accept("in"):
            self.take("(")
            members = [self.operand()]
            while self.accept(","):
                members.append(self.operand())
            self.take(")")
            return ("in", left, tuple(members))
        sign = self.take()
        if sign not in _COMPARISONS:
            raise ValidationError(f"Invalid expression: {sign!r} compares nothing")
        return ("compare", sign, left, self.operand())

    def _argument(self) -> Tree:
        self.take()
        self.take("(")
        argument = self.path()
        self.take(")")
        return argument

    def _arguments(self) -> tuple[Tree, Tree]:
        self.take()
        self.take("(")
        first = self.operand()
        self.take(",")
        second = self.operand()
        self.take(")")
        return first, second

    def operand(self) -> Tree:
        """A value, a path, or a function of them."""
        word = self.next.lower()
        if word.startswith(":"):
            self.used.add(self.next)
            return ("value", self.take())
        if word == "size":
            return ("size", self._argument())
        if word == "if_not_exists":
            return ("if_not_exists", *self._arguments())
        if word == "list_append":
            return ("append", *self._arguments())
        return self.path()

    def path(self) -> Tree:
        """Names and indexes, placeholders resolved."""
        parts: list[str | int] = [self._name()]
        while self.next in {".", "["}:
            if self.accept("."):
                parts.append(self._name())
            else:
                self.take("[")
                parts.append(int(self.take()))
                self.take("]")
        return ("path", tuple(parts))

    def _name(self) -> str:
        word = self.take()
        if not word.startswith("#"):
            return word
        self.used.add(word)
        if word not in self._names:
            raise ValidationError(f"Invalid expression: an attribute name is not defined: {word}")
        return self._names[word]

    def update(self) -> Iterator[Tree]:
        """Sections in any order, each a list of actions."""
        while self.next:
            section = self.take().lower()
            if section not in _SECTIONS:
                raise ValidationError(f"Invalid UpdateExpression: syntax error at {section!r}")
            yield self._action(section)
            while self.accept(","):
                yield self._action(section)

    def _action(self, section: str) -> Tree:
        path = self.path()
        if section == "remove":
            return ("remove", path)
        if section != "set":
            return (section, path, self.operand())
        self.take("=")
        value = self.operand()
        if self.next in {"+", "-"}:
            value = ("plus" if self.take() == "+" else "minus", value, self.operand())
        return ("set", path, value)


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValidationError(f"Invalid expression: syntax error at {text[at:]!r}")
        yield found[1]
        at = found.end()


@lru_cache(maxsize=4096)
def parse_condition(text: str, names: Names) -> tuple[Tree, frozenset[str]]:
    """A condition, filter or key condition, and the placeholders in it. Raises ValidationError."""
    parser = Parser(text, dict(names))
    tree = parser.condition()
    if parser.next:
        raise ValidationError(f"Invalid expression: syntax error at {parser.next!r}")
    return tree, frozenset(parser.used)


@lru_cache(maxsize=4096)
def parse_update(text: str, names: Names) -> tuple[tuple[Tree, ...], frozenset[str]]:
    """An update, and the placeholders in it. Raises ValidationError."""
    parser = Parser(text, dict(names))
    actions = tuple(parser.update())
    paths = [action[1][1] for action in actions]
    for number, one in enumerate(paths):
        for other in paths[:number]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                raise ValidationError("Invalid UpdateExpression: Two document paths overlap with each other")
    return actions, frozenset(parser.used)


@lru_cache(maxsize=1024)
def parse_projection(text: str, names: Names) -> tuple[tuple[tuple[str | int, ...], ...], frozenset[str]]:
    """The paths of a projection, and the placeholders in it. Raises ValidationError."""
    parser = Parser(text, dict(names))
    paths = [parser.path()[1]]
    while parser.accept(","):
        paths.append(parser.path()[1])
    return tuple(paths), frozenset(parser.used)
