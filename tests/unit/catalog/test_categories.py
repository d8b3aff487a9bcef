"""The tree of categories, against fakes."""

import pytest

from catalog.domain import categories as domain
from catalog.domain.categories import MAX_DEPTH, Category, InvalidCategoriesError, Node, Tree
from catalog.use_cases import categories
from minishop.errors import StaleVersionError
from tests.unit.catalog.fakes import Shop

HOME = (
    Category("home", "Home"),
    Category("kitchen", "Kitchen and table", "home"),
    Category("mugs", "Mugs", "kitchen"),
    Category("garden", "Garden", "home"),
)


def test_a_category_has_its_descendants_within_it() -> None:
    tree = Tree(tuple(reversed(HOME)))
    assert set(tree.within("home")) == {"home", "kitchen", "mugs", "garden"}
    assert tree.within("mugs") == ("mugs",)
    assert tree.within("toys") == ("toys",)


def test_counts_add_up_and_what_has_none_is_left_out() -> None:
    home, kitchen, mugs, _ = HOME
    assert Tree(HOME).counted({"mugs": 2, "home": 1, "garden-tools": 4}) == (
        Node(home, 3, (Node(kitchen, 2, (Node(mugs, 2, ()),)),)),
        Node(Category("garden-tools", "Garden tools"), 4, ()),
    )


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ((Category("a", "A"), Category("a", "A")), "/items/1/slug"),
        ((Category("a", "A", "b"),), "/items/0/parent"),
        ((Category("a", "A", "a"),), "/items/0/parent"),
        ((Category("a", "A", "b"), Category("b", "B", "a")), "/items/0/parent"),
        (
            (Category("0", "0"), *(Category(str(number), "x", str(number - 1)) for number in range(1, MAX_DEPTH + 1))),
            f"/items/{MAX_DEPTH}/parent",
        ),
    ],
)
def test_what_is_no_tree_is_refused(wrong: tuple[Category, ...], pointer: str) -> None:
    with pytest.raises(InvalidCategoriesError) as caught:
        domain.change(Tree(), wrong, expected=0)
    assert caught.value.errors[0].pointer == pointer


def test_the_deepest_tree_is_a_tree() -> None:
    chain = (Category("0", "0"), *(Category(str(number), "x", str(number - 1)) for number in range(1, MAX_DEPTH)))
    assert domain.change(Tree(), chain, expected=0).within("0") == tuple(str(number) for number in range(MAX_DEPTH))


def test_the_tree_is_replaced_as_a_whole_by_who_has_read_it() -> None:
    shop = Shop()
    shop.search.ids = ["prd_1"]
    assert [node.category.title for node in categories.list_categories(shop.ports)] == ["Kitchen"]
    assert categories.change_tree(shop.ports, HOME, expected=0).version == 1
    assert [node.category.title for node in categories.list_categories(shop.ports)] == ["Home"]
    assert "mugs" in categories.within(shop.ports, "kitchen")
    with pytest.raises(StaleVersionError):
        categories.change_tree(shop.ports, (), expected=0)
    shop.categories.race = True
    with pytest.raises(StaleVersionError):
        categories.change_tree(shop.ports, (), expected=1)
    assert categories.get_tree(shop.ports) == Tree(HOME, 1)
