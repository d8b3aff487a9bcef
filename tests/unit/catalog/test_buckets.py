"""Levels in several buckets: the real repository on a table in memory."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.bucket_table import BucketTable
from catalog.domain import buckets as domain
from catalog.domain.buckets import BucketLevel, Draw, Shift
from catalog.domain.stock import InsufficientStockError, Reservation, UnknownSkuError, Wanted
from catalog.relay import derive_stock_level
from catalog.repository import StockTable
from catalog.use_cases import buckets, levels, stock
from minishop.errors import ConcurrentUpdateError
from tests.unit.catalog.table import Stocked, stocked


@pytest.fixture
def shop() -> Iterator[Stocked]:
    """A hundred red mugs in four buckets, and ten blue ones in one."""
    with stocked() as shop:
        shop.sell("RED", "BLUE")
        shop.adjust("RED", 100)
        shop.adjust("BLUE", 10)
        buckets.set_buckets(shop.ports, "RED", 4)
        yield shop


def hold(shop: Stocked, order: str, *lines: tuple[str, int]) -> Reservation:
    return stock.hold_stock(shop.ports, shop.hold_request(order, *(Wanted(sku, quantity) for sku, quantity in lines)))


def release(shop: Stocked, order: str) -> Reservation:
    return stock.release_reservation(shop.ports, order, "correlation-1", restock=True)


def test_units_are_spread_evenly_and_together_are_what_is_shown(shop: Stocked) -> None:
    assert shop.spread("RED") == [(25, 0)] * 4
    offers = shop.ports.stock.offers(["RED", "BLUE"], consistent=False)
    assert (offers["RED"].available, offers["BLUE"].available) == (100, 10)
    assert shop.ports.buckets.listed() == ["RED"]


def test_a_hold_takes_from_one_bucket_and_gives_back_to_it(shop: Stocked) -> None:
    used = set()
    for number in range(20):
        (draw,) = hold(shop, f"ord_{number}", ("RED", 1), ("RED", 1)).draws
        used.add(draw.bucket)
    assert used == {0, 1, 2, 3}
    assert shop.level("RED") == (60, 40)
    for number in range(20):
        release(shop, f"ord_{number}")
    assert shop.spread("RED") == [(25, 0)] * 4


def test_a_hold_of_more_than_a_bucket_has_takes_from_several_at_once(shop: Stocked) -> None:
    reservation = hold(shop, "ord_1", ("RED", 60), ("BLUE", 2))
    assert sum(draw.quantity for draw in reservation.draws) == 60
    assert len(reservation.draws) == 3
    assert (shop.level("RED"), shop.level("BLUE")) == ((40, 60), (8, 2))
    stock.commit_reservation(shop.ports, "ord_1")
    release(shop, "ord_1")
    assert shop.spread("RED") == [(25, 0)] * 4


def test_nothing_that_is_shown_is_unsellable(shop: Stocked) -> None:
    for number in range(33):
        hold(shop, f"ord_{number}", ("RED", 3))
    assert shop.level("RED") == (1, 99)
    with pytest.raises(InsufficientStockError) as caught:
        hold(shop, "ord_two", ("RED", 2))
    assert caught.value.extra == {"shortages": [{"sku": "RED", "wanted": 2, "available": 1}]}
    hold(shop, "ord_last", ("RED", 1))
    assert shop.level("RED") == (0, 100)


def test_what_is_scattered_over_more_buckets_than_a_transaction_takes_is_gathered_first(shop: Stocked) -> None:
    for sku in ("RED", "BLUE"):
        shop.adjust(sku, 64 - shop.level(sku)[0])
        buckets.set_buckets(shop.ports, sku, 64)
        assert shop.spread(sku) == [(1, 0)] * 64
    hold(shop, "ord_1", ("RED", 64), ("BLUE", 64))
    assert (shop.level("RED"), shop.level("BLUE")) == ((0, 64), (0, 64))


def test_buckets_go_back_to_one_while_orders_hold_of_them(shop: Stocked) -> None:
    for number in range(10):
        hold(shop, f"ord_{number}", ("RED", 2))
    level = buckets.set_buckets(shop.ports, "RED", 1)
    assert (level.buckets, level.settled) == ((BucketLevel(80, 20),), True)
    assert shop.ports.buckets.listed() == []
    for number in range(5):
        release(shop, f"ord_{number}")
    shop.clock.pass_time(minutes=16)
    due = list(stock.due_reservations(shop.ports))
    assert [stock.expire_reservation(shop.ports, one) for one in due] == [True] * 5
    assert shop.level("RED") == (100, 0)


def test_what_was_held_before_there_were_buckets_finds_its_way_back_after_others_took_its_place(shop: Stocked) -> None:
    hold(shop, "ord_blue", ("BLUE", 4))
    buckets.set_buckets(shop.ports, "BLUE", 2)
    for count in (1, 2, 1, 3):
        hold(shop, f"ord_{count}_{len(shop.table.items)}", ("BLUE", 1))
        buckets.set_buckets(shop.ports, "BLUE", count)
    for key in [key for key in shop.table.items if key[1] == "reservation"]:
        release(shop, key[0].removeprefix("reservation#"))
    assert shop.level("BLUE") == (10, 0)


def test_stock_goes_in_and_out_whichever_bucket_it_is_in(shop: Stocked) -> None:
    shop.adjust("RED", -90)
    assert shop.level("RED") == (10, 0)
    with pytest.raises(InsufficientStockError):
        shop.adjust("RED", -11)
    shop.adjust("RED", 1000)
    level = buckets.settle_buckets(shop.ports, "RED")
    assert [bucket.available for bucket in level.buckets] == [253, 253, 252, 252]


def test_a_lost_parcel_of_units_from_buckets_is_written_off_and_replaced(shop: Stocked) -> None:
    hold(shop, "ord_1", ("RED", 60))
    lines = [Wanted("RED", 30)]
    levels.write_off(shop.ports, "shp_1", "ord_1", lines, replace=True)
    assert shop.level("RED") == (10, 60)
    levels.write_off(shop.ports, "shp_2", "ord_1", lines, replace=False)
    assert shop.level("RED") == (10, 30)
    with pytest.raises(InsufficientStockError):
        levels.write_off(shop.ports, "shp_3", "ord_1", lines, replace=True)
    release(shop, "ord_1")
    assert shop.level("RED") == (40, 0)


def test_a_run_that_ended_half_way_is_made_good_by_the_next(shop: Stocked, monkeypatch: pytest.MonkeyPatch) -> None:
    shift = BucketTable.shift
    moves = iter(range(100))

    def die_at_the_third(self: BucketTable, *arguments: Any, **options: Any) -> None:
        if next(moves) == 2:
            raise RuntimeError("killed")
        shift(self, *arguments, **options)

    monkeypatch.setattr(BucketTable, "shift", die_at_the_third)
    for count in (8, 2):
        moves = iter(range(100))
        with pytest.raises(RuntimeError):
            buckets.set_buckets(shop.ports, "RED", count)
        assert shop.level("RED") == (100, 0)
        hold(shop, f"ord_{count}", ("RED", 90))
        release(shop, f"ord_{count}")
        level = buckets.settle_buckets(shop.ports, "RED")
        assert (level.settled, len(level.buckets), level.available) == (True, count, 100)


def test_what_sells_while_buckets_are_closed_is_left_to_the_next_run(
    shop: Stocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_the_way(*_arguments: Any, **_options: Any) -> None:
        raise ConcurrentUpdateError("sold meanwhile")

    with monkeypatch.context() as patch:
        patch.setattr(BucketTable, "shift", in_the_way)
        assert not buckets.set_buckets(shop.ports, "RED", 1).settled
    assert buckets.bucketed_skus(shop.ports) == ["RED"]
    assert buckets.settle_buckets(shop.ports, "RED").settled


def test_two_who_change_buckets_do_not_lose_a_unit_and_give_up_in_the_end(
    shop: Stocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    resize, late = BucketTable.resize, [True, False, False, True]

    def later(self: BucketTable, level: Any, **options: Any) -> None:
        if late and late.pop(0):
            resize(self, level, target=3, count=3, items=max(4, len(level.buckets)))
        resize(self, level, **options)

    monkeypatch.setattr(BucketTable, "resize", later)
    assert len(buckets.set_buckets(shop.ports, "RED", 8).buckets) == 8
    assert shop.level("RED") == (100, 0)
    monkeypatch.setattr(BucketTable, "resize", lambda *_, **__: (_ for _ in ()).throw(ConcurrentUpdateError("always")))
    with pytest.raises(ConcurrentUpdateError):
        buckets.set_buckets(shop.ports, "RED", 2)


def test_the_same_number_again_changes_nothing(shop: Stocked) -> None:
    before = dict(shop.table.items)
    assert buckets.set_buckets(shop.ports, "RED", 4).target == 4
    assert shop.table.items == before


def test_buckets_of_nothing_known_are_refused(shop: Stocked) -> None:
    with pytest.raises(UnknownSkuError):
        buckets.set_buckets(shop.ports, "NO", 2)


def test_the_sweep_leaves_what_keeps_changing_to_the_next_run(shop: Stocked, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(shop, "ord_1", ("RED", 1))
    shop.clock.pass_time(minutes=16)
    (due,) = stock.due_reservations(shop.ports)

    def in_the_way(*_arguments: Any, **_options: Any) -> None:
        raise ConcurrentUpdateError("always")

    with monkeypatch.context() as patch:
        patch.setattr(StockTable, "save", in_the_way)
        assert not stock.expire_reservation(shop.ports, due)
    assert stock.expire_reservation(shop.ports, due)


def test_the_relay_counts_what_is_in_further_buckets(shop: Stocked) -> None:
    image = shop.table.items["sku#RED", "sku"]
    before = {**image, "elsewhere": {"N": "0"}}
    record = {"dynamodb": {"NewImage": image, "OldImage": before}}
    assert [entry.detail["data"].available for entry in derive_stock_level(record)] == [100]
    hold(shop, "ord_1", ("RED", 98))
    buckets.settle_buckets(shop.ports, "RED")
    told = list(derive_stock_level({"dynamodb": {"NewImage": shop.table.items["sku#RED", "sku"], "OldImage": image}}))
    assert [(entry.detail_type, entry.detail["data"].available) for entry in told] == [
        ("StockLevelChanged", 2),
        ("StockLow", 2),
    ]


def test_nothing_new_comes_into_a_closed_bucket(shop: Stocked) -> None:
    shop.ports.buckets.open("RED", [3], is_open=False)
    with pytest.raises(ConcurrentUpdateError):
        shop.ports.buckets.shift("RED", Shift(0, 3, 1), at=shop.clock.now())
    shop.ports.buckets.shift("RED", Shift(3, 0, 25), at=shop.clock.now())
    assert shop.spread("RED") == [(50, 0), (25, 0), (25, 0), (0, 0)]


def test_moves_make_buckets_alike_and_only_when_it_is_worth_it() -> None:
    even = [BucketLevel(10, 0), BucketLevel(12, 0), BucketLevel(9, 0)]
    assert domain.even_out(even, 3) == ()
    uneven = [BucketLevel(31, 0), BucketLevel(0, 0), BucketLevel(1, 0), BucketLevel(9, 9)]
    units = [level.available for level in uneven]
    for shift in domain.even_out(uneven, 3):
        units[shift.source] -= shift.available
        units[shift.target] += shift.available
    assert units == [11, 11, 10, 9]
    assert domain.drain(uneven, 3) == (Shift(3, 0, 9, 9),)


def test_what_is_taken_out_of_draws_leaves_the_rest() -> None:
    draws = (Draw("A", 1, 2), Draw("B", 2, 5), Draw("A", 3, 4))
    assert domain.without(draws, "A", 3) == (Draw("B", 2, 5), Draw("A", 3, 3))
    assert domain.parts("A", 9, [1, 2], 0) == (Draw("A", 1, 2), Draw("A", 0, 1))
