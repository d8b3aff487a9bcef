"""What SQLite's full-text search is asked: expressions for words that begin, or are, words of certain columns."""

from collections.abc import Sequence
from itertools import pairwise

Alternatives = Sequence[tuple[str, ...]]
"""For each word that was asked for, the words that will do: itself, or what it may have meant."""

_EVERYWHERE = "title tags body"


def _all(words: Alternatives, columns: str, mark: str) -> str:
    each = ["(" + " OR ".join(f'"{word}"{mark}' for word in alternatives) + ")" for alternatives in words]
    return f"({{{columns}}} : ({' AND '.join(each)}))"


def _within(expression: str, categories: Sequence[str]) -> str:
    if not categories:
        return expression
    any_of_them = " OR ".join(f'"{category}"' for category in categories)
    return f"({expression} AND {{category}} : ({any_of_them}))"


def anywhere(words: Alternatives, categories: Sequence[str]) -> str:
    """All words begin words of some column; in one of the categories, or any."""
    return _within(_all(words, _EVERYWHERE, "*"), categories)


def ranks(words: Alternatives, categories: Sequence[str]) -> tuple[str, ...]:
    """An expression for each rank, the best first; none matches what a better one does."""
    name = "".join(alternatives[0] for alternatives in words)
    whole = _all(words, "title", "")
    widening = (
        f'({{name}} : "{name}" AND {whole})',
        whole,
        _all(words, "title", "*"),
        _all(words, "title tags", "*"),
        _all(words, _EVERYWHERE, "*"),
    )
    rest = (f"({wider} NOT {better})" for better, wider in pairwise(widening))
    return tuple(_within(expression, categories) for expression in (widening[0], *rest))
