"""Levels and their ledger, against fakes."""

from typing import Any

import pytest

from catalog.domain import stock as domain
from catalog.domain.ledger import MovementKind, Moving, adjusted, movements_of
from catalog.domain.losses import NotSoldError, WriteOffDiffersError
from catalog.domain.stock import (
    LOW_STOCK,
    InsufficientStockError,
    UnknownSkuError,
    Wanted,
    fell_low,
)
from catalog.use_cases import levels, stock
from minishop.contracts.catalog import StockLine
from minishop.errors import ConcurrentUpdateError, IdempotencyKeyReusedError
from tests.helpers import envelope
from tests.unit.catalog.fakes import Shop


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.stock.offer("RED", 10)
    shop.stock.offer("BLUE", 3, 1590)
    return shop


@pytest.fixture
def sold(shop: Shop) -> Shop:
    stock.hold_stock(shop.ports, shop.hold_request(("RED", 4), ("BLUE", 1)))
    stock.commit_reservation(shop.ports, "ord_1")
    return shop


def counts(shop: Shop, sku: str = "RED") -> tuple[int, int]:
    return shop.stock.sold[sku].available, shop.stock.allocated.get(sku, 0)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (LOW_STOCK + 1, LOW_STOCK, True),
        (100, 0, True),
        (LOW_STOCK, LOW_STOCK - 1, False),
        (LOW_STOCK + 2, LOW_STOCK + 1, False),
        (0, LOW_STOCK, False),
        (0, 0, False),
    ],
)
def test_a_level_falls_low_once(before: int, after: int, *, told: bool) -> None:
    assert fell_low(before, after) is told


def adjust(shop: Shop, delta: int, *, sku: str = "RED", key: str = "k", fingerprint: str = "f") -> domain.Adjustment:
    return levels.adjust_stock(shop.ports, sku, delta, "delivery", actor="cus_w", key=key, fingerprint=fingerprint)


def test_an_adjustment_counts_once_for_its_key(shop: Shop) -> None:
    assert adjust(shop, 5) == adjust(shop, 5)
    assert counts(shop) == (15, 0)
    with pytest.raises(IdempotencyKeyReusedError):
        adjust(shop, 6, fingerprint="g")
    level, ledger, position = levels.get_level(shop.ports, "RED", 20, None)
    assert (level.available, ledger, position) == (15, [], None)


def test_an_adjustment_below_zero_or_of_nothing_known_is_refused(shop: Shop) -> None:
    with pytest.raises(InsufficientStockError) as caught:
        adjust(shop, -11)
    assert caught.value.extra == {"shortages": [{"sku": "RED", "wanted": 11, "available": 10}]}
    with pytest.raises(UnknownSkuError):
        adjust(shop, 1, sku="NO")
    with pytest.raises(UnknownSkuError):
        levels.get_level(shop.ports, "NO", 20, None)


def test_an_adjustment_is_tried_again_and_not_for_ever(shop: Shop) -> None:
    shop.stock.races = 1
    adjust(shop, 5)
    assert counts(shop) == (15, 0)
    shop.stock.races = 99
    with pytest.raises(ConcurrentUpdateError):
        adjust(shop, 5, key="other")


def test_a_lost_entry_under_a_known_id_is_not_taken_for_the_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    adjust(shop, 5)
    monkeypatch.setattr(shop.stock, "adjustment", lambda _: None)
    with pytest.raises(IdempotencyKeyReusedError):
        adjust(shop, 5)


def write_off(shop: Shop, *lines: tuple[str, int], shipment: str = "shp_1", **more: Any) -> Any:
    wanted = [Wanted(sku, quantity) for sku, quantity in lines]
    options: dict[str, Any] = {"order_id": "ord_1", "replace": False} | more
    return levels.write_off(shop.ports, shipment, options["order_id"], wanted, replace=options["replace"])


def test_what_is_lost_is_written_off_once_and_is_not_the_order_s_any_more(sold: Shop) -> None:
    first = write_off(sold, ("RED", 1), ("RED", 1))
    assert write_off(sold, ("RED", 2)) == first
    assert (counts(sold), sold.stock.lost["RED"]) == ((6, 2), 2)
    stock.release_reservation(sold.ports, "ord_1", "correlation-1", restock=True)
    assert (counts(sold), counts(sold, "BLUE")) == ((8, 0), (3, 0))
    assert sold.told[-2:] == ["StockWrittenOff", "StockReleased"]


def test_what_is_replaced_comes_from_stock_and_stays_the_order_s(sold: Shop) -> None:
    write_off(sold, ("RED", 4), replace=True)
    assert (counts(sold), sold.stock.lost["RED"]) == ((2, 4), 4)
    write_off(sold, ("RED", 2), shipment="shp_2")
    write_off(sold, ("RED", 2), shipment="shp_3")
    assert (counts(sold), sold.stock.lost["RED"]) == ((2, 0), 8)


def test_nothing_is_replaced_of_which_there_is_not_enough(sold: Shop) -> None:
    sold.stock.offer("RED", 3)
    with pytest.raises(InsufficientStockError) as caught:
        write_off(sold, ("RED", 4), ("BLUE", 1), replace=True)
    assert caught.value.extra == {"shortages": [{"sku": "RED", "wanted": 4, "available": 3}]}
    assert counts(sold, "BLUE") == (2, 1)
    write_off(sold, ("RED", 4), ("BLUE", 1))


def test_only_what_an_order_has_bought_can_be_lost(sold: Shop) -> None:
    for lines, order in ((("RED", 5),), "ord_1"), ((("NO", 1),), "ord_1"), ((("RED", 1),), "ord_2"):
        with pytest.raises(NotSoldError):
            write_off(sold, *lines, order_id=order)
    write_off(sold, ("RED", 4))
    with pytest.raises(NotSoldError):
        write_off(sold, ("RED", 1), shipment="shp_2")
    stock.release_reservation(sold.ports, "ord_1", "correlation-1", restock=True)
    with pytest.raises(NotSoldError):
        write_off(sold, ("BLUE", 1), shipment="shp_3")


def test_a_shipment_is_not_written_off_in_two_ways(sold: Shop) -> None:
    write_off(sold, ("RED", 1))
    for lines, replace in ((("RED", 2),), False), ((("RED", 1),), True):
        with pytest.raises(WriteOffDiffersError):
            write_off(sold, *lines, replace=replace)
    assert counts(sold) == (6, 3)


@pytest.mark.parametrize("replace", [False, True])
def test_a_write_off_is_tried_again_and_not_for_ever(sold: Shop, *, replace: bool) -> None:
    sold.stock.races = 2
    write_off(sold, ("RED", 1), replace=replace)
    sold.stock.races = 99
    with pytest.raises(ConcurrentUpdateError):
        write_off(sold, ("RED", 1), shipment="shp_2", replace=replace)


def test_a_write_off_whose_answer_was_lost_is_not_made_a_second_time(
    sold: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = sold.stock.write_off

    def lose_the_answer(*arguments: Any) -> None:
        apply(*arguments)
        raise ConcurrentUpdateError("not known")

    monkeypatch.setattr(sold.stock, "write_off", lose_the_answer)
    write_off(sold, ("RED", 4), replace=True)
    assert counts(sold) == (2, 4)


def test_what_came_back_is_in_stock_once(sold: Shop) -> None:
    for _ in range(2):
        levels.restock_return(sold.ports, "ret_1", "ord_1", [Wanted("RED", 1), Wanted("RED", 1)])
    assert (counts(sold), sold.stock.restocked["RED"]) == ((8, 4), 2)
    assert sold.told[-1] == "StockRestocked"


def test_the_ledger_explains_every_level(sold: Shop) -> None:
    """Whatever moved: the changes of a SKU's lines sum to what can be bought, however often they are written."""
    sold.clock.pass_time(minutes=1)
    stock.hold_stock(sold.ports, sold.hold_request(("RED", 2), order="ord_2"))
    sold.clock.pass_time(minutes=16)
    stock.hold_stock(sold.ports, sold.hold_request(order="ord_2"))
    sold.clock.pass_time(minutes=16)
    assert stock.expire_reservation(sold.ports, sold.stock.reservations["ord_2"])
    stock.commit_reservation(sold.ports, "ord_2")
    write_off(sold, ("RED", 1))
    write_off(sold, ("RED", 1), shipment="shp_2", replace=True)
    levels.restock_return(sold.ports, "ret_1", "ord_1", [Wanted("RED", 2)])
    stock.release_reservation(sold.ports, "ord_1", "correlation-1", restock=True)
    for _ in range(2):
        for number, event in enumerate(sold.stock.events):
            assert isinstance(event, Moving)
            levels.record_movements(sold.ports, event, envelope(event, sequence=number).metadata)
    for sku, opening in ("RED", 10), ("BLUE", 3):
        found, _ = sold.ledger.entries(sku, 100, None)
        assert opening + sum(line.change for line in found) == counts(sold, sku)[0]
    kinds = [line.kind for line in sold.ledger.entries("RED", 100, None)[0]]
    assert kinds == [
        *(
            MovementKind.HELD,
            MovementKind.COMMITTED,
            MovementKind.HELD,
            MovementKind.HELD,
            MovementKind.EXPIRED,
            MovementKind.COMMITTED,
        ),
        *(MovementKind.WRITTEN_OFF, MovementKind.WRITTEN_OFF, MovementKind.RESTOCKED, MovementKind.RELEASED),
    ]


def test_a_line_says_who_and_why(sold: Shop) -> None:
    (held, *_) = sold.stock.events
    assert isinstance(held, Moving)
    red, blue = movements_of(held, envelope(held).metadata)
    assert (red.sku, red.quantity, red.change, red.reason) == ("RED", 4, -4, "order ord_1 was placed")
    assert (blue.actor, blue.correlation_id, blue.reference) == ("cus_ada", "correlation-1", "aggregate")
    line = adjusted(adjust(sold, -2), "correlation-2")
    assert (line.quantity, line.change, line.actor, line.correlation_id) == (-2, -2, "cus_w", "correlation-2")


def test_of_what_was_lost_in_part_the_rest_comes_back(sold: Shop) -> None:
    write_off(sold, ("RED", 4), ("BLUE", 1))
    stock.release_reservation(sold.ports, "ord_1", "correlation-1", restock=True)
    assert (counts(sold), counts(sold, "BLUE")) == ((6, 0), (2, 0))
    assert sold.stock.reservations["ord_1"].lost == (
        StockLine(sku="BLUE", quantity=1),
        StockLine(sku="RED", quantity=4),
    )
