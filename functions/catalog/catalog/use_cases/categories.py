"""Categories: shown as a tree, edited as a whole."""

from catalog.domain import categories as domain
from catalog.domain.categories import Category, Node, Tree
from catalog.use_cases.ports import Ports
from minishop.errors import ConcurrentUpdateError, StaleVersionError


def list_categories(ports: Ports) -> tuple[Node, ...]:
    """The categories that have published products, or descendants that have some."""
    counts = {counted.category: counted.count for counted in ports.search.facets().categories}
    return ports.categories.tree().counted(counts)


def within(ports: Ports, slug: str) -> tuple[str, ...]:
    """A category and its descendants."""
    return ports.categories.tree().within(slug)


def get_tree(ports: Ports) -> Tree:
    """All categories, with products or without."""
    return ports.categories.tree()


def change_tree(ports: Ports, categories: tuple[Category, ...], *, expected: int) -> Tree:
    """Replaces the tree, if it is still at version `expected`. Raises StaleVersionError, InvalidCategoriesError."""
    changed = domain.change(ports.categories.tree(), categories, expected=expected)
    try:
        return ports.categories.save(changed)
    except ConcurrentUpdateError as error:
        raise StaleVersionError("Somebody else changed the categories at this moment; read them again.") from error
