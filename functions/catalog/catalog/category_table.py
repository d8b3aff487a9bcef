"""Categories in the catalogue's table: one item, `categories`, that holds the whole tree."""

from catalog.domain.categories import Category, Tree
from catalog.items import TABLE
from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, Item, TableMeta
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError

_KEY = ("categories", "categories")


class TreeItem(Item):
    """The tree."""

    class Meta(TableMeta):
        table_name = TABLE

    categories = DocumentAttribute[tuple[Category, ...]](tuple[Category, ...])


class CategoryTable:
    """Implements `catalog.use_cases.ports.Categories`."""

    def tree(self) -> Tree:
        """One GetItem."""
        item = TreeItem.find(*_KEY)
        return Tree(item.categories, int(item.version)) if item else Tree()

    def save(self, tree: Tree) -> Tree:
        """One conditional Put. Raises ConcurrentUpdateError."""
        item = TreeItem(*_KEY, categories=tree.categories, version=1)
        if tree.version:
            dynamodb.replace(item, expected=tree.version)
            return Tree(tree.categories, tree.version + 1)
        try:
            dynamodb.insert(item)
        except AlreadyExistsError as error:
            raise ConcurrentUpdateError("there are categories by now") from error
        return Tree(tree.categories, 1)
