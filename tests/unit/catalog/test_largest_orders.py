"""Every move of stock at the largest order that there is, its SKUs scattered over buckets.

DynamoDB takes a hundred items in a transaction, and the table in memory refuses more, as it does.
"""

from collections.abc import Callable, Iterator

import pytest

from catalog.domain.buckets import MAX_PARTS, Draw, Shift, gather_allocated, scattered
from catalog.domain.buckets import BucketLevel as Level
from catalog.domain.promotions import Kind
from catalog.domain.stock import MAX_LINES, Wanted
from catalog.use_cases import buckets, levels, promotions, stock
from minishop.correlation import Correlation
from minishop.observability import correlated
from scripts.simulation.memory import dynamodb
from scripts.simulation.memory.schema import Key
from scripts.simulation.memory.values import Item
from scripts.simulation.stock_rules import buckets_are_in_the_layout, stock_is_conserved
from tests.unit.catalog.fakes import promotion
from tests.unit.catalog.table import Stocked, stocked

BUCKETS, UNITS = 2, 3  # so many buckets with so many units each
EACH = 5  # units of every SKU in the order, which no bucket has
SKUS = tuple(f"S{number:02}" for number in range(MAX_LINES))
WHOLE = tuple(Wanted(sku, EACH) for sku in SKUS)
ORDER = "ord_large"


def stock_up(shop: Stocked) -> None:
    """As many SKUs as an order has lines, each in several buckets."""
    for first in range(0, MAX_LINES, 40):
        shop.sell(*SKUS[first : first + 40])
    for sku in SKUS:
        shop.adjust(sku, BUCKETS * UNITS)
        buckets.set_buckets(shop.ports, sku, BUCKETS)
    promotions.create_promotion(
        shop.ports, promotion(code="SALE", kind=Kind.FIXED, value=100, limit_total=9, limit_per_customer=1)
    )


def hold(shop: Stocked) -> None:
    """The order holds all of it, with a promotion that counts its uses twice."""
    stock.hold_stock(shop.ports, shop.hold_request(ORDER, *WHOLE, promotion="SALE"))


def scatter(shop: Stocked) -> None:
    """What is held is in other buckets by now, some of it in each, as when these were closed and made again."""
    for sku in SKUS:
        for source, (_, allocated) in enumerate(shop.spread(sku)):
            if source and allocated:
                shop.ports.buckets.shift(sku, Shift(source, 0, 0, allocated), at=shop.clock.now())
        for target in range(1, BUCKETS):
            shop.ports.buckets.shift(sku, Shift(0, target, 0, UNITS), at=shop.clock.now())
        assert [allocated for _, allocated in shop.spread(sku)] == [2, 3]


States = dict[str, dict[Key, Item]]


@pytest.fixture(scope="module")
def states() -> States:
    """The table before the order, once it holds, and scattered: made once, as they take a while."""
    found: States = {}
    with correlated(Correlation("correlation-1", "cause-1", "cus_ada")), stocked() as shop:
        for name, prepare in (("stocked", stock_up), ("held", hold), ("scattered", scatter)):
            prepare(shop)
            found[name] = dict(shop.table.items)
    return found


@pytest.fixture(params=["held", "scattered"])
def shop(states: States, request: pytest.FixtureRequest) -> Iterator[Stocked]:
    """With the order in it. Afterwards every unit is accounted for."""
    with stocked() as shop:
        shop.table.items = states[request.param]
        yield shop
        assert [*stock_is_conserved(shop.rows()), *buckets_are_in_the_layout(shop.rows())] == []


held = pytest.mark.parametrize("shop", ["held"], indirect=True)
scattered_only = pytest.mark.parametrize("shop", ["scattered"], indirect=True)


def everywhere(shop: Stocked) -> set[tuple[int, int]]:
    """The levels that there are."""
    return {shop.level(sku) for sku in SKUS}


@pytest.mark.parametrize("shop", ["stocked"], indirect=True)
def test_all_of_it_is_held(shop: Stocked) -> None:
    hold(shop)
    reservation = shop.ports.stock.reservation(ORDER)
    assert reservation
    assert MAX_LINES < len(reservation.parts) <= MAX_PARTS
    assert everywhere(shop) == {(1, EACH)}


def release(shop: Stocked) -> None:
    stock.release_reservation(shop.ports, ORDER, "correlation-1", restock=True)


def cancel_once_paid(shop: Stocked) -> None:
    stock.commit_reservation(shop.ports, ORDER)
    release(shop)


def sweep(shop: Stocked) -> None:
    shop.clock.pass_time(minutes=16)
    (due,) = stock.due_reservations(shop.ports)
    assert stock.expire_reservation(shop.ports, due)


@pytest.mark.parametrize("give_back", [release, cancel_once_paid, sweep])
def test_all_of_it_is_given_back(shop: Stocked, give_back: Callable[[Stocked], None]) -> None:
    give_back(shop)
    assert everywhere(shop) == {(BUCKETS * UNITS, 0)}


def pay(shop: Stocked) -> None:
    stock.commit_reservation(shop.ports, ORDER)


@held
@pytest.mark.parametrize("take", [hold, pay])
def test_all_of_it_is_taken_again_when_the_hold_had_run_out(shop: Stocked, take: Callable[[Stocked], None]) -> None:
    sweep(shop)
    for sku in SKUS:
        buckets.settle_buckets(shop.ports, sku)
        assert [available for available, _ in shop.spread(sku)] == [UNITS] * BUCKETS
    take(shop)
    assert everywhere(shop) == {(1, EACH)}


def test_all_of_it_is_written_off(shop: Stocked) -> None:
    for _ in range(2):
        levels.write_off(shop.ports, "shp_1", ORDER, WHOLE, replace=False)
    assert everywhere(shop) == {(1, 0)}
    release(shop)
    assert everywhere(shop) == {(1, 0)}


@scattered_only
def test_all_of_it_is_written_off_and_taken_once_more(shop: Stocked) -> None:
    for sku in SKUS:
        shop.adjust(sku, EACH)
        buckets.settle_buckets(shop.ports, sku)
    for _ in range(2):
        levels.write_off(shop.ports, "shp_1", ORDER, WHOLE, replace=True)
    assert everywhere(shop) == {(1, EACH)}


@held
def test_all_of_it_comes_back(shop: Stocked) -> None:
    pay(shop)
    for _ in range(2):
        levels.restock_return(shop.ports, "ret_1", ORDER, WHOLE)
    assert everywhere(shop) == {(1 + EACH, EACH)}


def test_the_largest_transaction_fits() -> None:
    """The reservation and a promotion's two counts come on top; of a write-off its own item and the reservation."""
    assert MAX_PARTS + 3 <= dynamodb.MAX_TRANSACTION
    assert MAX_LINES <= MAX_PARTS, "gathered, every line is one part"


def test_as_few_skus_as_will_do_are_gathered_the_most_scattered_first() -> None:
    two = [Draw("A", number, 1) for number in range(2)]
    many = [Draw("B", number, 1) for number in range(60)]
    rest = [Draw(f"C{number}", 0, 1) for number in range(MAX_PARTS - 61)]
    assert scattered([*two, *many[:59], *rest]) == ()
    assert scattered([*two, *many, *rest]) == ("B",)
    assert scattered([*two, *many[:2], *(Draw(f"D{number}", 0, 1) for number in range(94))]) == ("A", "B")


def test_of_what_is_allocated_only_what_is_lacking_moves() -> None:
    spread = [Level(9, 1), Level(9, 2), Level(9, 4), Level(9, 0)]
    assert gather_allocated(spread, 1) == ()
    assert gather_allocated(spread, 4) == (Shift(2, 0, 0, 3),)
    assert gather_allocated(spread, 7) == (Shift(2, 0, 0, 4), Shift(1, 0, 0, 2))
    assert gather_allocated(spread, 99) == (Shift(2, 0, 0, 4), Shift(1, 0, 0, 2)), "there are no more"
