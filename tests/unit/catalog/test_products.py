"""Products, against fakes."""

from dataclasses import replace
from typing import Any

import pytest

from catalog.domain import products as domain
from catalog.domain.products import (
    MAX_RETIRED,
    InvalidProductError,
    Product,
    ProductChanges,
    ProductNotFoundError,
    Status,
    StatusNotPossibleError,
    words,
)
from catalog.use_cases import products
from catalog.use_cases.ports import ListingQuery, Position
from minishop.contracts.catalog import PriceChanged, ProductArchived, ProductChanged, ProductPublished, VariantData
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.money import Money
from tests.times import NOON
from tests.unit.catalog.fakes import Shop, eur, product, variant


@pytest.fixture
def shop() -> Shop:
    return Shop()


def stored(shop: Shop, made: Product) -> Product:
    shop.products.stored[made.id] = replace(made, version=1)
    shop.search.ids.append(made.id)
    return shop.products.stored[made.id]


def change(before: Product, **changes: Any) -> domain.Change:
    return domain.change(
        before,
        ProductChanges(**changes),
        expected=before.version,
        currency="EUR",
        at=NOON,
    )


def test_a_product_gets_its_id_and_times_here(shop: Shop) -> None:
    made = products.create_product(shop.ports, product(id="", status=Status.DRAFT)).product
    assert (made.id, made.created_at, made.version) == ("prd_1", NOON, 1)
    assert shop.told == []


def test_publishing_tells_all_that_others_need_to_know(shop: Shop) -> None:
    products.create_product(shop.ports, product(variant(), replace(variant("X"), title="Stoneware mug")))
    assert shop.products.events == [
        ProductPublished(
            product_id="prd_1",
            slug="mug",
            title="Stoneware mug",
            image="/media/mug.jpg",
            variants=(
                VariantData(sku="RED", title="Stoneware mug, red", price=eur(1290)),
                VariantData(sku="X", title="Stoneware mug", price=eur(1290)),
            ),
        )
    ]


def test_a_product_without_pictures_tells_none() -> None:
    _, (event,) = domain.create(product(images=()), "EUR")
    assert isinstance(event, ProductPublished)
    assert event.image == ""


def test_nothing_is_created_archived() -> None:
    with pytest.raises(StatusNotPossibleError):
        domain.create(product(status=Status.ARCHIVED), "EUR")


@pytest.mark.parametrize(
    ("variants", "pointers"),
    [
        ((variant(), variant()), ["/variants/1/sku"]),
        ((replace(variant(), price=Money(1, "USD")),), ["/variants/0/price/currency"]),
        ((variant(compare_at_price=Money(9999, "USD")),), ["/variants/0/compare_at_price/currency"]),
        ((variant("A"), variant(compare_at_price=eur(1290))), ["/variants/1/compare_at_price"]),
    ],
)
def test_variants_that_make_no_sense_are_named(variants: tuple[domain.Variant, ...], pointers: list[str]) -> None:
    with pytest.raises(InvalidProductError) as caught:
        domain.create(product(*variants), "EUR")
    assert [error.pointer for error in caught.value.errors] == pointers


def test_a_former_price_is_higher() -> None:
    made, _ = domain.create(product(variant(compare_at_price=eur(1291))), "EUR")
    assert made.lowest_price == eur(1290)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (Status.DRAFT, Status.PUBLISHED, ["ProductPublished"]),
        (Status.DRAFT, Status.ARCHIVED, []),
        (Status.PUBLISHED, Status.ARCHIVED, ["ProductArchived"]),
        (Status.ARCHIVED, Status.PUBLISHED, ["ProductPublished"]),
    ],
)
def test_the_moves_that_a_status_can_make(before: Status, after: Status, told: list[str]) -> None:
    moved, events = change(product(status=before), status=after)
    assert moved.status is after
    assert [type(event).__name__ for event in events] == told


@pytest.mark.parametrize(("before", "after"), [(Status.PUBLISHED, Status.DRAFT), (Status.ARCHIVED, Status.DRAFT)])
def test_the_moves_that_it_cannot(before: Status, after: Status) -> None:
    with pytest.raises(StatusNotPossibleError):
        change(product(status=before), status=after)


def test_archiving_tells_the_skus_that_were_on_sale() -> None:
    _, events = change(product(variant("A"), variant("B")), status=Status.ARCHIVED, variants=(variant("B"),))
    assert events == (ProductArchived(product_id="prd_1", skus=("A", "B")),)


def test_a_published_product_tells_its_changes_and_a_draft_keeps_them() -> None:
    for status, told in ((Status.PUBLISHED, ["ProductChanged"]), (Status.DRAFT, [])):
        _, events = change(product(status=status), title="Cup")
        assert [type(event).__name__ for event in events] == told


def test_a_sku_that_leaves_is_retired_and_can_come_back() -> None:
    without, _ = change(product(variant("A"), variant("B")), variants=(variant("A"),))
    assert without.retired_skus == ("B",)
    again, _ = change(without, variants=(variant("B"), variant("C")))
    assert again.retired_skus == ("A",)


def test_of_many_retired_skus_the_latest_are_remembered() -> None:
    one, _ = change(product(variant("A"), variant("B-0")))
    for number in range(1, MAX_RETIRED + 1):
        one, _ = change(one, variants=(variant("A"), variant(f"B-{number}")))
    one, events = change(one, variants=(variant("A"), variant("C")))
    assert len(one.retired_skus) == MAX_RETIRED
    assert one.retired_skus[0] == "B-1"
    assert one.retired_skus[-1] == f"B-{MAX_RETIRED}"
    (told,) = events
    assert isinstance(told, ProductChanged)
    assert told.retired_skus == one.retired_skus
    assert one.may_have_had_more
    assert not product().may_have_had_more


def test_what_differs_in_nothing_is_no_change() -> None:
    before = product()
    assert change(before, title=before.title) == (before, ())


def test_a_change_of_a_stale_version_is_refused() -> None:
    with pytest.raises(StaleVersionError):
        domain.change(product(), ProductChanges(), expected=7, currency="EUR", at=NOON)


def test_words_are_plain_and_each_once() -> None:
    assert words("The CAFÉ-mug, the a Straße_12 ①") == ("the", "cafe", "mug", "a", "strasse", "12", "1")
    assert words("Ελληνικός Καφές / чайник") == ("ελληνικοσ", "καφεσ", "чаиник")


def test_a_change_is_saved_over_the_version_that_was_read(shop: Shop) -> None:
    stored(shop, product())
    changed = products.change_product(shop.ports, "prd_1", ProductChanges(title="Cup"), expected=1)
    assert (changed.product.title, changed.product.version) == ("Cup", 2)
    same = products.change_product(shop.ports, "prd_1", ProductChanges(title="Cup"), expected=2)
    assert same.product.version == 2
    shop.products.race = True
    with pytest.raises(StaleVersionError):
        products.change_product(shop.ports, "prd_1", ProductChanges(title="Bowl"), expected=2)


def test_a_product_is_archived_whatever_its_version_and_once(shop: Shop) -> None:
    stored(shop, product())
    for _ in range(2):
        products.archive_product(shop.ports, "prd_1")
    assert (shop.products.stored["prd_1"].status, shop.told) == (Status.ARCHIVED, ["ProductArchived"])
    with pytest.raises(ProductNotFoundError):
        products.archive_product(shop.ports, "prd_9")


def test_archiving_gives_up_on_a_product_that_keeps_changing(shop: Shop) -> None:
    stored(shop, product())
    shop.products.race = True
    with pytest.raises(ConcurrentUpdateError):
        products.archive_product(shop.ports, "prd_1")


def test_shoppers_see_published_products_by_id_and_slug(shop: Shop) -> None:
    stored(shop, product())
    shop.stock.offer("RED", 3)
    for name in ("prd_1", "mug"):
        assert products.get_published(shop.ports, name).available == {"RED": 3}
    stored(shop, product(status=Status.DRAFT))
    for name in ("prd_1", "mug", "prd_9", "bowl"):
        with pytest.raises(ProductNotFoundError):
            products.get_published(shop.ports, name)
    assert products.get_product(shop.ports, "prd_1").available == {"RED": 3}


def test_the_admins_list_has_products_in_any_state(shop: Shop) -> None:
    stored(shop, product(status=Status.DRAFT))
    listed, position = products.list_products(shop.ports, None, 20, None)
    assert [each.product.id for each in listed] == ["prd_1"]
    assert position is None
    assert products.list_products(shop.ports, Status.PUBLISHED, 20, None) == ([], None)


def fill(shop: Shop, count: int) -> None:
    """Every third of them is in stock."""
    for number in range(count):
        stored(shop, product(variant(f"S{number}"), id=f"prd_{number}", slug=f"mug-{number}"))
        shop.stock.offer(f"S{number}", 1 if number % 3 == 0 else 0)


def test_a_page_is_filled_past_what_is_not_in_stock(shop: Shop) -> None:
    fill(shop, 10)
    page = products.search_products(shop.ports, ListingQuery(), in_stock=True, limit=3, position=None)
    assert [each.product.id for each in page.products] == ["prd_0", "prd_3", "prd_6"]
    assert page.position == {"at": 7}
    assert page.facets.categories[0].count == 10
    rest = products.search_products(shop.ports, ListingQuery(), in_stock=True, limit=3, position=page.position)
    assert [each.product.id for each in rest.products] == ["prd_9"]
    assert rest.position is None


def test_a_page_ends_after_so_many_rounds_and_says_that_there_is_more(shop: Shop) -> None:
    shop.search.ids = [f"prd_{number}" for number in range(3000)]
    page = products.search_products(shop.ports, ListingQuery(), in_stock=True, limit=2, position=None)
    assert page.products == ()
    assert page.position == {"at": 2 + (products.MAX_ROUNDS - 1) * products.WIDE}


def test_a_page_ends_after_the_stock_of_so_many_skus_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "MAX_SKUS", 2)
    fill(shop, 3)
    for offer in list(shop.stock.sold):
        shop.stock.offer(offer, 0)
    page = products.search_products(shop.ports, ListingQuery(), in_stock=True, limit=2, position=None)
    assert (page.products, page.position) == ((), {"at": 2})
    rest = products.search_products(shop.ports, ListingQuery(), in_stock=True, limit=2, position=page.position)
    assert (rest.products, rest.position) == ((), None)


@pytest.mark.parametrize("every", [2, 7, 90])
def test_pages_of_what_is_in_stock_are_full_and_follow_on(shop: Shop, every: int) -> None:
    fill(shop, 400)
    shop.search.ids = [f"prd_{number}" for number in range(400)]
    for number in range(400):
        shop.stock.offer(f"S{number}", 0 if number % every else 1)
    sizes: list[int] = []
    seen: list[str] = []
    position: Position | None = None
    while True:
        page = products.search_products(shop.ports, ListingQuery(), in_stock=True, limit=2, position=position)
        sizes.append(len(page.products))
        seen += [each.product.id for each in page.products]
        position = page.position
        if position is None:
            break
    assert seen == [f"prd_{number}" for number in range(0, 400, every)]
    assert set(sizes[:-1]) == {2}


def test_the_index_may_be_behind(shop: Shop) -> None:
    fill(shop, 2)
    stored(shop, product(id="prd_1", status=Status.ARCHIVED))
    shop.search.ids.append("prd_gone")
    page = products.search_products(shop.ports, ListingQuery(), in_stock=False, limit=20, position=None)
    assert [each.product.id for each in page.products] == ["prd_0"]


def test_another_price_of_a_published_product_is_told_by_itself() -> None:
    before = replace(product(variant("A", 1000), variant("B", 500)), version=1)
    changes = ProductChanges(variants=(variant("A", 900), variant("B", 500), variant("C", 1)))
    _, (changed, priced) = domain.change(before, changes, expected=1, currency="EUR", at=NOON)
    assert type(changed).__name__ == "ProductChanged"
    assert priced == PriceChanged(product_id="prd_1", sku="A", before=eur(1000), after=eur(900))
    draft = replace(before, status=Status.DRAFT)
    assert domain.change(draft, changes, expected=1, currency="EUR", at=NOON)[1] == ()
    published = replace(changes, status=Status.PUBLISHED)
    assert [
        type(each).__name__ for each in domain.change(draft, published, expected=1, currency="EUR", at=NOON)[1]
    ] == ["ProductPublished"]
