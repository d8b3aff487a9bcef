"""Categories: a tree, edited as a whole.

A product names one category by its slug. What the tree does not know is a root of its own, so that a product is never
out of sight for want of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from minishop.errors import FieldError, InvalidError, StaleVersionError

MAX_CATEGORIES = 300
MAX_DEPTH = 6


class InvalidCategoriesError(InvalidError):
    """They are no tree."""

    code = "invalid_categories"
    title = "The categories are no tree"


@dataclass(frozen=True)
class Category:
    """A category, and the one that it is part of."""

    slug: str
    title: str
    parent: str | None = None


@dataclass(frozen=True)
class Node:
    """A category as it is shown; `products` counts those of its descendants too."""

    category: Category
    products: int
    children: tuple["Node", ...]


@dataclass(frozen=True)
class Tree:
    """All categories, in the order in which they are shown; `version` is 0 until there are any."""

    categories: tuple[Category, ...] = ()
    version: int = 0

    def within(self, slug: str) -> tuple[str, ...]:
        """The category and its descendants."""
        found = {slug: None}
        for _ in range(MAX_DEPTH):
            found |= {each.slug: None for each in self.categories if each.parent in found}
        return tuple(found)

    def counted(self, counts: Mapping[str, int]) -> tuple[Node, ...]:
        """The tree with how many products there are; without branches that have none."""
        known = {each.slug for each in self.categories}
        strays = (Category(slug, _title(slug)) for slug in sorted(counts.keys() - known))
        return (*self._under(None, counts), *(Node(each, counts[each.slug], ()) for each in strays))

    def _under(self, parent: str | None, counts: Mapping[str, int]) -> tuple[Node, ...]:
        nodes = []
        for each in self.categories:
            if each.parent == parent:
                children = self._under(each.slug, counts)
                products = counts.get(each.slug, 0) + sum(child.products for child in children)
                nodes += [Node(each, products, children)] if products else []
        return tuple(nodes)


def _title(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


def _problems(categories: tuple[Category, ...]) -> Iterator[FieldError]:
    parents = {each.slug: each.parent for each in categories}
    seen: set[str] = set()
    for index, each in enumerate(categories):
        if each.slug in seen:
            yield FieldError(f"/items/{index}/slug", "Another category has the same slug.")
        seen.add(each.slug)
        if each.parent is not None and each.parent not in parents:
            yield FieldError(f"/items/{index}/parent", "There is no such category.")
        above, depth = each.parent, 1
        while above is not None and depth <= MAX_DEPTH:
            above, depth = parents.get(above), depth + 1
        if depth > MAX_DEPTH:
            yield FieldError(f"/items/{index}/parent", f"It is part of itself, or more than {MAX_DEPTH} levels deep.")


def change(before: Tree, categories: tuple[Category, ...], *, expected: int) -> Tree:
    """The tree with these categories, if it still is at version `expected`.

    Raises StaleVersionError, InvalidCategoriesError.
    """
    if before.version != expected:
        raise StaleVersionError(f"The categories are at version {before.version}; read them again.")
    if problems := tuple(_problems(categories)):
        raise InvalidCategoriesError("Correct the fields named in errors.", errors=problems)
    return Tree(categories, before.version)
