"""The index, and keeping it fresh."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.domain.products import Product, Status
from catalog.search import BUSY, LAG, PAUSE, Changed, IndexSearch
from catalog.search_index import SearchIndex
from catalog.search_queries import facets, find
from catalog.use_cases.ports import ListingQuery, Position, Sort
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON, FixedClock
from tests.unit.catalog.fakes import product, variant


def shelf(count: int = 40) -> list[Product]:
    kinds = ("mug", "mug rack", "muggy lamp", "lamp")
    return [
        product(
            variant(f"S{number}", 500 + number % 7 * 1000),
            id=f"prd_{number}",
            slug=f"thing-{number}",
            title=f"Plain {kinds[number % 4]}",
            category=("kitchen", "office", "kitchen-tools")[number % 3],
            description="goes well with a mug" if number % 5 == 0 else "",
            created_at=NOON + timedelta(milliseconds=number // 2),
            version=1,
        )
        for number in range(count)
    ]


def filled(products: Iterable[Product]) -> SearchIndex:
    index = SearchIndex()
    index.put(products)
    return index


def pages(index: SearchIndex, query: ListingQuery, limit: int) -> list[str]:
    found: list[str] = []
    position: Position | None = None
    while True:
        page, position = find(index, query, limit, position)
        found += page
        if position is None:
            return found


QUERIES: list[dict[str, Any]] = [
    {},
    {"words": ("mug",)},
    {"words": ("lmap",)},
    {"words": ("plain", "lam")},
    {"categories": ("kitchen",)},
    {"words": ("mug",), "categories": ("kitchen",), "min_price": 1000, "max_price": 4500},
    {"min_price": 5000},
]


@pytest.mark.parametrize("asked", QUERIES)
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_are_the_whole_list_in_its_order(asked: dict[str, Any], sort: Sort, limit: int) -> None:
    index = filled(shelf())
    query = ListingQuery(**asked, sort=sort)
    whole, position = find(index, query, 1000, None)
    assert position is None
    assert len(whole) == len(set(whole)) > 0
    assert pages(index, query, limit) == list(whole)


@pytest.mark.parametrize("sort", Sort)
def test_what_comes_and_goes_between_two_pages_moves_nothing_else(sort: Sort) -> None:
    index = filled(shelf())
    query = ListingQuery(words=("mug",), sort=sort)
    whole, _ = find(index, query, 1000, None)
    _, position = find(index, query, 8, None)
    newer = [replace(each, id=f"prd_n{each.id}", created_at=NOON + timedelta(days=1)) for each in shelf(8)]
    index.put([*newer, replace(shelf()[0], status=Status.ARCHIVED, version=2)])
    rest, _ = find(index, query, 1000, position)
    stayed = [each for each in whole[8:] if each != "prd_0"]
    assert [each for each in rest if each in whole] == stayed


def test_a_filter_leaves_what_fits() -> None:
    index, all_of_them = filled(shelf()), shelf()
    query = ListingQuery(categories=("kitchen",), min_price=1000, max_price=4500)
    wanted = {
        each.id for each in all_of_them if each.category == "kitchen" and 1000 <= each.lowest_price.amount <= 4500
    }
    assert set(find(index, query, 1000, None)[0]) == wanted
    with_words = replace(query, words=("plain",))
    assert set(find(index, with_words, 1000, None)[0]) == wanted


def test_rank_goes_by_where_the_words_are() -> None:
    titles = {"name": "Red mug", "words": "Mug in red", "begun": "Muggy reds", "tags": "Cup", "text": "Bowl"}
    made = [
        product(
            variant(options={"colour": "red mug"} if key == "tags" else {}),
            id=key,
            title=title,
            description="as red as the mug" if key == "text" else "",
            attributes={},
            created_at=NOON + timedelta(seconds=second),
            version=1,
        )
        for second, (key, title) in enumerate(titles.items())
    ]
    index = filled(replace(each, variants=(replace(each.variants[0], title="x", sku="x"),)) for each in made)
    assert find(index, ListingQuery(words=("red", "mug"), sort=Sort.RELEVANCE), 9, None)[0] == tuple(titles)


def test_a_word_that_is_nowhere_means_the_nearest_one_that_is() -> None:
    index = filled(shelf())
    assert find(index, ListingQuery(words=("lampp",)), 99, None) == find(index, ListingQuery(words=("lamp",)), 99, None)
    assert find(index, ListingQuery(words=("mgu",)), 99, None)[0] == ()
    assert find(index, ListingQuery(words=("zebra",)), 99, None)[0] == ()


def test_a_word_that_no_product_has_any_more_is_nobody_s_meaning() -> None:
    index = filled([product(version=1)])
    assert find(index, ListingQuery(words=("stnoeware",)), 9, None)[0] == ("prd_1",)
    index.put([product(version=2, title="Cup", attributes={})])
    assert find(index, ListingQuery(words=("stnoeware",)), 9, None)[0] == ()


def test_facets_count_categories_and_prices() -> None:
    index = filled(shelf(12))
    every = facets(index, ())
    assert {each.category: each.count for each in every.categories} == {"kitchen": 4, "kitchen-tools": 4, "office": 4}
    assert [(each.low, each.high, each.count) for each in every.prices] == [
        (0, 1000, 2),
        (1000, 2500, 2),
        (2500, 5000, 6),
        (5000, 10000, 2),
    ]
    assert sum(each.count for each in facets(index, ("lamp",)).categories) == 6
    assert facets(index, ("zebra",)).categories == ()


def test_facets_follow_what_changes() -> None:
    index = filled([product(variant(amount=999), version=1), product(variant(amount=25_000), id="prd_2", version=1)])
    edges = [(each.low, each.high, each.count) for each in facets(index, ()).prices]
    assert edges == [(0, 1000, 1), (25_000, None, 1)]
    index.put([product(variant(amount=1000), version=2, category="office")])
    for words in ((), ("mug",)):
        counted = facets(index, words)
        assert {each.category: each.count for each in counted.categories} == {"kitchen": 1, "office": 1}
        assert [(each.low, each.count) for each in counted.prices] == [(1000, 1), (25_000, 1)]
    index.put([product(version=3, status=Status.ARCHIVED)])
    assert [each.category for each in facets(index, ()).categories] == ["kitchen"]


def test_an_older_version_changes_nothing_and_an_archived_product_is_gone() -> None:
    index = filled([product(version=2)])
    index.put([product(version=1, title="Old"), product(version=2, title="Same")])
    assert find(index, ListingQuery(words=("stoneware",)), 9, None)[0] == ("prd_1",)
    index.put([product(version=3, status=Status.ARCHIVED)])
    assert (len(index), index.version("prd_1")) == (0, 3)


def test_two_products_of_one_moment_both_have_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.search_index._SEED_BITS", 0)
    assert len(filled([product(version=1), product(id="prd_2", version=1)])) == 2


def test_a_put_is_all_or_nothing() -> None:
    index = SearchIndex()
    with pytest.raises(ValueError, match="min"):
        index.put([product(version=1), replace(product(id="prd_2", version=1), variants=())])
    assert (len(index), index.version("prd_1")) == (0, 0)


def test_a_dump_is_the_index_again() -> None:
    index = filled(shelf())
    index.as_of = NOON
    again = SearchIndex(index.dump())
    assert again.as_of == NOON
    query = ListingQuery(words=("lmap",), sort=Sort.RELEVANCE)
    assert pages(again, query, 3) == pages(index, query, 3)
    again.put([product(id="prd_new", version=1)])
    assert len(again) == 41


@pytest.mark.parametrize("dump", [b"", b"garbage", zlib.compress(b"garbage" * 999)])
def test_what_is_no_index_is_refused(dump: bytes) -> None:
    with pytest.raises(ValueError, match="index"):
        SearchIndex(dump)


class FakeCatalogue:
    """Products as the table's index tells of them, and one snapshot."""

    def __init__(self) -> None:
        self.products: dict[str, Product] = {}
        self.snapshot: tuple[bytes, str] | None = None
        self.asked: list[datetime] = []
        self.read = 0

    def keep(self, *products: Product) -> None:
        self.products.update({each.id: each for each in products})

    def changed_since(self, moment: datetime) -> Iterator[Changed]:
        self.asked.append(moment)
        every = sorted(self.products.values(), key=lambda each: (each.updated_at, each.id))
        return (Changed(each.id, each.version, each.updated_at) for each in every if each.updated_at >= moment)

    def find_many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        found = {each: self.products[each] for each in product_ids}
        self.read += len(found)
        return found

    def load(self) -> tuple[bytes, str] | None:
        return self.snapshot

    def save(self, dump: bytes, *, over: str | None) -> str:
        if over != (self.snapshot and self.snapshot[1]):
            raise ConcurrentUpdateError("overtaken")
        self.snapshot = (dump, f"etag-{len(self.asked)}")
        return self.snapshot[1]


def search_on(catalogue: FakeCatalogue, clock: FixedClock) -> IndexSearch:
    return IndexSearch(catalogue, catalogue, clock)


def count(search: IndexSearch) -> int:
    return sum(each.count for each in search.facets().categories)


def test_a_question_is_answered_with_what_was_published_just_now() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    search = search_on(catalogue, clock)
    assert search.find(ListingQuery(), 9, None).product_ids == ()
    catalogue.keep(product(version=1))
    assert search.find(ListingQuery(), 9, None).product_ids == ("prd_1",)
    assert count(search) == 1
    catalogue.keep(product(version=2, status=Status.ARCHIVED))
    assert count(search) == 0
    assert (catalogue.asked[-1], catalogue.read) == (clock.now() - LAG, 2)


def test_a_change_that_shows_late_is_not_missed() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    search = search_on(catalogue, clock)
    stamped = clock.now()
    clock.at += LAG
    assert count(search) == 0
    catalogue.keep(product(version=1, updated_at=stamped))
    assert count(search) == 1


def test_in_a_busy_hour_changes_are_read_once_a_moment() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    catalogue.keep(*shelf(BUSY + 1))
    search = search_on(catalogue, clock)
    assert [count(search), count(search)] == [BUSY + 1] * 2
    assert len(catalogue.asked) == 1
    clock.at += PAUSE
    count(search)
    assert len(catalogue.asked) == 2


def test_a_snapshot_is_written_when_enough_has_changed_and_started_from() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    catalogue.keep(*shelf(9))
    writer = search_on(catalogue, clock)
    assert writer.save_snapshot(at_least=10, at_most=100) == 0
    assert writer.save_snapshot(at_least=9, at_most=100) == 9
    assert writer.save_snapshot(at_least=0, at_most=100) == 0
    catalogue.read = 0
    assert count(search_on(catalogue, clock)) == 9
    assert catalogue.read == 0


def test_a_first_snapshot_is_made_step_by_step() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    catalogue.keep(*(replace(each, updated_at=each.created_at) for each in shelf(450)))
    sizes = [search_on(catalogue, clock).save_snapshot(at_least=1, at_most=200) for _ in range(4)]
    assert sizes == [200, 400, 450, 0]


def test_of_two_writers_the_slower_one_starts_again() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    catalogue.keep(*shelf(3))
    quick, slow = search_on(catalogue, clock), search_on(catalogue, clock)
    assert count(slow) == 3
    quick.save_snapshot(at_least=1, at_most=100)
    with pytest.raises(ConcurrentUpdateError):
        slow.save_snapshot(at_least=1, at_most=100)
    assert slow.save_snapshot(at_least=1, at_most=100) == 0
    assert count(slow) == 3


def test_a_snapshot_that_cannot_be_read_is_made_anew() -> None:
    catalogue, clock = FakeCatalogue(), FixedClock()
    catalogue.keep(*shelf(3))
    catalogue.snapshot = (b"of another release", "etag-0")
    search = search_on(catalogue, clock)
    assert count(search) == 3
    assert search.save_snapshot(at_least=1, at_most=100) == 3
