"""Exports: what a service holds of somebody, as far as one answer has room for it.

The parts of all services go into one answer of auth's, of which Lambda takes 6 MB: each part has its share.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

MOST_ITEMS = 1000
MOST_BYTES = 800_000  # of JSON

T = TypeVar("T")
Position = dict[str, Any]


def collect(
    read: Callable[[Position | None], tuple[Sequence[T], Position | None]], most: int = MOST_ITEMS
) -> tuple[list[T], bool]:
    """Page after page until `most` items are there; the second: whether that is all that there is.

    `read` gives the page at a position, and the next one's position or None.
    """
    found: list[T] = []
    position: Position | None = None
    while len(found) < most:
        page, position = read(position)
        found += page
        if position is None:
            return found[:most], len(found) <= most
    return found[:most], False
