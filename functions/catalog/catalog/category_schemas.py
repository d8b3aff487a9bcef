"""The HTTP models of categories."""

from typing import Annotated

from pydantic import Field

from catalog.domain.categories import MAX_CATEGORIES, Category, Node, Tree
from catalog.schemas import Slug
from minishop.schemas import AnswerModel, Line, RequestModel


class CategoryAnswer(AnswerModel):
    """A category that has published products, itself or in its descendants: `products` counts all of them."""

    slug: str
    title: str
    parent: str | None
    products: int
    children: list["CategoryAnswer"]

    @classmethod
    def of(cls, node: Node) -> "CategoryAnswer":
        """From a node of the tree."""
        return cls(
            slug=node.category.slug,
            title=node.category.title,
            parent=node.category.parent,
            products=node.products,
            children=[cls.of(child) for child in node.children],
        )


class CategoriesAnswer(AnswerModel):
    """The categories that are part of no other, with those that are part of them."""

    items: list[CategoryAnswer]


class CategoryRequest(RequestModel):
    """A category, and the one that it is part of."""

    slug: Slug
    title: Line
    parent: Slug | None = None


class ChangeCategoriesRequest(RequestModel):
    """The whole tree: all categories, in the order in which they are shown."""

    items: Annotated[list[CategoryRequest], Field(max_length=MAX_CATEGORIES)]

    def to_categories(self) -> tuple[Category, ...]:
        """The value objects."""
        return tuple(Category(each.slug, each.title, each.parent) for each in self.items)


class PlainCategoryAnswer(AnswerModel):
    """A category, and the one that it is part of."""

    slug: str
    title: str
    parent: str | None


class TreeAnswer(AnswerModel):
    """The whole tree, as it is edited."""

    items: list[PlainCategoryAnswer]
    version: int

    @classmethod
    def of(cls, tree: Tree) -> "TreeAnswer":
        """From the tree."""
        items = [PlainCategoryAnswer(slug=each.slug, title=each.title, parent=each.parent) for each in tree.categories]
        return cls(items=items, version=tree.version)
