"""What SQLite's full-text search is asked: expressions for words that begin, or are, words of certain columns."""

from collections.abc import Sequence

Alternatives = Sequence[tuple[str, ...]]
"""For each word that was asked for, the words that will do: itself, or what it may have meant."""

_WIDENING = ("title tags", "title tags body")


def _all(words: Alternatives, columns: str, mark: str) -> str:
    each = ["(" + " OR ".join(f'"{word}"{mark}' for word in alternatives) + ")" for alternatives in words]
    return f"({{{columns}}} : ({' AND '.join(each)}))"


def _within(expression: str, category: str | None) -> str:
    return expression if category is None else f'({expression} AND {{category}} : "{category}")'


def anywhere(words: Alternatives, category: str | None) -> str:
    """All words begin words of some column; in one category, or any."""
    return _within(_all(words, _WIDENING[-1], "*"), category)


def ranks(words: Alternatives, category: str | None) -> tuple[str, ...]:
    """An expression for each rank, the best first; none matches what a better one does."""
    name = '({name} : "' + "".join(alternatives[0] for alternatives in words) + '")'
    whole, begun = _all(words, "title", ""), _all(words, "title", "*")
    nested = [whole, begun, *(_all(words, columns, "*") for columns in _WIDENING)]
    better = [name, *(f"({name} OR {expression})" for expression in nested[:-1])]
    rest = (f"({expression} NOT {above})" for expression, above in zip(nested, better, strict=True))
    return tuple(_within(expression, category) for expression in (name, *rest))
