"""Orders without those who placed them, and links to orders, against fakes."""

from dataclasses import asdict, replace

import pytest

from minishop.identity import Principal, Role
from orders.domain.errors import NotInvoicedError, OrderNotFoundError
from orders.domain.order import Address, Order
from orders.domain.progress import Parcel, ParcelLine, ParcelStatus, Status
from orders.domain.returns import ReturnLine
from orders.use_cases import links, reactions, returns, tracking
from orders.use_cases.checkout import place_order
from tests.helpers import customer
from tests.unit.orders.fakes import ADA, ADDRESS, ORIGIN, Shop, eur, wish

ORDER = wish().order_id
PERSONAL = ("Ada Lovelace", "Analytical", "10115", "ada@example.com", "so personal")


@pytest.fixture
def shop() -> Shop:
    """With Ada's order placed."""
    shop = Shop()
    place_order(shop.checkout, wish(email="ada@example.com"))
    return shop


def now(shop: Shop) -> Order:
    return shop.orders.stored[ORDER]


def forget(shop: Shop) -> None:
    reactions.forget_owner(shop.reactions, ADA, ORIGIN)


def parcel(shop: Shop, status: ParcelStatus) -> None:
    told = Parcel("shp_1", status, "sandbox", "SBX-1", (ParcelLine("MUG", 2),), packed=True)
    reactions.record_parcel(shop.reactions, ORDER, told, ORIGIN)


def deliver(shop: Shop) -> None:
    reactions.record_capture(shop.reactions, ORDER, eur(3706), ORIGIN)
    parcel(shop, ParcelStatus.IN_TRANSIT)
    parcel(shop, ParcelStatus.DELIVERED)


def cancel(shop: Shop) -> None:
    command = tracking.CancelOrder(
        order_id=ORDER, principal=customer(ADA), key="c", fingerprint="f", remark="so personal", origin=ORIGIN
    )
    tracking.cancel_order(shop.checkout, command)


def says_who(order: Order) -> list[str]:
    return [word for word in PERSONAL if word in str(asdict(order))]


def test_a_delivered_order_forgets_who_it_was_for_and_keeps_what_the_law_wants(shop: Shop) -> None:
    deliver(shop)
    command = returns.RequestReturn(
        order_id=ORDER,
        principal=customer(ADA),
        key="r",
        fingerprint="f",
        lines=(ReturnLine("MUG", 1, "so personal"),),
        origin=ORIGIN,
    )
    returns.request_return(shop.returns, command)
    before = now(shop)
    assert len(says_who(before)) == len(PERSONAL)
    forget(shop)
    after = now(shop)
    assert says_who(after) == []
    assert after.shipping_address == Address("", "", "", "", ADDRESS.country)
    kept = (after.lines, after.totals, after.invoice_number, after.confirmed_at, after.status)
    assert kept == (before.lines, before.totals, 1, before.confirmed_at, Status.DELIVERED)
    assert after.timeline[-1].kind == "owner_forgotten"


def test_a_cancelled_order_forgets_what_was_said(shop: Shop) -> None:
    cancel(shop)
    forget(shop)
    assert says_who(now(shop)) == []
    assert now(shop).status is Status.CANCELLED


def test_an_order_under_way_is_finished_first(shop: Shop) -> None:
    forget(shop)
    assert now(shop).to_forget
    assert now(shop).shipping_address == ADDRESS
    deliver(shop)
    assert now(shop).status is Status.DELIVERED
    assert says_who(now(shop)) == []


def test_an_order_under_way_that_is_cancelled_forgets_then(shop: Shop) -> None:
    forget(shop)
    cancel(shop)
    assert says_who(now(shop)) == []


@pytest.mark.parametrize("status", [ParcelStatus.LOST, ParcelStatus.RETURNED])
def test_an_order_that_will_never_arrive_is_finished(shop: Shop, status: ParcelStatus) -> None:
    reactions.record_capture(shop.reactions, ORDER, eur(3706), ORIGIN)
    parcel(shop, ParcelStatus.IN_TRANSIT)
    forget(shop)
    assert not now(shop).forgotten
    parcel(shop, status)
    assert now(shop).forgotten


def test_forgetting_twice_is_forgetting_once(shop: Shop) -> None:
    forget(shop)
    forget(shop)
    version = now(shop).version
    deliver(shop)
    forgotten = now(shop)
    forget(shop)
    assert (version, now(shop)) == (2, forgotten)


GUEST = Principal("gst_1", frozenset({Role.GUEST}))


@pytest.mark.parametrize("upgraded", ["before", "afterwards", "never"])
def test_what_is_ordered_with_a_late_token_of_somebody_who_is_forgotten_is_kept_without_them(upgraded: str) -> None:
    shop = Shop()
    shop.carts.carts["gst_1"] = shop.carts.carts[ADA]
    principal = customer(ADA) if upgraded == "never" else GUEST

    def upgrade() -> None:
        reactions.adopt_orders(shop.reactions, "gst_1", ADA, ORIGIN)

    if upgraded == "before":
        upgrade()
    forget(shop)
    placed = place_order(shop.checkout, wish(principal=principal, email="ada@example.com"))
    shop.orders.stored[ORDER] = replace(placed, id=ORDER)
    if upgraded == "afterwards":
        upgrade()
    reactions.record_capture(shop.reactions, ORDER, eur(3706), ORIGIN)
    assert (now(shop).owner, now(shop).to_forget, now(shop).shipping_address) == (ADA, True, ADDRESS)
    deliver(shop)
    assert (now(shop).status, now(shop).forgotten, says_who(now(shop))) == (Status.DELIVERED, True, [])


def test_a_late_order_of_somebody_who_is_forgotten_that_comes_to_nothing_forgets_them_at_once() -> None:
    shop = Shop()
    forget(shop)
    place_order(shop.checkout, wish(email="ada@example.com"))
    reactions.expire_hold(shop.reactions, ORDER, ORIGIN)
    assert (now(shop).status, says_who(now(shop))) == (Status.CANCELLED, [])


def test_a_link_leads_to_its_order_for_ninety_days(shop: Shop) -> None:
    token = links.mint_link(shop.links, ORDER)
    shop.clock.pass_time(days=89)
    assert links.follow_link(shop.links, token).id == ORDER
    with pytest.raises(NotInvoicedError):
        links.follow_link_to_invoice(shop.links, token)
    deliver(shop)
    assert links.follow_link_to_invoice(shop.links, token).invoice_number == 1
    shop.clock.pass_time(days=1)
    with pytest.raises(OrderNotFoundError):
        links.follow_link(shop.links, token)
    with pytest.raises(OrderNotFoundError):
        links.mint_link(shop.links, "ord_never")
