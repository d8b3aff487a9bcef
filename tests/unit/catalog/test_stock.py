"""Stock, against fakes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.domain import stock as domain
from catalog.domain.stock import (
    Expected,
    InsufficientStockError,
    PricedLine,
    Reservation,
    ReservationCommittedError,
    ReservationNotFoundError,
    ReservationReleasedError,
    ReservationStatus,
    TotalChangedError,
    Wanted,
)
from catalog.use_cases import stock
from minishop.contracts.catalog import StockHeld, StockLine
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.catalog.fakes import Shop, eur


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.stock.offer("RED", 10)
    shop.stock.offer("BLUE", 3, 1590)
    shop.stock.offer("OLD", 5, on_sale=False)
    return shop


@pytest.fixture
def held(shop: Shop) -> Shop:
    stock.hold_stock(shop.ports, shop.hold_request(("RED", 2), ("BLUE", 1)))
    return shop


def counts(shop: Shop, sku: str = "RED") -> tuple[int, int]:
    return shop.stock.sold[sku].available, shop.stock.allocated.get(sku, 0)


def status(shop: Shop) -> ReservationStatus:
    return shop.stock.reservations["ord_1"].status


def expire(shop: Shop) -> None:
    shop.clock.pass_time(minutes=16)
    (due,) = stock.due_reservations(shop.ports)
    assert stock.expire_reservation(shop.ports, due)


def test_a_quote_sums_lines_and_names_what_is_short(shop: Shop) -> None:
    wanted = [Wanted("RED", 1), Wanted("BLUE", 4), Wanted("RED", 1), Wanted("OLD", 1), Wanted("NO", 1)]
    quote = stock.quote(shop.ports, wanted, None, "cus_ada")
    assert [(line.sku, line.quantity, line.line_total) for line in quote.lines] == [
        ("RED", 2, eur(2580)),
        ("BLUE", 4, eur(6360)),
    ]
    assert [(short.sku, short.wanted, short.available) for short in quote.shortages] == [
        ("BLUE", 4, 3),
        ("OLD", 1, 0),
        ("NO", 1, 0),
    ]
    assert (quote.subtotal, quote.discount) == (eur(8940), eur(0))
    assert quote.available == {"RED": 10, "BLUE": 3}


def test_a_line_costs_its_units_less_its_discount() -> None:
    line = PricedLine(
        sku="A",
        product_id="prd_1",
        title="A",
        category="kitchen",
        quantity=3,
        unit_price=eur(100),
        discount=eur(50),
        weight_grams=1,
    )
    assert line.line_total == eur(250)


def test_a_hold_moves_stock_and_says_until_when(held: Shop) -> None:
    assert counts(held) == (8, 2)
    until = NOON + timedelta(minutes=15)
    lines = (StockLine(sku="RED", quantity=2), StockLine(sku="BLUE", quantity=1))
    assert held.stock.events == [StockHeld(order_id="ord_1", lines=lines, expires_at=until, taken=True)]


def test_the_same_order_holds_once_whatever_it_asks_for_then(held: Shop) -> None:
    again = stock.hold_stock(held.ports, held.hold_request(("RED", 9)))
    assert again.quantities[0].quantity == 2
    assert counts(held) == (8, 2)


def test_a_hold_that_is_short_holds_nothing(shop: Shop) -> None:
    with pytest.raises(InsufficientStockError) as caught:
        stock.hold_stock(shop.ports, shop.hold_request(("RED", 1), ("BLUE", 4)))
    assert caught.value.extra == {"shortages": [{"sku": "BLUE", "wanted": 4, "available": 3}]}
    assert counts(shop) == (10, 0)


def test_a_hold_is_refused_when_its_total_is_another(shop: Shop) -> None:
    for expected in (Expected(eur(1), eur(0)), Expected(eur(1290), eur(1))):
        with pytest.raises(TotalChangedError):
            stock.hold_stock(shop.ports, shop.hold_request(("RED", 1), expected=expected))
    stock.hold_stock(shop.ports, shop.hold_request(("RED", 1), expected=Expected(eur(1290), eur(0))))
    assert counts(shop) == (9, 1)


def test_a_race_is_tried_again_and_not_for_ever(shop: Shop) -> None:
    shop.stock.races = 2
    stock.hold_stock(shop.ports, shop.hold_request(("RED", 1)))
    assert counts(shop) == (9, 1)
    shop.stock.races = 99
    with pytest.raises(ConcurrentUpdateError):
        stock.hold_stock(shop.ports, shop.hold_request(("RED", 1), order="ord_2"))


def test_a_hold_that_stands_is_not_prolonged(held: Shop) -> None:
    held.clock.pass_time(minutes=13, seconds=59)
    again = stock.hold_stock(held.ports, held.hold_request())
    assert again.held_until == NOON + timedelta(minutes=15)
    assert not stock.expire_reservation(held.ports, again)


@pytest.mark.parametrize("minutes", [14, 15])
def test_a_hold_that_ends_within_a_minute_or_has_ended_unswept_is_prolonged(held: Shop, minutes: int) -> None:
    held.clock.pass_time(minutes=minutes)
    again = stock.hold_stock(held.ports, held.hold_request())
    assert again.held_until == held.clock.now() + timedelta(minutes=15)
    assert counts(held) == (8, 2)


def test_an_expired_hold_goes_back_and_is_held_again_at_its_price(held: Shop) -> None:
    expire(held)
    assert counts(held) == (10, 0)
    assert held.told[-1] == "ReservationExpired"
    held.stock.offer("RED", 10, 9999)
    again = stock.hold_stock(held.ports, held.hold_request())
    assert (again.lines[0].unit_price, again.quote.subtotal) == (eur(1290), eur(4170))
    assert counts(held) == (8, 2)


def test_an_expired_hold_whose_stock_is_gone_names_it(held: Shop) -> None:
    expire(held)
    held.stock.offer("RED", 1)
    with pytest.raises(InsufficientStockError) as caught:
        stock.hold_stock(held.ports, held.hold_request())
    assert caught.value.extra == {"shortages": [{"sku": "RED", "wanted": 2, "available": 1}]}


def test_a_sweep_that_comes_too_late_changes_nothing(held: Shop) -> None:
    held.clock.pass_time(minutes=16)
    (stale,) = stock.due_reservations(held.ports)
    stock.commit_reservation(held.ports, "ord_1")
    assert not stock.expire_reservation(held.ports, stale)
    assert not stock.expire_reservation(held.ports, held.stock.reservations["ord_1"])
    assert counts(held) == (8, 2)


def test_a_commit_moves_no_stock_and_happens_once(held: Shop) -> None:
    for _ in range(2):
        stock.commit_reservation(held.ports, "ord_1")
    assert status(held) is ReservationStatus.COMMITTED
    assert counts(held) == (8, 2)
    assert held.told == ["StockHeld", "StockCommitted"]
    assert stock.hold_stock(held.ports, held.hold_request()).status is ReservationStatus.COMMITTED


def test_a_commit_that_races_is_tried_again(held: Shop) -> None:
    held.stock.races = 2
    stock.commit_reservation(held.ports, "ord_1")
    assert status(held) is ReservationStatus.COMMITTED


def test_a_quote_that_is_short_cannot_be_held(shop: Shop) -> None:
    quote = stock.quote(shop.ports, [Wanted("BLUE", 4)], None, "cus_ada")
    with pytest.raises(InsufficientStockError):
        domain.hold("ord_1", "cus_ada", quote, until=NOON, correlation_id="correlation-1")


def test_a_commit_of_an_expired_hold_takes_the_stock_again_if_it_is_there(held: Shop) -> None:
    expire(held)
    stock.commit_reservation(held.ports, "ord_1")
    assert counts(held) == (8, 2)


def test_a_commit_of_an_expired_hold_without_stock_is_not_swallowed(held: Shop) -> None:
    expire(held)
    held.stock.offer("RED", 1)
    with pytest.raises(InsufficientStockError):
        stock.commit_reservation(held.ports, "ord_1")
    assert status(held) is ReservationStatus.EXPIRED


def test_a_commit_of_nothing_is_an_error(shop: Shop) -> None:
    with pytest.raises(ReservationNotFoundError):
        stock.commit_reservation(shop.ports, "ord_1")


def release(shop: Shop, *, restock: bool = False) -> Reservation:
    return stock.release_reservation(shop.ports, "ord_1", "correlation-1", restock=restock)


def test_a_release_gives_back_once_and_for_good(held: Shop) -> None:
    for _ in range(2):
        release(held)
    assert counts(held) == (10, 0)
    assert held.told == ["StockHeld", "StockReleased"]
    with pytest.raises(ReservationReleasedError):
        stock.hold_stock(held.ports, held.hold_request())
    assert stock.commit_reservation(held.ports, "ord_1").status is ReservationStatus.RELEASED


def test_a_release_before_the_hold_keeps_it_out(shop: Shop) -> None:
    release(shop)
    with pytest.raises(ReservationReleasedError):
        stock.hold_stock(shop.ports, shop.hold_request(("RED", 1)))
    assert shop.told == []


def test_a_release_of_an_expired_hold_gives_nothing_back_twice(held: Shop) -> None:
    expire(held)
    release(held)
    assert counts(held) == (10, 0)
    assert status(held) is ReservationStatus.RELEASED


def test_a_sale_goes_back_by_cancelling_the_order_alone(held: Shop) -> None:
    stock.commit_reservation(held.ports, "ord_1")
    with pytest.raises(ReservationCommittedError):
        release(held)
    for _ in range(2):
        release(held, restock=True)
    assert counts(held) == (10, 0)


def test_only_a_hold_expires(held: Shop) -> None:
    reservation = replace(held.stock.reservations["ord_1"], status=ReservationStatus.RELEASED)
    assert domain.expire(reservation, at=NOON + timedelta(days=1)) is None
